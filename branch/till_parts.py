"""What a day's tills are made of, as the branch holds it: shifts, counts, movements, acceptances, batches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, select

from schemas.domain.denomination import Pieces
from schemas.domain.till import Movement
from schemas.tables.days import COUNTS_IN_ORDER, cash_move, till_count
from schemas.tables.days import shift as shift_table
from schemas.tables.tills import terminal_batch, till_acceptance


@dataclass(frozen=True, slots=True)
class TillShift:
    """One shift of a till: who was at it, and how it began."""

    shift: str
    operator: str
    opened: datetime
    ended: datetime | None
    float_amount: int
    handed_over_from: str | None


@dataclass(frozen=True, slots=True)
class Count:
    """One count of a till, per tender kind and foreign currency, in minor units of either."""

    number: int
    counted: Mapping[str, int]
    operator: str
    at: datetime
    reason: str
    pieces: tuple[Pieces, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """What went through a drawer without a sale, in minor units; nought when it was opened only."""

    movement: Movement
    amount: int
    operator: str
    authority: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What a count was over or short by, accepted by a second person."""

    number: int
    differences: Mapping[str, int]
    operator: str
    authority: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Batch:
    """What the terminal said when a shift ended; `state` is why it said nothing, if so."""

    state: str
    totals: Mapping[str, int]
    payments: int
    at: datetime


def shifts(connection: Connection, branch: str, business_date: date) -> dict[str, TillShift]:
    """Every shift of the date."""
    return {
        row.shift: TillShift(
            row.shift, row.operator, row.opened, row.ended, row.float_amount, row.handed_over_from
        )
        for row in _of_day(connection, shift_table, branch, business_date)
    }


def counts(connection: Connection, branch: str, business_date: date) -> dict[str, list[Count]]:
    """Per shift, its counts in the order in which they count."""
    found: dict[str, list[Count]] = {}
    for row in _of_day(connection, till_count, branch, business_date, *COUNTS_IN_ORDER):
        pieces = tuple(Pieces(**one) for one in row.denominations or ())
        one = Count(row.number, row.counted, row.operator, row.at, row.reason, pieces)
        found.setdefault(row.shift, []).append(one)
    return found


def moves(connection: Connection, branch: str, business_date: date) -> dict[str, list[Move]]:
    """Per shift, what went through its drawer without a sale, in the order in which it did."""
    found: dict[str, list[Move]] = {}
    for row in _of_day(
        connection, cash_move, branch, business_date, cash_move.c.at, cash_move.c.uuid
    ):
        move = Move(row.movement, row.amount, row.operator, row.authority, row.reason, row.at)
        found.setdefault(row.shift, []).append(move)
    return found


def acceptances(connection: Connection, branch: str, business_date: date) -> dict[str, Acceptance]:
    """Per till, the last acceptance of what it is over or short."""
    return {
        row.shift: Acceptance(
            row.number, row.differences, row.operator, row.authority, row.reason, row.at
        )
        for row in _of_day(connection, till_acceptance, branch, business_date, till_acceptance.c.at)
    }


def batches(connection: Connection, branch: str, business_date: date) -> dict[str, Batch]:
    """Per shift, what the terminal said at its end."""
    return {
        row.shift: Batch(
            row.state,
            {one["kind"]: one["amount"] for one in row.totals},
            sum(one["count"] for one in row.totals),
            row.at,
        )
        for row in _of_day(connection, terminal_batch, branch, business_date)
    }


def _of_day(
    connection: Connection,
    table: Table,
    branch: str,
    business_date: date,
    *order: Any,  # noqa: ANN401 - columns
) -> list[Row[Any]]:
    query = select(table).where(table.c.branch == branch, table.c.business_date == business_date)
    return list(connection.execute(query.order_by(*order)).all())
