"""Points and stored value at the till: reserved by headquarters, or out of a grant while nobody answers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pos_frontend.devices.layout import Receipt
from pos_frontend.devices.sheet import Style
from pos_frontend.errors import TillError
from pos_frontend.redeeming import Redemptions
from pos_frontend.refunds import InCash, plan
from pos_frontend.returns import FoundSale, GivingBack
from pos_frontend.screen import protocol
from pos_frontend.screen import redeeming as side
from pos_frontend.settings import Language
from replication.inquiry_desk import Underway
from schemas.domain.redemption import PointsRate
from schemas.domain.refund import refunded_by
from schemas.domain.ticket import OriginalTender, TenderLine, Ticket, discrepancies
from schemas.domain.till import BasketCancelled
from schemas.wire.inquiries import HeldTicket
from schemas.wire.records import PointsRule
from schemas.wire.redemption import Redeeming
from tests.pos_frontend.ledgers import MEMBER, Ledgers, answer_of, granted, redemptions
from tests.pos_frontend.shop import BREAD, CHAIN, MILK, Scene, load, make_lane
from tests.pos_frontend.test_till import standing, tickets, written


class Counter:
    """A till with milk and bread for 12.19 of a member in its basket, below headquarters' ledgers."""

    def __init__(self, scene: Scene, ledgers: Ledgers) -> None:
        self.scene = scene
        self.ledgers = ledgers
        self.redemptions, self.desk = redemptions(scene, ledgers)
        self.till = scene.ready()
        self.fill()

    def fill(self) -> None:
        """Scan the goods, for the member."""
        self.till.scan(MILK)
        self.till.scan(BREAD)
        self.till.set_member(MEMBER)

    def ask(self, kind: str = "stored_value", amount: str = "") -> Underway:
        """Ask for a redemption."""
        said = {"id": 1, "do": "redeem", "kind": kind, "amount": amount}
        request = protocol.Redeem.model_validate({**said, "basket": self.till.basket_uuid})
        begun = side.asked(self.redemptions, self.till, request, training=False)
        assert begun is not None
        return begun[0]

    def told(self, underway: Underway) -> Any:  # noqa: ANN401 - JSON
        """What the page is told of it, and what the till makes of it."""
        return side.ended(self.redemptions, self.till, underway, answer_of(underway)).event[
            "redeemed"
        ]

    def redeem(self, kind: str = "stored_value", amount: str = "") -> Any:  # noqa: ANN401 - JSON
        """Ask, and wait for what is told."""
        return self.told(self.ask(kind, amount))

    def account(self) -> Any:  # noqa: ANN401 - JSON
        """What the page is told of the member's account."""
        request = protocol.AskAccount(id=1, do="account")
        begun = side.asked(self.redemptions, self.till, request, training=False)
        assert begun is not None
        told = side.ended(self.redemptions, self.till, begun[0], answer_of(begun[0]))
        assert not told.changed
        return told.event["account"]

    @property
    def last(self) -> Ticket:
        """The newest ticket."""
        assert self.till.last is not None
        return self.till.last


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a lane once; every test begins with a copy of its files."""
    directory = tmp_path_factory.mktemp("made") / "lane"
    make_lane(directory)
    return directory


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    """Give the data directory of a lane that knows the little shop."""
    return Path(shutil.copytree(made, tmp_path / "lane"))


@pytest.fixture
def ledgers() -> Ledgers:
    return Ledgers()


@pytest.fixture
def counter(scene: Scene, ledgers: Ledgers) -> Iterator[Counter]:
    made = Counter(scene, ledgers)
    yield made
    made.desk.close()


def test_what_is_reserved_pays_and_the_rest_is_paid_otherwise(counter: Counter) -> None:
    assert counter.account() | {"id": ""} == {
        "id": "", "member": MEMBER, "worth": 1000, "points": 1000, "stored_value": 5000, "offline": False,
    }  # fmt: skip
    told = counter.redeem("points", "2.50")
    assert (told["ok"], told["amount"], told["points"], told["offline"], told["left"]) == (
        True, 250, 250, False, 750,
    )  # fmt: skip
    assert standing(counter.till) == "tendering"
    assert counter.redeem("stored_value", "3")["left"] == 4700
    assert counter.till.tender("cash") is True
    assert counter.scene.prints.left == {"points": 750, "stored_value": 4700}
    ticket = counter.last
    assert ticket.tenders == (
        TenderLine("points", 250, points=250), TenderLine("stored_value", 300), TenderLine("cash", 669),
    )  # fmt: skip
    assert (ticket.member, discrepancies(ticket)) == (MEMBER, [])
    assert {one.ticket for _, one in counter.ledgers.asked} == {ticket.uuid}


def test_without_an_amount_as_much_as_there_is_up_to_what_is_due(counter: Counter) -> None:
    told = counter.redeem("points")
    assert (told["amount"], told["asked"], told["points"]) == (1000, 1219, 1000)
    told = counter.redeem()
    assert (told["ok"], told["amount"], told["left"]) == (True, 219, 4781)
    # How many points are left nobody was asked.
    assert counter.scene.prints.left == {"stored_value": 4781}
    assert [one.kind for one in counter.last.tenders] == ["points", "stored_value"]
    assert standing(counter.till) == "selling"


@pytest.mark.parametrize(
    ("before", "amount", "code"),
    [
        ("no member", "", "redeem_member"),
        ("", "20", "tender_exceeds"),
        ("", "0", "tender_amount"),
        ("", "x", "number"),
        ("redeemed", "1", "redeem_twice"),
        ("empty", "", "empty"),
    ],
)
def test_what_is_not_asked_for(counter: Counter, before: str, amount: str, code: str) -> None:
    if before == "no member":
        counter.till.set_member("")
    elif before == "redeemed":
        counter.redeem(amount="1")
    elif before == "empty":
        counter.till.cancel()
    asked = len(counter.ledgers.asked)
    with pytest.raises(TillError, match=code):
        counter.ask(amount=amount)
    assert len(counter.ledgers.asked) == asked


def test_neither_another_basket_nor_a_training_nor_a_till_with_nobody_at_it_asks(
    counter: Counter,
) -> None:
    wanted = {"id": 1, "do": "redeem", "kind": "points", "basket": "another"}
    request = protocol.Redeem.model_validate(wanted)
    account = protocol.AskAccount(id=1, do="account")
    for one, training, code in (
        (request, False, "other_basket"), (request, True, "redeem_training"),
        (account, True, "redeem_training"),
    ):  # fmt: skip
        with pytest.raises(TillError, match=code):
            side.asked(counter.redemptions, counter.till, one, training=training)
    counter.till.cancel()
    with pytest.raises(TillError, match="empty"):
        side.asked(counter.redemptions, counter.till, account, training=False)
    counter.till.sign_out()
    with pytest.raises(TillError, match="not_while_signed_out"):
        side.asked(counter.redemptions, counter.till, account, training=False)


def test_it_is_no_tender_by_itself(counter: Counter) -> None:
    for kind in ("points", "stored_value"):
        with pytest.raises(TillError, match="redeem_first"):
            counter.till.tender(kind, "1")


def test_what_headquarters_refuses_is_told_with_its_reason(counter: Counter) -> None:
    counter.ledgers.why = "not_offered"
    assert counter.redeem("points")["error"]["code"] == "redeem_not_offered"
    counter.ledgers.why, counter.ledgers.stored_value = "", 0
    assert counter.redeem()["error"]["code"] == "redeem_nothing_available"
    counter.ledgers.rate = None
    assert counter.account()["worth"] is None
    assert standing(counter.till) == "selling"


def test_an_answer_with_more_than_was_asked_for_is_none(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    underway = counter.ask(amount="1")
    answer = answer_of(underway)
    more = answer.model_copy(update={"body": {**answer.body, "amount": 9999}})
    told = side.ended(counter.redemptions, counter.till, underway, more).event["redeemed"]
    assert told["error"]["code"] == "redeem_unread"
    refused = answer.model_copy(update={"outcome": "refused", "body": {"reason": "no lane"}})
    told = side.ended(counter.redemptions, counter.till, underway, refused).event["redeemed"]
    assert told["error"] == {"code": "redeem_refused", "values": {"reason": "no lane"}}


def test_one_that_was_not_answered_is_asked_with_the_same_uuid(counter: Counter) -> None:
    counter.ledgers.down = True
    assert counter.redeem(amount="5")["error"]["code"] == "redeem_offline"
    assert counter.redeem(amount="5")["error"]["code"] == "redeem_offline"
    counter.ledgers.down = False
    assert counter.redeem(amount="5")["ok"]
    counter.till.back()
    counter.redeem(amount="5")
    uuids = [uuid for uuid, _ in counter.ledgers.asked]
    assert uuids[0] == uuids[1] == uuids[2] != uuids[3]


def test_what_another_amount_took_the_place_of_is_asked_for_anew(counter: Counter) -> None:
    counter.ledgers.down = True
    counter.redeem(amount="5")
    counter.redeem("points", "1")
    counter.ledgers.down = False
    assert counter.redeem(amount="3")["ok"]
    counter.till.back()
    counter.redeem("points", "1")
    counter.redeem(amount="5")
    asked = [(one.kind, one.amount, uuid) for uuid, one in counter.ledgers.asked]
    five, point, _, same_point, other_five = (uuid for _, _, uuid in asked)
    assert point == same_point
    assert five != other_five


def test_an_answer_that_comes_late_pays_for_no_other_basket(counter: Counter) -> None:
    """The till goes on meanwhile, with another payment and another basket."""
    counter.ledgers.answering.clear()
    underway = counter.ask(amount="5")
    assert counter.till.tender("cash", "20") is True
    counter.ledgers.answering.set()
    assert counter.told(underway)["error"]["code"] == "redeem_late"
    counter.fill()
    counter.ledgers.answering.clear()
    first = counter.ask(amount="5")
    counter.till.cancel()
    counter.fill()
    counter.ledgers.answering.set()
    assert counter.told(first)["error"]["code"] == "redeem_late"
    assert counter.till.sale is not None
    assert counter.till.sale.tenders == ()


def test_an_answer_for_a_member_who_was_taken_off_or_for_more_than_is_due_any_more(
    counter: Counter,
) -> None:
    counter.ledgers.answering.clear()
    underway = counter.ask(amount="10")
    counter.till.set_member("")
    counter.ledgers.answering.set()
    assert counter.told(underway)["error"]["code"] == "redeem_late"
    counter.till.set_member(MEMBER)
    counter.ledgers.answering.clear()
    underway = counter.ask(amount="10")
    counter.till.tender("card", "5")
    counter.ledgers.answering.set()
    assert counter.told(underway)["error"]["code"] == "tender_exceeds"


def test_the_member_stays_while_their_tender_stands_and_it_goes_with_the_others(
    counter: Counter,
) -> None:
    counter.redeem(amount="5")
    for member in ("", MEMBER):
        with pytest.raises(TillError, match="not_while_tendering"):
            counter.till.set_member(member)
    counter.till.back()
    assert counter.till.sale is not None
    assert counter.till.sale.tenders == ()
    counter.redeem(amount="5")
    basket = counter.till.basket_uuid
    counter.till.cancel()
    (cancelled,) = (one for one in written(counter.scene) if isinstance(one, BasketCancelled))
    assert cancelled.uuid == basket  # which frees what is reserved for it


def test_a_basket_that_was_kept_comes_back_with_what_was_redeemed(counter: Counter) -> None:
    counter.redeem("points", "4")
    till = counter.scene.restart()
    till.sign_in("C1", "1111")
    assert till.tender("cash") is True
    assert till.last is not None
    assert till.last.tenders[0] == TenderLine("points", 400, points=400)


def test_what_is_redeemed_earns_as_the_rule_says(counter: Counter) -> None:
    load(counter.scene.data, {CHAIN: [PointsRule(category="*", amount=100, points=1)]})
    assert counter.till.points == 12
    counter.redeem("points", "5")
    assert counter.till.points == 7
    counter.redeem("stored_value", "5")
    assert counter.till.points == 7


# --- out of a grant ---


@pytest.mark.parametrize("kind", ["points", "stored_value"])
def test_with_the_line_down_a_grant_pays_up_to_its_cap(counter: Counter, kind: Any) -> None:  # noqa: ANN401 - a kind
    counter.scene.journal.grants.take([granted(counter.scene, kind, cap=800)])
    counter.ledgers.down = True
    account = counter.account()
    assert (account["offline"], account["points"]) == (True, None)
    assert (account["worth"], account["stored_value"]) == (
        (800, None) if kind == "points" else (None, 800)
    )
    told = counter.redeem(kind)
    assert (told["ok"], told["amount"], told["offline"], told["left"]) == (True, 800, True, None)
    assert counter.till.tender("cash") is True
    cost = 800 if kind == "points" else None
    assert counter.last.tenders[0] == TenderLine(kind, 800, points=cost, grant="G1")
    counter.fill()
    assert counter.redeem(kind)["error"]["code"] == "redeem_offline"  # the member's cap is used up


def test_what_a_basket_that_ended_otherwise_took_is_not_used(counter: Counter) -> None:
    counter.scene.journal.grants.take([granted(counter.scene, cap=800)])
    counter.ledgers.down = True
    for end in (counter.till.back, counter.till.cancel):
        assert counter.redeem()["ok"]
        end()
    counter.fill()
    assert counter.redeem()["amount"] == 800


def test_a_coupon_is_asked_for_by_the_same_way(counter: Counter) -> None:
    wanted = Redeeming(counter.till.basket_uuid, "coupon", "SPRING-1", member=MEMBER)
    asking: Redemptions = counter.redemptions
    underway = asking.ask(wanted)
    one = asking.redeemed(underway, answer_of(underway), counter.till.sale)
    assert (one.amount, one.coupon_kind, one.grant) == (1, "SPRING", None)
    with pytest.raises(TillError, match="redeem_late"):
        counter.till.redeem(one)
    counter.ledgers.down = True
    counter.scene.journal.grants.take([granted(counter.scene, "coupon", amount=5, cap=1)])
    underway = asking.ask(replace(wanted, account="SPRING-2"))
    one = asking.redeemed(underway, answer_of(underway), counter.till.sale)
    assert (one.amount, one.grant) == (1, "G1")


def test_a_grant_ends_by_the_clock(counter: Counter) -> None:
    counter.scene.journal.grants.take([granted(counter.scene, hours=1)])
    counter.ledgers.down = True
    counter.scene.clock.now += timedelta(hours=1)
    assert counter.redeem()["error"]["code"] == "redeem_offline"


# --- given back ---


def test_what_was_redeemed_goes_back_to_its_account_in_pieces(counter: Counter) -> None:
    counter.ledgers.rate = PointsRate(300, 100)
    counter.ledgers.points = 3_000
    counter.redeem("points", "5.01")  # for 1503
    counter.redeem("stored_value")
    sale, till = counter.last, counter.till
    back: list[TenderLine] = []
    for line in (1, 2):
        known = [one for made in tickets(counter.scene) for one in refunded_by(made, sale.uuid)]
        found = FoundSale(HeldTicket(sale, "城西一店", "CNY"), (), True, tuple(known))
        till.give_back(found, GivingBack(line))
        while till.sale is not None and (parts := plan(till.sale)):
            till.tender(parts[0].kind)
        back += counter.last.tenders
        assert discrepancies(counter.last) == []
    assert back == [
        TenderLine("points", -320, original_tender=OriginalTender(sale.uuid, 1), points=-960),
        TenderLine("points", -181, original_tender=OriginalTender(sale.uuid, 1), points=-543),
        TenderLine("stored_value", -718, original_tender=OriginalTender(sale.uuid, 2)),
    ]  # fmt: skip


def test_a_manager_turns_points_into_cash_and_no_points_go_back(counter: Counter) -> None:
    counter.redeem("points", "5")
    counter.till.tender("cash")
    sale, till = counter.last, counter.till
    till.give_back(FoundSale(HeldTicket(sale, "", "CNY"), (), True), GivingBack(1))
    till.refund_in_cash(InCash("closed", "M1", "9999"))
    assert till.tender("cash") is True
    (given,) = counter.last.tenders
    assert (given.kind, given.amount, given.points) == ("cash", -320, None)


# --- on paper ---


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_paper_says_what_was_redeemed(counter: Counter, language: Language) -> None:
    counter.scene.journal.grants.take([granted(counter.scene)])
    counter.redeem("points", "2.50")
    counter.ledgers.down = True
    counter.redeem()
    back = TenderLine("points", -100, original_tender=OriginalTender("t", 1), points=-100)
    ticket = replace(counter.last, tenders=(*counter.last.tenders, back))
    receipt = Receipt(ticket, "shop", "CNY", 2, left={"points": 750})
    printed = receipt.lay_out(Style(58, language)).decode("gbk", "replace")
    lines = [" ".join(line.split()) for line in printed.splitlines()]
    said = {
        "zh_CN": ["积分抵现 2.50", "使用积分 250", "余额 750", "储值 9.69", "离线授权 G1", "退回积分 100"],
        "en": ["Points 2.50", "Points used 250", "Left in the account 750", "Stored value 9.69", "Offline grant G1",
               "Points given back 100"],
    }  # fmt: skip
    for one in said[language]:
        assert any(line.endswith(one) for line in lines), printed
