"""The newest tickets of a member, and of all who were merged into them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from hq.day_evidence import receipt
from schemas.tables.tickets import ticket


@dataclass(frozen=True, slots=True)
class MemberTicket:
    """One of them."""

    uuid: str
    receipt: str
    branch: str
    committed: datetime
    total: int


def member_tickets(
    connection: Connection, family: Sequence[str], branches: Sequence[str], limit: int
) -> list[MemberTicket]:
    """The newest at these branches, the youngest first."""
    row = ticket.c
    query = (
        select(row.uuid, row.lane, row.counter, row.branch, row.committed, row.total)
        .where(row.member.in_(family), row.branch.in_(branches))
        .order_by(row.committed.desc(), row.uuid.desc())
        .limit(limit)
    )
    return [
        MemberTicket(one.uuid, receipt(one.lane, one.counter), one.branch, one.committed, one.total)
        for one in connection.execute(query)
    ]
