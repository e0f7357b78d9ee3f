"""What a franchised branch's statement rests on, as headquarters knows it now: goods and sales.

    goods sold to it       `franchise_delivery`, what was delivered at which price (`hq.goods.relay`)
    goods it sent back     the transfers that it sent, at what they were worth there
    what came of either    the receiver's own documents that answer the transfer
    sales                  the consolidated figures, on the date to which their tickets are posted

A delivery is of the day on which it was sent by the franchise's clock, a receipt of its business date.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from hq.consolidation import figures
from hq.consolidation.question import Question
from hq.goods.progress import told_to
from hq.reports.branches import KnownBranch
from hq.reports.categories import NO_CATEGORY
from schemas.domain.franchise.charges import Period, Sold
from schemas.domain.franchise.goods import Receipt, Sent, delivered, returned
from schemas.domain.franchise.rule import Agreement
from schemas.domain.franchise.term import Term
from schemas.domain.stock.posting import base_quantity
from schemas.tables.catalogue import item as item_table
from schemas.tables.goods import franchise_delivery, goods_document, goods_line
from schemas.tables.stock import stock_document, stock_document_line
from schemas.tables.tickets import ticket


@dataclass(frozen=True, slots=True)
class Goods:
    """Terms of goods with the categories of their items, and the notes that are not received finally yet."""

    terms: tuple[tuple[Term, str], ...]
    on_the_way: tuple[str, ...]


def goods(connection: Connection, branch: KnownBranch, period: Period, agreed: Agreement) -> Goods:
    """Every term of goods of every note that was sent or received in a period, whatever the term's own day."""
    bought = _sold_lines(connection, branch, period)
    back = _returned_lines(connection, branch, period)
    terms = [term for line in bought for term in delivered(line, agreed)]
    terms += [term for line in back for term in returned(line, agreed)]
    waiting = {
        line.document
        for line in (*bought, *back)
        if not any(one.final for one in line.receipts) and period.first <= line.on <= period.last
    }
    categories = _categories(connection, {one.item for one in terms})
    return Goods(
        tuple((one, categories.get(one.item, NO_CATEGORY)) for one in terms),
        tuple(sorted(waiting)),
    )


def sold(connection: Connection, branch: KnownBranch, dates: Collection[date]) -> list[Sold]:
    """What a branch sold on these dates by category, as it was sold, by date and category."""
    if not dates:
        return []
    question = Question(
        (branch,), min(dates), max(dates), by=("day", "category"), sort="key", descending=False
    )
    found = [(date.fromisoformat(one.keys[0]), one) for one in figures.rows(connection, question)]
    return [
        Sold(on, one.keys[1], one.figures.sales, one.figures.tax)
        for on, one in found
        if on in dates
    ]


def before(connection: Connection, branch: KnownBranch, first: date) -> int:
    """How many days with sales and notes there are before a date: what no statement would ever hold."""
    days = select(func.count(ticket.c.posted.distinct())).where(
        ticket.c.branch == branch.branch, ticket.c.posted < first
    )
    row = franchise_delivery.c
    notes = select(func.count(row.document.distinct())).where(
        row.branch == branch.branch, row.sent < _midnight(branch, first)
    )
    return int(connection.execute(days).scalar_one()) + int(connection.execute(notes).scalar_one())


def _midnight(branch: KnownBranch, on: date) -> datetime:
    return datetime.combine(on, time(), ZoneInfo(branch.zone))


def _sold_lines(connection: Connection, branch: KnownBranch, period: Period) -> list[Sent]:
    """Lines that were sold to it, with what it says came of them."""
    row = franchise_delivery.c
    answered = _answered(period).where(stock_document.c.branch == branch.branch)
    rows = connection.execute(
        select(row.document, row.number, row.item, row.quantity, row.price, row.sent)
        .where(
            row.branch == branch.branch,
            or_(_sent_in(branch, period, row.sent), row.document.in_(answered)),
        )
        .order_by(row.document, row.number)
    ).all()
    mine = stock_document.c.branch == branch.branch
    answers = _answers(connection, {one.document for one in rows}, mine)
    return [
        _line(branch, one, one.quantity, one.price, answers.get(one.document, ())) for one in rows
    ]


