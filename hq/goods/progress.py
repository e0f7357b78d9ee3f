"""What has become of goods documents, as branches say it.

    state             a document that was sent, when
    sent              the branch has not reported that it has it
    arrived           it has (`replication.md`: the receiver's position is the truth about delivery)
    partly_received   documents of the branch refer to it, and none of them is final
    received          one of them is final: whatever did not come by then is missing

Receipts and transfers in answer an order or a transfer; a transfer out answers an instruction to send. Only
what a branch says counts that was told of the document: to others it means nothing (invariant 11). A line bears
the number of the document's line (`schemas.domain.stock.posting`); what the document does not name has another.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    select,
)

from hq.goods.lines import GoodsLine
from replication.streams import branch_feed
from schemas.domain.money import divide
from schemas.tables.catalogue import delivery
from schemas.tables.goods import goods_document
from schemas.tables.journal import stream
from schemas.tables.link import position_report
from schemas.tables.stock import stock_document, stock_document_line

_THOUSAND = 1000

Stage = Literal["sent", "arrived", "partly_received", "received"]

#: The documents by which a branch does what it was told.
_ANSWERS: Mapping[str, tuple[str, ...]] = {
    "order": ("receipt",),
    "transfer": ("transfer_in",),
    "send": ("transfer_out",),
}


@dataclass(frozen=True, slots=True)
class Progress:
    """Of one document: when it arrived, when it was first and last answered, and whether finally."""

    arrived: datetime | None = None
    first: datetime | None = None
    last: datetime | None = None
    final: bool = False

    @property
    def stage(self) -> Stage:
        """Where it is."""
        if self.final:
            return "received"
        if self.first is not None:
            return "partly_received"
        return "sent" if self.arrived is None else "arrived"


@dataclass(frozen=True, slots=True)
class Received:
    """What came of a line, in thousandths of the base unit; `damaged` came too and was refused."""

    quantity: int = 0
    damaged: int = 0


@dataclass(frozen=True, slots=True)
class LineProgress:
    """A line and what came of it, in thousandths of the base unit. Short counts once nothing more is to come.

    What came damaged of a transfer has arrived; what a supplier brought damaged is refused, and still to come.
    """

    line: GoodsLine
    received: Received
    final: bool
    is_order: bool

    @property
    def left(self) -> int:
        """What is still to come."""
        if self.final:
            return 0
        arrived = self.received.quantity + (0 if self.is_order else self.received.damaged)
        return max(self.line.base - arrived, 0)

    @property
    def short(self) -> int:
        """What did not come at all."""
        missing = self.line.base - self.received.quantity - self.received.damaged
        return max(missing, 0) if self.final else 0

    @property
    def over(self) -> int:
        """What came beyond what was sent or ordered."""
        return max(self.received.quantity + self.received.damaged - self.line.base, 0)


@dataclass(frozen=True, slots=True)
class Surplus:
    """Goods that came with a document and that it does not name."""

    item: str
    name: str
    unit: str
    quantity: int
    damaged: int
    unknown: bool
    answer: str


def told_to(document: ColumnElement[str], branch: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a branch was ever told of a document: its feed has, or had, the header."""
    return (
        select(literal(1))
        .where(
            delivery.c.document == document,
            delivery.c.stream == func.concat(branch_feed(""), branch),
        )
        .exists()
    )


def answers() -> ColumnElement[bool]:
    """Joins a goods document and what a branch did about it."""
    kinds = [
        and_(goods_document.c.kind == kind, stock_document.c.kind.in_(by))
        for kind, by in _ANSWERS.items()
    ]
    return and_(
        stock_document.c.refers_to == goods_document.c.document,
        kinds[0] | kinds[1] | kinds[2],
        told_to(goods_document.c.document, stock_document.c.branch),
    )


def progress(connection: Connection, documents: Collection[str]) -> dict[str, Progress]:
    """Of each of these documents what has become of it."""
    arrived = {row[0]: row[1] for row in connection.execute(_arrivals(documents))}
    query = (
        select(
            goods_document.c.document, func.min(stock_document.c.at),
            func.max(stock_document.c.at), func.bool_or(stock_document.c.final),
        )
        .select_from(goods_document)
        .join(stock_document, answers())
        .where(goods_document.c.document.in_(documents))
        .group_by(goods_document.c.document)
    )  # fmt: skip
    answered = {row[0]: row[1:] for row in connection.execute(query)}
    return {
        one: Progress(arrived.get(one), *answered.get(one, (None, None, False)))
        for one in documents
    }


def is_final(connection: Connection, document: str) -> bool:
    """Whether nothing more of it is to come."""
    return progress(connection, [document])[document].final


