"""The end of a stocktake: every count that counts becomes a line of a document, its difference a move at cost.

    stands in the way                                     way out
    an item waits for a count or a decision               the review names it
    the manager who approves opened it                    another one approves, or where the branch has but one,
                                                          the same with a reason

The branch's stock is held meanwhile, so a ticket is either among what was expected, or finds the count and takes
nothing out twice (`branch.stock`). A large stocktake becomes several documents: one entry of a journal has
to fit a message.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Connection, select

from branch import own_journal
from branch.days import next_date
from branch.goods import numbers
from branch.stocktake import session
from branch.stocktake.review import Line, Review, Unknown, review
from branch.stocktake.session import Stocktake, StocktakeError
from replication.console.languages import msgid
from schemas.domain.stock.document import StockDocument, StockLine
from schemas.domain.stock.move import StockMove
from schemas.tables.catalogue import operator as operator_table
from schemas.tables.days import business_day

_AT_ONCE = 2000
_MANAGER = "branch_manager"


def approve(
    connection: Connection, branch: str, name: str, operator: str, reason: str, now: datetime
) -> list[StockDocument]:
    """Post what was counted, and answer the documents. Raises StocktakeError."""
    held = session.find_open(connection, name)
    _check_person(connection, held, operator, reason)
    business_date = _business_date(connection, branch, now)
    found = review(connection, branch, name, lock=True)
    _check_complete(found)
    documents = _documents(connection, branch, found, business_date, operator, reason, now)
    for one in documents:
        own_journal.state(connection, branch, one, now)
    session.end(connection, held, "approved", operator, reason.strip(), now)
    return documents


def takes_a_reason(connection: Connection, held: Stocktake, operator: str) -> bool:
    """Whether this manager approves alone, which they have to explain."""
    return operator == held.opened_by and len(_managers(connection)) < 2  # noqa: PLR2004 - it takes two


def _check_person(connection: Connection, held: Stocktake, operator: str, reason: str) -> None:
    if operator != held.opened_by:
        return
    if not takes_a_reason(connection, held, operator):
        raise StocktakeError(
            msgid("You opened %(name)s: another manager has to approve it"), name=held.name
        )
    if not reason.strip():
        raise StocktakeError(
            msgid(
                "You opened %(name)s and are the branch's only manager: say why you approve it alone"
            ),
            name=held.name,
        )


def _managers(connection: Connection) -> set[str]:
    query = select(operator_table.c.operator).where(operator_table.c.role == _MANAGER)
    return set(connection.execute(query).scalars())


def _check_complete(found: Review) -> None:
    waiting = found.waiting()
    if waiting:
        raise StocktakeError(
            msgid("%(name)s is not ready: %(items)s items wait for a count or a decision, %(item)s first"),
            name=found.stocktake.name, items=len(waiting), item=waiting[0].goods.name,
        )  # fmt: skip
    if not found.posted():
        raise StocktakeError(
            msgid("Nothing was counted in %(name)s: count it, or cancel it"),
            name=found.stocktake.name,
        )


def _business_date(connection: Connection, branch: str, now: datetime) -> date:
    """The open day, held as it is until the transaction ends; else the one that comes next."""
    day = business_day.c
    open_ = connection.execute(
        select(day.business_date)
        .where(day.branch == branch, day.state == "open")
        .order_by(day.business_date.desc())
        .limit(1)
        .with_for_update(read=True)
    ).scalar()
    return open_ or next_date(connection, branch, now)


def _documents(
    connection: Connection,
    branch: str,
    found: Review,
    business_date: date,
    operator: str,
    reason: str,
    now: datetime,
) -> list[StockDocument]:
    """The documents, of so many lines each."""
    lines = sorted(found.posted(), key=lambda one: one.goods.item)
    parts = [lines[start : start + _AT_ONCE] for start in range(0, len(lines), _AT_ONCE)]
    return [
        _document(
            numbers.next_number(connection, branch, "stocktake"), branch, found, part,
            found.unknown if place == len(parts) - 1 else (), business_date, operator, reason, now,
            final=place == len(parts) - 1,
        )
        for place, part in enumerate(parts)
    ]  # fmt: skip


def _document(  # noqa: PLR0913 - a document has this many parts
    number: str,
    branch: str,
    found: Review,
    lines: Sequence[Line],
    unknown: Sequence[Unknown],
    business_date: date,
    operator: str,
    reason: str,
    now: datetime,
    *,
    final: bool,
) -> StockDocument:
    name = str(uuid.uuid4())
    return StockDocument(
        uuid=name, document=number, kind="stocktake", branch=branch, business_date=business_date,
        at=now, operator=found.stocktake.opened_by, authority=operator,
        lines=(*_lines(lines), *_unknown_lines(unknown, len(lines))),
        moves=tuple(_moves(name, lines, business_date)),
        refers_to=found.stocktake.stocktake, final=final, reason=reason.strip() or found.stocktake.name,
    )  # fmt: skip


def _lines(lines: Sequence[Line]) -> list[StockLine]:
    return [
        StockLine(
            number=number, item=line.goods.item, name=line.goods.name, unit=line.goods.base_unit, factor=1000,
            quantity=count.counted, value=line.value, expected=count.expected, counted_at=count.at,
        )
        for number, line in enumerate(lines, 1)
        if (count := line.verdict.count) is not None
    ]  # fmt: skip


def _unknown_lines(unknown: Sequence[Unknown], after: int) -> list[StockLine]:
    """What nobody knows is named and moves nothing."""
    return [
        StockLine(
            number=number, item=one.code, name=one.code, unit="", factor=1000, quantity=one.quantity,
            value=None, unknown_item=True,
        )
        for number, one in enumerate(unknown, after + 1)
    ]  # fmt: skip


def _moves(name: str, lines: Sequence[Line], business_date: date) -> list[StockMove]:
    """Gains and losses at the average, each at the instant at which its item was counted."""
    differing = [
        (line, count) for line in lines if (count := line.verdict.count) and count.difference
    ]
    return [
        StockMove(
            name,
            number,
            line.goods.item,
            count.difference,
            line.value,
            "stocktake",
            business_date,
            count.at,
        )
        for number, (line, count) in enumerate(differing, 1)
    ]
