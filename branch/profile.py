"""What headquarters says of this branch: its name, its clock's zone, its currency.

The record comes down the branch's own feed. Until it has arrived, `find` answers None: then there
is no catalogue either, and a business day cannot be opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from schemas.tables.catalogue import branch as branch_table


@dataclass(frozen=True, slots=True)
class Profile:
    """The branch as its people know it; `zone` is an IANA name."""

    branch: str
    name: str
    zone: str
    currency: str

    def local_date(self, at: datetime) -> date:
        """The calendar date on the branch's clock."""
        return at.astimezone(ZoneInfo(self.zone)).date()


def find(connection: Connection, branch: str) -> Profile | None:
    """The branch's record, None before the first load."""
    row = connection.execute(
        select(branch_table)
        .where(branch_table.c.branch == branch)
        .order_by(branch_table.c.stream)
        .limit(1)
    ).one_or_none()
    return None if row is None else Profile(row.branch, row.name, row.zone, row.currency)


def find_or_bare(connection: Connection, branch: str) -> Profile:
    """The branch's record, or what can be said without it: UTC, and no currency (ISO 4217: XXX)."""
    return find(connection, branch) or Profile(branch, branch, "UTC", "XXX")
