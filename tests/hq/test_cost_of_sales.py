"""Cost of sales: margins add up to the sales, and what has no known cost is counted apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Engine, insert

from hq.consolidation.figures import answer
from hq.consolidation.question import Answer, Dimension, Question
from hq.reports.branches import known_branches
from schemas.domain.stock.move import StockMove, StockMoved
from schemas.domain.ticket import Ticket
from schemas.tables.base import open_postgres
from schemas.tables.catalogue import item
from tests.hq.day_builder import MONDAY, BranchDay, describe, lanes_of, line, project_facts, state

NOW = datetime(2026, 3, 3, tzinfo=UTC)
_SHARED = {"stream": "feed:chain", "generation": 1}


def _moved(sold: Ticket, *values: tuple[str, int, int | None]) -> StockMoved:
    moves = [
        StockMove(sold.uuid, number, code, quantity, value, "sale", MONDAY, sold.committed)
        for number, (code, quantity, value) in enumerate(values, 1)
    ]
    return StockMoved(sold.branch, NOW, tuple(moves))


def _trade(engine: Engine) -> None:
    """Two apples and a pear, an apple back, a repair, and tea whose cost nobody knows."""
    day = BranchDay("N001", MONDAY, lanes_of("N001", 1))
    taxed = replace(line("A", 226, quantity=2000), tax=52, tax_rate=1300)
    first = day.sell(0, taxed, line("P", 300, category="02"))
    back = day.sell(0, replace(line("A", 226, quantity=-1000), tax=-26, tax_rate=1300))
    tea = day.sell(0, line("T", 900), line("R", 5000), line("P", 100, voided=True))
    with engine.begin() as connection:
        describe(connection, "N001", "N002")
        goods = [("A", "high", True), ("P", "", True), ("T", "", True), ("R", "", False)]
        rows = [
            _SHARED | {"key": code, "item": code, "name": f"Item {code}", "category": "",
                       "unit": "piece", "tax_code": rate, "stocked": stocked}
            for code, rate, stocked in goods
        ]  # fmt: skip
        connection.execute(insert(item), rows)
        facts = [
            _moved(first, ("A", -2000, -200), ("P", -1000, -250)),
            _moved(back, ("A", 1000, 100)),
            _moved(tea, ("T", -1000, None)),
        ]
        project_facts(connection, "N001", facts)
    state(engine, day)


def _asked(
    engine: Engine, by: Dimension, limit: int | None = None, after: tuple[str, str] | None = None
) -> Answer:
    with engine.connect() as connection:
        branches = known_branches(connection)
        question = Question(
            branches, MONDAY, MONDAY, by=(by,), sort="margin", limit=limit, after=after
        )
        return answer(connection, question, NOW)


def _shown(report: Answer) -> Sequence[tuple[str, int, int, int, int, int]]:
    return [
        (one.keys[0], figures.costed, figures.costed_net, figures.cost, figures.margin,
         figures.uncosted - figures.uncosted_tax)
        for one, figures in ((one, one.figures) for one in report.rows)
    ]  # fmt: skip


def test_margins_add_up_to_the_sales(hq_database: str) -> None:
    engine = open_postgres(hq_database)
    try:
        _trade(engine)
        by_item = _asked(engine, "item")
        assert _shown(by_item) == [
            ("R", 5000, 5000, 0, 5000, 0),
            ("A", 226, 200, 100, 100, 0),
            ("P", 300, 300, 250, 50, 0),
            ("T", 0, 0, 0, 0, 900),
        ]
        apples = by_item.rows[1].figures
        assert (apples.moved, apples.cost_with_tax, apples.margin_with_tax) == (1000, 113, 113)
        assert (by_item.total.uncosted, by_item.total.uncosted_lines) == (900, 1)
        for by in ("category", "branch", "day"):
            assert _asked(engine, by).total == by_item.total
        assert [one.keys for one in _asked(engine, "day").rows] == [("2026-03-02",)]
        first = _asked(engine, "item", limit=2)
        assert first.following == ("100", "A")
        rest = _asked(engine, "item", limit=2, after=("100", "A"))
        assert [one.keys[0] for one in (*first.rows, *rest.rows)] == ["R", "A", "P", "T"]
    finally:
        engine.dispose()
