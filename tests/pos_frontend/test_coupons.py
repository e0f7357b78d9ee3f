"""Coupons at the till: presented, taken off, kept, reserved by headquarters or out of a grant, and used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pos_frontend.errors import TillError
from pos_frontend.kept_basket import KeptBasket
from pos_frontend.redeeming import Redemptions
from pos_frontend.screen import coupons as side
from pos_frontend.screen import protocol
from pos_frontend.screen.promoted import coupon_pictures
from pos_frontend.suspending import Resuming
from pos_frontend.till import Till
from replication import journal
from replication.inquiry import NotAnsweredError
from replication.inquiry_desk import InquiryDesk
from replication.messages import Inquiry, InquiryAnswer
from replication.streams import journal_of
from schemas.domain.promotion.effect import CouponOff, PercentOff, SpendGift
from schemas.domain.promotion.promotion import Period, Who
from schemas.domain.promotion.sale import PresentedCoupon
from schemas.domain.redemption import Grant
from schemas.domain.suspension import BasketSuspended
from schemas.domain.ticket import CouponUsed, Ticket, discrepancies
from schemas.domain.till import BasketCancelled
from schemas.tables.base import open_sqlite, reading
from schemas.wire import entries
from schemas.wire.records import Item
from schemas.wire.redemption import REDEEM, Reserved, body_of, read_redeeming
from tests.pos_frontend.shop import BREAD, LANE, LONG_AGO, MILK, NOON, Scene, price
from tests.pos_frontend.test_offers import Feed
from tests.pos_frontend.test_suspended import aside, facts
from tests.schemas.domain.promotion.offers import offer

LEAFLET = offer("S1", CouponOff(1000, 200), who=Who(coupon="SPRING"))
ONCE = offer("S2", CouponOff(0, 300), who=Who(coupon="ONCE", single_use=True), mode="compound")
NUMBER = "ONCE-7Q2M94KX"


class Headquarters:
    """What answers about coupons: by number the kind that it reserves, or why it does not."""

    def __init__(self) -> None:
        self.coupons: dict[str, Reserved] = {NUMBER: Reserved(amount=1, coupon_kind="ONCE")}
        self.asked: list[tuple[str, str, str]] = []
        self.down = False

    def inquire(self, inquiry: Inquiry, seconds: float) -> InquiryAnswer:
        """See `Above`."""
        del seconds
        if self.down:
            raise NotAnsweredError("line_down", "the line is down")
        wanted = read_redeeming(inquiry.body)
        assert (inquiry.kind, wanted.kind) == (REDEEM, "coupon")
        self.asked.append((wanted.ticket, wanted.account, wanted.member))
        said = self.coupons.get(wanted.account, Reserved("unknown_coupon"))
        return InquiryAnswer(
            uuid=inquiry.uuid, outcome="found", answered_by="hq", body=body_of(said)
        )

    def cancel(self, uuid: str) -> None:
        """See `Above`."""

    def close(self) -> None:
        """See `Above`."""


class Asking:
    """The till's page, as far as it has coupons reserved."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.above = scene, Headquarters()
        self.desk = InquiryDesk(LANE, open_sqlite(str(scene.data / "journal.db")), {}, self.above)
        self.redemptions = Redemptions(self.desk, scene.journal.grants, scene.clock)

    def reserve(self, *, training: bool = False) -> Any:  # noqa: ANN401 - JSON
        """Have the next coupon reserved; what is told of it, nothing in a training."""
        request = protocol.Plain(id=1, do="reserve_coupon")
        begun = side.asked(self.redemptions, self.scene.till, request, training=training)
        if begun is None:
            return None
        underway, _ = begun
        assert side.is_about_one(underway)
        answer = underway.wait()
        return side.ended(self.redemptions, self.scene.till, underway, answer)["coupon"]

    def grant(self, amount: int, cap: int) -> None:
        """Have the lane hold a grant of coupons."""
        with reading(self.scene.both.journal) as connection:
            epoch = journal.head_of(connection, journal_of(LANE)).epoch
        until = NOON + timedelta(days=1)
        self.scene.journal.grants.take([Grant("G1", "coupon", LANE, epoch, amount, cap, until)])


