"""A cashier's day at one till, act by act; the till is real, so are its files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from pos_frontend.basket import Overriding
from pos_frontend.drawer import Moving
from pos_frontend.errors import TillError
from pos_frontend.till import Till
from replication import journal
from replication.streams import journal_of
from schemas.domain.ticket import Ticket, discrepancies
from schemas.domain.till import BasketCancelled, CashMoved, Movement, ShiftEnded, ShiftOpened
from schemas.tables.base import reading
from schemas.wire import canonical, entries
from schemas.wire.records import RecordBody
from tests.pos_frontend import shop
from tests.pos_frontend.shop import BREAD, DAY, LANE, LOCAL, MILK, Scene


def written(scene: Scene) -> list[entries.Fact]:
    """Return the facts in the lane's journal."""
    with reading(scene.both.journal) as connection:
        head = journal.head_of(connection, journal_of(LANE))
        found = journal.read(connection, head.stream, head.epoch, 0, 1000)
    return [entries.decode(one.kind, one.version, one.body) for one in found]


def standing(till: Till) -> str:
    """Return the till's state, which an act before may have changed."""
    return till.state


def tickets(scene: Scene) -> list[Ticket]:
    """Return the tickets in the lane's journal."""
    return [fact for fact in written(scene) if isinstance(fact, Ticket)]


def test_a_day_at_the_till(scene: Scene) -> None:
    till = scene.ready()
    till.scan(f"3*{MILK}")
    till.scan("1.5*2010")
    till.scan(BREAD)
    till.void_line(3)
    till.set_member("9001")
    assert till.tender("coupon", "5", "CP-1") is False
    assert standing(till) == "tendering"
    assert till.tender("cash", "20") is True
    till.end_shift()
    opened, sold, ended = written(scene)
    assert isinstance(opened, ShiftOpened)
    assert isinstance(sold, Ticket)
    assert isinstance(ended, ShiftEnded)
    assert opened.float_amount == 20000
    assert (sold.total, sold.change, sold.member) == (3 * 320 + 1020, 520, "9001")
    assert (sold.receipt, sold.provisional) == ("N001.03-000001", False)
    assert discrepancies(sold) == []
    assert (ended.last_counter, ended.tickets, ended.gross) == (1, 1, sold.total)
    assert scene.prints.printed == [("N001.03-000001", False)]
    assert till.state == "signed_out"


# --- the state table ---

ACTS: dict[str, Callable[[Till], object]] = {
    "sign_in": lambda till: till.sign_in("C1", "1111"),
    "sign_out": lambda till: till.sign_out(),
    "open_shift": lambda till: till.open_shift("100"),
    "scan": lambda till: till.scan(MILK),
    "unknown_item": lambda till: till.sell_unknown("777", "1", ""),
    "member": lambda till: till.set_member("9001"),
    "void_line": lambda till: till.void_line(1),
    "tender": lambda till: till.tender("card"),
    "back": lambda till: till.back(),
    "cancel": lambda till: till.cancel(),
    "reprint": lambda till: till.reprint(),
    "end_shift": lambda till: till.end_shift(),
    "move_cash": lambda till: till.move_cash(Moving("pickup", "100", "much cash")),
}
TAKEN = {
    "signed_out": {"sign_in"},
    "opening": {"open_shift", "sign_out"},
    "selling": {
        "scan", "unknown_item", "member", "void_line", "tender", "cancel", "reprint",
    },
    "tendering": {"tender", "back", "cancel"},
}  # fmt: skip


def stand(scene: Scene, state: str) -> Till:
    """Bring the till into a state; from selling on it has sold something and has a basket."""
    till = scene.till
    if state == "opening":
        till.sign_in("C1", "1111")
    elif state != "signed_out":
        scene.ready().scan(MILK)
        till.tender("card")
        till.scan(MILK)
        if state == "tendering":
            till.tender("cash", "1")
    return till


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", TAKEN)
def test_the_state_table(scene: Scene, state: str, act: str) -> None:
    till = stand(scene, state)
    assert till.state == state
    before = (till.state, till.sale, till.shift, till.operator, len(written(scene)))
    if act in TAKEN[state]:
        ACTS[act](till)
        return
    with pytest.raises(TillError):
        ACTS[act](till)
    assert (till.state, till.sale, till.shift, till.operator, len(written(scene))) == before


