"""What was corrected of a day, by whom and why, and in which revision it counts first (rule 23)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Connection, select

from hq.days import Revision
from schemas.tables.corrections import of_day
from schemas.tables.days import till_count

CorrectionKind = Literal["post_void", "tender_exchange", "count"]


@dataclass(frozen=True, slots=True)
class DayCorrection:
    """One correction of a receipt or of a lane's count; `amount` is what it moved, None of a count.

    `revision` is the first that holds it, None while none does; `ticket` names the ticket that it corrects.
    """

    kind: CorrectionKind
    subject: str
    amount: int | None
    operator: str
    authority: str
    reason: str
    at: datetime
    revision: int | None
    ticket: str


def day_corrections(
    connection: Connection, branch: str, business_date: date, held: Sequence[Revision]
) -> list[DayCorrection]:
    """Every correction of the day, the oldest first."""
    made = [
        *_of_tickets(connection, branch, business_date, held),
        *_of_counts(connection, branch, business_date, held),
    ]
    return sorted(made, key=lambda one: (one.at, one.subject))


def _of_tickets(
    connection: Connection, branch: str, business_date: date, held: Sequence[Revision]
) -> Iterator[DayCorrection]:
    for one in of_day(connection, branch, business_date):
        moved = sum(tender.amount for tender in one.tenders if tender.amount > 0)
        amount = one.total if one.kind == "post_void" else moved
        yield DayCorrection(
            one.kind, one.receipt, amount, one.operator, one.authority, one.reason, one.at,
            _first(held, one.at), one.ticket,
        )  # fmt: skip


def _of_counts(
    connection: Connection, branch: str, business_date: date, held: Sequence[Revision]
) -> Iterator[DayCorrection]:
    count = till_count.c
    rows = connection.execute(
        select(till_count).where(
            count.branch == branch, count.business_date == business_date, count.correction
        )
    )
    for row in rows:
        yield DayCorrection(
            "count", row.lane, None, row.operator, row.operator, row.reason, row.at,
            _first(held, row.at), "",
        )  # fmt: skip


def _first(held: Sequence[Revision], at: datetime) -> int | None:
    return next((one.revision for one in held if one.at >= at), None)
