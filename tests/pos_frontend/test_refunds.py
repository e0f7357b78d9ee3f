"""Money that goes back: to the tender that paid, through the terminal, or in cash by a manager's word."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_frontend import databases
from pos_frontend.devices.simulated_terminal import Behaviour, SimulatedTerminal
from pos_frontend.errors import TillError
from pos_frontend.payment.paying import Settling
from pos_frontend.refunds import InCash, plan
from pos_frontend.returns import FoundSale, GivingBack
from schemas.domain.refund import Refunded, refunded_by
from schemas.domain.ticket import OriginalTender, Ticket, discrepancies
from schemas.domain.till import PaymentSettled
from schemas.wire.inquiries import HeldTicket
from tests.pos_frontend.running import free_port
from tests.pos_frontend.shop import BREAD, MILK, OWN, Scene, branch_records, load, make_lane
from tests.pos_frontend.terminals import terminal_served
from tests.pos_frontend.test_terminal import Counter, payments_of
from tests.pos_frontend.test_till import standing, tickets, written

MANAGER = {"authority": "M1", "pin": "9999"}


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
def terminal() -> SimulatedTerminal:
    """Give what the terminal remembers."""
    return SimulatedTerminal()


@pytest.fixture
def counter(data: Path, terminal: SimulatedTerminal) -> Iterator[Counter]:
    """Give a till with its terminal, where milk and bread were paid: 5.00 by card, 7.49 in cash."""
    with databases.for_till(data) as both, terminal_served(terminal) as port:
        made = Counter(Scene(data, both), terminal, payments_of(data, port), port)
        till = made.restart()
        till.scan(MILK)
        till.scan(BREAD)
        made.pay(amount="5")
        made.turn(2)
        till.tender("cash")
        yield made


def last(counter: Counter) -> Ticket:
    ticket = counter.till.last
    assert ticket is not None
    return ticket


def looked_up(counter: Counter, sale: Ticket) -> FoundSale:
    """The sale, as the whole chain knows it: everything happened at this lane."""
    refunded = [one for ticket in tickets(counter.scene) for one in refunded_by(ticket, sale.uuid)]
    return FoundSale(HeldTicket(sale, "城西一店", "CNY"), (), True, tuple(refunded))


def give_back(counter: Counter, *lines: int) -> None:
    sale = tickets(counter.scene)[0]
    for line in lines:
        counter.till.give_back(looked_up(counter, sale), GivingBack(line))


def parts(counter: Counter) -> list[tuple[str, int]]:
    sale = counter.till.sale
    return [(one.kind, one.amount) for one in plan(sale)] if sale else []


def given_back(counter: Counter) -> int:
    """What the customer got by the terminal's own count."""
    voided = set(counter.terminal.voided)
    return sum(amount for reference, amount in counter.terminal.refunded if reference not in voided)


def test_what_came_back_in_two_visits_goes_to_the_card_and_then_into_cash(counter: Counter) -> None:
    give_back(counter, 1)
    assert parts(counter) == [("card", 350)]
    for kind, amount in (("cash", None), ("card", "3"), ("qr", None), ("foreign", "1")):
        with pytest.raises(TillError, match="tender_refund"):
            counter.till.tender(kind, amount)  # type: ignore[arg-type]
    counter.pay()
    assert standing(counter.till) == "paying"
    counter.turn(2)
    first = last(counter)
    (tender,) = first.tenders
    sale = tickets(counter.scene)[0]
    assert (tender.kind, tender.amount, tender.original_tender) == (
        "card", -350, OriginalTender(sale.uuid, 1),
    )  # fmt: skip
    assert tender.authorization is not None
    assert tender.reference == counter.terminal.refunded[0][0] != sale.tenders[0].reference

    give_back(counter, 2)
    assert parts(counter) == [("card", 150), ("cash", 749)]
    counter.pay()
    counter.turn(2)
    assert (standing(counter.till), parts(counter)) == ("tendering", [("cash", 749)])
    assert counter.till.tender("cash") is True
    assert [(one.kind, one.amount) for one in last(counter).tenders] == [
        ("card", -150),
        ("cash", -749),
    ]
    assert [discrepancies(one) for one in tickets(counter.scene)] == [[], [], []]
    assert (given_back(counter), counter.states) == (500, [])