# --- refusals ---


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda till: till.scan("4711"), "unknown_item"),
        (lambda till: till.scan("2011"), "no_price"),
        (lambda till: till.scan("2012"), "no_price"),
        (lambda till: till.scan("0*1001"), "quantity"),
        (lambda till: till.scan("x*1001"), "number"),
        (lambda till: till.scan(f"{MILK}*1001"), "number"),
        (lambda till: till.scan("3*"), "code"),
        (lambda till: till.scan(""), "code"),
        (lambda till: till.scan("9" * 65), "code"),
        (lambda till: till.void_line(9), "no_line"),
        (lambda till: till.set_member("1"), "unknown_member"),
        (lambda till: till.tender("card", "9999"), "tender_exceeds"),
        (lambda till: till.tender("card", "0"), "tender_amount"),
        (lambda till: till.tender("cash", "abc"), "number"),
        (lambda till: till.tender("cash", MILK), "number"),
        (lambda till: till.tender("coupon", "1"), "reference"),
        (lambda till: till.tender("cash", None, None, "another"), "other_basket"),
        (lambda till: till.sell_unknown("777", "0", ""), "amount"),
        (lambda till: till.sell_unknown("777", "-1", ""), "amount"),
        (lambda till: till.override(Overriding(1, "1", "why")), "authority"),
        (lambda till: till.override(Overriding(1, "1", "why", "C2", "2222")), "no_right"),
        (lambda till: till.override(Overriding(1, "1", "why", "M1", "0000")), "pin"),
        (lambda till: till.override(Overriding(1, "1", " ", "M1", "9999")), "unexplained"),
        (lambda till: till.override(Overriding(1, "-1", "why", "M1", "9999")), "amount"),
    ],
)
def test_what_is_refused_changes_nothing(
    scene: Scene, act: Callable[[Till], object], code: str
) -> None:
    till = scene.ready()
    till.scan(MILK)
    before = till.sale
    with pytest.raises(TillError) as refusal:
        act(till)
    assert refusal.value.code == code
    assert till.sale is before
    assert tickets(scene) == []


def test_an_override_names_who_allowed_it(scene: Scene) -> None:
    till = scene.ready()
    till.scan(f"2*{BREAD}")
    till.override(Overriding(1, "15", "damaged", "M1", "9999"))
    till.tender("card")
    (line,) = tickets(scene)[0].lines
    (discount,) = line.discounts
    assert (line.amount, discount.kind, discount.amount) == (1500, "override", 298)
    assert (discount.reason, discount.authority) == ("damaged", "M1")


def test_a_manager_overrides_by_right(scene: Scene) -> None:
    scene.till.sign_in("M1", "9999")
    scene.till.open_shift("0")
    scene.till.scan(BREAD)
    scene.till.override(Overriding(1, "10", "agreed"))
    scene.till.tender("cash")
    assert tickets(scene)[0].lines[0].discounts[0].authority == "M1"


def test_an_unknown_item_is_flagged(scene: Scene) -> None:
    till = scene.ready()
    till.sell_unknown("2*777", "12.50", "")
    till.sell_unknown("2012", "1", "")
    till.tender("cash", "30")
    one, two = tickets(scene)[0].lines
    assert (one.item, one.name, one.amount, one.unknown_item) == ("777", "无码商品", 2500, True)
    assert (two.name, two.unknown_item) == ("无价商品", True)


def test_five_wrong_pins_make_the_sixth_wait(scene: Scene) -> None:
    for _ in range(5):
        with pytest.raises(TillError, match="pin"):
            scene.till.sign_in("C1", "0000")
    with pytest.raises(TillError) as refusal:
        scene.till.sign_in("C1", "1111")
    assert refusal.value.code == "pin_pause"
    scene.till.sign_in("C2", "2222")


# --- once, whatever is pressed twice ---


