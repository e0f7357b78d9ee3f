"""Training: everything of a till, and nothing of it outside the folder of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from pos_frontend.authority import Door
from pos_frontend.customer import CustomerSide
from pos_frontend.devices.layout import Receipt
from pos_frontend.devices.practice import Practice
from pos_frontend.devices.sheet import Style
from pos_frontend.devices.slip import Slip
from pos_frontend.drawer import Moving
from pos_frontend.errors import TillError
from pos_frontend.lane import Lane as LaneParts
from pos_frontend.lookup import kept_counts
from pos_frontend.payment.book import PaymentBook
from pos_frontend.payment.payments import Payments
from pos_frontend.payment.terminal import Charge, Refund, Said
from pos_frontend.promotion_uses import Used
from pos_frontend.returns import GivingBack
from pos_frontend.settings import Language
from pos_frontend.training import Training
from schemas.domain.promotion.effect import CouponOff, PercentOff
from schemas.domain.promotion.promotion import Limits, Who
from schemas.domain.ticket import TenderKind
from schemas.domain.till_settlement import BatchTotal
from schemas.tables.base import reading
from schemas.tables.journal import journal_entry
from schemas.tables.lane import lane_counter, promotion_use
from schemas.tables.suspended import lane_suspended
from schemas.wire.records import ExchangeRate
from tests.pos_frontend.at_page import NOBODY, Lane
from tests.pos_frontend.shop import (
    BRANCH,
    BREAD,
    CHAIN,
    DAY,
    LANE,
    LONG_AGO,
    MILK,
    Scene,
    chain_records,
    load,
)
from tests.pos_frontend.test_membership import KEY, POINT_A_YUAN
from tests.pos_frontend.test_offers import record
from tests.pos_frontend.test_returns import found
from tests.schemas.domain.promotion.offers import offer

MANAGER = {"operator": "M1", "pin": "9999"}
SERIES = f"{LANE}.T"
DRAWER = b"\x1bp"


def live(scene: Scene) -> tuple[Any, ...]:
    """All that the lane's own file holds."""
    with reading(scene.both.journal) as connection:
        return tuple(
            tuple(connection.execute(select(table)))
            for table in (journal_entry, lane_counter, lane_suspended, promotion_use)
        )


@pytest.fixture
def lane(at_work: Callable[[str], Lane]) -> Lane:
    return at_work(NOBODY)


def done(lane: Lane, do: str, **fields: object) -> Any:  # noqa: ANN401 - the state
    answer = lane.ask(do, **fields)
    assert answer["ok"], answer
    return answer["state"]


def refused(lane: Lane, do: str, **fields: object) -> str:
    answer = lane.ask(do, **fields)
    assert not answer["ok"]
    code: str = answer["error"]["code"]
    return code


def test_a_training_sells_and_nothing_of_it_is_the_lanes(scene: Scene, lane: Lane) -> None:
    once = offer("S1", CouponOff(0, 300), who=Who(coupon="ONCE", single_use=True))
    load(scene.data, {CHAIN: [*chain_records(), record(once)]})
    before = live(scene)
    state = done(lane, "begin_training", **MANAGER)
    assert (state["training"], state["state"], state["lane"]["lane"]) == (True, "selling", SERIES)
    assert state["operator"]["operator"] == "C1"
    done(lane, "scan", code=MILK)
    done(lane, "scan", code=BREAD)
    done(lane, "suspend", name="x")
    listing = lane.ask("suspended")["suspended"]
    (mine,) = listing["baskets"]
    done(lane, "resume", suspended=mine["uuid"])
    while not (state := done(lane, "state"))["basket"]["lines"]:
        threading.Event().wait(0.005)
    assert (state["basket"]["total"], state["basket"]["count"]) == (1249, 2)
    state = done(lane, "tender", kind="card")
    assert state["last"]["receipt"] == f"{SERIES}-000001"
    done(lane, "move_cash", movement="pickup", amount="100", reason="x")
    done(lane, "scan", code=BREAD)
    done(lane, "scan", code="ONCE-1")
    assert done(lane, "reserve_coupon")["basket"]["total"] == 599
    done(lane, "cancel")
    found = lane.look_up("1")
    assert (found["by"], found["complete"], found["ticket"]["total"]) == ("lane", True, 1249)
    done(lane, "scan", code=MILK)
    done(lane, "cancel")
    done(lane, "end_shift")
    state = done(lane, "end_training")
    assert (state["training"], state["state"], state["lane"]["lane"]) == (False, "signed_out", LANE)
    assert state["shift"]["operator"] == "C1"
    assert state["last"] is None
    assert live(scene) == before
    assert kept_counts(scene.data).get("asked", 0) == 0
    done(lane, "sign_in", operator="C1", pin="1111")
    done(lane, "scan", code=MILK)
    assert done(lane, "tender", kind="cash")["last"]["receipt"] == f"{LANE}-000001"
    lane.spool.stop()
    assert lane.paper.printed[0] == f"{SERIES}-000001"


def test_it_is_begun_by_authority_between_two_baskets_and_ended_by_anybody(lane: Lane) -> None:
    assert refused(lane, "begin_training") == "authority"
    assert refused(lane, "begin_training", operator="C2", pin="2222") == "no_right"
    assert refused(lane, "begin_training", operator="M1", pin="0000") == "pin"
    done(lane, "scan", code=MILK)
    assert refused(lane, "begin_training", **MANAGER) == "basket_open"
    done(lane, "cancel")
    assert not done(lane, "end_training")["training"]
    done(lane, "begin_training", **MANAGER)
    assert refused(lane, "begin_training", **MANAGER) == "in_training"
    done(lane, "scan", code=MILK)
    done(lane, "tender", kind="coupon", reference="K", amount="1")
    assert not done(lane, "end_training")["training"]
    assert refused(lane, "begin_training", **MANAGER) == "not_while_signed_out"


