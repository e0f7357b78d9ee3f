"""What a branch stated of its tills and its safe on one date, as headquarters holds it.

Differences that a second person accepted, terminals that told something else than their lanes, and every
movement of the safe (`schemas.domain.safe`) from the same entries as at the branch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from schemas.tables.safe_figures import SafeLine, ledger
from schemas.tables.tills import till_acceptance


@dataclass(frozen=True, slots=True)
class Accepted:
    """A till's differences, in minor units by key, and who accepted them with whom and why."""

    lane: str
    differences: Mapping[str, int]
    operator: str
    authority: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DayTills:
    """Both, each in the order in which it happened."""

    accepted: tuple[Accepted, ...]
    safe: tuple[SafeLine, ...]


def day_tills(connection: Connection, branch: str, business_date: date) -> DayTills:
    """What is held of a date."""
    rows = connection.execute(
        select(till_acceptance)
        .where(till_acceptance.c.branch == branch, till_acceptance.c.business_date == business_date)
        .order_by(till_acceptance.c.at)
    )
    accepted = tuple(
        Accepted(row.lane, row.differences, row.operator, row.authority, row.reason, row.at)
        for row in rows
    )
    return DayTills(accepted, tuple(ledger(connection, branch, business_date, business_date)))