def test_a_payment_pressed_twice_makes_one_ticket(scene: Scene) -> None:
    till = scene.ready()
    till.scan(MILK)
    basket = till.basket_uuid
    assert till.tender("cash", None, None, basket) is True
    assert till.tender("cash", None, None, basket) is False
    assert till.basket_uuid != basket
    assert len(tickets(scene)) == 1
    assert len(scene.prints.printed) == 1


def test_a_payment_repeated_after_a_restart_makes_one_ticket(scene: Scene) -> None:
    till = scene.ready()
    till.scan(MILK)
    basket = till.basket_uuid
    till.tender("cash", None, None, basket)
    again = scene.restart()
    again.sign_in("C1", "1111")
    assert again.tender("cash", None, None, basket) is False
    assert len(tickets(scene)) == 1


# --- restarts, shifts and days ---


def test_a_shift_outlives_the_process(scene: Scene) -> None:
    till = scene.ready()
    till.scan(MILK)
    till.tender("cash", "10")
    again = scene.restart()
    assert standing(again) == "signed_out"
    again.sign_in("C1", "1111")
    assert standing(again) == "selling"
    again.reprint()
    assert scene.prints.printed[-1] == ("N001.03-000001", True)
    again.scan(MILK)
    again.tender("cash")
    assert [one.counter for one in tickets(scene)] == [1, 2]


def test_another_cashier_waits_and_a_manager_takes_over(scene: Scene) -> None:
    scene.ready().sign_out()
    with pytest.raises(TillError) as refusal:
        scene.till.sign_in("C2", "2222")
    assert refusal.value.code == "other_shift"
    scene.till.sign_in("M1", "9999")
    scene.till.end_shift()
    ended = written(scene)[-1]
    assert isinstance(ended, ShiftEnded)
    assert ended.operator == "M1"


def test_a_cancelled_basket_is_kept(scene: Scene) -> None:
    till = scene.ready()
    till.scan(MILK)
    till.tender("cash", "1")
    till.cancel()
    fact = written(scene)[-1]
    assert isinstance(fact, BasketCancelled)
    assert (fact.amount, fact.lines) == (350, 1)
    till.set_member("9001")
    till.cancel()
    assert written(scene)[-1] == fact  # nothing was entered, so nothing is told


def next_shift(scene: Scene) -> None:
    scene.till.end_shift()
    scene.till.sign_in("C1", "1111")
    scene.till.open_shift("0")


def test_the_day_changes_between_shifts(scene: Scene) -> None:
    till = scene.ready()
    till.scan(MILK)
    till.tender("card")
    till.scan(MILK)
    tomorrow = DAY + timedelta(days=1)
    shop.load(scene.data, {LOCAL: [shop.a_day(state="closed"), shop.a_day(tomorrow)]})
    till.tender("card")
    next_shift(scene)
    till.scan(MILK)
    till.tender("card")
    first, second, third = tickets(scene)
    assert [one.business_date for one in (first, second, third)] == [DAY, DAY, tomorrow]
    assert [one.control.tickets for one in (first, second, third)] == [1, 2, 1]
    assert third.control.grand_total == 3 * 350
    (ended,) = [one for one in written(scene) if isinstance(one, ShiftEnded)]
    assert (ended.business_date, ended.tickets, ended.last_counter) == (DAY, 2, 2)


def test_a_date_that_comes_back_is_counted_on_from_where_it_was(scene: Scene) -> None:
    till, tomorrow = scene.ready(), DAY + timedelta(days=1)
    controls = []
    for state, next_state in (("open", "closed"), ("closed", "open"), ("open", "closed")):
        shop.load(scene.data, {LOCAL: [shop.a_day(state=state), shop.a_day(tomorrow, next_state)]})
        next_shift(scene)
        till.scan(MILK)
        till.tender("card")
        assert till.last is not None
        controls.append(
            (till.last.business_date, till.last.control.tickets, till.last.control.gross)
        )
    assert controls == [(DAY, 1, 350), (tomorrow, 1, 350), (DAY, 2, 700)]


