"""What keeps the aggregates true by itself, and by a person's command.

an older headquarters     after its upgrade all its months are to be worked out: the lines answer, then the desk
                          has worked, and the aggregates answer the same
set aside, then applied   entries of a day that others were counted after: its month is worked out anew
the commands              `check` says what differs and fails, `rebuild` mends it
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import cast

import pytest
from alembic import command
from sqlalchemy import Engine, select
from typer.testing import CliRunner

from hq import consolidation_cli
from hq.bootstrap import Headquarters
from hq.consolidation import rebuild
from hq.consolidation.desk import ConsolidationDesk
from hq.consolidation.figures import answer
from hq.consolidation.question import Answer, Dimension, Figures, Question
from hq.inbound import project, project_later
from hq.refusal import RefusalError
from hq.reports.branches import known_branches
from replication import journal
from replication.apply import Arrival
from replication.streams import journal_of
from schemas.domain.ticket import Ticket
from schemas.tables.base import open_postgres
from schemas.tables.consolidation import branch_day, due
from schemas.tables.migrate import configuration, upgrade_engine
from schemas.wire import entries
from tests.hq.consolidation.trading import Shop, stock
from tests.hq.day_builder import ensure_journal, instant_of

FIRST, LAST = date(2026, 2, 27), date(2026, 3, 31)
NOW = datetime(2026, 4, 1, 9, tzinfo=UTC)
_ASKED: tuple[tuple[Dimension, ...], ...] = (
    ("branch",), ("day",), ("item",), ("category",), ("operator",), ("tender",), ("promotion",),
)  # fmt: skip
#: The lines do not tell these.
_COSTS = dict.fromkeys(
    ("moved", "cost", "cost_with_tax", "uncosted", "uncosted_tax", "uncosted_lines"), 0
)


@pytest.fixture
def engine(hq_database: str) -> Iterator[Engine]:
    opened = open_postgres(hq_database)
    stock(opened, "N001", "N002")
    yield opened
    opened.dispose()


@pytest.fixture
def shops(engine: Engine) -> list[Shop]:
    """Give two branches over the turn of a month; headquarters has all that they said."""
    chance = Random(7)
    made = [Shop("N001", chance, FIRST), Shop("N002", chance, date(2026, 3, 14))]
    for shop in made:
        shop.live()
        with engine.begin() as connection:
            shop.tell(connection, len(shop.facts))
    return made


def desk(engine: Engine) -> ConsolidationDesk:
    """Give one that finds its minute passed."""
    now = [NOW]
    made = ConsolidationDesk(engine, lambda: now[0])
    now[0] += timedelta(minutes=1)
    return made


def ask(engine: Engine) -> list[Answer]:
    with engine.connect() as connection:
        known = known_branches(connection)
        return [answer(connection, Question(known, FIRST, LAST, by=by), NOW) for by in _ASKED]


def figures(found: list[Answer], **left_out: int) -> list[tuple[dict[tuple[str, ...], Figures], Figures]]:  # fmt: skip
    return [
        (
            {row.keys: replace(row.figures, **left_out) for row in one.rows},
            replace(one.total, **left_out),
        )
        for one in found
    ]


def is_due(engine: Engine) -> set[tuple[str, date, bool]]:
    with engine.connect() as connection:
        return {(row.branch, row.month, row.whole) for row in connection.execute(select(due)).all()}


@pytest.mark.usefixtures("shops")
def test_what_was_sold_before_there_were_aggregates_is_worked_out_after_the_upgrade(
    engine: Engine,
) -> None:
    before = ask(engine)
    config = configuration("hq")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0024")
    upgrade_engine(engine, "hq")
    february, march = date(2026, 2, 1), date(2026, 3, 1)
    assert is_due(engine) == {
        ("N001", february, True), ("N001", march, True), ("N002", march, True),
    }  # fmt: skip
    meanwhile = ask(engine)
    assert {one.source for one in meanwhile} == {"lines"}
    assert figures(meanwhile, **_COSTS) == figures(before, **_COSTS)
    desk(engine).tick()
    assert is_due(engine) == set()
    after = ask(engine)
    assert {one.source for one in after} == {"aggregates"}
    assert figures(after) == figures(before)
    assert before[0].total.cost


def test_what_was_set_aside_has_its_month_worked_out_anew(engine: Engine) -> None:
    shop = Shop("N001", Random(3), date(2026, 3, 2))
    shop.live()
    name = journal_of(shop.branch)
    with engine.begin() as connection:
        ensure_journal(connection, shop.branch)
        drafts = [
            journal.Draft(*entries.kind_of(one), instant_of(one), entries.encode(one))
            for one in shop.facts
        ]
        kept = journal.append(connection, name, drafts)
        arrivals = [
            Arrival(entry, fact.lane if isinstance(fact, Ticket) else shop.branch, shop.branch)
            for entry, fact in zip(kept, shop.facts, strict=True)
        ]
        aside = next(n for n, one in enumerate(kept) if one.kind == "ticket")
        project(connection, [one for n, one in enumerate(arrivals) if n != aside])
        assert connection.execute(select(due)).all() == []
        project_later(connection, [arrivals[aside]])
    assert is_due(engine) == {("N001", date(2026, 3, 1), False)}
    desk(engine).tick()
    assert is_due(engine) == set()
    assert list(rebuild.check(engine, ["N001"])) == []


@pytest.mark.usefixtures("shops")
def test_the_commands_say_and_mend_what_differs(engine: Engine) -> None:
    desk(engine).tick()

    @contextmanager
    def opened(_: Path) -> Iterator[Headquarters]:
        yield cast("Headquarters", _Opened(engine))

    app = consolidation_cli.build(opened, Path("hq.toml"))

    def run(*words: str) -> tuple[int, str]:
        told = CliRunner().invoke(app, words)
        if told.exception is not None and not isinstance(told.exception, SystemExit):
            raise told.exception
        return told.exit_code, told.output

    assert run("check") == (0, "the aggregates of 2 branches are what their journals say\n")
    with engine.begin() as connection:
        wrong = branch_day.update().where(
            branch_day.c.branch == "N001", branch_day.c.dimension == "total",
            branch_day.c.posted >= date(2026, 3, 1),
        )  # fmt: skip
        assert connection.execute(wrong.values(sales=branch_day.c.sales + 1)).rowcount
    status, said = run("check", "--branch", "N001", "--month", "2026-03")
    assert status == 1
    assert "of N001, 2026-03, by total differ" in said
    assert "rebuild` mends this" in said
    assert run("check", "--branch", "N001", "--month", "2026-02")[0] == 0
    status, said = run("rebuild", "--branch", "N001", "--month", "2026-03")
    assert (status, "rows mended" in said, " 0 rows" in said) == (0, True, False)
    assert run("check")[0] == 0
    with pytest.raises(RefusalError, match="No day of branch N009"):
        run("rebuild", "--branch", "N009")


class _Opened:
    """Of headquarters, what the commands ask for."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
