"""Single-use coupons at headquarters: issued, reserved, used, given back, and used wrongly."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, delete, select

from hq.audit import notes_on
from hq.inquiries import answerers
from hq.redemption import coupon_uses, coupons, receivables
from hq.redemption.coupons import Terms
from hq.refusal import RefusalError
from schemas.domain.promotion.effect import CouponOff
from schemas.domain.promotion.promotion import Who
from schemas.domain.ticket import CouponUsed, Discount, Original, Returned, Ticket
from schemas.tables.redemption import coupon_use, receivable
from schemas.tables.tickets import ticket, ticket_line, ticket_return, ticket_tender
from schemas.wire.redemption import ACCOUNT, Reserved, WhyNot, read_account
from tests.hq.conftest import NOON, Chain
from tests.hq.day_builder import MONDAY, BranchDay, lanes_of, line
from tests.hq.promotion_scene import drafted, offer
from tests.hq.redeeming import ANN, LANE, arrive, ask, member

KIND = "SPRING"
WEEK = timedelta(days=7)
OF_TICKETS = (ticket, ticket_line, ticket_tender, ticket_return, coupon_use, receivable)


def issued(engine: Engine, of: Terms | None = None) -> str:
    with engine.begin() as connection:
        return coupons.issue(connection, of or Terms(KIND), 1, "ADMIN", NOON)[0]


def state(engine: Engine, number: str) -> str:
    with engine.connect() as connection:
        return coupons.known(connection, [number])[number].state


def used(day: BranchDay, number: str, promotion: str, who: str | None = None) -> Ticket:
    """A sale of two lines, of which a coupon took 2.00 off the second."""
    off = replace(
        line("2", 1000), amount=800, discounts=(Discount("promotion", 200, "x", promotion),)
    )
    sold = day.sell(0, line("1", 500), off, minute=len(day.tickets), member=who)
    return replace(sold, coupons=(CouponUsed(number, KIND),))


def return_of(day: BranchDay, sale: Ticket, number: int) -> Ticket:
    """One line of a sale comes back."""
    was = sale.lines[number - 1]
    source = Original(sale.branch, sale.receipt, sale.uuid, number)
    back = replace(
        was, quantity=-was.quantity, amount=-was.amount, discounts=(), list_price=was.amount,
        returned=Returned(checked=True, original=source),
    )  # fmt: skip
    return day.sell(1, back, hour=13, minute=len(day.tickets))


def owed(connection: Connection) -> list[tuple[str, int, str]]:
    found = receivables.still_open(connection)
    return sorted((one.ticket, one.amount, one.why) for one in found)


def forget(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in OF_TICKETS:
            connection.execute(delete(table))


def test_a_coupon_is_issued_reserved_used_given_back_and_voided(chain: Chain) -> None:
    engine, day = chain.hq.engine, BranchDay("N001", MONDAY, lanes_of("N001"))
    member(engine, ANN, "9002", "9003")
    member(engine, "9003", merged=ANN)
    number = issued(engine)
    assert re.fullmatch(r"SPRING-[2-9A-HJ-NP-Z]{8}", number)
    with engine.begin() as connection:
        asks = replace(offer(CouponOff(amount=200)), who=Who(coupon=KIND))
        promotion = drafted(connection, asks)
    table: list[tuple[str, str, WhyNot]] = [
        (issued(engine), "", ""),
        ("SPRING-NONE", "", "unknown_coupon"),
        (issued(engine, Terms(KIND, starts=NOON + WEEK)), "", "coupon_not_yet"),
        (issued(engine, Terms(KIND, ends=NOON)), "", "coupon_expired"),
        (issued(engine, Terms(KIND, starts=NOON, ends=NOON + WEEK)), "", ""),
        (issued(engine, Terms(KIND, ANN)), "9002", "coupon_of_another"),
        (issued(engine, Terms(KIND, ANN)), "", "coupon_of_another"),
        (issued(engine, Terms(KIND, ANN)), "9003", ""),
    ]
    for place, (of, who, why) in enumerate(table):
        expected = Reserved(why) if why else Reserved(coupon_kind=KIND, available=1)
        assert ask(engine, f"t{place}", 0, "coupon", of, member=who) == expected, place

    sale = used(day, number, promotion)
    assert ask(engine, sale.uuid, 0, "coupon", number).why == ""
    assert ask(engine, sale.uuid, 0, "coupon", number).why == "", "asked anew"
    assert ask(engine, "other", 0, "coupon", number).why == "coupon_used"
    arrive(engine, sale)
    assert state(engine, number) == "used"
    assert ask(engine, "other", 0, "coupon", number).why == "coupon_used"
    arrive(engine, return_of(day, sale, 1))
    assert state(engine, number) == "used", "it took nothing off that line"
    arrive(engine, return_of(day, sale, 2))
    assert state(engine, number) == "issued"
    with engine.begin() as connection:
        with pytest.raises(RefusalError, match="Say why"):
            coupons.void(connection, number, " ", "ADMIN", NOON)
        coupons.void(connection, number, "lost", "ADMIN", NOON)
        with pytest.raises(RefusalError, match="used or void already"):
            coupons.void(connection, number, "again", "ADMIN", NOON)
        with pytest.raises(RefusalError, match="There is no coupon"):
            coupons.void(connection, "SPRING-NONE", "x", "ADMIN", NOON)
        assert [one.reason for one in notes_on(connection, "coupon.void", number)] == ["lost"]
        assert owed(connection) == []
        assert coupons.counted(connection) == {KIND: {"issued": 7, "used": 0, "void": 1}}
    assert ask(engine, "other", 0, "coupon", number).why == "coupon_expired"


def test_a_member_is_told_their_own_and_what_cannot_be_issued_is_refused(chain: Chain) -> None:
    engine = chain.hq.engine
    member(engine, ANN, "9002")
    member(engine, "9002", merged=ANN)
    own = [issued(engine, Terms(KIND, who)) for who in (ANN, "9002", ANN)]
    issued(engine, Terms(KIND, ANN, ends=NOON))
    issued(engine)
    ask(engine, "t1", 0, "coupon", own[2], member=ANN)
    with engine.connect() as connection:
        told = answerers(lambda: NOON)[ACCOUNT](connection, {"member": ANN})
    assert read_account(told.body).coupons == tuple(sorted(own[:2]))
    with engine.begin() as connection:
        for of, count, words in (
            (Terms("2X"), 1, "no kind of coupon"),
            (Terms(KIND), 0, "Between 1 and"),
            (Terms(KIND, "M?"), 1, "no member M?"),
            (Terms(KIND, starts=NOON, ends=NOON), 1, "ends after"),
        ):
            with pytest.raises(RefusalError, match=re.escape(words)):
                coupons.issue(connection, of, count, "ADMIN", NOON)
        given = [("SPRING-1", Terms(KIND))]
        coupons.issue_numbered(connection, given, "ADMIN", NOON)
        for number, words in (
            ("SPRING-1", "before"),
            ("SPRING", "no number"),
            ("X-1", "no number"),
        ):
            with pytest.raises(RefusalError, match=words):
                coupons.issue_numbered(connection, [(number, Terms(KIND))], "ADMIN", NOON)


def test_wrong_uses_are_owed_and_flagged_in_any_order_of_arrival(chain: Chain) -> None:
    engine, day = chain.hq.engine, BranchDay("N001", MONDAY, lanes_of("N001"))
    with engine.begin() as connection:
        asks = replace(offer(CouponOff(amount=200)), who=Who(coupon=KIND))
        promotion = drafted(connection, asks)
    number = issued(engine)
    first, second = used(day, number, promotion), used(day, number, promotion)
    stranger = used(day, "SPRING-NONE", promotion)
    gone = [return_of(day, first, 1), return_of(day, first, 2)]
    for order in ((first, second, stranger), (stranger, second, first)):
        for one in order:
            arrive(engine, one)
        with engine.connect() as connection:
            assert owed(connection) == sorted([
                (second.uuid, 200, "coupon_used"), (stranger.uuid, 200, "unknown_coupon"),
            ])  # fmt: skip
            flags = {one.uuid: one.flags for one in connection.execute(select(ticket))}
        assert flags[first.uuid] == []
        assert flags[second.uuid] == [f"coupon {number} had been used by another ticket"]
        forget(engine)
    for with_returns in ((*gone, first, second), (second, gone[0], first, gone[1])):
        for one in with_returns:
            arrive(engine, one)
        with engine.connect() as connection:
            assert owed(connection) == [], "the first use came back, so the second is right"
        assert state(engine, number) == "used"
        forget(engine)
    arrive(engine, first, second)
    with engine.begin() as connection:
        coupon_uses.post(connection, [first, second])
        settle = (second.uuid, "coupon", number, "waived")
        receivables.settle(connection, *settle, "regular", "ADMIN", NOON)
        assert owed(connection) == []
        coupon_uses.post(connection, [second])
        assert owed(connection) == []
    assert ask(engine, "t", 0, "coupon", number, lane=LANE).why == "coupon_used"
