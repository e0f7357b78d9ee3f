"""The table of tiers, and members getting theirs by what they spend."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from hq import catalogue_import, members, price_changes, promotions, tier_standing, tiers
from hq.audit import notes_on
from hq.catalogue_import import ImportRefusedError
from hq.housekeeping import housekeeping
from hq.member_spend import spent
from hq.members import MemberError, Personal
from hq.price_changes import NewPriceChange
from hq.price_rows import PriceCell
from hq.tier_evaluation import Outcome, evaluate
from hq.tier_standing import Standing, standings
from hq.tiers import TierError
from replication.feed_floor import FeedRetention
from schemas.domain.promotion.effect import TierPercent, TierRate
from schemas.domain.promotion.promotion import Who
from schemas.domain.ticket import Original, Returned, Ticket
from schemas.domain.tier import Tier
from schemas.tables import sales_store
from schemas.tables.feed import feed_record
from schemas.wire.records import Member
from tests.hq.conftest import ADMIN, BUYER, NOON, Chain
from tests.hq.day_builder import MONDAY, BranchDay, lanes_of, line
from tests.hq.promotion_scene import drafted, offer

TABLE = (
    "tier,name,rank,spend,months,keep_months\n"
    "silver,银卡,1,10.00,12,0\ngold,金卡,2,50.00,12,6\nstaff,员工,9,,12,0\n"
)
MEMBERS = "member,name,tier,phone,email\nM1,Ann,,,\nM2,Bob,gold,,\nM3,Cy,staff,,\nM4,Di,vip,,\n"
YEAR = timedelta(days=366)


@pytest.fixture
def shop(chain: Chain) -> Chain:
    """Give a chain with members, of whom one has a tier that the table has not, and a table."""
    chain.load("members", MEMBERS)
    chain.load("tiers", TABLE)
    return chain


def test_who_is_being_written_is_left_for_the_next_look(shop: Chain) -> None:
    day = BranchDay("N001", MONDAY, lanes_of("N001"))
    arrive(shop, day.sell(0, line("1", 1000), member="M1"))
    with shop.hq.engine.begin() as connection:
        tier_standing.hold(connection, "M1", "", ADMIN, "asked for", NOON)
        assert give(shop) == Outcome(3)
    assert give(shop) == Outcome(4)
    assert told(shop)["M1"] == ""


@contextmanager
def refused(text: str) -> Iterator[None]:
    with pytest.raises((TierError, MemberError, ImportRefusedError), match=text):
        yield


def arrive(chain: Chain, *tickets: Ticket) -> None:
    with chain.hq.engine.begin() as connection:
        sales_store.write(connection, tickets)


def back(sale: Ticket, amount: int, *, known: bool = True) -> Ticket:
    """Some of a sale's first line coming back at another lane, by nobody known."""
    original = Original(sale.branch, sale.receipt, sale.uuid if known else None, 1)
    given = replace(
        line("1", -amount, quantity=1000), quantity=-1000, list_price=amount,
        returned=Returned(checked=known, original=original),
    )  # fmt: skip
    day = BranchDay("N001", MONDAY, lanes_of("N001"))
    day.lanes[1].counter = 50
    return day.sell(1, given, member=None if known else sale.member)


def told(chain: Chain) -> dict[str, str]:
    """The tiers that the chain's tills are told."""
    query = select(feed_record.c.body).where(feed_record.c.kind == "member")
    with chain.hq.engine.connect() as connection:
        found = [Member.model_validate_json(one) for one in connection.execute(query).scalars()]
    return {one.member: one.tier for one in found}


def give(chain: Chain, at: datetime = NOON) -> Outcome:
    return evaluate(chain.hq.engine, at, "CNY")


