"""Redeeming at headquarters: what tickets post in whatever order they arrive, and what is reserved."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, delete, select

from hq import points
from hq.audit import notes_on
from hq.inquiries import DECIDERS, answerers
from hq.redemption import accounts, postings, receivables, reservations, stored_value, terms
from hq.refusal import RefusalError
from ops.embedded_postgres import EmbeddedPostgres
from replication.decision import Decisions
from replication.inquiry import Finding
from replication.messages import Inquiry
from schemas.domain.basket import Basket
from schemas.domain.redemption import PointsRate, RedeemedKind
from schemas.domain.suspension import BasketSuspended
from schemas.domain.ticket import TenderLine
from schemas.domain.till import BasketCancelled
from schemas.tables.base import open_postgres
from schemas.tables.headquarters import points_entry
from schemas.tables.kinds import DatabaseKind
from schemas.tables.redemption import receivable, stored_value_entry
from schemas.tables.tickets import tender_detail, ticket, ticket_line, ticket_return, ticket_tender
from schemas.wire.redemption import (
    ACCOUNT,
    REDEEM,
    Account,
    Redeeming,
    Reserved,
    body_of,
    read_account,
)
from tests.hq.conftest import NOON
from tests.hq.day_builder import MONDAY, BranchDay, lanes_of
from tests.hq.redeeming import (
    ANN,
    LANE,
    arrive,
    ask,
    earn,
    empty,
    held,
    in_points,
    load,
    member,
    redeemed,
    refund_of,
    stored,
)
from tests.postgres import fresh_database

OF_TICKETS = (
    ticket, ticket_line, ticket_tender, ticket_return, tender_detail, points_entry,
    stored_value_entry, receivable,
)  # fmt: skip


@pytest.fixture(scope="module")
def headquarters(
    hq_database_server: EmbeddedPostgres, postgres_template: Callable[[DatabaseKind], str]
) -> Iterator[Engine]:
    """One database for all tests of this module."""
    with fresh_database(hq_database_server, postgres_template("hq")) as dsn:
        opened = open_postgres(dsn)
        yield opened
        opened.dispose()


@pytest.fixture
def engine(headquarters: Engine) -> Engine:
    empty(headquarters)
    member(headquarters, ANN, "9002")
    return headquarters


@pytest.fixture
def day() -> BranchDay:
    return BranchDay("N001", MONDAY, lanes_of("N001"))


def worth(engine: Engine, number: int = 100, amount: int = 100) -> None:
    with engine.begin() as connection:
        terms.set_terms(connection, number, amount, 10, "ADMIN", NOON)


def owed(engine: Engine) -> list[tuple[str, str, int, int]]:
    with engine.connect() as connection:
        found = receivables.still_open(connection)
    return [(one.receipt, one.account, one.amount, one.points) for one in found]


def forget(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in OF_TICKETS:
            connection.execute(delete(table))


def posted(engine: Engine) -> list[tuple[str, int]]:
    row = stored_value_entry.c
    with engine.connect() as connection:
        query = select(row.kind, row.amount).where(row.branch != "").order_by(row.at, row.source)
        return [tuple(one) for one in connection.execute(query)]


# --- ledgers ---


def test_what_is_redeemed_and_given_back_is_the_same_in_any_order_of_arrival(
    engine: Engine, day: BranchDay
) -> None:
    sale = redeemed(day, stored(1000), in_points(500, 333))
    a, b = refund_of(day, sale, 400), refund_of(day, sale, 600)
    c, d = refund_of(day, sale, 250, 2), refund_of(day, sale, 250, 2)
    for order in ((sale, a, b, c, d), (a, b, c, d, sale), (b, d, sale, c, a), (d, sale, c, b, a)):
        for one in order:
            arrive(engine, one)
        assert posted(engine) == [("redeemed", -1000), ("given_back", 400), ("given_back", 600)]
        with engine.connect() as connection:
            entries = points.newest(connection, [ANN], 9)
        assert sorted((one.kind, one.points) for one in entries) == [
            ("given_back", 166), ("given_back", 167), ("redeemed", -333),
        ]  # fmt: skip
        assert (held(engine), held(engine, "points"), owed(engine)) == (0, 0, [])
        forget(engine)


def test_no_more_is_given_back_than_was_redeemed(engine: Engine, day: BranchDay) -> None:
    sale = redeemed(day, stored(1000))
    arrive(engine, sale, refund_of(day, sale, 800), refund_of(day, sale, 800))
    assert held(engine) == 0


def test_a_ticket_that_is_posted_again_changes_nothing(engine: Engine, day: BranchDay) -> None:
    sale = redeemed(day, stored(700), stored(500))
    arrive(engine, sale, refund_of(day, sale, 200))
    before = posted(engine), owed(engine)
    assert before[1] == [(sale.receipt, ANN, 1000, 0)]
    with engine.begin() as connection:
        postings.post(connection, day.tickets[1:])
        postings.post(connection, [sale])
    assert (posted(engine), owed(engine)) == before


#: What an account had, what tickets spent, what each then overspent, the youngest first; what came later,
#: and what of it stands open then.
OVERSPENT: tuple[tuple[int, list[int], list[int], int, list[int]], ...] = (
    (5000, [5000], [], 0, []),
    (2000, [5000], [3000], 0, [3000]),
    (0, [5000], [5000], 0, [5000]),
    (-1000, [5000], [5000], 0, [5000]),
    (6000, [5000, 2000], [1000], 0, [1000]),
    (0, [5000, 2000], [2000, 5000], 3000, [2000, 2000]),
    (0, [5000], [5000], 9000, []),
)


def test_what_is_overspent_is_a_receivable_until_the_account_covers_it(
    engine: Engine, day: BranchDay
) -> None:
    for place, (balance, spent, debts, later, open_then) in enumerate(OVERSPENT):
        who = f"M{place}"

        def owes(who: str = who) -> list[int]:
            return [one[2] for one in owed(engine) if one[1] == who]

        if balance:
            load(engine, balance, who)
        arrive(engine, *(redeemed(day, stored(amount), member=who) for amount in spent))
        assert owes() == debts, place
        if later:
            load(engine, later, who)
        assert owes() == open_then, place
        assert held(engine, whose=who) == balance + later - sum(spent)


def test_a_refund_settles_what_its_sale_overspent(engine: Engine, day: BranchDay) -> None:
    sale = redeemed(day, stored(1000))
    arrive(engine, sale)
    arrive(engine, refund_of(day, sale, 600))
    assert owed(engine) == [(sale.receipt, ANN, 400, 0)]


def test_a_person_settles_with_a_reason_and_once(engine: Engine, day: BranchDay) -> None:
    sale, other = redeemed(day, stored(1000)), redeemed(day, in_points(250, 500))
    earn(engine, 100)
    arrive(engine, sale, other)
    assert owed(engine) == [(other.receipt, ANN, 200, 400), (sale.receipt, ANN, 1000, 0)]
    with engine.begin() as connection:
        settle = (sale.uuid, "stored_value", ANN, "paid")
        with pytest.raises(RefusalError, match="Say why"):
            receivables.settle(connection, *settle, " ", "ADMIN", NOON)
        receivables.settle(connection, *settle, "in cash", "ADMIN", NOON)
        with pytest.raises(RefusalError, match="no open receivable"):
            receivables.settle(connection, *settle, "again", "ADMIN", NOON)
        receivables.settle(connection, other.uuid, "points", ANN, "waived", "ours", "ADMIN", NOON)
        (kept,) = notes_on(connection, "receivable.", sale.uuid)
    assert kept.reason == f"{sale.receipt} stored_value {ANN} 1000 paid: in cash"
    assert (owed(engine), held(engine), held(engine, "points")) == ([], 0, 0)


def test_merged_members_have_one_account(engine: Engine, day: BranchDay) -> None:
    load(engine, 1000)
    arrive(engine, replace(redeemed(day, stored(1500)), member="9002"))
    assert [one[2] for one in owed(engine)] == [1500]
    member(engine, "9002", merged=ANN)
    assert held(engine) == held(engine, whose="9002") == -500
    assert [one[2] for one in owed(engine)] == [500]
    load(engine, 900, "9002")
    assert ask(engine, "t1", 1000).available == 400
    assert ask(engine, "t2", 1000, account="9002").why == "nothing_available"


def test_nobodys_redemption_is_kept_flagged_and_owed(engine: Engine, day: BranchDay) -> None:
    sale = redeemed(day, stored(1000), in_points(100, 10), member=None)
    unnamed = refund_of(day, sale, 300)
    (tender,) = unnamed.tenders
    arrive(engine, sale, replace(unnamed, tenders=(replace(tender, original_tender=None),)))
    assert owed(engine) == [(sale.receipt, "", 100, 10), (sale.receipt, "", 1000, 0)]
    with engine.connect() as connection:
        flags = [one.flags for one in connection.execute(select(ticket).order_by(ticket.c.uuid))]
        assert points.owing(connection, 9) == []
    assert flags == [
        [
            "redemption: tender 1 redeems stored_value of no member",
            "redemption: tender 2 redeems points of no member",
        ],
        ["redemption: tender 1 gives back stored_value of no sale that it names"],
    ]
    arrive(engine, refund_of(day, sale, 1000), refund_of(day, sale, 100, 2))
    assert owed(engine) == []


def test_what_was_paid_otherwise_is_given_back_to_no_account_and_flagged(
    engine: Engine, day: BranchDay
) -> None:
    sale = redeemed(day, TenderLine("card", 1000))
    refund = refund_of(day, sale, 400)
    refund = replace(refund, tenders=(replace(refund.tenders[0], kind="stored_value"),))
    said = "gives back stored_value by tender 1, which was paid with card"
    for order in ((sale, refund), (refund, sale)):
        for one in order:
            arrive(engine, one)
        with engine.connect() as connection:
            flags = connection.execute(select(ticket.c.flags).where(ticket.c.uuid == refund.uuid))
            found = flags.scalar_one()
        assert found == [f"redemption: refund of {sale.uuid} {said}"]
        assert (held(engine), owed(engine)) == (0, [])
        forget(engine)


def test_a_person_adjusts_with_a_reason(engine: Engine) -> None:
    with engine.begin() as connection:
        stored_value.adjust(connection, ANN, -40, "ADMIN", " counted twice ", NOON)
        with pytest.raises(RefusalError, match="Say why"):
            stored_value.adjust(connection, ANN, 5, "ADMIN", " ", NOON)
        with pytest.raises(RefusalError, match="Nought"):
            stored_value.adjust(connection, ANN, 0, "ADMIN", "why", NOON)
        (entry,) = stored_value.newest(connection, [ANN], 9)
        (kept,) = notes_on(connection, "member.", ANN)
    assert (entry.kind, entry.amount, entry.reason) == ("adjusted", -40, "counted twice")
    assert kept.reason == "-40 counted twice"


# --- reservations ---


#: What an account has, what is asked for, and what is reserved where 3 points pay 0.10.
AVAILABLE: tuple[tuple[int, RedeemedKind, int, Reserved], ...] = (
    (5000, "stored_value", 3000, Reserved("", 3000, 0, "", 5000)),
    (5000, "stored_value", 9000, Reserved("", 5000, 0, "", 5000)),
    (5000, "stored_value", 0, Reserved("", 0, 0, "", 5000)),
    (0, "stored_value", 100, Reserved("nothing_available")),
    (-50, "stored_value", 100, Reserved("nothing_available")),
    (250, "points", 9000, Reserved("", 833, 250, "", 833)),
    (250, "points", 100, Reserved("", 100, 30, "", 833)),
    (0, "points", 100, Reserved("nothing_available")),
)


def test_what_is_available_is_reserved(engine: Engine) -> None:
    worth(engine, 3, 10)
    for place, (balance, kind, asked, expected) in enumerate(AVAILABLE):
        who = f"M{place}"
        member(engine, who)
        if balance:
            (earn if kind == "points" else load)(engine, balance, who)
        assert ask(engine, f"t{place}", asked, kind, account=who) == expected, place


def test_who_is_unknown_and_what_is_not_offered_reserves_nothing(engine: Engine) -> None:
    load(engine, 100, "M?")
    earn(engine, 100)
    assert ask(engine, "t1", 100, account="M?").why == "unknown_member"
    assert ask(engine, "t1", 100, "points").why == "not_offered"


def test_a_reservation_keeps_others_away_until_its_ticket_or_its_end_comes_or_it_lapses(
    engine: Engine, day: BranchDay
) -> None:
    load(engine, 1000)
    sale = redeemed(day, stored(200))
    assert ask(engine, sale.uuid, 700).amount == 700
    assert ask(engine, sale.uuid, 900).amount == 900, (
        "asked anew, its own does not stand in its way"
    )
    assert ask(engine, "t2", 700).amount == 100
    assert ask(engine, "t9", 1).why == "nothing_available"
    ended = BasketCancelled("t2", "N001", LANE, MONDAY, "N001-C1", NOON, 100, 1)
    held = Basket()
    aside = BasketSuspended(
        "s1", "t9", "N001", LANE, MONDAY, "N001-C1", NOON, "Ann", NOON, 100, 1, held
    )
    arrive(engine, ended)
    assert ask(engine, "t9", 40).amount == 40
    arrive(engine, aside, sale)
    assert ask(engine, "t3", 9000).amount == 800, "what the ticket used counts, not what it asked"
    for over in (sale.uuid, "t2"):
        with pytest.raises(ValueError, match="has ended"):
            ask(engine, over, 1)
    assert ask(engine, "t4", 1).why == "nothing_available"
    lapsed = NOON + timedelta(days=10)
    assert ask(engine, "t4", 1, at=lapsed).amount == 1
    with engine.connect() as connection:
        open_ = reservations.still_open(connection, lapsed)
        assert [one.ticket for one in open_] == ["t4"]
    assert reservations.forgetting(engine, NOON + timedelta(days=29)) == 0
    assert reservations.forgetting(engine, NOON + timedelta(days=31)) == 3
    assert reservations.forgetting(engine, NOON + timedelta(days=41)) == 1


def test_a_reservation_asks_as_a_lane_and_for_its_own_branch(engine: Engine) -> None:
    load(engine, 1000)
    ask(engine, "t1", 700)
    assert ask(engine, "t1", 700, lane="N001.02").amount == 700
    for lane, words in (("N002.01", "another branch"), ("N001", "is no lane")):
        with pytest.raises(ValueError, match=words):
            ask(engine, "t1", 1, lane=lane)
    with pytest.raises(ValueError, match="nought or more"):
        ask(engine, "t1", -1)


def test_two_tills_that_redeem_the_same_at_once_get_it_once(engine: Engine) -> None:
    load(engine, 1000)
    got: list[int] = []
    with engine.connect() as first, first.begin():
        accounts.hold(first, "account", [accounts.key_of("stored_value", ANN)])
        both = [
            threading.Thread(target=lambda name=name: got.append(ask(engine, name, 800).amount))
            for name in ("t1", "t2")
        ]
        for one in both:
            one.start()
        assert got == []
    for one in both:
        one.join()
    assert sorted(got) == [200, 800]


def test_an_offline_ticket_that_took_what_was_reserved_is_owed_when_both_have_come(
    engine: Engine, day: BranchDay
) -> None:
    load(engine, 1000)
    reserved, offline = redeemed(day, stored(1000)), redeemed(day, stored(600, "G1"), lane=1)
    assert ask(engine, reserved.uuid, 1000).amount == 1000
    arrive(engine, offline)
    assert owed(engine) == []
    arrive(engine, reserved)
    assert [one[2] for one in owed(engine)] == [600]


def test_an_inquiry_is_decided_once(engine: Engine) -> None:
    load(engine, 1000)
    decisions = Decisions(lambda: NOON, DECIDERS)
    body = body_of(Redeeming("t1", "stored_value", ANN, 600, ANN))
    inquiry = Inquiry(uuid="u1", kind=REDEEM, body=body, asked_by=LANE, budget_ms=2000)
    told: list[Finding] = []
    for _ in range(2):
        with engine.begin() as connection:
            told.append(decisions.decide(connection, inquiry))
    assert told[0] == told[1]
    assert ask(engine, "t2", 600).amount == 400


def test_a_member_is_told_what_is_available(engine: Engine) -> None:
    worth(engine)
    load(engine, 1000)
    earn(engine, 250)
    ask(engine, "t1", 300)
    answer = answerers(lambda: NOON)[ACCOUNT]
    with engine.connect() as connection:
        told = answer(connection, {"member": ANN})
        assert told.certain
        assert read_account(told.body) == Account(ANN, 250, PointsRate(100, 100), 700)
        unknown = answer(connection, {"member": "M?"})
        assert (unknown.outcome, unknown.certain) == ("unknown", True)
        with pytest.raises(ValueError, match="name the member"):
            answer(connection, {})
