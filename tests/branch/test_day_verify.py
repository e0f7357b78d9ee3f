"""Business days compared with headquarters' and with the journal, ticket by ticket, and repaired."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, Engine, Table, delete, insert, select, update

from branch.verify import verify, verify_by_night
from hq import verify as headquarters_verify
from hq.day_answers import ANSWERS
from replication.findings import Found, Report
from schemas.domain.ticket import TenderLine
from schemas.tables.catalogue import TABLES
from schemas.tables.days import business_day
from schemas.tables.feed import feed_record
from schemas.tables.stock import stock_move
from schemas.tables.tickets import ticket, ticket_line, ticket_tender
from tests.branch.shop import DAY, LaneTill, Shop, piece

SALES = (ticket, ticket_line, ticket_tender)
FIRST, SECOND = "N001.01-1", "N001.01-2"


@pytest.fixture
def lane(shop: Shop) -> LaneTill:
    """Give a lane that sold three tickets, which are at headquarters."""
    shop.headquarters._inbound = replace(shop.headquarters._inbound, answers=ANSWERS)
    shop.open_day()
    lane = shop.lane(1)
    lane.open_shift()
    for price in (350, 500, 900):
        lane.sell(piece(price=price), piece("bread", 200, number=2),
                  tenders=(TenderLine("cash", 100), TenderLine("card", price + 100)))  # fmt: skip
    lane.push()
    shop.deliver()
    return lane


@pytest.fixture(params=["branch", "hq"])
def side(request: pytest.FixtureRequest, shop: Shop, lane: LaneTill) -> Engine:
    """Give the database that is damaged."""
    return shop.engine if request.param == "branch" else shop.headquarters.engine


def dump(engine: Engine) -> dict[str, list[str]]:
    def rows(table: Table) -> list[str]:
        with engine.connect() as connection:
            return sorted(str(tuple(row)) for row in connection.execute(select(table)))

    return {table.name: rows(table) for table in (*SALES, business_day)}


def check(shop: Shop, *, repair: bool = False, day: date | None = DAY) -> Report:
    return verify(shop.runner, day=day, repair=repair)


def subjects(found: tuple[Found, ...]) -> set[str]:
    return {one.what.partition(":")[0] for one in found}


def lose_ticket(connection: Connection) -> set[str]:
    connection.execute(delete(ticket).where(ticket.c.uuid == FIRST))
    return {"N001.01-000001", "tickets", "gross", "tender card", "tender cash"}


def lose_line(connection: Connection) -> set[str]:
    connection.execute(
        delete(ticket_line).where(ticket_line.c.ticket == FIRST, ticket_line.c.number == 2)
    )
    return {"N001.01-000001"}


def change_total(connection: Connection) -> set[str]:
    connection.execute(update(ticket).where(ticket.c.uuid == SECOND).values(total=1))
    return {"N001.01-000002", "gross"}


def add_tender(connection: Connection) -> set[str]:
    row = {"ticket": FIRST, "number": 9, "kind": "card", "amount": 5, "reference": None}
    connection.execute(insert(ticket_tender).values(row))
    return {"N001.01-000001", "tender card"}


def change_two_that_cancel_out(connection: Connection) -> set[str]:
    """Every count and every sum matches."""
    for uuid, change in ((FIRST, 100), (SECOND, -100)):
        connection.execute(
            update(ticket).where(ticket.c.uuid == uuid).values(total=ticket.c.total + change)
        )
        connection.execute(
            update(ticket_line)
            .where(ticket_line.c.ticket == uuid, ticket_line.c.number == 1)
            .values(amount=ticket_line.c.amount + change)
        )
    return {"N001.01-000001", "N001.01-000002"}


def move_to_another_day(connection: Connection) -> set[str]:
    elsewhere = DAY - timedelta(days=40)
    moved = update(ticket).where(ticket.c.uuid == FIRST)
    connection.execute(moved.values(business_date=elsewhere, posted=elsewhere))
    return {"N001.01-000001", "tickets", "gross", "tender card", "tender cash"}


Damage = Callable[[Connection], set[str]]


@pytest.mark.parametrize(
    "damage",
    [lose_ticket, lose_line, change_total, add_tender, change_two_that_cancel_out,
     move_to_another_day],
)  # fmt: skip
def test_a_damaged_ticket_is_named_and_written_anew_from_its_entry(
    shop: Shop, side: Engine, damage: Damage
) -> None:
    before = dump(shop.engine), dump(shop.headquarters.engine)
    assert check(shop).equal
    with side.begin() as connection:
        expected = damage(connection)
    found = check(shop)
    assert not found.equal
    assert subjects(found.found) == expected
    assert check(shop, repair=True).equal
    assert check(shop).found == ()
    assert (dump(shop.engine), dump(shop.headquarters.engine)) == before


def test_the_differing_field_is_named(shop: Shop, lane: LaneTill) -> None:
    with shop.headquarters.engine.begin() as connection:
        connection.execute(
            update(ticket_line).where(ticket_line.c.ticket == FIRST, ticket_line.c.number == 2)
            .values(quantity=7, name="?")
        )  # fmt: skip
    (found,) = check(shop).found
    assert found.where == "2026-03-02"
    assert found.what == ("N001.01-000001: differs from headquarters: line 2 name, line 2 quantity")


def test_a_sale_that_no_journal_knows_is_left_to_a_person(shop: Shop, side: Engine) -> None:
    with side.begin() as connection:
        row = dict(
            connection.execute(select(ticket).where(ticket.c.uuid == FIRST)).mappings().one()
        )
        connection.execute(insert(ticket).values(row | {"uuid": "nobody", "counter": 77}))
    report = check(shop, repair=True)
    assert not report.equal
    assert "N001.01-000077" in subjects(report.remaining)
    with side.connect() as connection:
        assert connection.execute(select(ticket.c.uuid).where(ticket.c.uuid == "nobody")).all()


def test_tickets_on_their_way_are_no_difference(shop: Shop, lane: LaneTill) -> None:
    lane.sell()
    lane.push()
    assert check(shop).equal
    with shop.engine.begin() as connection:
        connection.execute(update(ticket).where(ticket.c.uuid == FIRST).values(total=1))
    assert subjects(check(shop).found) == {"N001.01-000001"}
    shop.deliver()
    assert check(shop, repair=True).equal


def test_an_entry_that_was_set_aside_is_named_with_its_reason(shop: Shop, lane: LaneTill) -> None:
    """Headquarters choked on it: what it holds is right, but less than the branch has."""
    with shop.headquarters.engine.begin() as connection:
        row = dict(
            connection.execute(select(ticket).where(ticket.c.uuid == FIRST)).mappings().one()
        )
        connection.execute(
            insert(ticket).values(row | {"uuid": "N001.01-4", "branch": "N999", "counter": 4})
        )
    lane.sell()
    lane.push()
    shop.deliver()
    (first, *_) = [one for one in check(shop).found if "000004" in one.what]
    assert "where its entry was set aside: IntegrityError" in first.what
    assert not check(shop, repair=True).equal


def test_a_repair_of_a_closed_day_makes_no_latecomers_and_books_no_stock(
    shop: Shop, side: Engine, lane: LaneTill
) -> None:
    lane.end_shift()
    lane.push()
    shop.count(lane.shift, cash=10_300, card=2_050)
    shop.close_day()
    shop.deliver()
    before = dump(shop.engine), dump(shop.headquarters.engine)
    with side.begin() as connection:
        connection.execute(delete(ticket))
        connection.execute(update(business_day).values(revision=1))
    assert check(shop, repair=True).equal
    assert (dump(shop.engine), dump(shop.headquarters.engine)) == before
    with shop.engine.connect() as connection:
        assert len(connection.execute(select(stock_move)).all()) == 6


def test_a_day_in_another_state_is_told(shop: Shop, lane: LaneTill) -> None:
    with shop.headquarters.engine.begin() as connection:
        connection.execute(update(business_day).values(state="closed", revision=3))
    (found,) = check(shop, repair=True).remaining
    assert found.what == "state and revision: open 0 here, closed 3 at headquarters"


def test_by_night_days_are_compared_and_left_as_they_are(shop: Shop, lane: LaneTill) -> None:
    assert verify_by_night(shop.runner, repair=True).equal
    with shop.engine.begin() as connection:
        connection.execute(update(ticket).where(ticket.c.uuid == FIRST).values(total=1))
    assert "N001.01-000001" in subjects(verify_by_night(shop.runner, repair=True).remaining)


def test_a_whole_branch_is_verified_with_its_journals_and_receipts(
    shop: Shop, lane: LaneTill
) -> None:
    report = check(shop, day=None)
    assert report.equal
    assert report.compared["journal entries"] == 6
    assert report.compared["business days"] == 1


def test_headquarters_verifies_itself(shop: Shop, lane: LaneTill) -> None:
    engine = shop.headquarters.engine
    with engine.begin() as connection:
        # The shop's master data was published past headquarters' own tables.
        connection.execute(delete(feed_record))
    assert headquarters_verify.verify(engine).equal
    with engine.begin() as connection:
        lose_ticket(connection)
    (found,) = headquarters_verify.verify(engine, day=DAY).remaining
    assert found == Found("N001 2026-03-02", found.what)
    assert headquarters_verify.verify(engine, repair=True).equal
    assert headquarters_verify.verify(engine).found == ()


def test_the_nightly_result_stands_in_the_branch_s_status(shop: Shop, lane: LaneTill) -> None:
    running = shop.branch
    running.runner._transport = shop.line
    with shop.engine.begin() as connection:
        connection.execute(update(ticket).where(ticket.c.uuid == FIRST).values(total=1))
        connection.execute(delete(TABLES["operator"]))
    shop.clock.now = running.check.due
    running.check.tick()
    told = running.runner.site.detail()["verified"]
    assert (told["equal"], told["repaired"]) == (False, 3)
    assert any("N001.01-000001" in one for one in told["remaining"])
    assert not any("operator" in one for one in told["remaining"])
