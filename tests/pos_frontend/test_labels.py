"""Scale labels and packs at the till, on real files (rules 7 to 10).

Apples are item 2010 at 6.80 per kg; labels name them 02010. Layout 21 bears an amount, 22 a weight,
23 both, with the check digit from the right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from pos_frontend import customer, databases
from pos_frontend.basket import Overriding
from pos_frontend.devices.layout import Receipt
from pos_frontend.devices.sheet import Style
from pos_frontend.errors import TillError
from pos_frontend.language import text
from pos_frontend.till import Till
from schemas.domain.label import LabelLayout as Layout
from schemas.domain.label import label_check_digit
from schemas.domain.stock.move import sold_quantities
from schemas.domain.ticket import Discount, SaleLine, Ticket, discrepancies
from schemas.wire.records import Barcode, LabelLayout, RecordBody, Unit
from tests.pos_frontend import shop
from tests.pos_frontend.shop import CHAIN, MILK, OWN, Scene, make_lane

LAYOUTS: tuple[LabelLayout, ...] = (
    LabelLayout(layout="a", prefix="21", item_digits=5, value="amount", value_digits=5),
    LabelLayout(layout="w", prefix="22", item_digits=5, value="weight", value_digits=5),
    LabelLayout(
        layout="ew", prefix="23", item_digits=5, value="amount", value_digits=5, second_digits=5
    ),
)


def label(digits: str) -> str:
    """A label as a scale prints it, check digit and all."""
    return f"{digits}{label_check_digit(digits, 'right')}"


GTIN = "96901234567895"
APPLES_GTIN = Barcode(barcode=GTIN, item="2010", unit="kg")
MILK_GTIN = "06901234567892"
GTINS = (APPLES_GTIN, Barcode(barcode=MILK_GTIN, item="1001", unit="piece"))
PACKS: tuple[RecordBody, ...] = (
    Unit(item="1001", unit="case", factor=12000),
    Unit(item="1001", unit="sip", factor=250),
    Barcode(barcode="16901234567899", item="1001", unit="case"),
    Barcode(barcode="00000040123455", item="1001", unit="sip"),
    shop.price("book", "1001", 3900, unit="case"),
    shop.price("book", "1001", 99, unit="sip"),
)
FOR_839 = label("210201000839")
OF_1234 = label("220201001234")
EXACT, NEAR, STALE = (label(f"2302010{amount}01234") for amount in ("00839", "00840", "00800"))


@pytest.fixture
def till(scene: Scene) -> Till:
    """Give a till whose chain has scales."""
    shop.load(scene.data, {CHAIN: LAYOUTS})
    return scene.ready()


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Till]:
    """Give a till for many sales, whose chain has scales, GS1 barcodes and packs."""
    data = tmp_path_factory.mktemp("labels")
    make_lane(data)
    shop.load(data, {CHAIN: [*LAYOUTS, *GTINS, *PACKS]})
    with databases.for_till(data) as both:
        yield Scene(data, both).ready()


def sold(till: Till) -> Ticket:
    """Pay, and return the ticket."""
    till.tender("card")
    assert till.last is not None
    assert discrepancies(till.last) == []
    return till.last


def only_line(till: Till) -> SaleLine:
    """Pay, and return the line that was sold."""
    (line,) = sold(till).sold()
    return line


@contextmanager
def refused(till: Till, code: str) -> Iterator[dict[str, str]]:
    """Hold that an act is refused and changes nothing; the values of the refusal's words."""
    before, values = till.sale, dict[str, str]()
    with pytest.raises(TillError) as refusal:
        yield values
    values |= refusal.value.values
    assert refusal.value.code == code
    assert till.sale is before


def by_label(amount: int, reason: str, layout: str = "ew") -> Discount:
    """The step from price × quantity to what is printed."""
    return Discount("label", amount, reason, rule=layout)


@pytest.mark.parametrize(
    ("code", "quantity", "amount", "discounts"),
    [
        ("1.234*2010", 1234, 839, ()),
        (OF_1234, 1234, 839, ()),
        (FOR_839, 1234, 839, (by_label(0, "printed", "a"),)),
        # 1.00 at 6.80 is 0.147 kg (0.14706), 0.03 is 0.004 kg (0.00441), 0.09 is 0.013 (0.01324)
        (label("210201000100"), 147, 100, (by_label(0, "printed", "a"),)),
        (label("210201000003"), 4, 3, (by_label(0, "printed", "a"),)),
        (label("210201000009"), 13, 9, (by_label(0, "printed", "a"),)),
        # 679.99 is 99.999 kg (99.99853)
        (label("210201067999"), 99999, 67999, (by_label(0, "printed", "a"),)),
        (EXACT, 1234, 839, (by_label(0, "printed"),)),
        (NEAR, 1234, 840, (by_label(-1, "printed"),)),
        (STALE, 1234, 800, (by_label(39, "stale"),)),
    ],
)
def test_what_a_label_is_sold_for(
    counter: Till, code: str, quantity: int, amount: int, discounts: tuple[Discount, ...]
) -> None:
    counter.scan(code)
    line = only_line(counter)
    assert (line.item, line.unit, line.list_price) == ("2010", "kg", 680)
    assert (line.quantity, line.amount, line.discounts) == (quantity, amount, discounts)
    assert line.barcode == (None if "*" in code else code)