def _returned_lines(connection: Connection, branch: KnownBranch, period: Period) -> list[Sent]:
    """Lines that it sent to others, with what those say came of them; what it took back itself it has kept."""
    row, held = goods_line.c, goods_document.c
    rows = connection.execute(
        select(
            row.document, row.number, row.item, row.quantity, row.factor, row.cost, held.sent
        )
        .join_from(goods_document, goods_line, row.document == held.document)
        .where(
            held.kind == "transfer", held.partner == branch.branch,
            or_(_sent_in(branch, period, held.sent), held.document.in_(_answered(period))),
        )
        .order_by(row.document, row.number)
    ).all()  # fmt: skip
    others = stock_document.c.branch != branch.branch
    answers = _answers(connection, {one.document for one in rows}, others)
    return [
        _line(branch, one, base_quantity(one.quantity, one.factor), one.cost,
              answers.get(one.document, ()))
        for one in rows
    ]  # fmt: skip


def _sent_in(
    branch: KnownBranch, period: Period, sent: ColumnElement[datetime]
) -> ColumnElement[bool]:
    after = _midnight(branch, period.last + timedelta(days=1))
    return and_(sent >= _midnight(branch, period.first), sent < after)


def _answered(period: Period) -> Select[tuple[str]]:
    """The notes that receipts of a period answer."""
    row = stock_document.c
    return select(row.refers_to).where(
        row.kind == "transfer_in", row.business_date.between(period.first, period.last)
    )


@dataclass(frozen=True, slots=True)
class _Answer:
    """One document of a receiver, and of each line of the note, by number and item, what came and was damaged."""

    document: str
    on: date
    final: bool
    came: Mapping[tuple[int, str], tuple[int, int]]


def _answers(
    connection: Connection, documents: Collection[str], whose: ColumnElement[bool]
) -> dict[str, list[_Answer]]:
    """What receivers that were told of these notes say of them, in the order in which they say it."""
    row, line = stock_document.c, stock_document_line.c
    rows = connection.execute(
        select(row.uuid, row.refers_to, row.document, row.business_date, row.final)
        .where(
            row.kind == "transfer_in", row.refers_to.in_(sorted(documents)), whose,
            told_to(row.refers_to, row.branch),
        )
        .order_by(row.at, row.uuid)
    ).all()  # fmt: skip
    came: dict[str, dict[tuple[int, str], tuple[int, int]]] = {}
    lines = connection.execute(
        select(
            line.document_uuid, line.number, line.item, line.quantity, line.damaged, line.factor
        ).where(line.document_uuid.in_([one.uuid for one in rows]), ~line.unknown_item)
    )
    for each in lines:
        came.setdefault(each.document_uuid, {})[each.number, each.item] = (
            base_quantity(each.quantity, each.factor), base_quantity(each.damaged, each.factor)
        )  # fmt: skip
    found: dict[str, list[_Answer]] = {}
    for one in rows:
        answer = _Answer(one.document, one.business_date, one.final, came.get(one.uuid, {}))
        found.setdefault(one.refers_to, []).append(answer)
    return found


def _line(
    branch: KnownBranch,
    row: Any,  # noqa: ANN401 - a row of either query
    quantity: int,
    value: int | None,
    answers: Iterable[_Answer],
) -> Sent:
    receipts = []
    for one in answers:
        came, damaged = one.came.get((row.number, row.item), (0, 0))
        if came or damaged or one.final:
            receipts.append(Receipt(one.document, one.on, came, damaged, one.final))
    on = branch.local(row.sent).date()
    return Sent(row.document, row.number, row.item, on, quantity, value, receipts)


def _categories(connection: Connection, items: Collection[str]) -> dict[str, str]:
    row = item_table.c
    query = select(row.item, row.category).where(row.item.in_(sorted(items)))
    return {one.item: one.category for one in connection.execute(query)}