def test_a_training_that_was_killed_is_over_and_its_numbers_go_on(
    scene: Scene, at_work: Callable[[str], Lane]
) -> None:
    first = at_work(NOBODY)
    done(first, "begin_training", **MANAGER)
    done(first, "scan", code=MILK)
    done(first, "tender", kind="cash")
    done(first, "scan", code=MILK)
    # Another process on the same files: what the first had in memory is gone.
    scene.restart()
    second = at_work(NOBODY)
    state = done(second, "state")
    assert (state["training"], state["basket"]["lines"]) == (False, [])
    state = done(second, "begin_training", **MANAGER)
    assert (state["state"], state["basket"]["lines"]) == ("selling", [])
    done(second, "scan", code=MILK)
    assert done(second, "tender", kind="cash")["last"]["receipt"] == f"{SERIES}-000002"


class Untouched:
    """A terminal that nobody may ask."""

    def authorize_sales(self, charge: Charge) -> Said:
        raise AssertionError(charge)

    def authorize_refund(self, refund: Refund) -> Said:
        raise AssertionError(refund)

    def query(self, reference: str) -> Said:
        raise AssertionError(reference)

    cancel = authorize_void = query

    def settle(self, reference: str) -> tuple[BatchTotal, ...]:
        raise AssertionError(reference)


@pytest.fixture
def training(scene: Scene, tmp_path: Path) -> Iterator[Training]:
    payments = Payments(PaymentBook(tmp_path), Untouched())
    own = LaneParts(
        LANE, BRANCH, scene.catalogue, scene.journal, scene.prints, scene.keeps, scene.clock,
        lambda: "无码商品", None, payments, member_key=KEY,
    )  # fmt: skip
    made = Training(own, scene.data, Door(scene.catalogue), scene.prints, current_prices=False)
    yield made
    made.end()


@pytest.mark.parametrize("kind", ["card", "qr"])
def test_the_lanes_terminal_is_not_asked_and_the_payment_is_approved(
    scene: Scene, training: Training, kind: TenderKind
) -> None:
    said = threading.Event()
    training.heard = said.set
    operator = scene.catalogue.operator("C1")
    assert operator is not None
    till = training.begin(operator).till
    assert till.has_terminal
    till.scan(MILK)
    till.tender(kind, None, "134500000000000000")
    assert said.wait(30)
    till.follow_payments()
    assert till.last is not None
    (paid,) = till.last.tenders
    assert (paid.kind, paid.amount, till.last.receipt) == (kind, 350, f"{SERIES}-000001")
    assert paid.authorization is not None
    assert paid.authorization.approval_code == "TRAINING"
    till.give_back(found(till.last), GivingBack(1))
    said.clear()
    till.tender(kind)
    assert said.wait(30)
    till.follow_payments()
    (back,) = till.last.tenders
    assert (back.kind, back.amount, till.last.receipt) == (kind, -350, f"{SERIES}-000002")


def test_what_members_earn_and_what_is_limited_and_every_tender_stay_in_a_training(
    scene: Scene, training: Training
) -> None:
    limited = replace(offer("S1", PercentOff(1000), "1001"), limits=Limits(day=1))
    dollar = ExchangeRate(currency="USD", local_currency="CNY", starts=LONG_AGO, rate=7_000_000)
    load(scene.data, {CHAIN: (POINT_A_YUAN, record(limited), dollar)})
    before, operator = live(scene), scene.catalogue.operator("C1")
    assert operator is not None
    station = training.begin(operator)
    till = station.till
    till.scan(MILK)
    till.register_member("李四", "13600000000")
    till.tender("voucher", "1", "V-1")
    till.tender("foreign", "1", currency="USD")
    assert till.last is not None
    assert [one.kind for one in till.last.tenders] == ["voucher", "foreign"]
    assert [one.points for one in till.last.points] == [3]
    assert station.lane.journal.promotions_used(None, DAY).today == {"S1": 1}
    assert live(scene) == before
    assert scene.journal.promotions_used(None, DAY) == Used()
    scene.member_key = KEY
    scene.restart()
    with pytest.raises(TillError, match="unknown_member"):
        scene.ready().set_member("13600000000")


@pytest.mark.parametrize("width", [58, 80])
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_paper_is_marked_from_head_to_foot_and_the_drawer_stays_shut(
    scene: Scene, width: int, language: Language
) -> None:
    till, style = scene.ready(), Style(width, language)
    till.scan(MILK)
    till.tender("cash")
    assert till.last is not None
    till.move_cash(Moving("pickup", "10", "x"))
    for sheet in (
        Receipt(till.last, "城西一店", "CNY", 2),
        Slip(scene.prints.slips[0], "城西一店", "Asia/Shanghai", 2),
    ):
        real, marked = sheet.lay_out(style), Practice(sheet).lay_out(style)
        mark = "练习 TRAINING".encode("gbk")
        assert (DRAWER in real, DRAWER in marked) == (True, False)
        assert mark not in real
        rules = real.count(b"-" * (48 if width == 80 else 32))
        assert marked.count(mark) == 2 + rules
        assert mark in Practice(sheet).as_copy().lay_out(style)


def test_the_customers_side_is_closed_and_says_why(scene: Scene) -> None:
    till = scene.ready()
    till.scan(MILK)
    side = CustomerSide(None)
    shown = side.follow(till, till.terms(scene.clock()), "en", scene.clock(), training=True)
    assert shown is not None
    assert (shown.mode, shown.training, shown.lines) == ("closed", True, ())