def test_a_dear_item_keeps_its_printed_amount_to_the_cent(scene: Scene, till: Till) -> None:
    """At 98.70 a kg no thousandth makes 50.00: 0.507 kg would be 50.04, and 0.506 kg 49.94."""
    bodies: list[RecordBody] = [shop.price("saffron", "2010", 9870, unit="kg")]
    shop.load(scene.data, {OWN: [*bodies, shop.header("saffron", 2)]})
    till.scan(label("210201005000"))
    line = only_line(till)
    assert (line.quantity, line.amount) == (507, 5000)
    assert line.discounts == (by_label(4, "printed", "a"),)


def test_the_customer_is_not_told_that_a_label_saved_them_anything(till: Till) -> None:
    till.scan(STALE)
    at = till.terms(shop.NOON)
    for _ in ("the basket", "the receipt"):
        picture = customer.page_picture(customer.shown(till, at, "en", shop.NOON))
        assert (picture["saved"], [line["saved"] for line in picture["lines"]]) == (0, [0])  # type: ignore[attr-defined]
        if till.sale is not None:
            till.tender("card")
    assert picture["mode"] == "done"


def test_a_stale_label_is_repriced_or_kept_as_the_cashier_says(till: Till) -> None:
    till.scan(STALE)
    sale = till.sale
    assert sale is not None
    assert (sale.totals.total, sale.totals.saved) == (800, 0)
    till.reprice_label(1, repriced=True)
    assert till.sale is not None
    assert till.sale.totals.total == 839
    till.reprice_label(1, repriced=False)
    assert till.sale == sale
    till.reprice_label(1, repriced=True)
    line = only_line(till)
    assert (line.quantity, line.amount) == (1234, 839)
    assert line.discounts == (by_label(0, "repriced"),)


def test_what_is_printed_stands_for_members_too_and_under_an_override(
    scene: Scene, till: Till
) -> None:
    shop.load(
        scene.data,
        {OWN: [shop.price("m", "2010", 500, "member", "kg"), shop.header("m", 2)]},
    )
    for code in (FOR_839, STALE, STALE, OF_1234):
        till.scan(code)
    till.reprice_label(3, repriced=True)
    till.set_member("9001")
    till.override(Overriding(2, "7", "damaged", "M1", "9999"))
    ticket = sold(till)
    assert [line.amount for line in ticket.lines] == [839, 700, 617, 617]
    assert [[(one.kind, one.amount) for one in line.discounts] for line in ticket.lines] == [
        [("label", 0)],
        [("label", 39), ("override", 100)],
        [("label", 0), ("member_price", 222)],
        [("member_price", 222)],
    ]


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (
            lambda till: till.scan(FOR_839[:-1] + str((int(FOR_839[-1]) + 1) % 10)),
            "label_check_digit",
        ),
        (lambda till: till.scan(label("210201000000")), "label_value"),
        (lambda till: till.scan(label("220201000000")), "label_value"),
        (lambda till: till.scan(label("219999900839")), "label_item"),
        (lambda till: till.scan(label("210000000839")), "label_item"),
        (lambda till: till.scan(label("210201100839")), "no_price"),  # item 2011 costs nothing
        (lambda till: till.scan(f"2*{FOR_839}"), "label_quantity"),
        (lambda till: till.scan(f"2*{OF_1234}"), "label_quantity"),
        (lambda till: till.scan(label("250201000839")), "unknown_item"),
        (lambda till: till.scan(label("240201000839012345"[:17])), "unknown_item"),
        (lambda till: till.reprice_label(1, repriced=True), "no_stale_label"),
        (lambda till: till.reprice_label(2, repriced=True), "no_stale_label"),
        (lambda till: till.reprice_label(3, repriced=True), "no_line"),
    ],
)
def test_what_is_refused_changes_nothing(
    counter: Till, act: Callable[[Till], object], code: str
) -> None:
    counter.scan(MILK)
    counter.scan(NEAR)
    with refused(counter, code):
        act(counter)
    counter.cancel()


def test_a_code_is_looked_up_as_it_is_before_a_layout_reads_it(scene: Scene, till: Till) -> None:
    own = Barcode(barcode=f"0{FOR_839}", item="1002", unit="piece")
    shop.load(scene.data, {CHAIN: [own]})
    till.scan(FOR_839)
    assert only_line(till).item == "1002"


