"""What the reports say of a day or of one shift: sales by hour, operator and item, and exceptions.

All of it is read from the tickets that the branch holds; amounts are minor units, quantities
thousandths. Voided lines are no sales and stand among the exceptions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from schemas.tables.days import cancelled_basket
from schemas.tables.days import shift as shift_table
from schemas.tables.tickets import IS_RECEIPT, ticket, ticket_line


@dataclass(frozen=True, slots=True)
class Scope:
    """A business date of a branch, or the shifts of one till of it."""

    branch: str
    business_date: date
    shifts: tuple[str, ...] | None = None

    def of_tickets(self) -> ColumnElement[bool]:
        """The condition for `ticket`."""
        day = and_(ticket.c.branch == self.branch, ticket.c.posted == self.business_date)
        return day if self.shifts is None else and_(day, ticket.c.shift.in_(self.shifts))

    def of_cancelled(self) -> ColumnElement[bool]:
        """The condition for `cancelled_basket`: it names no shift, but its lane had one at a time."""
        basket = cancelled_basket.c
        day = and_(basket.branch == self.branch, basket.business_date == self.business_date)
        if self.shifts is None:
            return day
        its_time = exists().where(
            shift_table.c.shift.in_(self.shifts),
            shift_table.c.lane == basket.lane,
            shift_table.c.opened <= basket.at,
            or_(shift_table.c.ended.is_(None), shift_table.c.ended >= basket.at),
        )
        return and_(day, its_time)


class Choice(Protocol):
    """Which tickets a figure is of."""

    def of_tickets(self) -> ColumnElement[bool]:
        """The condition for `ticket`."""


@dataclass(frozen=True, slots=True)
class Sales:
    """Receipts, their sum, and what discounts took off."""

    tickets: int
    gross: int
    discounts: int


@dataclass(frozen=True, slots=True)
class Part:
    """One row of a breakdown."""

    key: str
    tickets: int
    amount: int


@dataclass(frozen=True, slots=True)
class Sold:
    """One item with what was sold of it."""

    item: str
    name: str
    quantity: int
    amount: int


@dataclass(frozen=True, slots=True)
class Exceptions:
    """Acts against the grain (异常): how often, and for how much."""

    overrides: int
    overridden: int
    baskets: int
    off_baskets: int
    voided: int
    voided_amount: int
    cancelled: int
    cancelled_amount: int
    unknown_items: int
    flagged: int


def sales(connection: Connection, scope: Scope) -> Sales:
    """The sums of the scope."""
    tickets, gross = connection.execute(
        select(func.count().filter(IS_RECEIPT), func.coalesce(func.sum(ticket.c.total), 0)).where(
            scope.of_tickets()
        )
    ).one()
    discounts = sum(one["amount"] for one in _discounts(connection, scope))
    return Sales(tickets, int(gross), discounts)


def by_hour(connection: Connection, scope: Choice) -> list[Part]:
    """Sales by the hour of the branch's clock."""
    return _parts(connection, scope, ticket.c.local_hour)


def by_operator(connection: Connection, scope: Choice) -> list[Part]:
    """Sales by operator."""
    return _parts(connection, scope, ticket.c.operator)


def best_sellers(connection: Connection, scope: Choice, limit: int = 20) -> list[Sold]:
    """The items that sold for most."""
    amount = func.sum(ticket_line.c.amount)
    query = (
        select(
            ticket_line.c.item,
            func.min(ticket_line.c.name).label("name"),
            func.sum(ticket_line.c.quantity).label("quantity"),
            amount.label("amount"),
        )
        .join(ticket, ticket.c.uuid == ticket_line.c.ticket)
        .where(scope.of_tickets(), ~ticket_line.c.voided)
        .group_by(ticket_line.c.item)
        .order_by(amount.desc(), ticket_line.c.item)
        .limit(limit)
    )
    return [
        Sold(row.item, row.name, int(row.quantity), int(row.amount))
        for row in connection.execute(query)
    ]


def exceptions(connection: Connection, scope: Scope) -> Exceptions:
    """What a manager should look at."""
    sold = ticket_line.c.quantity > 0  # a return reverses the override of the sale with it
    given = _discounts(connection, scope, sold)
    overrides = [one for one in given if one["kind"] == "override"]
    off_baskets = [one for one in given if one["kind"] == "basket"]
    voided = _lines(connection, scope, ticket_line.c.voided)
    unknown = _lines(connection, scope, and_(ticket_line.c.unknown_item, ~ticket_line.c.voided))
    flagged = connection.execute(
        select(func.count()).where(scope.of_tickets(), func.jsonb_array_length(ticket.c.flags) > 0)
    ).scalar_one()
    cancelled, cancelled_amount = connection.execute(
        select(func.count(), func.coalesce(func.sum(cancelled_basket.c.amount), 0)).where(
            scope.of_cancelled()
        )
    ).one()
    return Exceptions(
        len(overrides), sum(one["amount"] for one in overrides),
        len({one["ticket"] for one in off_baskets}), sum(one["amount"] for one in off_baskets),
        *voided, cancelled,
        int(cancelled_amount), unknown[0], flagged,
    )  # fmt: skip


def _parts(connection: Connection, scope: Choice, column: ColumnElement[Any]) -> list[Part]:
    query = (
        select(
            column.label("key"),
            func.count().filter(IS_RECEIPT).label("tickets"),
            func.sum(ticket.c.total).label("sum"),
        )
        .where(scope.of_tickets())
        .group_by(column)
        .order_by(column)
    )
    return [Part(str(row.key), row.tickets, int(row.sum)) for row in connection.execute(query)]


def _discounts(
    connection: Connection, scope: Scope, *conditions: ColumnElement[bool]
) -> Sequence[dict[str, Any]]:
    query = (
        select(ticket_line.c.ticket, ticket_line.c.discounts)
        .join(ticket, ticket.c.uuid == ticket_line.c.ticket)
        .where(scope.of_tickets(), ~ticket_line.c.voided, *conditions)
        .where(func.jsonb_array_length(ticket_line.c.discounts) > 0)
    )
    rows = connection.execute(query)
    return [{**one, "ticket": row.ticket} for row in rows for one in row.discounts]


def _lines(connection: Connection, scope: Scope, condition: ColumnElement[bool]) -> tuple[int, int]:
    count, amount = connection.execute(
        select(func.count(), func.coalesce(func.sum(ticket_line.c.amount), 0))
        .join(ticket, ticket.c.uuid == ticket_line.c.ticket)
        .where(scope.of_tickets(), IS_RECEIPT, condition)
    ).one()
    return count, int(amount)