@pytest.mark.parametrize("behaviour", ["lose_answer", "half_a_line", "garbage"])
def test_a_refund_whose_answer_is_lost_is_made_once(counter: Counter, behaviour: Behaviour) -> None:
    give_back(counter, 1)
    counter.terminal.next = behaviour
    counter.pay()
    counter.turn()
    assert (standing(counter.till), counter.states) == ("paying", ["unknown"])
    with pytest.raises(TillError, match="not_while_paying"):
        counter.till.refund_in_cash(InCash("line", **MANAGER))
    counter.turn()
    assert (last(counter).total, given_back(counter), len(counter.terminal.refunded)) == (
        -350,
        350,
        1,
    )


@pytest.mark.parametrize("turns", [0, 1, 2])
def test_a_till_that_is_killed_gives_back_once(counter: Counter, turns: int) -> None:
    give_back(counter, 1)
    counter.pay()
    counter.payments._written()
    for _ in range(turns):
        counter.payments.turn()
    till = counter.restart()
    if turns == 0:  # it was never sent, and is never sent again
        counter.turn()
        assert counter.states == ["missing"]
        till.settle_payment(Settling(counter.payments.all()[0].reference, "no slip", **MANAGER))
        counter.turn()
        counter.pay()
    counter.turn(2)
    assert (last(counter).total, given_back(counter), len(counter.terminal.refunded)) == (
        -350,
        350,
        1,
    )
    assert (standing(till), counter.states, till.open_payments) == ("selling", [], [])
    settled = [one for one in written(counter.scene) if isinstance(one, PaymentSettled)]
    assert [one.amount for one in settled] == ([-350] if turns == 0 else [])


@pytest.mark.parametrize(
    ("behaviour", "why"),
    [("decline", "declined"), ("time_out", "timed_out")],
)
def test_a_declined_refund_falls_back_to_cash_by_a_managers_word(
    counter: Counter, behaviour: Behaviour, why: str
) -> None:
    give_back(counter, 1, 2)
    counter.terminal.next = behaviour
    counter.pay()
    counter.turn(2)
    refused = counter.till.refused
    assert refused is not None
    assert (refused.why, bool(refused.original), standing(counter.till)) == (why, True, "selling")
    for asked, fault in (
        (InCash("closed"), "authority"),
        (InCash("closed", "C2", "2222"), "no_right"),
        (InCash(" ", **MANAGER), "unexplained"),
    ):
        with pytest.raises(TillError, match=fault):
            counter.till.refund_in_cash(asked)
    counter.till.refund_in_cash(InCash("closed", **MANAGER))
    assert parts(counter) == [("cash", 500), ("cash", 749)]
    with pytest.raises(TillError, match="no_refund"):
        counter.till.refund_in_cash(InCash("closed", **MANAGER))
    assert counter.till.tender("cash") is False
    assert counter.till.tender("cash") is True
    sale, back = tickets(counter.scene)
    assert [(one.kind, one.amount, one.original_tender) for one in back.tenders] == [
        ("cash", -500, OriginalTender(sale.uuid, 1, "closed", "M1")), ("cash", -749, None),
    ]  # fmt: skip
    assert list(refunded_by(back, sale.uuid)) == [Refunded(back.uuid, 1, 1, 500)]
    assert (discrepancies(back), given_back(counter)) == ([], 0)


def test_an_unplugged_terminal_has_given_nothing_back(counter: Counter) -> None:
    give_back(counter, 1)
    counter.port = free_port()
    counter.restart()
    counter.pay()
    counter.turn()
    assert counter.till.refused is not None
    assert (counter.till.refused.why, standing(counter.till)) == ("unplugged", "selling")
    counter.till.refund_in_cash(InCash("unplugged", **MANAGER))
    assert counter.till.tender("cash") is True
    assert (last(counter).total, given_back(counter)) == (-350, 0)


@pytest.mark.parametrize("act", ["back", "cancel", "cancel_payment"])
def test_what_the_return_does_not_want_any_more_is_taken_back(counter: Counter, act: str) -> None:
    give_back(counter, 1, 2)
    if act == "cancel_payment":
        counter.terminal.next = "lose_answer"
    counter.pay()
    counter.turn(1 if act == "cancel_payment" else 2)
    getattr(counter.till, act)()
    assert [one.state for one in counter.payments.all()] == ["voiding"]
    counter.turn()
    assert (given_back(counter), counter.till.open_payments) == (0, [])
    if act == "back":  # the same again, in one visit
        assert parts(counter) == [("card", 500), ("cash", 749)]
        counter.pay()
        counter.turn(2)
        assert counter.till.tender("cash") is True
        assert given_back(counter) == 500