@pytest.fixture
def till(scene: Scene) -> Till:
    Feed(scene).offer(LEAFLET, ONCE)
    return scene.ready()


@pytest.fixture
def asking(scene: Scene, till: Till) -> Iterator[Asking]:
    made = Asking(scene)
    assert made.scene.till is till
    yield made
    made.desk.close()


def standing(till: Till) -> list[tuple[str, str, int]]:
    assert till.sale is not None
    return [(one["number"], one["why"], one["off"]) for one in coupon_pictures(till.sale)]


def total(till: Till) -> int:
    assert till.sale is not None
    return till.sale.totals.total


def paid(till: Till) -> Ticket:
    assert till.tender("cash")
    assert till.last is not None
    assert discrepancies(till.last) == []
    return till.last


def refusal(till: Till, code: str) -> str:
    before = till.sale
    with pytest.raises(TillError) as refused:
        till.scan(code)
    assert till.sale == before
    return refused.value.code


def test_a_leaflet_is_scanned_and_takes_off_what_it_says_once_its_minimum_is_reached(
    till: Till,
) -> None:
    till.scan(MILK)
    till.scan("SPRING")
    assert (standing(till), total(till)) == ([("SPRING", "minimum", 0)], 350)
    till.scan(BREAD)
    assert (standing(till), total(till)) == ([("SPRING", "", 200)], 1049)
    till.void_line(2)
    assert (standing(till), total(till)) == ([("SPRING", "minimum", 0)], 350)
    till.scan(BREAD)
    till.take_coupon_off(1)
    assert (standing(till), total(till)) == ([], 1249)
    till.scan("SPRING-0001")
    ticket = paid(till)
    assert (ticket.total, ticket.coupons) == (1049, ())
    assert [one.rule for line in ticket.sold() for one in line.discounts] == ["S1", "S1"]


def test_a_code_is_first_looked_up_as_it_is(scene: Scene, till: Till) -> None:
    water = Item(item="SPRING", name="Spring water", category="", unit="piece")
    Feed(scene).publish(water, price("book", "SPRING", 500))
    till.scan("SPRING")
    assert till.sale is not None
    assert [line.item for line in till.sale.lines] == ["SPRING"]
    assert standing(till) == []


def test_what_is_refused(scene: Scene, till: Till) -> None:
    soon = offer("S3", PercentOff(1000), who=Who(coupon="SOON"))
    over = offer("S4", PercentOff(1000), who=Who(coupon="OVER"))
    evening = offer("S5", PercentOff(1000), who=Who(coupon="LATE"))
    Feed(scene).offer(
        replace(soon, period=Period(NOON + timedelta(days=1))),
        replace(over, period=Period(LONG_AGO, NOON)),
        replace(evening, period=Period(LONG_AGO, weekdays=(7,))),
    )
    till.scan(MILK)
    till.scan("SPRING-0001")
    refusals = {
        code: refusal(till, code)
        for code in (
            "SPRING-0001",
            "SOON",
            "OVER-1",
            "LATE",
            "ONCE",
            "OTHER-1",
            "2*SPRING",
            "spring",
        )
    }
    assert refusals == {
        "SPRING-0001": "coupon_twice", "SOON": "coupon_not_yet", "OVER-1": "coupon_expired",
        "LATE": "coupon_not_now", "ONCE": "coupon_serial", "OTHER-1": "unknown_item",
        "2*SPRING": "unknown_item", "spring": "unknown_item",
    }  # fmt: skip
    for number in range(2, 21):
        till.scan(f"SPRING-{number:04}")
    assert refusal(till, "SPRING-0021") == "coupon_many"
    with pytest.raises(TillError, match="no_coupon"):
        till.take_coupon_off(21)
    with pytest.raises(TillError, match="unknown_coupon"):
        till.present_coupon("OTHER-1")


