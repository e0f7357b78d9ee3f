"""Whatever the order in which journals arrive, the aggregates are what the journals say, revision by revision.

two branches     three days each: sales, returns, corrections, closes and closes again, latecomers, some of them
                 posted to a later date, costs that are stated again as after a restore
any order        in slices of any size, one branch's between the other's, taken in at any time
the same         each dimension's figures by date are those of a model; as of each close, those of what the
                 journal had said by then; the months' and the chain's are their sums
rebuilt          changes nothing; and after rows were lost, doubled or changed, brings back all of it
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, FromClause, Select, func, insert, select, text

from hq.consolidation import rebuild, taking
from hq.consolidation.figures import answer
from hq.consolidation.question import Dimension, Question
from hq.reports.branches import known_branches
from schemas.domain.period import TicketsPosted
from schemas.tables.base import open_postgres
from schemas.tables.consolidation import FIGURES, KEYS, branch_day, fresh
from schemas.tables.day_figures import day_totals
from tests.hq.consolidation.model import Sums, model
from tests.hq.consolidation.trading import PARENTS, SERVICES, Shop, prefixes, stock
from tests.hq.day_builder import MONDAY, TUESDAY, BranchDay, lanes_of, line

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
#: One kind is answered by aggregates, two are from the lines.
_BY_SOURCE: Mapping[str, tuple[Dimension, ...]] = {
    "aggregates": ("hour",), "lines": ("hour", "operator"),
}  # fmt: skip
_numbers = count(1)
_EACH_FRESH = select(
    *(fresh.c[name] for name in KEYS[:-1]), func.unnest(fresh.c["keys"]).label("key"),
    *(func.unnest(fresh.c[name]).label(name) for name in FIGURES),
).subquery()  # fmt: skip


@pytest.fixture
def engine(hq_database: str) -> Iterator[Engine]:
    opened = open_postgres(hq_database)
    stock(opened, "N000")
    yield opened
    opened.dispose()


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32))
def test_aggregates_are_what_the_journals_say(engine: Engine, seed: int) -> None:
    chance = Random(seed)
    shops = [Shop(f"{letter}{next(_numbers)}", chance) for letter in "AB"]
    for shop in shops:
        shop.live()
    while waiting := [shop for shop in shops if shop.told < len(shop.facts)]:
        with engine.begin() as connection:
            chance.choice(waiting).tell(connection, chance.choice((1, 1, 2, 5, 50)))
        if chance.random() < 0.1:
            taking.take_in(engine)
    codes = [shop.branch for shop in shops]
    _compare(engine, shops)
    assert [one.mended for one in rebuild.rebuild(engine, codes)] == [0, 0]
    _compare(engine, shops)
    assert not list(rebuild.check(engine, codes))
    _damage(engine, codes, chance)
    found = {one.table for one in rebuild.check(engine, codes)}
    assert found >= {"consolidated_branch_day", "consolidated_chain_month"}
    assert all(
        one.mended for one in rebuild.rebuild(engine, codes[:1], shops[0].first.replace(day=1))
    )
    list(rebuild.rebuild(engine, codes))
    assert not list(rebuild.check(engine, codes))
    _compare(engine, shops)


def test_a_ticket_counts_where_its_branch_says_though_its_close_is_set_aside(
    engine: Engine,
) -> None:
    shop, lanes = Shop("C", Random(0)), lanes_of("C", 1)
    monday, tuesday = (BranchDay("C", day, lanes) for day in (MONDAY, TUESDAY))
    late = monday.sell(0, line("apple", 333))
    say = TicketsPosted("C", MONDAY, TUESDAY, (late.uuid,), monday.at(23))
    shop.facts = [monday.facts[0], tuesday.facts[0], say, late]
    with engine.begin() as connection:
        shop.tell(connection, 4)
        question = Question(known_branches(connection, ("C",)), MONDAY, TUESDAY)
        for source, kinds in _BY_SOURCE.items():
            told = answer(connection, replace(question, by=("day", *kinds)), NOW)
            assert told.source == source
            assert {row.keys[0]: row.figures.sales for row in told.rows} == {str(TUESDAY): 333}
        assert day_totals(connection, "C", TUESDAY).gross == 333


def _damage(engine: Engine, codes: list[str], chance: Random) -> None:
    with engine.begin() as connection:
        for code in codes:
            connection.execute(
                text(
                    "DELETE FROM consolidated_branch_day WHERE ctid = (SELECT ctid FROM"
                    " consolidated_branch_day WHERE branch = :code AND dimension = :dimension LIMIT 1)"
                ),
                {"code": code, "dimension": chance.choice(("total", "item", "category"))},
            )
        connection.execute(
            text("UPDATE consolidated_chain_month SET sales = coalesce(sales, 0) + 1")
        )
        doubled = select(
            *(branch_day.c[name] for name in KEYS[:-1]),
            *(func.array_agg(branch_day.c[name]) for name in ("key", *FIGURES)),
        ).where(branch_day.c.branch == codes[0], branch_day.c.dimension == "hour")
        connection.execute(
            insert(fresh).from_select(
                list(fresh.c.keys()), doubled.group_by(*(branch_day.c[name] for name in KEYS[:-1]))
            )
        )


def _compare(engine: Engine, shops: list[Shop]) -> None:
    with engine.connect() as connection:
        for shop in shops:
            expected = model(shop.facts, PARENTS, SERVICES)
            assert _kept(connection, shop.branch) == expected
            for on, revision, said in prefixes(shop.facts):
                then = model(said, PARENTS, SERVICES)
                then = {key: row for key, row in then.items() if key[2] == on}
                assert _kept(connection, shop.branch, on, revision) == then


def _kept(
    connection: Connection, branch: str, on: date | None = None, revision: int | None = None
) -> Sums:
    found: Sums = defaultdict(lambda: defaultdict(int))
    for table in (branch_day, _EACH_FRESH):
        for row in connection.execute(_summed(table, branch, on, revision)):
            for name in FIGURES:
                found[row.dimension, branch, row.posted, row.key][name] += int(
                    getattr(row, name) or 0
                )
    return {
        key: kept for key, row in found.items() if (kept := {n: f for n, f in row.items() if f})
    }


def _summed(
    table: FromClause, branch: str, on: date | None, revision: int | None
) -> Select[*tuple[Any, ...]]:
    row = table.c
    query = (
        select(row.dimension, row.posted, row.key, *(func.sum(row[n]).label(n) for n in FIGURES))
        .where(row.branch == branch)
        .group_by(row.dimension, row.posted, row.key)
    )
    if on is not None:
        query = query.where(row.posted == on)
    return query if revision is None else query.where(row.revision <= revision)