def test_spend_is_what_was_bought_and_kept_by_all_who_are_one(shop: Chain) -> None:
    day = BranchDay("N001", MONDAY, lanes_of("N001"))
    sale = day.sell(0, line("1", 3000), line("2", 1000, voided=True), member="M1")
    before = replace(day.sell(0, line("1", 700), member="M1"), business_date=date(2025, 3, 2))
    of_other = day.sell(0, line("1", 500), member="M2")
    nobody = day.sell(0, line("1", 9000))
    arrive(shop, sale, before, of_other, nobody, back(sale, 400), back(nobody, 50))
    with shop.hq.engine.begin() as connection:
        sums = spent(connection, ["M1", "M2"], [12, 24], MONDAY, "CNY")
        assert sums == {"M1": {12: 2600, 24: 3300}, "M2": {12: 500, 24: 500}}
        assert spent(connection, ["M1"], [12], MONDAY, "EUR") == {"M1": {12: 0}}
        members.merge(connection, "M2", "M1", ADMIN, "the same", NOON)
        assert spent(connection, ["M1"], [12], MONDAY, "CNY") == {"M1": {12: 3100}}


def test_a_return_without_its_sale_is_taken_from_who_gives_it_back(shop: Chain) -> None:
    day = BranchDay("N001", MONDAY, lanes_of("N001"))
    sale = day.sell(0, line("1", 3000), member="M1")
    arrive(shop, sale, back(sale, 1000, known=False))
    with shop.hq.engine.connect() as connection:
        assert spent(connection, ["M1"], [12], MONDAY, "CNY") == {"M1": {12: 2000}}


def test_spend_raises_at_once_and_lowers_when_the_time_is_over(shop: Chain) -> None:
    day = BranchDay("N001", MONDAY, lanes_of("N001"))
    arrive(shop, day.sell(0, line("1", 5000), member="M1"))
    assert give(shop) == Outcome(4, raised=1, lowered=0)
    expected = {"M1": "gold", "M2": "gold", "M3": "staff", "M4": "vip"}
    assert (
        told(shop) == expected
    )  # M2's gold counts as had since today, and is kept for half a year
    assert give(shop, NOON + timedelta(days=180)) == Outcome(4)
    assert give(shop, NOON + timedelta(days=190)) == Outcome(4, lowered=1)
    assert told(shop) == expected | {"M2": ""}
    assert give(shop, NOON + YEAR) == Outcome(4, lowered=1)
    assert told(shop) == expected | {"M1": "", "M2": ""}
    with shop.hq.engine.connect() as connection:
        notes = [one.reason for one in notes_on(connection, "member.tier", "M1")]
        (of_bob,) = notes_on(connection, "member.tier", "M2")
        assert standings(connection, ["M1"])["M1"].since == (NOON + YEAR).date()
    assert notes == ["– → gold: 50.00 ≥ 50.00 / 12 m", "gold → –: 0.00 < 50.00 / 12 m"]
    assert of_bob.reason == "gold → –: 0.00 < 50.00 / 12 m"


def test_the_night_gives_tiers_and_nothing_without_a_table(chain: Chain) -> None:
    now = [NOON]
    keeping = housekeeping(chain.hq.engine, lambda: now[0], FeedRetention(keep_days=1), "CNY")
    chain.load("members", MEMBERS)
    assert give(chain) == Outcome()
    chain.load("tiers", "tier,name,rank,spend,months\nall,会员,1,0,12\n")
    now[0] = keeping.due
    keeping.tick()
    assert told(chain) == {"M1": "all", "M2": "gold", "M3": "staff", "M4": "vip"}


def test_a_person_s_word_holds_until_somebody_lets_go(shop: Chain) -> None:
    with shop.hq.engine.begin() as connection:
        with refused("Say why"):
            tier_standing.hold(connection, "M1", "gold", ADMIN, " ", NOON)
        with refused("no tier bronze; there are silver, gold, staff"):
            tier_standing.hold(connection, "M1", "bronze", ADMIN, "press", NOON)
        tier_standing.hold(connection, "M1", "silver", ADMIN, "press", NOON)
    assert told(shop)["M1"] == "silver"
    assert give(shop, NOON + YEAR).lowered == 0
    with shop.hq.engine.begin() as connection:
        assert standings(connection, ["M1"])["M1"] == Standing(
            "M1", "silver", NOON.date(), "ADMIN", "press"
        )
        tier_standing.release(connection, "M1", ADMIN, NOON)
        with refused("held by nobody"):
            tier_standing.release(connection, "M1", ADMIN, NOON)
        (note,) = notes_on(connection, "member.hold_tier", "M1")
    assert note.reason == "– → silver: press"
    assert give(shop).lowered == 1
    assert told(shop)["M1"] == ""


