"""Questions: from the aggregates and from the lines the answer is the same, and what has none is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import combinations, product
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from hq.consolidation import taking
from hq.consolidation.figures import answer
from hq.consolidation.question import Answer, Dimension, Only, Question, QuestionError, Row
from hq.reports.branches import known_branches
from ops.embedded_postgres import EmbeddedPostgres
from schemas.tables.base import open_postgres
from schemas.tables.catalogue import member
from schemas.tables.consolidation import due, fresh
from schemas.tables.kinds import DatabaseKind
from schemas.tables.regions import branch_region
from schemas.tables.sourcing import item_source
from tests.hq.consolidation.trading import Shop, stock
from tests.postgres import fresh_database

NOW = datetime(2026, 5, 5, 15, tzinfo=UTC)
FIRST, LAST = date(2026, 2, 27), date(2026, 4, 2)
#: The lines do not tell these.
_COST = {"moved": 0, "cost": 0, "cost_with_tax": 0, "uncosted": 0, "uncosted_tax": 0, "uncosted_lines": 0}  # fmt: skip
_KINDS: tuple[Dimension, ...] = (
    "hour", "category", "item", "supplier", "operator", "member", "tier", "tender", "promotion", "discount",
)  # fmt: skip
_BY: list[tuple[Dimension, ...]] = [
    (), ("region",), ("branch",), ("day",), ("week",), ("month",), ("weekday",), ("weekday", "hour"),
    *((one,) for one in _KINDS), *(("branch", one) for one in _KINDS), *(("month", one) for one in _KINDS),
]  # fmt: skip


@pytest.fixture(scope="module")
def engine(
    hq_database_server: EmbeddedPostgres, postgres_template: Callable[[DatabaseKind], str]
) -> Iterator[Engine]:
    """Three branches over the turns of two months; some of it is taken in, some is fresh."""
    with fresh_database(hq_database_server, postgres_template("hq")) as dsn:
        opened = open_postgres(dsn)
        stock(opened, "N001", "N002", "N003")
        chance = Random(11)
        shops = [
            Shop(branch, chance, date(2026, month, day))
            for branch, month, day in (("N001", 2, 27), ("N002", 3, 30), ("N003", 3, 14))
        ]
        for shop in shops:
            shop.live()
            with opened.begin() as connection:
                shop.tell(connection, len(shop.facts) // 2)
        taking.take_in(opened)
        with opened.begin() as connection:
            for shop in shops:
                shop.tell(connection, len(shop.facts))
            connection.execute(insert(branch_region), [{"branch": "N001", "region": "north"}])
            told = {"unit": "piece", "code": "", "main": True, "direct": False, "branch": ""}
            connection.execute(
                insert(item_source),
                [told | {"item": one, "supplier": "S1"} for one in ("apple", "pear")],
            )
            row = {"stream": "feed:chain", "key": "M1", "generation": 1, "member": "M1"}
            connection.execute(insert(member), [row | {"tier": "gold", "sealed": ""}])
        yield opened
        opened.dispose()


def ask(engine: Engine, scope: tuple[str, ...] = (), **asked: Any) -> Answer:  # noqa: ANN401 - fields of a question
    with engine.connect() as connection:
        question = Question(known_branches(connection, scope), FIRST, LAST)
        return answer(connection, replace(question, **asked), NOW)


@pytest.fixture
def from_lines(engine: Engine) -> Iterator[Callable[..., Answer]]:
    """Ask while all months are to be worked out: then the lines answer."""
    with engine.connect() as connection:

        def asked(scope: tuple[str, ...] = (), **more: Any) -> Answer:  # noqa: ANN401 - the same
            question = Question(known_branches(connection, scope), FIRST, LAST)
            found = answer(connection, replace(question, **more), NOW)
            assert found.source == "lines"
            return found

        for month in (2, 3, 4):
            row = {"branch": "N001", "month": date(2026, month, 1), "since": NOW, "whole": True}
            connection.execute(insert(due).values(row))
        yield asked
        connection.rollback()


def _told(found: Answer) -> tuple[object, object]:
    rows = {one.keys: replace(one.figures, **_COST) for one in found.rows}
    return rows, replace(found.total, **_COST)


@pytest.mark.parametrize("level", [None, 1, 2])
def test_aggregates_and_lines_answer_alike(
    engine: Engine, from_lines: Callable[..., Answer], level: int | None
) -> None:
    for by in (
        _BY if level is None else [("category",), ("branch", "category"), ("day", "category")]
    ):
        for scope in ((), ("N001", "N003")):
            found = ask(engine, scope, by=by, level=level)
            assert found.source == "aggregates"
            assert found.rows or not by
            assert _told(found) == _told(from_lines(scope, by=by, level=level)), by


@pytest.mark.parametrize(
    "only",
    [
        Only("category", ("01",)), Only("category", ("02-001",)), Only("item", ("tea",)),
        Only("operator", ("N001-C1", "N003-C2")), Only("hour", ("09", "10", "11")),
        Only("tender", ("foreign:USD",)), Only("promotion", ("P1",)), Only("supplier", ("S1",)),
        Only("tier", ("gold",)), Only("item", ("apple", "tea")),
    ],
)  # fmt: skip
def test_what_is_kept_of_a_dimension_is_the_same_of_both(
    engine: Engine, from_lines: Callable[..., Answer], only: Only
) -> None:
    for by in ((), ("day",), ("branch",)):
        found = ask(engine, by=by, only=(only,))
        assert found.source == "aggregates"
        whole = from_lines(by=by, only=(only,))
        if len(only.keys) == 1 and only.dimension != "supplier":
            assert _told(found) == _told(whole)
        else:
            sales = [{one.keys: one.figures.sales for one in each.rows} for each in (found, whole)]
            assert sales[0] == sales[1]
            assert found.total.sales == whole.total.sales


def test_pairs_of_which_nothing_is_kept_come_from_the_lines(engine: Engine) -> None:
    whole = ask(engine).total
    for by in combinations(("hour", "category", "item", "operator", "tier"), 2):
        found = ask(engine, by=by)
        assert found.source == "lines"
        assert sum(one.figures.sales for one in found.rows) == whole.sales
        assert found.total.receipts == whole.receipts
    for by, one in ((("tender", "item"), "Payments"), (("promotion", "discount"), "Promotions")):
        with pytest.raises(QuestionError, match=one):
            ask(engine, by=by)
    with pytest.raises(QuestionError, match="As first closed"):
        ask(engine, by=("hour", "item"), as_of_revision=1)
    with pytest.raises(QuestionError, match="no figure nonsense"):
        ask(engine, by=("hour",), sort="nonsense")


def test_pages_are_the_whole_in_order(engine: Engine) -> None:
    for by in (("branch", "item"), ("member",), ("branch", "category")):
        for sort, descending in product(("sales", "key", "margin", "discounts"), (True, False)):
            asked: dict[str, Any] = {"by": by, "sort": sort, "descending": descending, "level": 2}
            whole, after = ask(engine, **asked), None
            found: list[Row] = []
            while True:
                page = ask(engine, limit=4, after=after, **asked)
                found += page.rows
                if (after := page.following) is None:
                    break
            assert tuple(found) == whole.rows


@pytest.mark.parametrize("descending", [True, False])
def test_a_row_that_sums_to_nought_takes_no_place_on_a_page(
    engine: Engine, *, descending: bool
) -> None:
    """Said and taken back, between those that were sold and those that came back."""
    with engine.connect() as connection:
        question = Question(known_branches(connection), FIRST, LAST, ("item",))
        question = replace(question, sort="member_receipts", descending=descending)
        wanted = answer(connection, question, NOW).rows
        for number, lines in product(range(9), (4, -4)):
            row = {"dimension": "item", "branch": "N001", "posted": FIRST, "revision": 1}
            said = {"keys": [f"gone {number}", f"zero {number}"], "lines": [lines, lines]}
            connection.execute(insert(fresh).values(row | said))
        paged = answer(connection, replace(question, limit=len(wanted)), NOW)
        connection.rollback()
    assert paged.rows == wanted
    assert paged.following is None


def test_a_later_close_is_no_part_of_the_first(engine: Engine) -> None:
    now, first = ask(engine).total, ask(engine, as_of_revision=1).total
    assert 0 < first.receipts < now.receipts  # type: ignore[operator]
    by_day = ask(engine, by=("day",), as_of_revision=1)
    assert sum(one.figures.sales for one in by_day.rows) == first.sales


def test_names_are_those_of_the_catalogue_or_of_the_receipt(engine: Engine) -> None:
    names = {one.keys[0]: one.names[0] for one in ask(engine, by=("item",)).rows}
    assert names["odd"] == "Item odd"
    assert {one.names for one in ask(engine, by=("branch",)).rows} == {
        (f"门店 N00{n}",) for n in (1, 2, 3)
    }
