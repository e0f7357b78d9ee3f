"""Consolidated sales: every dimension adds up to the same total, to the cent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select

from hq.consolidation.figures import answer
from hq.consolidation.question import Answer, Dimension, Figures, Question
from hq.reports.branches import known_branches
from hq.reports.ticket import find_ticket, unlike_written
from hq.reports.ticket_query import TicketQuery
from hq.reports.tickets import tickets
from ops.embedded_postgres import EmbeddedPostgres
from schemas.domain.ticket import TenderLine
from schemas.tables.base import open_postgres
from schemas.tables.days import day_revision
from schemas.tables.kinds import DatabaseKind
from schemas.tables.tickets import ticket_line
from tests.hq.day_builder import (
    MONDAY,
    TUESDAY,
    BranchDay,
    describe,
    keep_journals,
    lanes_of,
    line,
    project_facts,
    state,
)
from tests.postgres import fresh_database

NOW = datetime(2026, 3, 3, 15, tzinfo=UTC)
DIMENSIONS: tuple[Dimension, ...] = ("branch", "day", "hour", "category", "item", "operator")
COLUMNS = ("key", "receipts", "lines", "quantity", "list_amount", "discounts", "sales")


@pytest.fixture(scope="module")
def days() -> list[BranchDay]:
    """Two branches; N001 closed its Monday, N002 has not. One line was voided, one is unknown."""
    first = BranchDay("N001", MONDAY, lanes_of("N001"))
    first.sell(
        0, line("apple", 333, quantity=1500, off=1), line("tea", 1200, category="02-001"), hour=9
    )
    first.sell(0, line("apple", 333), line("apple", 333, voided=True), hour=9, minute=30)
    first.sell(1, line("tea", 1200, category="02-001", off=200), hour=13,
               tenders=(TenderLine("coupon", 300, "C-1"), TenderLine("cash", 1000)))  # fmt: skip
    first.sell(1, line("odd", 777, category=None), hour=13, rounding=3,
               tenders=(TenderLine("card", 500), TenderLine("cash", 300)))  # fmt: skip
    first.count()
    first.close()
    second = BranchDay("N002", MONDAY, lanes_of("N002", 1))
    second.sell(0, line("kale", 250, category="01-002"), line("apple", 333), hour=21)
    second.sell(0, line("apple", 333, voided=True), hour=22)
    return [first, second]


@pytest.fixture(scope="module")
def engine(
    hq_database_server: EmbeddedPostgres,
    postgres_template: Callable[[DatabaseKind], str],
    days: list[BranchDay],
) -> Iterator[Engine]:
    """One database for all tests of this module: they read, or take back what they wrote."""
    with fresh_database(hq_database_server, postgres_template("hq")) as dsn:
        opened = open_postgres(dsn)
        with opened.begin() as connection:
            describe(connection, "N001", "N002")
            keep_journals(connection, *days)
        state(opened, *days)
        yield opened
        opened.dispose()


def ask(engine: Engine, scope: tuple[str, ...] = (), **asked: object) -> Answer:
    with engine.connect() as connection:
        question = Question(known_branches(connection, scope), MONDAY, MONDAY, by=("branch",))
        return answer(connection, replace(question, **asked), NOW)  # type: ignore[arg-type]


def shown(report: Answer) -> dict[str, tuple[int | None, int, int, int, int]]:
    return {
        row.keys[0]: (
            row.figures.receipts, row.figures.lines, row.figures.quantity,
            row.figures.list_amount, row.figures.sales,
        )
        for row in report.rows
    }  # fmt: skip


def test_branches_with_their_tickets_lines_and_sales(engine: Engine) -> None:
    report = ask(engine)
    assert shown(report) == {
        "N001": (4, 5, 5500, 500 + 1200 + 333 + 1200 + 777, 499 + 1200 + 333 + 1000 + 777),
        "N002": (2, 2, 2000, 583, 583),
    }
    assert report.rows[0].names == ("门店 N001",)
    assert report.rows[0].figures.discounts == 201
    total = report.total
    assert (total.receipts, total.lines, total.quantity) == (6, 7, 7500)
    assert (total.list_amount, total.sales) == (4593, 4392)


def test_hours_are_those_of_the_branch_s_clock(engine: Engine) -> None:
    assert list(shown(ask(engine, by=("hour",), sort="key", descending=False))) == ["09", "13", "21", "22"]  # fmt: skip


def test_days_are_business_dates(engine: Engine) -> None:
    assert list(shown(ask(engine, by=("day",)))) == ["2026-03-02"]


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (None, {"01-001-001": 1165, "02-001": 2200, "": 777, "01-002": 250}),
        (1, {"01": 1415, "02": 2200, "": 777}),
        (2, {"01-001": 1165, "01-002": 250, "02-001": 2200, "": 777}),
        (9, {"01-001-001": 1165, "02-001": 2200, "": 777, "01-002": 250}),
    ],
)
def test_categories_roll_up(engine: Engine, level: int | None, expected: dict[str, int]) -> None:
    report = ask(engine, by=("category",), level=level)
    assert {row.keys[0]: row.figures.sales for row in report.rows} == expected


def test_a_ticket_counts_once_in_a_rolled_up_category(engine: Engine) -> None:
    assert shown(ask(engine, by=("category",), level=1))["01"][:2] == (3, 4)


def test_items_bear_the_name_they_were_sold_under(engine: Engine) -> None:
    names = {row.keys[0]: row.names[0] for row in ask(engine, by=("item",)).rows}
    assert names == {"apple": "Item apple", "tea": "Item tea", "odd": "Item odd", "kale": "Item kale"}  # fmt: skip


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_every_dimension_adds_up_to_the_total(engine: Engine, dimension: Dimension) -> None:
    report = ask(engine, by=(dimension,))
    for column in ("lines", "quantity", "list_amount", "sales", "discounts"):
        assert sum(getattr(row.figures, column) for row in report.rows) == getattr(report.total, column)  # fmt: skip


@pytest.mark.parametrize("sort", COLUMNS)
@pytest.mark.parametrize("descending", [True, False])
def test_pages_of_one_row_are_the_whole_in_order(
    engine: Engine, sort: str, descending: bool
) -> None:
    asked: dict[str, object] = {"by": ("item",), "sort": sort, "descending": descending}
    whole = ask(engine, **asked)  # type: ignore[arg-type]
    found, after = [], None
    while True:
        page = ask(engine, limit=1, after=after, **asked)  # type: ignore[arg-type]
        found += list(page.rows)
        after = page.following
        if after is None:
            break
    assert tuple(found) == whole.rows
    values = [row.keys[0] if sort == "key" else getattr(row.figures, sort) for row in found]
    assert values == sorted(values, reverse=descending)


def test_the_scope_is_not_widened(engine: Engine) -> None:
    report = ask(engine, ("N002",))
    assert list(shown(report)) == ["N002"]
    assert report.total.sales == 583
    assert report.completeness.branches == ("N002",)


def test_a_report_says_what_it_is_missing(engine: Engine) -> None:
    gaps = ask(engine).completeness.gaps
    assert [(gap.problem, gap.branch) for gap in gaps] == [("open", "N002")]


def test_nothing_sold_is_nought_and_not_an_error(engine: Engine) -> None:
    report = ask(engine, first=TUESDAY, last=TUESDAY)
    assert report.rows == ()
    assert report.total == Figures()
    assert ask(engine, branches=()).total == Figures()


def test_list_amounts_round_half_away_from_zero(engine: Engine, days: list[BranchDay]) -> None:
    cases = [(333, 1500), (333, -1500), (1, 499), (1, 500), (-3, 500)]
    back = BranchDay("N002", TUESDAY, lanes_of("N002", 1))
    back.sell(0, *(line("x", price, quantity=quantity) for price, quantity in cases))
    with engine.connect() as connection:
        project_facts(connection, "N002", back.facts)
        report = answer(connection, Question(known_branches(connection), TUESDAY, TUESDAY), NOW)
    assert report.total.list_amount == sum(one.amount for one in back.tickets[0].lines)
    assert report.total.discounts == 0


# --- tenders ---


def test_tenders_are_the_control_totals_of_the_closed_day(engine: Engine) -> None:
    report = ask(engine, ("N001",), by=("tender",))
    with engine.connect() as connection:
        closed = connection.execute(select(day_revision.c.totals)).scalar_one()
    paid = {row.keys[0]: row.figures for row in report.rows}
    assert {kind: one.taken - one.change for kind, one in paid.items()} == closed["tenders"]
    total = report.total
    assert total.taken - total.change == total.total + total.rounding
    cash = paid["cash"]
    assert (cash.receipts, cash.payments) == (4, 4)
    assert (cash.taken, cash.change) == (1699 + 333 + 1000 + 300, 300 + 20)


def test_tenders_and_sales_tell_of_the_same_tickets(engine: Engine) -> None:
    total = ask(engine, by=("tender",)).total
    assert (total.total, total.receipts) == (4392, 6)


# --- the tickets behind a figure ---


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, 6),
        ({"hour": 9}, 2),
        ({"operator": "N001-C2"}, 2),
        ({"lane": "N002.01"}, 2),
        ({"item": "apple"}, 3),
        ({"category": "01", "level": 1}, 3),
        ({"category": "01-002"}, 1),
        ({"category": ""}, 1),
        ({"tender": "coupon"}, 1),
        ({"counter": 2, "lane": "N001.01"}, 1),
        ({"late": True}, 0),
        ({"flagged": True}, 0),
    ],
)
def test_a_row_leads_to_its_tickets(engine: Engine, asked: dict[str, object], found: int) -> None:
    with engine.connect() as connection:
        query = TicketQuery(known_branches(connection), MONDAY, MONDAY)
        page = tickets(connection, replace(query, **asked))  # type: ignore[arg-type]
    assert (page.tickets, len(page.rows)) == (found, found)
    assert page.total == sum(row.total for row in page.rows)


def test_tickets_page_by_page_are_all_of_them_youngest_first(engine: Engine) -> None:
    with engine.connect() as connection:
        query = TicketQuery(known_branches(connection), MONDAY, MONDAY, limit=2)
        seen: list[str] = []
        instants: list[datetime] = []
        while True:
            page = tickets(connection, query)
            seen += [row.uuid for row in page.rows]
            instants += [row.committed for row in page.rows]
            if page.following is None:
                break
            query = replace(query, after=page.following)
    assert len(set(seen)) == len(seen) == 6
    assert instants == sorted(instants, reverse=True)


def test_a_ticket_tells_its_way_through_the_chain(engine: Engine, days: list[BranchDay]) -> None:
    sold = days[0].tickets[0]
    with engine.connect() as connection:
        found = find_ticket(connection, sold.uuid, ["N001"])
        assert find_ticket(connection, sold.uuid, ["N002"]) is None
    assert found is not None
    assert found.receipt == "N001.01-000001"
    assert [(one.list_amount, one.amount) for one in found.lines] == [(500, 499), (1200, 1200)]
    assert found.lines[0].discounts == sold.lines[0].discounts
    assert found.control == sold.control
    assert found.journey is not None
    assert found.journey.holds
    assert found.journey.lane.stream == "journal:N001.01"
    # Its lane opened the shift before; its branch opened the day and relayed two openings.
    assert (found.journey.lane.sequence, found.journey.branch.sequence) == (2, 4)
    assert found.journey.written == sold
    assert not unlike_written(found)


def test_a_ticket_that_was_changed_here_is_unlike_its_journal(
    engine: Engine, days: list[BranchDay]
) -> None:
    sold = days[0].tickets[0]
    with engine.connect() as connection:
        connection.execute(
            ticket_line.update()
            .where(ticket_line.c.ticket == sold.uuid, ticket_line.c.number == 1)
            .values(amount=500)
        )
        found = find_ticket(connection, sold.uuid, ["N001"])
    assert found is not None
    assert unlike_written(found)
