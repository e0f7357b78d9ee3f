"""A day at headquarters: its revisions, and that the comparison can fail and names the ticket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from sqlalchemy import Engine, delete, insert, select, update

from hq.day_comparison import side_by_side
from hq.days import day_history, verify_day
from schemas.domain.ticket import TenderLine, Ticket
from schemas.tables.base import open_postgres
from schemas.tables.tickets import ticket, ticket_line, ticket_tender
from tests.hq.day_builder import MONDAY, TUESDAY, BranchDay, Lane, describe, lanes_of, line, state

Pick = Callable[[BranchDay], Ticket]


@pytest.fixture
def engine(hq_database: str) -> Iterator[Engine]:
    opened = open_postgres(hq_database)
    yield opened
    opened.dispose()


@pytest.fixture
def monday(engine: Engine) -> BranchDay:
    """Two branches on two days, six tickets a day and branch; the fixture is N001's Monday."""
    lanes = {branch: lanes_of(branch) for branch in ("N001", "N002")}
    with engine.begin() as connection:
        describe(connection, *lanes)
    days = [_day(branch, day, lanes[branch]) for day in (MONDAY, TUESDAY) for branch in lanes]
    state(engine, *days)
    return days[0]


def _day(branch: str, business_date: date, lanes: tuple[Lane, ...]) -> BranchDay:
    day = BranchDay(branch, business_date, lanes)
    for hour in (9, 12, 18):
        day.sell(0, line("A", 350), line("B", 1200, off=100), hour=hour)
        day.sell(1, line("C", 990, quantity=1500), hour=hour, tenders=(TenderLine("card", 1485),))
    day.count(short=300)
    day.close()
    return day


def check(engine: Engine, branch: str = "N001", business_date: date = MONDAY) -> str:
    with engine.connect() as connection:
        return "\n".join(verify_day(connection, branch, business_date))


def first(day: BranchDay) -> Ticket:
    return day.tickets[0]


def middle(day: BranchDay) -> Ticket:
    return day.tickets[2]


def last(day: BranchDay) -> Ticket:
    return day.tickets[-1]


def test_an_untouched_day_has_no_finding(engine: Engine, monday: BranchDay) -> None:
    assert [check(engine, branch, day) for branch in ("N001", "N002") for day in (MONDAY, TUESDAY)] == [""] * 4  # fmt: skip


@pytest.mark.parametrize("which", [first, middle, last])
def test_a_dropped_ticket_is_named(engine: Engine, monday: BranchDay, which: Pick) -> None:
    dropped: Ticket = which(monday)
    with engine.begin() as connection:
        connection.execute(delete(ticket).where(ticket.c.uuid == dropped.uuid))
    assert f"{dropped.receipt}: missing" in check(engine)


@pytest.mark.parametrize("which", [first, middle, last])
def test_a_doubled_ticket_is_named(engine: Engine, monday: BranchDay, which: Pick) -> None:
    doubled: Ticket = which(monday)
    with engine.begin() as connection:
        for table, key in ((ticket, "uuid"), (ticket_line, "ticket"), (ticket_tender, "ticket")):
            rows = connection.execute(select(table).where(table.c[key] == doubled.uuid)).mappings()
            connection.execute(insert(table), [{**row, key: "another"} for row in rows.all()])
    found = check(engine)
    assert f"{doubled.receipt}: held twice" in found
    assert "missing" not in found


@pytest.mark.parametrize("which", [first, middle, last])
@pytest.mark.parametrize("to", [("N002", MONDAY), ("N001", TUESDAY)])
def test_a_moved_ticket_is_named_on_both_days(
    engine: Engine, monday: BranchDay, which: Pick, to: tuple[str, date]
) -> None:
    moved = which(monday)
    with engine.begin() as connection:
        connection.execute(
            update(ticket)
            .where(ticket.c.uuid == moved.uuid)
            .values(branch=to[0], business_date=to[1])
        )
    said = f"{moved.receipt}: stands under {to[0]} {to[1]}, its shift is of N001 {MONDAY}"
    assert said in check(engine)
    found = check(engine, *to)
    assert said in found
    assert "missing" not in found


@pytest.mark.parametrize("which", [first, middle, last])
def test_a_line_changed_by_a_cent_is_named(engine: Engine, monday: BranchDay, which: Pick) -> None:
    changed: Ticket = which(monday)
    with engine.begin() as connection:
        connection.execute(
            update(ticket_line)
            .where(ticket_line.c.ticket == changed.uuid, ticket_line.c.number == 1)
            .values(amount=ticket_line.c.amount + 1)
        )
    assert f"{changed.receipt}: lines are" in check(engine)


def test_a_total_changed_with_its_line_is_named_all_the_same(
    engine: Engine, monday: BranchDay
) -> None:
    changed = middle(monday)
    with engine.begin() as connection:
        for table, key, column in (
            (ticket_line, "ticket", "amount"), (ticket, "uuid", "total"),
            (ticket_tender, "ticket", "amount"),
        ):  # fmt: skip
            wanted = table.c[key] == changed.uuid
            if table is ticket_line:
                wanted &= table.c.number == 1
            connection.execute(update(table).where(wanted).values({column: table.c[column] + 1}))
    assert f"{changed.receipt}: its lane had sold" in check(engine)


def test_a_changed_tender_is_named(engine: Engine, monday: BranchDay) -> None:
    with engine.begin() as connection:
        connection.execute(
            update(ticket_tender)
            .where(ticket_tender.c.ticket == first(monday).uuid)
            .values(amount=ticket_tender.c.amount - 1)
        )
    found = check(engine)
    assert f"{first(monday).receipt}: tenders less change are" in found
    assert "tender cash: closed with" in found


def test_a_late_ticket_is_named_until_the_day_is_closed_again(
    engine: Engine, monday: BranchDay
) -> None:
    late = monday.sell(0, line("D", 777), hour=19)
    state(engine, monday)
    assert f"{late.receipt}: came after the last close" in check(engine)

    monday.reopen("one ticket came late")
    monday.count(correction=True, reason="counted again")
    monday.close()
    state(engine, monday)
    assert check(engine) == ""


def test_every_revision_stands_beside_what_is_held_now(engine: Engine, monday: BranchDay) -> None:
    monday.sell(0, line("D", 777), hour=19)
    monday.reopen("one ticket came late")
    monday.count(correction=True, reason="counted again")
    monday.close()
    state(engine, monday)
    with engine.connect() as connection:
        history = day_history(connection, "N001", MONDAY)
    assert history is not None
    assert (history.state, history.revision) == ("closed", 2)
    assert [(one.revision, one.reason) for one in history.reopenings] == [
        (1, "one ticket came late")
    ]
    assert [one.differences for one in history.revisions] == [(), ()]
    rows = {(one.section, one.subject, one.measure): one for one in side_by_side(history)}
    tickets = rows["totals", "", "tickets"]
    assert (tickets.values, tickets.changes) == ((6, 7, 7), (False, True, False))
    assert rows["over_short", "cash", "amount"].values == (-300, 0, 0)
    assert rows["lanes", "N001.02", "gross"].changes == (False, False, False)
    assert rows["lanes", "N001.01", "last_counter"].values == (3, 7, 7)


def test_a_day_that_was_never_opened_has_no_history(engine: Engine) -> None:
    with engine.connect() as connection:
        assert day_history(connection, "N001", MONDAY) is None
