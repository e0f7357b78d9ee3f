"""What was over or short in every till of a range of dates: counted less expected, as the day's own figures are.

Amounts are minor units by tender kind, of foreign money in its own currency (rule 5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from schemas.tables.day_figures import tills_between


@dataclass(frozen=True, slots=True)
class TillDifference:
    """One till; `over_short` is empty while nothing was counted, `counts` says how often that was done."""

    branch: str
    business_date: date
    lane: str
    operator: str
    counts: int
    over_short: Mapping[str, int]


def over_short(
    connection: Connection, branches: Sequence[str], first: date, last: date
) -> list[TillDifference]:
    """Every till of these branches and dates."""
    found = tills_between(connection, branches, first, last)
    return [
        TillDifference(branch, day, till.lane, till.operator, till.counts, till.over_short)
        for (branch, day), tills in found.items()
        for till in tills
    ]