def test_a_label_names_an_item_by_its_barcode_too(scene: Scene, till: Till) -> None:
    shop.load(scene.data, {CHAIN: [Barcode(barcode="00000000000777", item="2010", unit="kg")]})
    till.scan(label("210077700839"))
    assert only_line(till).item == "2010"


def test_a_nearer_layout_of_the_same_code_speaks_first(scene: Scene, till: Till) -> None:
    own = LAYOUTS[0].model_copy(update={"prefix": "29"})
    shop.load(scene.data, {OWN: [own]})
    layouts = {one.layout: one for one in scene.catalogue.label_layouts()}
    assert layouts["a"] == Layout("a", "29", 5, "amount", 5)
    till.scan(label("290201000839"))
    with pytest.raises(TillError, match="unknown_item"):
        till.scan(FOR_839)


def test_a_receipt_shows_what_was_charged(till: Till) -> None:
    for code in (NEAR, STALE):
        till.scan(code)
    printed = paper(sold(till))
    assert ("  1.234 × 6.80", "8.40") in printed
    assert ("  1.234 × 6.80", "8.39") in printed
    assert [right for left, right in printed if "Amount on the label" in left] == ["-0.39"]
    assert not [left for left, _ in printed if "saved" in left]


def paper(ticket: Ticket) -> list[tuple[str, str]]:
    """The pairs on a receipt."""
    data = Receipt(ticket, "店", "CNY", 2).lay_out(Style(80, "en"))
    lines = [line.decode("gbk", "ignore").rsplit(maxsplit=1) for line in data.split(b"\n")]
    return [(left.rstrip(), right) for left, right in (one for one in lines if len(one) == 2)]


# --- GS1 element strings ---


@pytest.mark.parametrize(
    ("code", "item", "quantity", "amount"),
    [
        (f"(01){MILK_GTIN}", "1001", 1000, 350),
        (f"3*(01){MILK_GTIN}(17)260302(10)A*B", "1001", 3000, 1050),
        (f"01{MILK_GTIN}1726030210A*B", "1001", 1000, 350),
        (f"]C101{GTIN}3922800\x1d3103001234", "2010", 1234, 800),
        (f"(01){GTIN}(3103)001234", "2010", 1234, 839),
        (f"(01){GTIN}(3922)839(17)260331", "2010", 1234, 839),
    ],
)
def test_an_element_string_is_sold_by_what_it_says(
    counter: Till, code: str, item: str, quantity: int, amount: int
) -> None:
    counter.scan(code)
    line = only_line(counter)
    assert (line.item, line.quantity, line.amount) == (item, quantity, amount)
    assert line.barcode == code.removeprefix("3*")


@pytest.mark.parametrize(
    ("code", "fault", "said"),
    [
        # the business date is 2 March: that day it is sold, see above
        (
            f"(01){MILK_GTIN}(17)260301(10)L7",
            "expired",
            "纯牛奶 1L expired on 2026-03-01 (batch L7)",
        ),
        (f"01{MILK_GTIN}17260228", "expired", "expired on 2026-02-28 (batch –)"),
        (f"(01){MILK_GTIN[:-1]}3", "element_check_digit", "check digit in this GS1 barcode"),
        (f"(01){MILK_GTIN}(17)2603", "element_string", "cannot be read"),
        ("(01)09501101530003", "label_item", "Item 09501101530003 of this label"),
        (f"(01){GTIN}(3103)000000", "label_value", "weigh it again"),
        (f"2*(01){GTIN}(3103)001234", "label_quantity", "one by one"),
    ],
)
def test_an_element_string_that_is_not_sold_is_told_why(
    counter: Till, code: str, fault: str, said: str
) -> None:
    with refused(counter, fault) as values:
        counter.scan(code)
    assert said in text("en", f"error.{fault}", **values)


# --- packs ---


@pytest.mark.parametrize(
    ("code", "unit", "factor", "amount", "moved"),
    [
        (MILK, "piece", 1000, 350, -1000),
        ("16901234567899", "case", 12000, 3900, -12000),
        ("2*16901234567899", "case", 12000, 7800, -24000),
        ("40123455", "sip", 250, 99, -250),
        ("3*40123455", "sip", 250, 297, -750),
    ],
)
def test_a_pack_has_its_own_price_and_moves_the_base_stock(
    counter: Till, code: str, unit: str, factor: int, amount: int, moved: int
) -> None:
    counter.scan(code)
    ticket = sold(counter)
    (line,) = ticket.lines
    assert (line.item, line.unit, line.factor, line.amount) == ("1001", unit, factor, amount)
    assert sold_quantities(ticket) == {"1001": moved}
