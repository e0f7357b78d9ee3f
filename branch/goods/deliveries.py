"""Deliveries (到货预报): what headquarters told the branch to expect or to send, and what is still to come.

    state       told by
    expected    the header of the delivery, behind its lines
    begun       a document that answers it and is not final: the rest is still to come
    done        a document that answers it and is final
    withdrawn   the header; headquarters wants it no longer

What is still to come of a line is what it said less what documents settled: of an order what came in good
order (what came broken was refused), of a transfer what came at all, of an order to send what was sent.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import Connection, Row, select

from schemas.domain.money import divide
from schemas.domain.stock.document import DocumentKind, StockLine
from schemas.domain.stock.posting import base_quantity, sent_of
from schemas.tables.audience import level
from schemas.tables.catalogue import delivery as delivery_table
from schemas.tables.catalogue import delivery_line
from schemas.tables.catalogue import item as item_table
from schemas.tables.stock import stock_document, stock_document_line

Direction = Literal["order", "transfer", "send"]
_PIECE = 1000

#: The kind of document that answers a delivery.
ANSWERS: Mapping[Direction, DocumentKind] = {
    "order": "receipt",
    "transfer": "transfer_in",
    "send": "transfer_out",
}


@dataclass(frozen=True, slots=True)
class ToCome:
    """What is still to come of a line, in thousandths of `unit`, and what that is worth, if anybody knows."""

    number: int
    item: str
    name: str
    unit: str
    factor: int
    quantity: int
    value: int | None

    @property
    def base(self) -> int:
        """The same in base units."""
        return base_quantity(self.quantity, self.factor)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery with what is still to come of it: nothing once it is done."""

    document: str
    direction: Direction
    partner: str
    expected: date
    note: str
    withdrawn: bool
    done: bool
    answers: tuple[str, ...]
    lines: tuple[ToCome, ...]
    last_number: int = 0


def deliveries(connection: Connection, branch: str) -> list[Delivery]:
    """Those that wait, the earliest first."""
    final = select(stock_document.c.uuid).where(
        stock_document.c.branch == branch,
        stock_document.c.refers_to == delivery_table.c.document,
        stock_document.c.final,
    )
    query = (
        select(delivery_table)
        .where(~delivery_table.c.withdrawn, ~final.exists())
        .order_by(delivery_table.c.expected, delivery_table.c.document)
    )
    return _read(connection, branch, connection.execute(query).all())


def find_delivery(connection: Connection, branch: str, document: str) -> Delivery | None:
    """A delivery by its document, whatever its state."""
    query = select(delivery_table).where(delivery_table.c.document == document)
    return next(iter(_read(connection, branch, connection.execute(query).all())), None)


def _read(connection: Connection, branch: str, rows: Collection[Row[Any]]) -> list[Delivery]:
    documents = [row.document for row in rows]
    lines: dict[str, list[Row[Any]]] = {}
    query = select(delivery_line).where(delivery_line.c.document.in_(documents))
    for row in connection.execute(query.order_by(delivery_line.c.document, delivery_line.c.number)):
        lines.setdefault(row.document, []).append(row)
    named = _names(connection, {row.item for of in lines.values() for row in of})
    answers = _answers(connection, branch, documents)
    return [_delivery(row, lines.get(row.document, []), named, answers) for row in rows]


def _delivery(
    row: Row[Any],
    lines: Collection[Row[Any]],
    named: Mapping[str, tuple[str, str]],
    answers: Mapping[str, list[tuple[Row[Any], list[StockLine]]]],
) -> Delivery:
    answered = answers.get(row.document, [])
    done = any(head.final for head, _ in answered)
    settled: dict[int, list[StockLine]] = {}
    for _, of in answered:
        for line in of:
            settled.setdefault(line.number, []).append(line)
    to_come = [
        _to_come(line, row.direction, settled.get(line.number, []), named.get(line.item))
        for line in lines
    ]
    return Delivery(
        row.document, row.direction, row.partner, row.expected, row.note, row.withdrawn, done,
        tuple(head.document for head, _ in answered), () if done else tuple(to_come),
        max((one.number for one in to_come), default=0),
    )  # fmt: skip


def _to_come(
    row: Row[Any],
    direction: Direction,
    settled: Collection[StockLine],
    named: tuple[str, str] | None,
) -> ToCome:
    name, base_unit = named or (row.item, row.unit)
    whole = base_quantity(row.quantity, row.factor)
    came = sum(_settled(line, direction) for line in settled)
    rest = max(whole - came, 0)
    value: int | None = None
    if row.value is not None and direction == "transfer":
        value = row.value - sum(line.value or 0 for line in settled)
    elif row.value is not None and whole:
        value = divide(row.value * rest, whole)
    if rest * _PIECE % row.factor:
        return ToCome(row.number, row.item, name, base_unit, _PIECE, rest, value)
    return ToCome(
        row.number, row.item, name, row.unit, row.factor, rest * _PIECE // row.factor, value
    )  # fmt: skip


def _settled(line: StockLine, direction: Direction) -> int:
    """How much of what it answers a line settles, in base units; what came beyond it settles nothing."""
    if direction == "transfer":
        return base_quantity(sent_of(line, final=False), line.factor)
    return base_quantity(line.quantity, line.factor)


def _names(connection: Connection, items: Collection[str]) -> dict[str, tuple[str, str]]:
    """Name and base unit of items that are known."""
    query = (
        select(item_table.c.item, item_table.c.name, item_table.c.unit)
        .where(item_table.c.item.in_(items))
        .order_by(level(item_table))
    )
    return {row.item: (row.name, row.unit) for row in connection.execute(query)}


def _answers(
    connection: Connection, branch: str, documents: Collection[str]
) -> dict[str, list[tuple[Row[Any], list[StockLine]]]]:
    """The documents that answer these, in their order, with their lines."""
    head = stock_document.c
    query = (
        select(head.uuid, head.document, head.refers_to, head.final)
        .where(head.branch == branch, head.refers_to.in_(documents))
        .order_by(head.at, head.uuid)
    )
    heads: Sequence[Row[Any]] = connection.execute(query).all()
    lines: dict[str, list[StockLine]] = {}
    query_lines = select(stock_document_line).where(
        stock_document_line.c.document_uuid.in_([one.uuid for one in heads])
    )
    for row in connection.execute(query_lines):
        lines.setdefault(row.document_uuid, []).append(line_of(row))
    found: dict[str, list[tuple[Row[Any], list[StockLine]]]] = {}
    for one in heads:
        found.setdefault(one.refers_to, []).append((one, lines.get(one.uuid, [])))
    return found


def line_of(row: Row[Any]) -> StockLine:
    """A line as it rests."""
    return StockLine(
        number=row.number, item=row.item, name=row.name, unit=row.unit, factor=row.factor,
        quantity=row.quantity, value=row.value, expected=row.expected, damaged=row.damaged,
        unknown_item=row.unknown_item, reason=row.reason,
    )  # fmt: skip