def test_a_refund_that_its_basket_does_not_want_stays_open(counter: Counter) -> None:
    """The basket came back after a power cut without its last line; the refund was made meanwhile."""
    give_back(counter, 1)
    before = counter.till.sale
    give_back(counter, 2)
    counter.pay()
    counter.payments.turn()
    counter.scene.keeps.sale = before
    counter.restart()
    counter.turn(2)
    (one,) = counter.till.open_payments
    assert (one.state, one.signed, standing(counter.till)) == ("approved", -500, "selling")
    counter.till.void_payment(one.reference)
    counter.turn()
    assert (given_back(counter), counter.till.open_payments) == (0, [])


def test_the_terminal_gives_back_no_more_than_it_took(counter: Counter) -> None:
    """What this lane did not know was given back elsewhere: the terminal declines, cash by a manager."""
    sale = tickets(counter.scene)[0]
    counter.till.give_back(looked_up(counter, sale), GivingBack(1))
    counter.pay()
    counter.turn(2)
    stale = FoundSale(HeldTicket(sale, "城西一店", "CNY"), (), True)
    counter.till.give_back(stale, GivingBack(2))
    assert parts(counter) == [("card", 500), ("cash", 399)]
    counter.pay()
    counter.turn(2)
    assert counter.till.refused is not None
    assert (counter.till.refused.why, given_back(counter)) == ("declined", 350)


def test_without_a_terminal_a_card_is_seen_to_by_hand(counter: Counter) -> None:
    give_back(counter, 1)
    kept = counter.till.sale
    counter.scene.payments = None
    counter.scene.keeps.sale = kept
    till = counter.scene.restart()
    till.sign_in("C1", "1111")
    assert till.tender("card") is True
    (tender,) = last(counter).tenders
    assert (tender.amount, tender.reference, tender.authorization) == (-350, None, None)


def test_a_voucher_is_handed_out_again_and_the_rest_is_rounded_cash(scene: Scene) -> None:
    load(scene.data, {OWN: branch_records(cash_rounding=5)})
    till = scene.ready()
    till.scan(MILK)
    till.scan(BREAD)
    till.tender("voucher", "2", "V-1")
    till.tender("cash")
    sale = scene.till.last
    assert sale is not None
    assert (sale.total, sale.rounding) == (1249, 1)
    found = FoundSale(HeldTicket(sale, "城西一店", "CNY"), (), True)
    till.give_back(found, GivingBack(1))
    till.give_back(found, GivingBack(2))
    assert till.tender("voucher") is False
    assert till.tender("cash") is True
    back = scene.till.last
    assert back is not None
    assert [(one.kind, one.amount, one.reference) for one in back.tenders] == [
        ("voucher", -200, "V-1"), ("cash", -1050, None),
    ]  # fmt: skip
    assert (back.rounding, discrepancies(back)) == (-1, [])


def test_cash_by_a_managers_word_is_rounded_with_the_rest(scene: Scene) -> None:
    load(scene.data, {OWN: branch_records(cash_rounding=5)})
    till = scene.ready()
    for code in (MILK, BREAD, "1001"):
        till.scan(code)
    till.tender("voucher", "1.02", "V-1")
    till.tender("coupon", "3.01", "K-1")
    till.tender("card", "11.96")
    sale = scene.till.last
    assert sale is not None
    found = FoundSale(HeldTicket(sale, "城西一店", "CNY"), (), True)
    for line in (1, 2):
        till.give_back(found, GivingBack(line))
    till.refund_in_cash(InCash("burnt", **MANAGER))
    assert till.sale is not None
    assert [(one.kind, one.amount) for one in plan(till.sale)] == [
        ("coupon", 301), ("card", 846), ("cash", 100),
    ]  # fmt: skip
    for kind in ("coupon", "card", "cash"):
        till.tender(kind)
    back = scene.till.last
    assert back is not None
    assert (back.total, back.rounding, discrepancies(back)) == (-1249, 2, [])