def line_progress(
    connection: Connection, document: str, lines: Collection[GoodsLine]
) -> tuple[list[LineProgress], list[Surplus]]:
    """What came of each line, and what came that is no line of it."""
    final = is_final(connection, document)
    order = goods_document.c.kind == "order"
    is_order = bool(
        connection.execute(select(order).where(goods_document.c.document == document)).scalar()
    )
    came: dict[int, Received] = {}
    surplus: list[Surplus] = []
    known = {(one.number, one.item) for one in lines}
    for row in connection.execute(_answered_lines(document)):
        if (row.number, row.item) not in known:
            surplus.append(
                Surplus(row.item, row.name, row.unit, row.quantity, row.damaged,
                        row.unknown_item, row.answer)
            )  # fmt: skip
            continue
        before = came.get(row.number, Received())
        # A branch may receive the rest of a pack in single pieces: units may differ, base units do not.
        came[row.number] = Received(
            before.quantity + divide(row.quantity * row.factor, _THOUSAND),
            before.damaged + divide(row.damaged * row.factor, _THOUSAND),
        )
    found = [LineProgress(one, came.get(one.number, Received()), final, is_order) for one in lines]
    return found, surplus


def booked_by(
    connection: Connection, document: str, branch: str
) -> dict[int, tuple[int, int | None]]:
    """What a branch itself has settled of each line of a transfer: base units, and what it booked them at."""
    line = stock_document_line.c
    query = (
        select(line.number, line.quantity, line.damaged, line.factor, line.value)
        .join(stock_document, stock_document.c.uuid == line.document_uuid)
        .where(
            stock_document.c.refers_to == document, stock_document.c.branch == branch,
            stock_document.c.kind == "transfer_in",
        )
    )  # fmt: skip
    booked: dict[int, tuple[int, int | None]] = {}
    for row in connection.execute(query):
        quantity, value = booked.get(row.number, (0, 0))
        known = None if value is None or row.value is None else value + row.value
        arrived = divide((row.quantity + row.damaged) * row.factor, _THOUSAND)
        booked[row.number] = (quantity + arrived, known)
    return booked


def settled_at(connection: Connection, document: str) -> dict[int, dict[str, int | None]]:
    """Per line of a transfer, what each branch that was told of it booked its part at; None where one of its
    receipts knew no value.
    """
    line = stock_document_line.c
    value = case((func.bool_and(line.value.is_not(None)), func.sum(line.value)))
    query = (
        select(line.number, stock_document.c.branch, cast(value, BigInteger))
        .select_from(goods_document)
        .join(stock_document, answers())
        .join(stock_document_line, line.document_uuid == stock_document.c.uuid)
        .where(goods_document.c.document == document)
        .group_by(line.number, stock_document.c.branch)
    )
    settled: dict[int, dict[str, int | None]] = {}
    for number, branch, booked in connection.execute(query):
        settled.setdefault(number, {})[branch] = booked
    return settled


def answered_by(connection: Connection, document: str) -> list[Any]:
    """The branches' documents about it, in their order: number, kind, branch, when, who, final, UUID."""
    row = stock_document.c
    query = (
        select(row.uuid, row.document, row.kind, row.branch, row.at, row.operator, row.final)
        .select_from(goods_document)
        .join(stock_document, answers())
        .where(goods_document.c.document == document)
        .order_by(row.at, row.uuid)
    )
    return list(connection.execute(query).all())


def _answered_lines(document: str) -> Select[Any]:
    line = stock_document_line.c
    return (
        select(
            line.number, line.item, line.name, line.unit, line.factor, line.quantity, line.damaged,
            line.unknown_item, stock_document.c.document.label("answer"),
        )
        .select_from(goods_document)
        .join(stock_document, answers())
        .join(stock_document_line, line.document_uuid == stock_document.c.uuid)
        .where(goods_document.c.document == document)
        .order_by(stock_document.c.at, line.number)
    )  # fmt: skip


def _arrivals(documents: Collection[str]) -> Select[Any]:
    """When each of the documents was applied by the branch that it is for, by that branch's clock."""
    report, held = position_report.c, goods_document.c
    feed = func.concat(branch_feed(""), held.branch)
    return (
        select(held.document, func.min(report.applied_at))
        .select_from(goods_document)
        .join(stream, stream.c.name == feed)
        .join(
            position_report,
            and_(report.site == held.branch, report.stream == feed,
                 report.epoch == stream.c.epoch, report.through >= held.number),
        )
        .where(held.document.in_(documents))
        .group_by(held.document)
    )  # fmt: skip