def test_an_entry_that_does_not_read_stops_no_sale(scene: Scene) -> None:
    till = scene.ready()
    body = canonical.encode({"business_date": DAY.isoformat(), "of": "a broken till"})
    with scene.both.journal.begin() as connection:
        draft = journal.Draft("ticket", 1, scene.clock(), body)
        journal.append(connection, journal_of(LANE), [draft])
    till.scan(MILK)
    till.tender("card")
    assert till.last is not None
    assert till.last.control.tickets == 1


def test_without_its_branch_a_lane_opens_a_provisional_day(scene: Scene) -> None:
    shop.load(scene.data, {LOCAL: [shop.a_day(state="closed")]})
    till = scene.ready()
    till.scan(MILK)
    till.tender("card")
    assert tickets(scene)[0].provisional is True
    shop.load(scene.data, {LOCAL: [shop.a_day()]})
    till.scan(MILK)
    till.tender("card")
    assert tickets(scene)[1].provisional is False


def test_a_shift_stays_with_its_date_whatever_its_branch_tells_meanwhile(scene: Scene) -> None:
    """A lane that was away hears of past days one by one; the next day begins with the next shift."""
    yesterday, tomorrow = DAY - timedelta(days=1), DAY + timedelta(days=1)
    shop.load(scene.data, {LOCAL: [shop.a_day(state="closed")]})
    till = scene.ready()
    news = [[shop.a_day(yesterday)], [shop.a_day(yesterday, "closed"), shop.a_day(tomorrow)]]
    for days in ([], *news):
        if days:
            shop.load(scene.data, {LOCAL: days})
        till.scan(MILK)
        till.tender("card")
    dated = [(one.business_date, one.provisional) for one in tickets(scene)]
    assert dated == [(DAY, True), (DAY, True), (DAY, True)]
    next_shift(scene)
    assert till.terms(scene.clock()).business_date == tomorrow


def test_a_price_change_never_moves_a_basket(scene: Scene) -> None:
    till = scene.ready()
    till.scan(MILK)
    cut: list[RecordBody] = [shop.price("cut", "1001", 100), shop.header("cut", 2)]
    shop.load(scene.data, {shop.OWN: cut})
    till.scan(MILK)
    till.tender("card")
    assert [line.amount for line in tickets(scene)[0].lines] == [350, 100]


def test_cash_is_rounded_and_cards_are_not(scene: Scene) -> None:
    own = shop.branch_records(cash_rounding=10)
    shop.load(scene.data, {shop.OWN: own})
    till = scene.ready()
    till.scan(BREAD)
    till.tender("cash")
    till.scan(BREAD)
    till.tender("card")
    cash, card = tickets(scene)
    assert (cash.rounding, cash.tenders[0].amount) == (1, 900)
    assert (card.rounding, card.tenders[0].amount) == (0, 899)


def test_a_disk_that_fails_is_told_and_nothing_is_sold(scene: Scene) -> None:
    till = scene.ready()
    till.scan(MILK)
    before = till.sale
    with scene.both.journal.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")
        connection.commit()
    with pytest.raises(TillError) as refusal:
        till.tender("cash", "10")
    assert refusal.value.code == "not_saved"
    assert till.sale is before
    assert scene.prints.printed == []
    with scene.both.journal.execution_options(sqlite_begin="DEFERRED").connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only=OFF")
    assert till.tender("cash", "10") is True
    assert [one.counter for one in tickets(scene)] == [1]


# --- the drawer without a sale ---


