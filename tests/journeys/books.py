"""What the branch and headquarters made of it: cost and margin by item and day, stock, and what was missing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import Connection, Engine, func, select

from hq.consolidation.figures import answer
from hq.consolidation.question import Question
from hq.reports import stock_variance
from hq.reports.branches import known_branches
from replication import quarantine
from schemas.tables.stock import stock_move, stock_on_hand
from schemas.tables.tickets import ticket, ticket_line
from tests.journeys.control import ItemDay, StockSum


def at_branch(engine: Engine) -> StockSum:
    """From the branch's own tables: what it sold, what that cost, and what its stocktake found."""
    with engine.connect() as connection:
        assert quarantine.count_waiting(connection) == 0
        move, line = stock_move.c, ticket_line.c
        net = {
            (on, item): int(amount)
            for on, item, amount in connection.execute(
                select(ticket.c.posted, line.item, func.sum(line.amount - line.tax))
                .join_from(ticket, ticket_line, line.ticket == ticket.c.uuid)
                .where(~line.voided)
                .group_by(ticket.c.posted, line.item)
            )
        }
        margins = {
            (on, item): ItemDay(int(quantity), net.pop((on, item)), int(cost))
            for on, item, quantity, cost in connection.execute(
                select(
                    move.business_date, move.item, func.sum(-move.quantity), func.sum(-move.value)
                )
                .where(move.reason == "sale", move.value.is_not(None))
                .group_by(move.business_date, move.item)
            )
        }
        assert not net
        missing = connection.execute(
            select(move.item, func.sum(move.quantity), func.sum(move.value))
            .where(move.reason == "stocktake")
            .group_by(move.item)
        )
        shrinkage = {row[0]: (int(row[1]), int(row[2])) for row in missing}
        return StockSum(margins, _on_hand(connection), shrinkage)


def at_headquarters(engine: Engine, days: Collection[date], now: datetime) -> StockSum:
    """As its reports tell it; nothing of it may be incomplete or of unknown cost."""
    margins: dict[tuple[date, str], ItemDay] = {}
    with engine.connect() as connection:
        assert quarantine.count_waiting(connection) == 0
        known = known_branches(connection)
        for on in days:
            told = answer(connection, Question(known, on, on, by=("item",)), now)
            assert told.completeness.complete, told.completeness.gaps
            assert told.total.uncosted_lines == 0
            for row in told.rows:
                figures = row.figures
                margins[on, row.keys[0]] = ItemDay(figures.moved, figures.costed_net, figures.cost)
                assert figures.margin == figures.costed_net - figures.cost
        lost = stock_variance.variance(
            connection,
            stock_variance.VarianceQuery(known, min(days), max(days), "stocktake", limit=None),
        )
        shrinkage = {row.item: (row.quantity, row.value) for row in lost.rows}
        return StockSum(margins, _on_hand(connection), shrinkage)


def _on_hand(connection: Connection) -> dict[str, tuple[int, int]]:
    rows = connection.execute(
        select(stock_on_hand.c.item, stock_on_hand.c.quantity, stock_on_hand.c.value)
    )
    return {row.item: (row.quantity, row.value) for row in rows}
