"""What a set of figures says that it is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, insert

from hq.completeness import Completeness, Gap, assess
from hq.reports.branches import KnownBranch, known_branches, newest_day
from replication.identity import new_epoch
from schemas.tables import sales_store
from schemas.tables.base import open_postgres
from schemas.tables.journal import quarantine
from schemas.tables.link import peer
from schemas.wire.entry import Entry
from tests.hq.day_builder import (
    MONDAY,
    TUESDAY,
    BranchDay,
    describe,
    hear,
    lanes_of,
    line,
    number,
    state,
)

WEDNESDAY = TUESDAY + timedelta(days=1)
NOW = datetime(2026, 3, 4, 15, tzinfo=UTC)


@pytest.fixture
def engine(hq_database: str) -> Iterator[Engine]:
    opened = open_postgres(hq_database)
    with opened.begin() as connection:
        describe(connection, "N001", "N002")
    yield opened
    opened.dispose()


@pytest.fixture
def closed(engine: Engine) -> BranchDay:
    """N001's Monday, closed; N002 sold and closed it too."""
    days = [BranchDay(branch, MONDAY, lanes_of(branch)) for branch in ("N001", "N002")]
    for day in days:
        day.sell(0, line("A", 350))
        day.count()
        day.close()
    state(engine, *days)
    return days[0]


def look(engine: Engine, first: date = MONDAY, last: date = MONDAY) -> Completeness:
    with engine.connect() as connection:
        return assess(connection, known_branches(connection), first, last, NOW)


def test_closed_days_of_all_branches_are_complete(engine: Engine, closed: BranchDay) -> None:
    found = look(engine)
    assert (found.complete, found.days, found.gaps) == (True, 2, ())


def test_a_branch_that_said_nothing_was_never_heard_of(engine: Engine, closed: BranchDay) -> None:
    with engine.begin() as connection:
        connection.execute(
            insert(peer).values(site="N003", public_key=b"", enrolled=NOW - timedelta(days=9))
        )
    with engine.connect() as connection:
        branches = (*known_branches(connection), KnownBranch("N003", "", "UTC", "CNY"))
        found = assess(connection, branches, MONDAY, MONDAY, NOW)
    assert found.gaps == (Gap("never_heard", "N003", None),)
    assert not found.complete
    assert found.narrowed(branch="N001").complete


def test_a_branch_that_spoke_and_opened_no_day_misses_it(engine: Engine) -> None:
    with engine.begin() as connection:
        hear(connection, "N001", NOW)
        connection.execute(
            insert(peer).values(site="N001", public_key=b"", enrolled=NOW - timedelta(days=1))
        )
    found = look(engine, MONDAY, WEDNESDAY)
    # It was enrolled on Tuesday: nobody waits for its Monday.
    mine = found.narrowed(branch="N001").gaps
    assert mine == (Gap("missing", "N001", TUESDAY), Gap("missing", "N001", WEDNESDAY))


def test_open_and_reopened_days_are_named(engine: Engine, closed: BranchDay) -> None:
    closed.reopen("a till was counted wrongly")
    state(engine, closed, BranchDay("N002", TUESDAY, lanes_of("N002")))
    found = look(engine, MONDAY, TUESDAY)
    assert found.gaps == (
        Gap("missing", "N001", TUESDAY),
        Gap("reopened", "N001", MONDAY),
        Gap("open", "N002", TUESDAY),
    )


def test_a_day_before_an_opened_one_was_not_opened_and_is_no_gap(
    engine: Engine, closed: BranchDay
) -> None:
    for branch in ("N001", "N002"):
        day = BranchDay(branch, WEDNESDAY, lanes_of(branch))
        day.close()
        state(engine, day)
    found = look(engine, MONDAY, WEDNESDAY)
    assert set(found.by_problem()) == {"not_opened"}
    assert found.complete


def test_the_future_is_not_missing(engine: Engine, closed: BranchDay) -> None:
    found = look(engine, MONDAY, WEDNESDAY + timedelta(days=30))
    assert {gap.business_date for gap in found.gaps} == {TUESDAY, WEDNESDAY}


def test_late_tickets_are_counted(engine: Engine, closed: BranchDay) -> None:
    closed.sell(0, line("B", 200))
    closed.sell(1, line("B", 200))
    state(engine, closed)
    assert look(engine).gaps == (Gap("late", "N001", MONDAY, 2),)


def test_only_the_last_revision_s_differences_count(engine: Engine, closed: BranchDay) -> None:
    closed.reopen("again")
    wrong = closed.close()
    wrong = replace(wrong, totals=replace(wrong.totals, gross=wrong.totals.gross + 1))
    closed.facts[-1] = wrong
    state(engine, closed)
    assert look(engine).gaps == (Gap("differing", "N001", MONDAY, 1),)
    closed.reopen("mended")
    closed.close()
    state(engine, closed)
    assert look(engine).complete


def test_a_ticket_that_does_not_add_up_is_a_remark(engine: Engine, closed: BranchDay) -> None:
    with engine.begin() as connection:
        odd = replace(closed.tickets[0], uuid=number(), rounding=1, lane="N001.07")
        sales_store.write(connection, [odd])
    assert look(engine).gaps == (Gap("late", "N001", MONDAY, 1), Gap("flagged", "N001", MONDAY, 1))


@pytest.mark.parametrize(
    ("body", "day"),
    [
        (b'{"business_date":"2026-03-02"}', MONDAY),
        (b'{"business_date":"2026-02-30"}', None),
        (b"\xff\x00", None),
        (b"[" * 5000, None),
    ],
)
def test_a_quarantined_entry_counts_for_its_date_or_for_any(
    engine: Engine, closed: BranchDay, body: bytes, day: date | None
) -> None:
    with engine.begin() as connection:
        _park(connection, "N001", body)
    assert look(engine).gaps == (Gap("quarantined", "N001", day),)
    assert look(engine, TUESDAY, TUESDAY).by_problem().get("quarantined") == (
        None if day else (Gap("quarantined", "N001", None),)
    )


def _park(connection: Connection, branch: str, body: bytes) -> None:
    from replication import journal

    entry = Entry(f"journal:{branch}", new_epoch(), 1, "ticket", 1, "", b"", body, b"")
    journal.store(connection, [entry], ["first"])
    connection.execute(
        insert(quarantine).values(
            stream=entry.stream, epoch=entry.epoch, sequence=1, kind="ticket",
            reason="unreadable", since=NOW,
        )
    )  # fmt: skip


def test_a_row_of_a_report_carries_its_own_part(engine: Engine, closed: BranchDay) -> None:
    closed.sell(0, line("B", 200))
    state(engine, closed)
    found = look(engine, MONDAY, TUESDAY)
    assert [gap.problem for gap in found.narrowed(branch="N001").gaps] == ["missing", "late"]
    assert [gap.branch for gap in found.narrowed(business_date=TUESDAY).gaps] == ["N001", "N002"]
    assert found.narrowed(branch="N002", business_date=MONDAY).complete


def test_a_branch_without_master_data_is_known_by_its_days(engine: Engine) -> None:
    state(engine, BranchDay("X9", TUESDAY, lanes_of("X9")))
    with engine.connect() as connection:
        known = known_branches(connection)
        assert [one.branch for one in known] == ["N001", "N002", "X9"]
        assert newest_day(connection, ["X9"]) == TUESDAY
        assert newest_day(connection, ["N001"]) is None
        assert [one.branch for one in known_branches(connection, ("N002",))] == ["N002"]