def test_one_that_an_offer_asks_for_pays_no_amount_and_any_other_does(till: Till) -> None:
    till.scan(MILK)
    with pytest.raises(TillError, match="coupon_of_offer"):
        till.tender("coupon", "1.00", "SPRING-1")
    assert not till.tender("coupon", "1.00", "CP-77")
    with pytest.raises(TillError, match="not_while_tendering"):
        till.present_coupon("SPRING-1")


def test_headquarters_reserves_one_for_the_basket_and_the_ticket_names_it(
    till: Till, asking: Asking
) -> None:
    till.scan(BREAD)
    till.scan(NUMBER)
    assert (standing(till), total(till)) == ([("ONCE-****94KX", "unreserved", 0)], 899)
    basket = till.basket_uuid
    said = asking.reserve()
    assert (said["number"], said["ok"], said["offline"]) == ("ONCE-****94KX", True, False)
    assert asking.above.asked == [(basket, NUMBER, "")]
    assert (standing(till), total(till)) == ([("ONCE-****94KX", "", 300)], 599)
    with pytest.raises(TillError, match="no_coupon"):
        asking.reserve()
    assert paid(till).coupons == (CouponUsed(NUMBER, "ONCE", None, "S2"),)


def test_one_that_took_nothing_off_is_not_used(scene: Scene, till: Till, asking: Asking) -> None:
    Feed(scene).offer(replace(ONCE, effect=CouponOff(5000, 300)))
    till.scan(BREAD)
    till.scan(NUMBER)
    asking.reserve()
    assert standing(till) == [("ONCE-****94KX", "minimum", 0)]
    assert paid(till).coupons == ()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (Reserved("coupon_used"), "redeem_coupon_used"),
        (Reserved("coupon_of_another"), "redeem_coupon_of_another"),
        (Reserved(amount=1, coupon_kind="SPRING"), "redeem_unknown_coupon"),
    ],
)
def test_one_that_headquarters_does_not_reserve_is_taken_off_with_words(
    till: Till, asking: Asking, said: Reserved, why: str
) -> None:
    asking.above.coupons[NUMBER] = said
    till.scan(BREAD)
    till.scan(NUMBER)
    told = asking.reserve()
    assert (told["ok"], told["error"]["code"]) == (False, why)
    assert (standing(till), total(till)) == ([], 899)


def test_with_the_line_down_a_grant_lets_so_many_through_and_none_lets_none(
    scene: Scene, till: Till, asking: Asking
) -> None:
    asking.above.down = True
    till.scan(BREAD)
    till.scan(NUMBER)
    assert asking.reserve()["error"]["code"] == "redeem_offline"
    asking.grant(amount=2, cap=2)
    for number in (NUMBER, "ONCE-2", "ONCE-3"):
        till.scan(number)
    assert [asking.reserve()["ok"] for _ in range(3)] == [True, True, False]
    # One of a kind is used up by a basket; the grant is used by what the ticket names.
    assert paid(till).coupons == (CouponUsed("ONCE-2", "ONCE", "G1", "S2"),)
    (held,) = scene.journal.grants.held()
    assert dict(held.used.by_account) == {"": 1}


def test_an_answer_for_a_basket_that_ended_changes_nothing(till: Till, asking: Asking) -> None:
    till.scan(BREAD)
    till.scan(NUMBER)
    request = protocol.Plain(id=1, do="reserve_coupon")
    begun = side.asked(asking.redemptions, till, request, training=False)
    assert begun is not None
    paid(till)
    till.scan(MILK)
    told = side.ended(asking.redemptions, till, begun[0], begun[0].wait())["coupon"]
    assert (told["ok"], told["error"]["code"]) == (False, "redeem_late")
    assert total(till) == 350


def test_one_that_is_reserved_while_it_is_paid_for_counts_when_the_tenders_are_given_back(
    till: Till, asking: Asking
) -> None:
    till.scan(BREAD)
    till.scan(NUMBER)
    till.tender("cash", "1.00")
    assert asking.reserve()["ok"]
    assert total(till) == 899
    till.back()
    assert total(till) == 599


