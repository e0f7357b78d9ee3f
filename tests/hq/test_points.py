"""The ledger of points at headquarters: what tickets post, in whatever order they arrive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations

import pytest
from sqlalchemy import Engine, delete, select

from hq import points
from hq.audit import notes_on
from hq.redemption import accounts
from hq.redemption.accounts import POINTS
from hq.refusal import RefusalError
from schemas.domain.correction import Act, as_ticket, post_void
from schemas.domain.ticket import Original, PointsEarned, Returned, Ticket
from schemas.tables import sales_store
from schemas.tables.base import open_postgres
from schemas.tables.headquarters import points_entry
from schemas.tables.tickets import ticket, ticket_line, ticket_return, ticket_tender
from tests.hq.conftest import NOON
from tests.hq.day_builder import MONDAY, BranchDay, lanes_of, line

ANN = "9001"


@pytest.fixture
def engine(hq_database: str) -> Iterator[Engine]:
    made = open_postgres(hq_database)
    yield made
    made.dispose()


def sale_of(day: BranchDay, *amounts: int) -> Ticket:
    """A sale of lines with these amounts, of which the last is multiplied."""
    sold = day.sell(0, *(line(f"{n}", amount) for n, amount in enumerate(amounts)), member=ANN)
    numbers = tuple(one.number for one in sold.lines)
    earned = (
        PointsEarned("points", sold.total // 100, numbers),
        PointsEarned("S1", amounts[-1] // 100, numbers[-1:]),
    )
    return replace(sold, points=earned)


def return_of(day: BranchDay, sale: Ticket, number: int, amount: int) -> Ticket:
    source = Original(sale.branch, sale.receipt, sale.uuid, number)
    back = replace(
        line("1", -amount, quantity=1000), quantity=-1000, list_price=amount,
        returned=Returned(checked=True, original=source),
    )  # fmt: skip
    return day.sell(1, back, hour=13, minute=len(day.tickets))


def arrive(engine: Engine, *tickets: Ticket) -> None:
    """Bring tickets as the link does, in one transaction."""
    with engine.begin() as connection:
        sales_store.write(connection, tickets)
        points.post(connection, tickets)


def forget(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in (ticket, ticket_line, ticket_tender, ticket_return, points_entry):
            connection.execute(delete(table))


def posted(engine: Engine) -> list[tuple[str, str, int]]:
    row = points_entry.c
    query = select(row.kind, row.rule, row.points).order_by(row.at, row.source, row.rule)
    with engine.connect() as connection:
        return [tuple(one) for one in connection.execute(query)]


def held(engine: Engine) -> int:
    with engine.connect() as connection:
        return accounts.balance(connection, POINTS, [ANN])


def test_returns_take_back_what_their_goods_earned_in_any_order_of_arrival(engine: Engine) -> None:
    day = BranchDay("N001", MONDAY, lanes_of("N001"))
    sale = sale_of(day, 1000, 2000)
    first, second = return_of(day, sale, 2, 500), return_of(day, sale, 2, 1500)
    expected = [
        ("earned", "S1", 20), ("earned", "points", 30),
        ("taken_back", "S1", -5), ("taken_back", "points", -5),
        ("taken_back", "S1", -15), ("taken_back", "points", -15),
    ]  # fmt: skip
    for order in permutations((sale, first, second)):
        for one in order:
            arrive(engine, one)
        assert posted(engine) == expected
        assert held(engine) == 10
        forget(engine)
    arrive(engine, first, sale, second)
    assert posted(engine) == expected


@pytest.mark.parametrize("void_first", [True, False])
def test_a_post_void_takes_back_all_that_its_sale_earned(engine: Engine, void_first: bool) -> None:
    day = BranchDay("N001", MONDAY, lanes_of("N001"))
    sale = sale_of(day, 1000, 2000)
    void = post_void(sale, (), Act("void", "M", "C", "twice", day.at(22)))
    for one in (void, sale) if void_first else (sale, void):
        with engine.begin() as connection:
            sales_store.write(connection, [one])
            points.post(connection, [one if isinstance(one, Ticket) else as_ticket(one)])
    assert held(engine) == 0
    assert posted(engine)[-1] == ("taken_back", "points", -30)


def test_a_ticket_that_is_posted_again_changes_nothing(engine: Engine) -> None:
    day = BranchDay("N001", MONDAY, lanes_of("N001"))
    sale = sale_of(day, 1000)
    arrive(engine, sale, return_of(day, sale, 1, 1000))
    before = posted(engine)
    with engine.begin() as connection:
        points.post(connection, day.tickets[1:])
        points.post(connection, [sale])
    assert posted(engine) == before
    assert held(engine) == 0


def test_who_is_no_member_earns_nothing_and_returns_of_it_take_nothing(engine: Engine) -> None:
    day = BranchDay("N001", MONDAY, lanes_of("N001"))
    sale = day.sell(0, line("1", 1000))
    arrive(engine, sale, return_of(day, sale, 1, 1000))
    assert posted(engine) == []


def test_a_person_adjusts_with_a_reason_and_may_go_below_nought(engine: Engine) -> None:
    with engine.begin() as connection:
        points.adjust(connection, ANN, -40, "ADMIN", " counted twice ", NOON)
        with pytest.raises(RefusalError, match="Say why"):
            points.adjust(connection, ANN, 5, "ADMIN", " ", NOON)
        with pytest.raises(RefusalError, match="Nought"):
            points.adjust(connection, ANN, 0, "ADMIN", "why", NOON)
    with engine.connect() as connection:
        assert accounts.balance(connection, POINTS, [ANN]) == -40
        (entry,) = points.newest(connection, [ANN], 10)
        assert (entry.kind, entry.operator, entry.reason) == ("adjusted", "ADMIN", "counted twice")
        (kept,) = notes_on(connection, "member.", ANN)
        assert kept.reason == "-40 counted twice"


def test_a_family_of_merged_members_has_one_balance(engine: Engine) -> None:
    day = BranchDay("N001", MONDAY, lanes_of("N001"))
    sale = sale_of(day, 1000)
    other = replace(sale_of(day, 500), member="9002")
    arrive(engine, sale, other)
    with engine.connect() as connection:
        assert accounts.balance(connection, POINTS, [ANN, "9002"]) == 30
        receipts = [one.receipt for one in points.newest(connection, [ANN, "9002"], 3)]
    assert receipts == [other.receipt, other.receipt, sale.receipt]
