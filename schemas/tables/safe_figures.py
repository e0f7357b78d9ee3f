"""The safe's ledger, put together from what this database holds (`schemas.domain.safe`).

Branch and headquarters run the same code. At a hand-over the drawer's cash stays where it is; foreign money
goes to the safe, for the next till begins without any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, select

from schemas.domain.safe import INTO_THE_SAFE, SafeMovement
from schemas.domain.till import is_money
from schemas.tables.days import COUNTS_IN_ORDER, cash_move, shift, till_count
from schemas.tables.tills import safe_count, safe_move

SafeWhat = Literal["float", "loan", "pickup", "till", "counted"] | SafeMovement


@dataclass(frozen=True, slots=True)
class SafeLine:
    """One movement of the safe: signed, in minor units of its key."""

    at: datetime
    business_date: date
    what: SafeWhat
    key: str
    amount: int
    operator: str
    lane: str = ""
    note: str = ""


def ledger(
    connection: Connection, branch: str, first: date | None = None, last: date | None = None
) -> list[SafeLine]:
    """Every line of the business dates from `first` through `last`, by their instants; nothing of nought."""
    lines = [
        *_of_tills(connection, branch, first, last),
        *_of_drawers(connection, branch, first, last),
        *_of_counted_tills(connection, branch, first, last),
        *_of_the_safe(connection, branch, first, last),
    ]
    return sorted((one for one in lines if one.amount), key=lambda one: one.at)


def balance(connection: Connection, branch: str) -> dict[str, int]:
    """What lies in the safe as far as is known here, per key; cash always."""
    held = {"cash": 0}
    for line in ledger(connection, branch):
        held[line.key] = held.get(line.key, 0) + line.amount
    return held


def _of_tills(
    connection: Connection, branch: str, first: date | None, last: date | None
) -> Iterator[SafeLine]:
    for row in _rows(connection, shift, branch, first, last):
        if row.handed_over_from is None:
            yield SafeLine(
                row.opened,
                row.business_date,
                "float",
                "cash",
                -row.float_amount,
                row.operator,
                row.lane,
            )


def _of_drawers(
    connection: Connection, branch: str, first: date | None, last: date | None
) -> Iterator[SafeLine]:
    for row in _rows(connection, cash_move, branch, first, last):
        if row.movement in {"loan", "pickup"}:
            amount = row.amount if row.movement == "pickup" else -row.amount
            yield SafeLine(
                row.at, row.business_date, row.movement, "cash", amount, row.operator, row.lane,
                row.reason,
            )  # fmt: skip


def _of_counted_tills(
    connection: Connection, branch: str, first: date | None, last: date | None
) -> Iterator[SafeLine]:
    """What tills held at their last counts: those that went on, or whose drawer did, keep their cash."""
    went_on, handed_over = set[str](), set[str]()
    for row in _rows(connection, shift, branch, first, last):
        went_on.add(row.continues)
        handed_over.add(row.handed_over_from)
    counted: dict[str, Row[Any]] = {}
    for row in _rows(connection, till_count, branch, first, last, *COUNTS_IN_ORDER):
        if row.shift not in went_on:
            counted[row.shift] = row
    for row in counted.values():
        for key, amount in row.counted.items():
            if is_money(key) and not (key == "cash" and row.shift in handed_over):
                yield SafeLine(
                    row.at, row.business_date, "till", key, amount, row.operator, row.lane
                )


def _of_the_safe(
    connection: Connection, branch: str, first: date | None, last: date | None
) -> Iterator[SafeLine]:
    for row in _rows(connection, safe_move, branch, first, last):
        note = " · ".join(one for one in (row.slip, row.reason) if one)
        amount = INTO_THE_SAFE[row.movement] * row.amount
        yield SafeLine(
            row.at, row.business_date, row.movement, row.key, amount, row.operator, note=note
        )
    for row in _rows(connection, safe_count, branch, first, last):
        for key, amount in _differences(row.counted, row.expected).items():
            yield SafeLine(
                row.at, row.business_date, "counted", key, amount, row.operator, note=row.reason
            )


def _differences(counted: Mapping[str, int], held: Mapping[str, int]) -> dict[str, int]:
    return {key: counted.get(key, 0) - held.get(key, 0) for key in sorted({*counted, *held})}


def _rows(
    connection: Connection,
    table: Any,  # noqa: ANN401 - a table of this branch's dates
    branch: str,
    first: date | None,
    last: date | None,
    *order: Any,  # noqa: ANN401 - columns
) -> Iterator[Row[Any]]:
    query = select(table).where(table.c.branch == branch)
    if first is not None:
        query = query.where(table.c.business_date >= first)
    if last is not None:
        query = query.where(table.c.business_date <= last)
    yield from connection.execute(query.order_by(*order))