def test_for_another_member_it_is_reserved_anew(till: Till, asking: Asking) -> None:
    till.scan(BREAD)
    till.scan(NUMBER)
    asking.reserve()
    till.set_member("9001")
    assert standing(till) == [("ONCE-****94KX", "unreserved", 0)]
    assert asking.reserve()["ok"]
    assert [member for _, _, member in asking.above.asked] == ["", "9001"]
    till.set_member("9001")
    assert (standing(till), total(till)) == ([("ONCE-****94KX", "", 300)], 599)


def test_nobody_is_asked_in_a_training(till: Till, asking: Asking) -> None:
    till.scan(BREAD)
    till.scan("ONCE-anything")
    assert asking.reserve(training=True) is None
    assert (asking.above.asked, total(till)) == ([], 599)


def test_coupons_stay_with_a_suspended_basket_and_are_reserved_anew(
    scene: Scene, till: Till, asking: Asking
) -> None:
    till.scan(BREAD)
    till.scan("SPRING")
    till.scan(NUMBER)
    asking.reserve()
    fact = aside(scene)
    assert fact.held.coupons == (
        PresentedCoupon("SPRING", "SPRING"),
        PresentedCoupon(NUMBER, "ONCE"),
    )
    kind, version = entries.kind_of(fact)
    assert entries.decode(kind, version, entries.encode(fact)) == fact
    till.resume(Resuming(fact, claimed=True, current=False))
    assert standing(till) == [("SPRING", "minimum", 0), ("ONCE-****94KX", "unreserved", 0)]
    assert asking.reserve()["ok"]
    first, second = asking.above.asked
    assert (first[0], second[0]) == (fact.basket, till.basket_uuid)
    assert total(till) == 599


def test_a_cut_brings_the_coupons_back_as_they_were(
    scene: Scene, till: Till, asking: Asking, tmp_path: Path
) -> None:
    till.scan(BREAD)
    till.scan(NUMBER)
    asking.reserve()
    kept = KeptBasket(tmp_path)
    kept.start()
    kept.keep(till.sale)
    kept.stop()
    back = kept.kept()
    assert back == till.sale
    scene.keeps.sale = back
    again = scene.restart()
    assert again.sale is not None
    assert again.sale.used_coupons == (CouponUsed(NUMBER, "ONCE", None, "S2"),)


def test_a_restored_lane_does_not_go_on_with_a_coupon_out_of_an_old_grant(
    scene: Scene, till: Till, asking: Asking
) -> None:
    asking.above.down = True
    asking.grant(amount=1, cap=1)
    till.scan(BREAD)
    till.scan(NUMBER)
    assert asking.reserve()["offline"]
    scene.journal.grants.take([])
    again = scene.restart()
    assert again.sale is not None
    assert (standing(again), total(again)) == ([("ONCE-****94KX", "unreserved", 0)], 899)


def test_a_basket_of_coupons_alone_that_is_cancelled_says_so(scene: Scene, till: Till) -> None:
    till.scan("SPRING")
    till.cancel()
    (fact,) = facts(scene, BasketCancelled)
    assert (fact.lines, fact.amount) == (0, 0)
    assert facts(scene, BasketSuspended) == []


def test_a_gift_for_a_coupon_uses_it_when_it_is_taken(scene: Scene, till: Till) -> None:
    Feed(scene).offer(
        offer("S9", SpendGift(500, "1001", "piece"), who=Who(coupon="GIFT", single_use=True))
    )
    till.scan(BREAD)
    till.scan("GIFT-1")
    till.reserve_coupon("GIFT-1", "")
    assert standing(till) == [("GIFT-1", "gift", 0)]
    till.take_gifts()
    assert standing(till) == [("GIFT-1", "", 350)]
    assert paid(till).coupons == (CouponUsed("GIFT-1", "GIFT", None, "S9"),)
