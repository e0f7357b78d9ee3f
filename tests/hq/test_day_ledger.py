"""The day ledger: each export holds what none before it held, and their sum is the figures now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from hq.day_ledger import NothingToExportError, export, exports, lines_of, pending
from hq.first_closed import changed_days
from hq.reports.branches import known_branches
from schemas.domain.correction import Act, Exchange, post_void, tender_exchange
from schemas.tables.base import open_postgres
from schemas.tables.day_figures import day_totals
from tests.hq.day_builder import MONDAY, TUESDAY, BranchDay, describe, lanes_of, line, state

NOW = datetime(2026, 3, 9, 4, tzinfo=UTC)
_numbers = count(1)


@pytest.fixture
def engine(hq_database: str) -> Iterator[Engine]:
    opened = open_postgres(hq_database)
    with opened.begin() as connection:
        describe(connection, "N001", "N002")
    yield opened
    opened.dispose()


def closed(engine: Engine, branch: str = "N001", on: date = MONDAY) -> BranchDay:
    """A day of one lane that sold for 12.00 in cash, and was closed 3.00 short."""
    day = BranchDay(branch, on, lanes_of(branch, 1))
    day.sell(0, replace(line("A", 1200), tax=138))
    day.count(short=300)
    day.close()
    state(engine, day)
    return day


def held(connection: Connection, number: int) -> dict[tuple[str, str], int]:
    return {(one.figure, one.key): one.amount for one in lines_of(connection, number)}


def act(reason: str, at: datetime) -> Act:
    return Act(f"correction-{next(_numbers)}", "M", "C", reason, at)


def test_a_new_day_is_exported_whole_and_a_changed_one_as_its_difference(engine: Engine) -> None:
    """Monday whole; then 12.00 are voided and 5.00 come late: −7.00, with why; then nothing."""
    day = closed(engine)
    with engine.begin() as connection:
        first = export(connection, "FIN", "CNY", NOW)
        assert held(connection, first.number) == {
            ("sales", ""): 1200, ("tax", ""): 138, ("tender", "cash"): 1200,
            ("over_short", "cash"): -300,
        }  # fmt: skip
    day.reopen("rung up twice")
    day.facts.append(post_void(day.tickets[0], (), act("twice", day.at(22, 40))))
    day.sell(0, line("B", 500))
    state(engine, day)
    with engine.begin() as connection:
        second = export(connection, "FIN", "CNY", NOW)
        assert held(connection, second.number) == {
            ("sales", ""): -700, ("tax", ""): -138, ("tender", "cash"): -700,
            ("over_short", "cash"): 700,
        }  # fmt: skip
        assert {(one.cause, one.revision) for one in lines_of(connection, 2)} == {("late", 1)}
        with pytest.raises(NothingToExportError):
            export(connection, "FIN", "CNY", NOW)
        assert [(one.number, one.days, one.lines) for one in exports(connection)] == [
            (2, 1, 4), (1, 1, 4),
        ]  # fmt: skip
        assert held(connection, 1)["sales", ""] == 1200


def test_a_re_closed_day_says_why_and_one_never_closed_waits(engine: Engine) -> None:
    day = closed(engine)
    waiting = BranchDay("N002", TUESDAY, lanes_of("N002", 1))
    waiting.sell(0, line("A", 100))
    state(engine, waiting)
    with engine.begin() as connection:
        assert {one.branch for one in pending(connection, "CNY")} == {"N001"}
        export(connection, "FIN", "CNY", NOW)
    day.reopen("three lay under the drawer")
    day.count(correction=True, reason="found")
    day.close()
    state(engine, day)
    with engine.begin() as connection:
        (one,) = pending(connection, "CNY")
        assert (one.figure, one.key, one.amount, one.cause, one.reason) == (
            "over_short", "cash", 300, "reclosed", "three lay under the drawer",
        )  # fmt: skip


def test_what_changed_since_the_first_close_is_told_day_by_day(engine: Engine) -> None:
    closed(engine, "N002")
    day = closed(engine)
    day.sell(0, line("B", 500))
    state(engine, day)
    with engine.connect() as connection:
        (one,) = changed_days(connection, known_branches(connection), MONDAY, TUESDAY)
    assert (one.branch, one.first, one.now, one.change) == ("N001", 1200, 1700, 500)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.sampled_from(["late", "void", "exchange", "count", "close", "export"]), max_size=12)
)
def test_the_sum_of_all_exports_is_the_figures_now(engine: Engine, acts: list[str]) -> None:
    """Whatever happens to a day between them, and in whatever order."""
    branch = f"P{next(_numbers)}"
    with engine.begin() as connection:
        describe_one(connection, branch)
    day = closed(engine, branch)
    made: list[str] = []
    for one in [*acts, "export"]:
        _do(engine, day, one, made)
    with engine.connect() as connection:
        now = day_totals(connection, branch, MONDAY)
        assert _sum(connection, branch) == {
            ("sales", ""): now.gross,
            **{("tender", kind): amount for kind, amount in now.tenders.items() if amount},
            **{("over_short", kind): amount for kind, amount in now.over_short.items() if amount},
        }


def describe_one(connection: Connection, branch: str) -> None:
    from schemas.tables.catalogue import branch as table

    connection.execute(
        table.insert().values(
            stream="feed:chain", key=branch, generation=1, branch=branch, name=branch,
            zone="Asia/Shanghai", currency="CNY", tax_policy="line", cash_rounding=1,
        )
    )  # fmt: skip


def _do(engine: Engine, day: BranchDay, what: str, voided: list[str]) -> None:
    at = day.at(22, 40)
    left = [one for one in day.tickets if one.uuid not in voided]
    if what == "late":
        day.sell(0, line("B", 500))
    elif what == "void" and left:
        voided.append(left[0].uuid)
        day.facts.append(post_void(left[0], (), act("twice", at)))
    elif what == "exchange" and left:
        voided.append(left[0].uuid)
        moved = Exchange("cash", "card", 100)
        day.facts.append(tender_exchange(left[0], (), act("wrong key", at), moved))
    elif what == "count":
        day.count(short=next(_numbers), correction=True, reason="again")
    elif what == "close":
        day.reopen("again")
        day.close()
    state(engine, day)
    if what == "export":
        with engine.begin() as connection:
            if pending(connection, "CNY"):
                export(connection, "FIN", "CNY", NOW)


def _sum(connection: Connection, branch: str) -> Mapping[tuple[str, str], int]:
    sums: dict[tuple[str, str], int] = {}
    for number in (one.number for one in exports(connection)):
        for line_ in lines_of(connection, number):
            if line_.branch == branch and line_.figure != "tax":
                key = (line_.figure, line_.key)
                sums[key] = sums.get(key, 0) + line_.amount
    return {key: amount for key, amount in sums.items() if amount or key == ("sales", "")}
