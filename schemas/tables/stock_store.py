"""Writing the stock ledger, the same way at branch and headquarters: moves, documents, and the sums.

    on hand of an item = sum of its moves, in quantity and value, after every commit

What one fact moved is stated once, as a whole. A branch that was restored may state it again, at another
cost: the earlier statement counts, and replaces the later one where that came first, so that both sites
end alike whatever came first at which.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Text,
    any_,
    cast,
    delete,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql

from schemas.domain.stock.average import Holding, with_average
from schemas.domain.stock.document import StockDocument
from schemas.domain.stock.move import StockMove, StockMoved, StockReason
from schemas.tables.bulk import insert_rows
from schemas.tables.stock import (
    stock_counted,
    stock_document,
    stock_document_line,
    stock_move,
    stock_on_hand,
)

#: Reasons for which goods come at a cost of their own.
_ARRIVALS: frozenset[StockReason] = frozenset({"receipt", "transfer_in"})
# The key of the lock on a branch's stock: a number of our own choosing.
_STOCK_LOCK = 8_480_001
# A batch of tickets moves thousands of items: as one statement, in the order in which they are given.
_MOVE_SUMS = text(
    "INSERT INTO stock_on_hand AS held (branch, item, quantity, value, changed)"
    " SELECT moved.*, pg_current_xact_id()::text::bigint FROM json_to_recordset(CAST(:rows AS json))"
    " AS moved (branch text, item text, quantity bigint, value bigint)"
    " ON CONFLICT (branch, item) DO UPDATE"
    " SET quantity = held.quantity + excluded.quantity, value = held.value + excluded.value,"
    " changed = excluded.changed"
)


def write_moves(connection: Connection, facts: Sequence[StockMoved]) -> None:
    """Write what branches booked, and move the sums along."""
    if not facts:
        return
    held = _stated(connection, {move.reference for fact in facts for move in fact.moves})
    stated = dict(held)
    rows: dict[str, list[dict[str, Any]]] = {}
    for fact in facts:
        by_reference: dict[str, list[dict[str, Any]]] = {}
        for move in fact.moves:
            by_reference.setdefault(move.reference, []).append(_row(fact.branch, move, fact.at))
        for reference, moves in by_reference.items():
            if reference not in stated or fact.at < stated[reference]:
                rows[reference] = moves
                stated[reference] = fact.at
    _take_back(connection, [reference for reference in rows if reference in held])
    _add(connection, [row for moves in rows.values() for row in moves])


def write_document(connection: Connection, fact: StockDocument) -> None:
    """Write a posted document with its lines and its moves."""
    names = [column.name for column in stock_document.columns]
    connection.execute(insert(stock_document).values({name: getattr(fact, name) for name in names}))
    names = [
        column.name for column in stock_document_line.columns if column.name != "document_uuid"
    ]
    lines = [
        {"document_uuid": fact.uuid} | {name: getattr(line, name) for name in names}
        for line in fact.lines
    ]
    insert_rows(connection, stock_document_line, lines)
    _add(connection, [_row(fact.branch, move, fact.at) for move in fact.moves])
    _keep_averages(connection, fact)
    _keep_counted(connection, fact)


def last_counted(
    connection: Connection, branch: str, items: Collection[str]
) -> dict[str, datetime]:
    """When these items were last counted by an approved stocktake; of one that never was, nothing."""
    query = select(stock_counted.c.item, stock_counted.c.counted_at).where(
        stock_counted.c.branch == branch, among(stock_counted.c.item, items)
    )
    return {row.item: row.counted_at for row in connection.execute(query)}


def holdings(
    connection: Connection, branch: str, items: Collection[str], *, lock: bool = False
) -> dict[str, Holding]:
    """What a branch has of these items; of one that was never moved, nothing.

    With `lock` the branch's whole stock is held until the transaction ends: whoever fixes a cost must know
    that nobody else moves the same goods meanwhile, and goods that are new have no row to lock.
    """
    if lock:
        connection.execute(select(func.pg_advisory_xact_lock(_STOCK_LOCK)))
    row = stock_on_hand.c
    query = select(row.item, row.quantity, row.value, row.cost_value, row.cost_quantity).where(
        row.branch == branch, among(row.item, items)
    )
    held = {one[0]: Holding(*one[1:]) for one in connection.execute(query).all()}
    return {item: held.get(item, Holding()) for item in items}


def among(column: ColumnElement[str], names: Iterable[str]) -> ColumnElement[bool]:
    """Whether a column is one of thousands of names. They go as one JSON text: as parameters, or as an array
    of the driver's, they would take longer than all that is asked of them.
    """
    listed = cast(literal(_as_json(sorted(names)), Text), JSON)
    elements = select(func.json_array_elements_text(listed)).scalar_subquery()
    return column == any_(func.array(elements))


def _keep_averages(connection: Connection, fact: StockDocument) -> None:
    """The last average of what came at a cost."""
    came: dict[str, tuple[int, int]] = {}
    for move in fact.moves:
        if move.reason in _ARRIVALS and move.quantity > 0 and move.value is not None:
            before = came.get(move.item, (0, 0))
            came[move.item] = (before[0] + move.quantity, before[1] + move.value)
    held = holdings(connection, fact.branch, came)
    for item, (quantity, value) in sorted(came.items()):
        average = with_average(held[item], quantity, value)
        connection.execute(
            update(stock_on_hand)
            .where(stock_on_hand.c.branch == fact.branch, stock_on_hand.c.item == item)
            .values(cost_value=average.cost_value, cost_quantity=average.cost_quantity)
        )


def _keep_counted(connection: Connection, fact: StockDocument) -> None:
    """When its items were counted; a count of an earlier instant changes nothing."""
    rows = [
        {
            "branch": fact.branch, "item": line.item, "counted_at": line.counted_at,
            "document": fact.document,
        }
        for line in sorted(fact.lines, key=lambda one: one.item)
        if line.counted_at is not None and not line.unknown_item
    ]  # fmt: skip
    if not rows:
        return
    statement = postgresql.insert(stock_counted)
    newer = statement.excluded
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["branch", "item"],
            set_={"counted_at": newer.counted_at, "document": newer.document},
            where=stock_counted.c.counted_at < newer.counted_at,
        ),
        rows,
    )


def _stated(connection: Connection, references: Iterable[str]) -> dict[str, datetime]:
    """When what is held of these references was stated."""
    query = (
        select(stock_move.c.reference, func.min(stock_move.c.stated))
        .where(among(stock_move.c.reference, references))
        .group_by(stock_move.c.reference)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _take_back(connection: Connection, references: Sequence[str]) -> None:
    """Remove the moves of these references from ledger and sums."""
    if not references:
        return
    gone = connection.execute(
        delete(stock_move)
        .where(among(stock_move.c.reference, references))
        .returning(
            stock_move.c.branch, stock_move.c.item, stock_move.c.quantity, stock_move.c.value
        )
    ).all()
    _move_sums(
        connection, ((row.branch, row.item, -row.quantity, -(row.value or 0)) for row in gone)
    )


def _add(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    insert_rows(connection, stock_move, rows)
    _move_sums(
        connection,
        ((row["branch"], row["item"], row["quantity"], row["value"] or 0) for row in rows),
    )


def _move_sums(connection: Connection, changes: Iterable[tuple[str, str, int, int]]) -> None:
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    for branch, item, quantity, value in changes:
        before = sums.get((branch, item), (0, 0))
        sums[branch, item] = (before[0] + quantity, before[1] + value)
    if not sums:
        return
    # In one order everywhere, so that two batches that sold the same items never wait in a ring.
    rows = [
        {"branch": branch, "item": item, "quantity": quantity, "value": value}
        for (branch, item), (quantity, value) in sorted(sums.items())
    ]
    connection.execute(_MOVE_SUMS, {"rows": _as_json(rows)})


def _as_json(values: Sequence[Any]) -> str:
    return msgspec.json.encode(values).decode()


def _row(branch: str, move: StockMove, stated: datetime) -> dict[str, Any]:
    return {
        "reference": move.reference,
        "number": move.number,
        "branch": branch,
        "item": move.item,
        "quantity": move.quantity,
        "value": move.value,
        "reason": move.reason,
        "business_date": move.business_date,
        "at": move.at,
        "stated": stated,
    }
