"""The branch's stock ledger (rule 25): what each ticket moved, at what cost, in the ticket's own transaction.

    a ticket arrives ─ its quantities ─ their value at the moving average ─ one `stock.moved` for the batch:
    written to the ledger here, and to the branch's journal in one go with the tickets that it is about,
    before them

A ticket whose goods had left before a count that was approved meanwhile takes nothing out a second time: the
opposite moves stand behind its own (rule 26, `schemas.domain.stock.stocktake`).

A ticket says nothing of cost, and the branch alone fixes it. A ticket that comes twice is refused before it
could move anything twice. What came back from headquarters after a restore has its moves before it in the
same journal; for a ticket whose moves did not come they are stated anew (`stock_store` says which count).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, select, update

from branch import own_journal
from replication import journal
from replication.clock import Clock
from replication.journal import Draft
from replication.streams import journal_of
from schemas.domain.correction import TicketCorrected
from schemas.domain.stock.average import Holding, at_average
from schemas.domain.stock.move import StockMove, StockMoved, sold_quantities
from schemas.domain.stock.stocktake import with_late_part
from schemas.domain.ticket import Ticket
from schemas.tables import stock_store
from schemas.tables.catalogue import item as item_table
from schemas.tables.stock import stock_move
from schemas.wire.entries import encode, kind_of

_AT_ONCE = 500


def book_sales(
    connection: Connection, branch: str, tickets: Sequence[Ticket], now: datetime
) -> list[Draft]:
    """Move the goods of these tickets, and answer what the branch's journal is to say of it."""
    fact = costed(connection, branch, tickets, now)
    return [] if fact is None else [own_journal.project(connection, branch, fact, now)]


def costed(
    connection: Connection, branch: str, tickets: Sequence[Ticket], now: datetime
) -> StockMoved | None:
    """What the tickets move at the present averages, the stock held until the transaction ends; None when
    they move nothing. Nothing is written yet.
    """
    sold = [(ticket, sold_quantities(ticket)) for ticket in tickets]
    items = sorted({item for _, quantities in sold for item in quantities})
    kept = _stocked(connection, items)
    if not kept:
        return None
    held = stock_store.holdings(connection, branch, kept, lock=True)
    counted = stock_store.last_counted(connection, branch, kept)
    moves = [
        move for ticket, quantities in sold for move in _moves(ticket, quantities, held, counted)
    ]
    return StockMoved(branch, now, tuple(moves))


def book_corrections(
    connection: Connection, branch: str, corrections: Sequence[TicketCorrected], now: datetime
) -> None:
    """Take back what post-voided tickets moved, at what it was worth: the goods are there again."""
    voided = {one.ticket: one for one in corrections if one.kind == "post_void"}
    if not voided:
        return
    rows = connection.execute(
        select(stock_move)
        .where(stock_move.c.reference.in_(sorted(voided)), stock_move.c.reason == "sale")
        .order_by(stock_move.c.reference, stock_move.c.number)
    ).all()
    held = stock_store.holdings(connection, branch, {row.item for row in rows}, lock=True)
    moves = [move for row in rows for move in _taken_back(row, voided[row.reference], held)]
    if moves:
        numbered = tuple(replace(move, number=n) for n, move in enumerate(moves, 1))
        own_journal.state(connection, branch, StockMoved(branch, now, numbered), now)


def _taken_back(
    row: Row[Any], correction: TicketCorrected, held: dict[str, Holding]
) -> Iterator[StockMove]:
    """The opposite of a move; nought pieces are worth nought, whatever the average did meanwhile."""
    value = None if row.value is None else -row.value
    of = (row.business_date, correction.at)
    yield StockMove(correction.uuid, 0, row.item, -row.quantity, value, "post_void", *of)
    after = held[row.item].changed(-row.quantity, value)
    if after.quantity == 0 and after.value:
        yield StockMove(correction.uuid, 0, row.item, 0, -after.value, "variance", *of)
        after = after.changed(0, -after.value)
    held[row.item] = after


def book_regained(
    connection: Connection, branch: str, tickets: Sequence[Ticket],
    corrections: Sequence[TicketCorrected], now: datetime,
) -> None:  # fmt: skip
    """Book those of the tickets and corrections whose moves did not come back with them."""
    references = [*(one.uuid for one in tickets), *(one.uuid for one in corrections)]
    query = select(stock_move.c.reference).where(
        stock_store.among(stock_move.c.reference, references)
    )
    booked = set(connection.execute(query).scalars())
    sold = [one for one in tickets if one.uuid not in booked]
    journal.append(connection, journal_of(branch), book_sales(connection, branch, sold, now))
    book_corrections(
        connection, branch, [one for one in corrections if one.uuid not in booked], now
    )


def tell_headquarters(engine: Engine, branch: str, clock: Clock) -> None:
    """State what was booked before moves were stated at all; nothing once that is done."""
    while True:
        with engine.begin() as connection:
            rows = connection.execute(
                select(stock_move)
                .where(stock_move.c.stated.is_(None))
                .order_by(stock_move.c.reference, stock_move.c.number)
                .limit(_AT_ONCE)
            ).all()
            if not rows:
                return
            # A reference is told as a whole: the last one of these may go on behind them.
            whole = [row for row in rows if row.reference != rows[-1].reference] or rows
            now = clock()
            moves = tuple(
                StockMove(
                    row.reference, row.number, row.item, row.quantity, row.value, row.reason,
                    row.business_date, row.at,
                )
                for row in (whole if len(rows) == _AT_ONCE else rows)
            )  # fmt: skip
            fact = StockMoved(branch, now, moves)
            connection.execute(
                update(stock_move)
                .where(stock_move.c.reference.in_({one.reference for one in moves}))
                .values(stated=now)
            )
            kind, version = kind_of(fact)
            draft = Draft(kind, version, now, encode(fact))
            journal.append(connection, journal_of(branch), [draft])


def _stocked(connection: Connection, items: Sequence[str]) -> list[str]:
    """Those of the items that have a stock: a service has none. What is not in the catalogue has."""
    if not items:
        return []
    query = select(item_table.c.item).where(
        stock_store.among(item_table.c.item, items), item_table.c.stocked.is_(False)
    )
    services = set(connection.execute(query).scalars())
    return [one for one in items if one not in services]


def _moves(
    ticket: Ticket,
    quantities: Mapping[str, int],
    held: dict[str, Holding],
    counted: Mapping[str, datetime],
) -> Iterable[StockMove]:
    """The moves of a ticket at the present averages, which follow it."""
    moves = with_late_part(_sales(ticket, quantities, held), counted)
    for one in moves:
        held[one.item] = held[one.item].changed(one.quantity, one.value)
    return moves


def _sales(
    ticket: Ticket, quantities: Mapping[str, int], held: Mapping[str, Holding]
) -> Iterable[StockMove]:
    number = 0
    for item, quantity in quantities.items():
        if item not in held:
            continue
        number += 1
        value = at_average(held[item], quantity)
        yield StockMove(
            ticket.uuid, number, item, quantity, value, "sale", ticket.business_date,
            ticket.committed,
        )  # fmt: skip
