"""What cashiers did in a range of business dates, by operator.

    receipts, lines, sales   of what they sold, by the date on which it counts; corrections move sales alone
    voided                   lines that they took off again before the ticket was paid
    returned                 what they paid back for goods, above nought
    cancelled                baskets given up whole
    minutes                  from the opening of their shifts to the end, of those that ended
    timed_lines              the lines of those shifts: what minutes are held against
    over_short               counted less expected of the tills they were at last, in the chain's own money

When a ticket was begun is not known here, so no time is given for a line or a ticket alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, cast, func, select

from schemas.domain.till import is_currency
from schemas.tables.days import cancelled_basket, shift
from schemas.tables.tickets import IS_RECEIPT, ticket, ticket_line
from schemas.tables.till_figures import Span, tills_in


@dataclass(frozen=True, slots=True)
class CashierFigures:
    """See above."""

    receipts: int = 0
    lines: int = 0
    sales: int = 0
    voided: int = 0
    returned: int = 0
    cancelled: int = 0
    minutes: int = 0
    timed_lines: int = 0
    over_short: int = 0

    def __add__(self, other: CashierFigures) -> CashierFigures:
        pairs = zip(astuple(self), astuple(other), strict=True)
        return CashierFigures(*(mine + its for mine, its in pairs))


def cashiers(
    connection: Connection, branches: Sequence[str], first: date, last: date
) -> dict[str, CashierFigures]:
    """By operator; call it in one snapshot."""
    parts: list[tuple[str, CashierFigures]] = []
    asked = (branches, first, last)
    for read in (_receipts, _lines, _cancelled, _shifts):
        parts += read(connection, *asked)
    for till in tills_in(connection, Span(*asked)):
        own = sum(value for key, value in till.over_short.items() if not is_currency(key))
        parts.append((till.operator, CashierFigures(over_short=own)))
    found: dict[str, CashierFigures] = {}
    for operator, figures in parts:
        found[operator] = found.get(operator, CashierFigures()) + figures
    return found


def _posted(branches: Sequence[str], first: date, last: date) -> list[ColumnElement[bool]]:
    return [ticket.c.branch.in_(branches), ticket.c.posted.between(first, last)]


def _receipts(
    connection: Connection, branches: Sequence[str], first: date, last: date
) -> list[tuple[str, CashierFigures]]:
    query = (
        select(ticket.c.operator, func.count())
        .where(*_posted(branches, first, last), IS_RECEIPT)
        .group_by(ticket.c.operator)
    )
    return [(row[0], CashierFigures(receipts=row[1])) for row in connection.execute(query)]


def _lines(
    connection: Connection, branches: Sequence[str], first: date, last: date
) -> list[tuple[str, CashierFigures]]:
    line = ticket_line.c
    counted, back = ~line.voided, line.quantity < 0
    query = (
        select(
            ticket.c.operator,
            func.count().filter(counted, IS_RECEIPT),
            _sum(line.amount, counted),
            func.count().filter(line.voided, IS_RECEIPT),
            -_sum(line.amount, counted, back, IS_RECEIPT),
        )
        .join(ticket_line, line.ticket == ticket.c.uuid)
        .where(*_posted(branches, first, last))
        .group_by(ticket.c.operator)
    )
    return [
        (row[0], CashierFigures(lines=row[1], sales=int(row[2]), voided=row[3], returned=int(row[4])))
        for row in connection.execute(query)
    ]  # fmt: skip


def _sum(column: ColumnElement[Any], *conditions: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(column).filter(*conditions), 0)


def _cancelled(
    connection: Connection, branches: Sequence[str], first: date, last: date
) -> list[tuple[str, CashierFigures]]:
    basket = cancelled_basket.c
    query = (
        select(basket.operator, func.count())
        .where(basket.branch.in_(branches), basket.business_date.between(first, last))
        .group_by(basket.operator)
    )
    return [(row[0], CashierFigures(cancelled=row[1])) for row in connection.execute(query)]


def _shifts(
    connection: Connection, branches: Sequence[str], first: date, last: date
) -> list[tuple[str, CashierFigures]]:
    """How long shifts lasted, and the lines sold in them."""
    ended = [
        shift.c.branch.in_(branches), shift.c.business_date.between(first, last),
        shift.c.ended.is_not(None),
    ]  # fmt: skip
    minutes = cast(func.extract("epoch", shift.c.ended - shift.c.opened) / 60, Integer)
    lasted = select(shift.c.operator, func.sum(minutes)).where(*ended).group_by(shift.c.operator)
    sold = (
        select(shift.c.operator, func.count())
        .join(ticket, ticket.c.shift == shift.c.shift)
        .join(ticket_line, ticket_line.c.ticket == ticket.c.uuid)
        .where(*ended, IS_RECEIPT, ~ticket_line.c.voided)
        .group_by(shift.c.operator)
    )
    return [
        *((row[0], CashierFigures(minutes=int(row[1]))) for row in connection.execute(lasted)),
        *((row[0], CashierFigures(timed_lines=row[1])) for row in connection.execute(sold)),
    ]
