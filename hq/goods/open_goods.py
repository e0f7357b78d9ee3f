"""All that is on order (在订) or in transit (在途): lines of documents of which something is still to come.

    on order     orders that were sent and neither withdrawn nor received finally
    in transit   transfers that are not received finally, told to a branch or stopped
    instructed   instructions to send of which the sender has not sent all; in no figure of stock

What is left of a line is what it names less what came of it (`hq.goods.progress`). What goods in transit are worth is
their part of what they were worth where they left. Quantities are thousandths of the base unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    or_,
    select,
    tuple_,
)

from hq.goods.progress import answers
from schemas.tables.goods import goods_document, goods_line
from schemas.tables.stock import stock_document, stock_document_line

_DOCUMENT = goods_document.c
_LINE = goods_line.c


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """A transfer with what is left of it: `value` of what is known, `unvalued` lines of which it is not."""

    document: str
    sender: str
    branch: str
    state: Literal["sent", "stopped"]
    sent: datetime
    lines: int
    value: int
    unvalued: int


Kind = Literal["order", "transfer", "send"]


def left_lines(kinds: Sequence[Kind] = ("order", "transfer")) -> Subquery:
    """Lines of which something is still to come: document, kind, branch, partner, state, sent, item,
    quantity, value.
    """
    answered = (
        select(_DOCUMENT.document, func.bool_or(stock_document.c.final).label("final"))
        .select_from(goods_document)
        .join(stock_document, answers())
        .group_by(_DOCUMENT.document)
        .subquery("answered")
    )
    # What a supplier brought damaged is refused, and still to come.
    arrived = stock_document_line.c.quantity + case(
        (_DOCUMENT.kind == "order", 0), else_=stock_document_line.c.damaged
    )
    came = (
        select(
            _DOCUMENT.document, stock_document_line.c.number, stock_document_line.c.item,
            cast(func.sum(_base(arrived, stock_document_line.c.factor)), BigInteger).label("came"),
        )
        .select_from(goods_document)
        .join(stock_document, answers())
        .join(stock_document_line, stock_document_line.c.document_uuid == stock_document.c.uuid)
        .group_by(
            _DOCUMENT.document, stock_document_line.c.number, stock_document_line.c.item
        )
        .subquery("came")
    )  # fmt: skip
    whole = _base(_LINE.quantity, _LINE.factor)
    left = whole - func.coalesce(came.c.came, 0)
    worth = func.coalesce(_LINE.cost, _LINE.value)
    return (
        select(
            _DOCUMENT.document, _DOCUMENT.kind, _DOCUMENT.branch, _DOCUMENT.partner,
            _DOCUMENT.state, _DOCUMENT.sent, _LINE.item,
            left.label("quantity"),
            # Both are nought or more: half is rounded up, as the domain does.
            ((2 * worth * left + whole) // (2 * whole)).label("value"),
        )
        .select_from(goods_document)
        .join(goods_line, _LINE.document == _DOCUMENT.document)
        .outerjoin(answered, answered.c.document == _DOCUMENT.document)
        .outerjoin(
            came,
            and_(came.c.document == _LINE.document, came.c.number == _LINE.number,
                 came.c.item == _LINE.item),
        )
        .where(
            _DOCUMENT.kind.in_(kinds), _DOCUMENT.state.in_(("sent", "stopped")),
            func.coalesce(answered.c.final, False).is_(False), left > 0,
        )
        .subquery("left_lines")
    )  # fmt: skip


def _base(quantity: ColumnElement[Any], factor: ColumnElement[Any]) -> ColumnElement[Any]:
    """A quantity above nought in base units (rule 10)."""
    return (quantity * factor + 500) // 1000


def expected_by_item(kind: Kind) -> Subquery:
    """Per branch and item what is still to come (of instructions: to be sent): branch, item, quantity, value."""
    left = left_lines((kind,))
    return (
        select(
            left.c.branch, left.c.item,
            cast(func.sum(left.c.quantity), BigInteger).label("quantity"),
            cast(func.coalesce(func.sum(left.c.value), 0), BigInteger).label("value"),
        )
        .group_by(left.c.branch, left.c.item)
        .subquery(f"expected_{kind}")
    )  # fmt: skip


def on_the_way(
    connection: Connection, scope: Sequence[str], after: tuple[datetime, str] | None = None,
    limit: int = 100,
) -> list[OnTheWay]:  # fmt: skip
    """Transfers of which something is on its way, the longest first; one more than a page."""
    found = _transfers(scope).subquery("transfers")
    place = tuple_(found.c.sent, found.c.document)
    query = select(found).order_by(found.c.sent, found.c.document).limit(limit + 1)
    if after is not None:
        query = query.where(place > after)
    return [OnTheWay(*row) for row in connection.execute(query)]


@dataclass(frozen=True, slots=True)
class Pair:
    """What is on its way from one branch to another, and since when the first of it is."""

    sender: str
    branch: str
    documents: int
    value: int
    unvalued: int
    since: datetime


def pairs(connection: Connection, scope: Sequence[str]) -> list[Pair]:
    """Per pair of branches, the one first that has waited the longest."""
    of_documents = _transfers(scope).subquery("transfers")
    each = of_documents.c
    query = (
        select(
            each.sender, each.branch, func.count(), cast(func.sum(each.value), BigInteger),
            cast(func.sum(each.unvalued), BigInteger), func.min(each.sent),
        )
        .group_by(each.sender, each.branch)
        .order_by(func.min(each.sent), each.sender, each.branch)
    )  # fmt: skip
    return [Pair(*row) for row in connection.execute(query)]


def _transfers(scope: Sequence[str]) -> Select[Any]:
    left = left_lines()
    query = (
        select(
            left.c.document, left.c.partner.label("sender"), left.c.branch, left.c.state,
            left.c.sent, func.count().label("lines"),
            cast(func.coalesce(func.sum(left.c.value), 0), BigInteger).label("value"),
            func.sum(case((left.c.value.is_(None), 1), else_=0)).label("unvalued"),
        )
        .where(left.c.kind == "transfer")
        .group_by(left.c.document, left.c.partner, left.c.branch, left.c.state, left.c.sent)
    )  # fmt: skip
    if scope:
        query = query.where(or_(left.c.branch.in_(scope), left.c.partner.in_(scope)))
    return query
