"""What a run could not propose, by reason: counted in full, the first of them by name, each with its way out.

reason           is named       way out
no_source        the item       import a source of it
no_unit          the item       its source orders by a unit that it has not: correct one of the two
no_lead_time     the supplier   import its terms
no_calendar      the supplier   its terms leave no day on which it could deliver: correct them
supplier_closed  the supplier   name another main source
centre_closed    the centre     let another serve the branch, or a supplier bring the goods
service          the item       there is no stock of it: take its source or limits away
unknown_item     the item       import it
never_heard      the branch     it never sent anything: enrol it
closed_branch    the branch     it is closed for good: nothing is ordered for it; reopen it if that was a mistake
not_today        the supplier   none: it takes orders on another day, which is told
held_back        the item       a pack passes its maximum or spoils: correct its limits
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal, get_args

from sqlalchemy import Connection, delete, insert, select

from schemas.tables.replenishment import replenishment_left_out

Reason = Literal[
    "no_source", "no_unit", "no_lead_time", "no_calendar", "supplier_closed", "centre_closed", "service",
    "unknown_item", "never_heard", "closed_branch", "not_today", "held_back",
]  # fmt: skip
REASONS: tuple[Reason, ...] = get_args(Reason)
#: So many are named; all are counted.
_NAMED = 200


@dataclass(slots=True)
class LeftOut:
    """Gathers what is left out in one branch. A supplier or branch counts once, whatever its items."""

    subjects: dict[Reason, dict[str, None]] = field(default_factory=dict)

    def add(self, reason: Reason, subject: str) -> None:
        """Leave one out."""
        self.subjects.setdefault(reason, {})[subject] = None


@dataclass(frozen=True, slots=True)
class LeftOutRow:
    """What was left out of a branch for one reason."""

    branch: str
    reason: Reason
    count: int
    named: tuple[str, ...]


def write(connection: Connection, branch: str, left: LeftOut) -> None:
    """Keep what this run left out of a branch, instead of what the last one did."""
    row = replenishment_left_out.c
    connection.execute(delete(replenishment_left_out).where(row.branch == branch))
    rows = [
        {"branch": branch, "reason": reason, "count": len(subjects), "named": list(subjects)[:_NAMED]}
        for reason, subjects in left.subjects.items()
    ]  # fmt: skip
    if rows:
        connection.execute(insert(replenishment_left_out), rows)


def read(connection: Connection, branches: Collection[str]) -> list[LeftOutRow]:
    """What was left out of these branches, the gravest reason first."""
    row = replenishment_left_out.c
    query = select(row.branch, row.reason, row.count, row.named).where(row.branch.in_(branches))
    found = [LeftOutRow(*one[:3], tuple(one[3])) for one in connection.execute(query)]
    return sorted(found, key=lambda one: (REASONS.index(one.reason), one.branch))