NO_TIERS = (
    ("a b,x,3,1.00,12,0", "no blanks"),
    ("a,x,2,99.00,12,0", "rank 2 is that of gold already"),
    ("a,x,3,-1.00,12,0", "nought or more"),
    ("a,x,3,99.00,0,0", "months are 1 to 120"),
    ("a,x,3,99.00,12,121", "months are 0 to 120"),
    ("a,x,3,50.00,12,0", "nobody would ever be gold"),
    ("a,x,0,20.00,12,0", "nobody would ever be a"),
    ("a,x,three,20.00,12,0", "no number"),
)


def test_what_a_tier_cannot_be_is_refused_by_row(shop: Chain) -> None:
    header = TABLE.splitlines()[0]
    for row, said in NO_TIERS:
        assert said in problems_of(shop, "tiers", f"{header}\n{row}\n"), row


def problems_of(chain: Chain, kind: str, text: str) -> str:
    with chain.hq.engine.connect() as connection:
        plan = catalogue_import.plan(
            connection, kind, text.encode(), member_key=chain.hq.member_key, decimals=2
        )
    return "; ".join(map(str, plan.problems))


def test_a_file_may_swap_ranks_and_keeps_what_it_does_not_have(shop: Chain) -> None:
    shop.load("tiers", "tier,name,rank,spend,months\nsilver,银,2,60.00,12\ngold,金,1,20.00,3\n")
    with shop.hq.engine.connect() as connection:
        assert tiers.every(connection)[:2] == (
            Tier("gold", "金", 1, 2000, 3, 6),
            Tier("silver", "银", 2, 6000, 12, 0),
        )


def test_an_unknown_tier_is_refused_by_name_wherever_it_is_typed(shop: Chain) -> None:
    known = "no tier bronze; there are silver, gold, staff"
    header = "member,name,tier,phone,email\n"
    assert known in problems_of(shop, "members", f"{header}M9,Ed,bronze,,\n")
    assert known in problems_of(shop, "prices", "item,unit,tier,price\n1001,piece,bronze,1.00\n")
    assert problems_of(shop, "members", f"{header}M4,Di Li,vip,,\n") == ""
    ann = Personal("Ann")
    rates = TierPercent((TierRate("gold", 1000), TierRate("bronze", 500)))
    with shop.hq.engine.begin() as connection:
        with refused(known):
            members.save(connection, shop.hq.member_key, "M1", "bronze", ann, ADMIN, NOON)
        members.save(connection, shop.hq.member_key, "M4", "vip", ann, ADMIN, NOON)
        with refused(known):
            drafted(connection, replace(offer(), who=Who(tiers=("bronze",))))
        with refused(known):
            drafted(connection, replace(offer(rates), who=Who(members_only=True)))


def test_a_chain_without_a_table_has_any_code(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        members.save(connection, chain.hq.member_key, "", "any", Personal("Ann"), ADMIN, NOON)
        drafted(connection, replace(offer(), who=Who(tiers=("bronze",))))


def test_a_tier_is_removed_once_nothing_names_it(shop: Chain) -> None:
    prices = NewPriceChange(
        "Gold", "feed:chain", NOON, None, [PriceCell("1001", "piece", "gold", 5)]
    )
    with shop.hq.engine.begin() as connection:
        by_offer = drafted(connection, replace(offer(), who=Who(tiers=("gold",))))
        drafted(connection, replace(offer(), title="gold"))
        by_price = price_changes.draft(connection, prices, BUYER, NOON)
        with refused(f"1 members have it, and 2 .* name it .{by_offer}, {by_price}."):
            tiers.remove(connection, "gold", ADMIN, NOON)
        promotions.withdraw(connection, by_offer, BUYER, "over", NOON)
        price_changes.withdraw(connection, by_price, BUYER, "over", NOON)
        members.save(connection, shop.hq.member_key, "M2", "", Personal("Bob"), ADMIN, NOON)
        tiers.remove(connection, "gold", ADMIN, NOON)
        assert [one.code for one in tiers.every(connection)] == ["silver", "staff"]
        with refused("no tier gold"):
            tiers.remove(connection, "gold", ADMIN, NOON)
