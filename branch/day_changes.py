"""What was corrected of a day, in order, and in which of its revisions it counts first.

    a correction                   by whom and why
    post-void, tender exchange     as its entry says
    a till that was counted again  as the count says

One that no revision holds yet counts already: it waits for the next close.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from branch.revisions import Revision
from branch.wording import Money, Wording
from replication.console.languages import msgid
from schemas.tables.corrections import HeldCorrection, of_day
from schemas.tables.days import till_count

_VOIDED = msgid("Post-void of %(receipt)s, %(amount)s")
_EXCHANGED = msgid("Tender exchange of %(receipt)s: %(amount)s")
_COUNTED = msgid("The till of %(lane)s was counted again")


@dataclass(frozen=True, slots=True)
class Change:
    """One correction; `revision` is the first that holds it, None while none does. `href` leads to it."""

    what: Wording
    operator: str
    authority: str
    reason: str
    at: datetime
    revision: int | None
    href: str


def changes(
    connection: Connection, branch: str, business_date: date, held: Sequence[Revision]
) -> list[Change]:
    """Every correction of the day, the oldest first."""
    made = [
        *_of_tickets(connection, branch, business_date, held),
        *_of_tills(connection, branch, business_date, held),
    ]
    return sorted(made, key=lambda one: (one.at, one.href))


def _of_tickets(
    connection: Connection, branch: str, business_date: date, held: Sequence[Revision]
) -> Iterator[Change]:
    for one in of_day(connection, branch, business_date):
        authority = "" if one.authority == one.operator else one.authority
        yield Change(
            _words(one), one.operator, authority, one.reason, one.at, _first(held, one.at),
            f"/tickets/{one.ticket}",
        )  # fmt: skip


def _words(one: HeldCorrection) -> Wording:
    if one.kind == "post_void":
        return Wording(_VOIDED, {"receipt": one.receipt, "amount": Money(-one.total)})
    moved = sum(tender.amount for tender in one.tenders if tender.amount > 0)
    return Wording(_EXCHANGED, {"receipt": one.receipt, "amount": Money(moved)})


def _of_tills(
    connection: Connection, branch: str, business_date: date, held: Sequence[Revision]
) -> Iterator[Change]:
    rows = connection.execute(
        select(till_count).where(
            till_count.c.branch == branch,
            till_count.c.business_date == business_date,
            till_count.c.correction,
        )
    )
    for row in rows:
        yield Change(
            Wording(_COUNTED, {"lane": row.lane}), row.operator, "", row.reason, row.at,
            _first(held, row.at), f"/tills/{row.shift}",
        )  # fmt: skip


def _first(held: Sequence[Revision], at: datetime) -> int | None:
    """The first close that was not before it."""
    return next((one.number for one in held if one.at >= at), None)
