"""Posted documents as the office reads them: a list, newest first, and one with its lines and moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select

from branch import items
from branch.goods.counting import put_lines
from branch.goods.deliveries import line_of
from branch.goods.drafts import insert_draft
from branch.goods.partners import GoodsError
from branch.items import LabelRefusedError
from replication.console.languages import msgid
from schemas.domain.stock.document import DocumentKind, StockLine
from schemas.domain.stock.move import StockReason
from schemas.tables.stock import stock_document, stock_document_line, stock_move

PAGE = 50


@dataclass(frozen=True, slots=True)
class Heading:
    """A document as a list shows it; `value` is what its moves were worth, `differing` how many lines differ
    from what was expected, `unknown` how many name an item that nobody knew.
    """

    uuid: str
    document: str
    kind: DocumentKind
    business_date: date
    at: datetime
    operator: str
    partner: str
    refers_to: str
    final: bool
    reason: str
    value: int
    differing: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Document:
    """A document with its lines, what each reason moved in value, and the lines that were resolved since."""

    heading: Heading
    authority: str
    lines: tuple[StockLine, ...]
    values: Mapping[StockReason, int]
    resolved: frozenset[int]


def documents(
    connection: Connection,
    branch: str,
    kind: str = "",
    before: tuple[datetime, str] | None = None,
) -> list[Heading]:
    """The documents of a branch, newest first, `PAGE` of them and one more where there are more."""
    head = stock_document.c
    conditions = [head.branch == branch]
    if kind:
        conditions.append(head.kind == kind)
    if before is not None:
        at, uuid = before
        conditions.append(or_(head.at < at, and_(head.at == at, head.uuid < uuid)))
    query = _headings(and_(*conditions)).order_by(head.at.desc(), head.uuid.desc()).limit(PAGE + 1)
    return [_heading(row) for row in connection.execute(query)]


def find_document(connection: Connection, branch: str, uuid: str) -> Document:
    """One document. Raises GoodsError."""
    head = stock_document.c
    row = connection.execute(
        _headings(and_(head.branch == branch, or_(head.uuid == uuid, head.document == uuid)))
    ).first()
    if row is None:
        raise GoodsError(msgid("There is no document %(document)s here"), document=uuid[:60])
    lines = connection.execute(
        select(stock_document_line)
        .where(stock_document_line.c.document_uuid == row.uuid)
        .order_by(stock_document_line.c.number)
    )
    move = stock_move.c
    values = connection.execute(
        select(move.reason, func.coalesce(func.sum(move.value), 0))
        .where(move.reference == row.uuid)
        .group_by(move.reason)
        .order_by(move.reason)
    )
    later = (
        select(stock_document_line.c.number)
        .join(stock_document, head.uuid == stock_document_line.c.document_uuid)
        .where(head.branch == branch, head.refers_to == row.document)
    )
    resolved = frozenset(connection.execute(later).scalars())
    return Document(
        _heading(row), row.authority, tuple(line_of(one) for one in lines),
        {reason: int(value) for reason, value in values}, resolved,
    )  # fmt: skip


def resolve(
    connection: Connection, branch: str, uuid: str, operator: str, now: datetime
) -> str:  # fmt: skip
    """Begin a receipt of what a receipt could not book because nobody knew it, as far as it is known now.

    It refers to the first one, and its lines bear the numbers of that one's. A label that has to be keyed
    holds up no other line. Raises GoodsError, or LabelRefusedError if nothing else is known.
    """
    document = find_document(connection, branch, uuid)
    known = []
    refused: LabelRefusedError | None = None
    for line in document.lines:
        if not line.unknown_item or line.number in document.resolved:
            continue
        try:
            found = items.find(connection, line.item)
        except LabelRefusedError as error:
            refused = error
            continue
        if found is not None and found.stocked:
            known.append(
                StockLine(
                    line.number,
                    found.item,
                    found.name,
                    found.unit,
                    found.factor,
                    line.quantity,
                    None,
                    damaged=line.damaged,
                )
            )
    if not known and refused is not None:
        raise refused
    if not known:
        raise GoodsError(
            msgid(
                "No item of %(document)s is known yet: ask headquarters to add it, then come back"
            ),
            document=document.heading.document,
        )
    heading = document.heading
    draft = insert_draft(connection, "receipt", heading.partner, heading.document, operator, now)
    put_lines(connection, draft, known)
    return draft


def _headings(condition: ColumnElement[bool]) -> Any:  # noqa: ANN401 - a SELECT
    head, line, move = stock_document.c, stock_document_line.c, stock_move.c
    differs = and_(
        line.expected.is_not(None), or_(line.quantity != line.expected, line.damaged > 0)
    )
    value = (
        select(func.coalesce(func.sum(move.value), 0))
        .where(move.reference == head.uuid)
        .scalar_subquery()
    )
    of_lines = line.document_uuid == head.uuid
    differing = select(func.count()).where(of_lines, differs).scalar_subquery()
    unknown = select(func.count()).where(of_lines, line.unknown_item).scalar_subquery()
    return select(
        stock_document, value.label("value"), differing.label("differing"), unknown.label("unknown")
    ).where(condition)


def _heading(row: Row[Any]) -> Heading:
    return Heading(
        row.uuid, row.document, row.kind, row.business_date, row.at, row.operator, row.partner,
        row.refers_to, row.final, row.reason, int(row.value), row.differing, row.unknown,
    )  # fmt: skip