@pytest.mark.parametrize(
    ("movement", "authority"),
    [("loan", "C1"), ("pickup", "C1"), ("paid_in", "C1"), ("paid_out", "M1"), ("no_sale", "M1")],
)
def test_what_goes_through_the_drawer_is_kept_with_its_authority(
    scene: Scene, movement: Movement, authority: str
) -> None:
    till = scene.ready()
    called = ("M1", "9999") if authority == "M1" else ("", "")
    amount = "" if movement == "no_sale" else "12.50"
    till.move_cash(Moving(movement, amount, "零钱", *called))
    moved = written(scene)[-1]
    assert isinstance(moved, CashMoved)
    assert (moved.movement, moved.operator, moved.authority) == (movement, "C1", authority)
    assert moved.amount == (0 if movement == "no_sale" else 1250)
    assert (moved.business_date, moved.reason) == (DAY, "零钱")
    assert till.shift is not None
    assert moved.shift == till.shift.shift
    assert scene.prints.slips == [moved]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (Moving("paid_out", "5", "stamps"), "authority"),
        (Moving("no_sale", "", "change", "C2", "2222"), "no_right"),
        (Moving("no_sale", "", "change", "M1", "0000"), "pin"),
        (Moving("pickup", "0", "much cash"), "amount"),
        (Moving("pickup", "", "much cash"), "number"),
        (Moving("pickup", "-5", "much cash"), "amount"),
        (Moving("pickup", MILK, "much cash"), "number"),
        (Moving("loan", "5", " "), "unexplained"),
    ],
)
def test_a_movement_that_is_refused_leaves_no_trace(scene: Scene, asked: Moving, code: str) -> None:
    till = scene.ready()
    before = len(written(scene))
    with pytest.raises(TillError) as refused:
        till.move_cash(asked)
    assert refused.value.code == code
    assert (len(written(scene)), scene.prints.slips) == (before, [])


def test_the_drawer_stays_shut_while_a_basket_is_open(scene: Scene) -> None:
    till = scene.ready()
    till.scan(MILK)
    with pytest.raises(TillError) as refused:
        till.move_cash(Moving("pickup", "5", "much cash"))
    assert refused.value.code == "basket_open"


# --- what a power cut leaves ---


def test_a_basket_outlives_the_process_with_what_was_paid(scene: Scene) -> None:
    till = scene.ready()
    till.scan(MILK)
    till.scan(BREAD)
    till.set_member("9001")
    till.tender("cash", "5")
    before, uuid = till.sale, till.basket_uuid
    till = scene.restart()
    assert standing(till) == "signed_out"
    till.sign_in("C1", "1111")
    assert standing(till) == "tendering"
    assert (till.sale, till.basket_uuid) == (before, uuid)
    assert till.tender("cash", "10") is True
    assert [one.uuid for one in tickets(scene)] == [uuid]


def test_a_committed_basket_does_not_come_back(scene: Scene) -> None:
    till = scene.ready()
    till.scan(MILK)
    kept = till.sale
    till.tender("card")
    # The commit was on the disk before the cut, the removal of the basket was not.
    scene.keeps.sale = kept
    till = scene.restart()
    till.sign_in("C1", "1111")
    assert (till.sale, standing(till)) == (None, "selling")


def test_a_basket_of_another_date_or_without_a_shift_does_not_come_back(scene: Scene) -> None:
    till = scene.ready()
    till.scan(MILK)
    kept = till.sale
    assert kept is not None
    scene.keeps.sale = replace(
        kept, terms=replace(kept.terms, business_date=DAY - timedelta(days=1))
    )
    assert scene.restart().sale is None
    scene.till.sign_in("C1", "1111")
    scene.till.end_shift()
    scene.keeps.sale = kept
    assert scene.restart().sale is None


def test_a_shift_ends_with_the_figures_of_its_own_date_although_the_clock_went_back(
    scene: Scene,
) -> None:
    """A branch that was put back opens the date anew; nothing is sold under it then."""
    till, tomorrow = scene.ready(), DAY + timedelta(days=1)
    till.scan(MILK)
    till.tender("cash")
    shop.load(scene.data, {LOCAL: [shop.a_day(DAY, "closed"), shop.a_day(tomorrow)]})
    next_shift(scene)
    scene.clock.now -= timedelta(days=9)
    till.scan(f"2*{MILK}")
    till.tender("cash")
    assert [one.business_date for one in tickets(scene)] == [DAY, tomorrow]
    shop.load(scene.data, {LOCAL: [shop.a_day(DAY), shop.a_day(tomorrow, "closed")]})
    next_shift(scene)
    till.end_shift()
    ended = [one for one in written(scene) if isinstance(one, ShiftEnded)][-1]
    assert (ended.business_date, ended.tickets, ended.gross) == (DAY, 1, 350)
    assert ended.last_counter == 1
