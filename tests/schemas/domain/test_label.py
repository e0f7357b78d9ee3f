"""Rules 7 to 9: layouts as data, what they read, and what a label's amount is held against."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.domain.label import (
    Label,
    LabelError,
    LabelLayout,
    LayoutFault,
    Printed,
    contradict,
    fault_of,
    label_check_digit,
    read_label,
    sold,
)
from schemas.domain.money import divide
from schemas.domain.quantity import extend

AMOUNT = LabelLayout("a", "21", 5, "amount", 5)
WEIGHT = LabelLayout("w", "22", 5, "weight", 5)
BOTH = LabelLayout("ew", "23", 5, "amount", 5, 5)
BOTH_LEFT = LabelLayout("we", "24", 5, "weight", 5, 5, check_from="left")
LAYOUTS = (AMOUNT, WEIGHT, BOTH, BOTH_LEFT)


@pytest.mark.parametrize(
    ("code", "label"),
    [
        # 13 digits: 2×1+1×3+0×1+2×3+0×1+1×3+0×1+0×3+1×1+2×3+3×1+4×3 = 36, so 4
        ("2102010012344", Label("a", "02010", amount=1234)),
        ("2202010012341", Label("w", "02010", weight=1234)),
        # 18 digits: from the right these 17 have 0, from the left 8; the next have 5 and 9
        ("230201000839012340", Label("ew", "02010", amount=839, weight=1234)),
        ("240201001234008399", Label("we", "02010", amount=839, weight=1234)),
        # as a scanner may write them out
        ("02102010012344", Label("a", "02010", amount=1234)),
        # no layout has the prefix, or the length
        ("2502010012340", None),
        ("6902010012340", None),
        ("21020100123", None),
        ("230201000839", None),
        ("2102010O12344", None),
        ("٢١02010012344", None),
        ("", None),
    ],
)
def test_the_prefix_says_what_a_code_bears(code: str, label: Label | None) -> None:
    assert read_label(code, LAYOUTS) == label


def test_a_upc_a_of_number_system_two_is_prefix_02() -> None:
    layout = replace(WEIGHT, prefix="02", item_digits=5)
    assert read_label("220100123458", [layout]) == Label("w", "20100", weight=12345)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("2102010012345", "label_check_digit"),
        ("230201000839012348", "label_check_digit"),
        ("240201001234008395", "label_check_digit"),
        ("2102010000006", "label_value"),
        ("2202010000003", "label_value"),
    ],
)
def test_a_label_that_cannot_be_right_is_refused_by_name(code: str, fault: str) -> None:
    with pytest.raises(LabelError, match=f"label {code}") as caught:
        read_label(code, LAYOUTS)
    assert caught.value.fault == fault


@pytest.mark.parametrize(
    ("layout", "digits", "decimals", "amount", "step"),
    [
        (AMOUNT, "01234", 2, 1234, 1),
        (replace(AMOUNT, amount_decimals=1), "00123", 2, 1230, 10),
        (replace(AMOUNT, amount_decimals=0), "00123", 2, 12300, 100),
        (replace(AMOUNT, amount_decimals=0), "00123", 0, 123, 1),
        (AMOUNT, "01234", 3, 12340, 10),
        (AMOUNT, "12300", 0, 123, 1),
        (AMOUNT, "12345", 0, None, 1),  # a currency that knows no such amount: never rounded
    ],
)
def test_an_amount_has_the_decimals_of_its_layout(
    layout: LabelLayout, digits: str, decimals: int, amount: int | None, step: int
) -> None:
    code = with_check_digit(f"2102010{digits}", layout)
    if amount is None:
        with pytest.raises(LabelError, match="more of them than the 0 in use"):
            read_label(code, [layout], decimals)
        return
    assert read_label(code, [layout], decimals) == Label("a", "02010", amount, step=step)


@pytest.mark.parametrize(
    ("layout", "fault"),
    [
        *((one, None) for one in LAYOUTS),
        (replace(AMOUNT, prefix="02"), None),
        (replace(AMOUNT, prefix="99", declared=True), None),
        (replace(AMOUNT, prefix="281", item_digits=4), None),
        (replace(AMOUNT, prefix="2", item_digits=6), "prefix"),
        (replace(AMOUNT, prefix="2x"), "prefix"),
        (replace(AMOUNT, prefix="２１"), "prefix"),
        (replace(AMOUNT, prefix="69"), "in_store"),
        (replace(AMOUNT, prefix="01"), "in_store"),
        (replace(AMOUNT, item_digits=0, value_digits=10), "digits"),
        (replace(BOTH, value_digits=0, second_digits=10), "digits"),
        (replace(BOTH, value_digits=16, second_digits=-6), "digits"),
        (replace(AMOUNT, value_digits=6), "length"),
        (replace(AMOUNT, value_digits=4, second_digits=1), "length"),
        (replace(AMOUNT, value_digits=10), "length"),
        (replace(AMOUNT, amount_decimals=5), "decimals"),
        (replace(AMOUNT, weight_decimals=4), "decimals"),
        (replace(AMOUNT, weight_decimals=-1), "decimals"),
    ],
)
def test_a_layout_is_sound_or_says_what_is_wrong(
    layout: LabelLayout, fault: LayoutFault | None
) -> None:
    assert fault_of(layout) == fault
    code = "2102010012344"
    assert fault is None or read_label(code, [replace(layout, prefix=layout.prefix)]) is None


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (AMOUNT, WEIGHT, False),
        (AMOUNT, replace(WEIGHT, prefix="21"), True),  # the same digits fit both kinds
        (AMOUNT, replace(AMOUNT, layout="again"), True),
        (AMOUNT, replace(WEIGHT, prefix="212", item_digits=4), True),
        (BOTH, replace(WEIGHT, prefix="23"), False),  # 18 digits and 13
        (BOTH, replace(BOTH_LEFT, prefix="23"), True),
    ],
)
def test_layouts_contradict_if_one_code_fits_both(
    one: LabelLayout, other: LabelLayout, expected: bool
) -> None:
    assert contradict(one, other) is expected
    assert contradict(other, one) is expected


def test_contradicting_layouts_read_nothing() -> None:
    assert read_label("2102010012344", [AMOUNT, replace(WEIGHT, prefix="21")]) is None


@pytest.mark.parametrize(
    ("label", "price", "expected"),
    [
        (Label("w", "1", weight=1234), 680, (1234, None)),
        (Label("g", "1"), 680, (None, None)),
        # 8.39 at 6.80 is 1.234 kg (1.2338…)
        (Label("a", "1", 839), 680, (1234, Printed(839, "a"))),
        (Label("a", "1", 1), 10_000_00, (1, Printed(1, "a"))),
        # 1.234 × 6.80 = 8.3912
        (Label("ew", "1", 839, 1234), 680, (1234, Printed(839, "ew"))),
        (Label("ew", "1", 840, 1234), 680, (1234, Printed(840, "ew"))),
        (Label("ew", "1", 838, 1234), 680, (1234, Printed(838, "ew"))),
        (Label("ew", "1", 841, 1234), 680, (1234, Printed(841, "ew", stale=True))),
        (Label("ew", "1", 837, 1234), 680, (1234, Printed(837, "ew", stale=True))),
        (Label("ew", "1", 830, 1234, step=10), 680, (1234, Printed(830, "ew"))),
        (Label("ew", "1", 820, 1234, step=10), 680, (1234, Printed(820, "ew", stale=True))),
    ],
)
def test_what_a_label_sells(
    label: Label, price: int, expected: tuple[int | None, Printed | None]
) -> None:
    assert sold(label, price) == expected


# --- write one, read it back ---


def with_check_digit(digits: str, layout: LabelLayout) -> str:
    """End a label as a scale does."""
    return digits + str(label_check_digit(digits, layout.check_from))


@st.composite
def labels(draw: st.DrawFn) -> tuple[str, LabelLayout, Label]:
    """A sound layout, a label of it, and what the label bears."""
    length = draw(st.sampled_from([13, 18]))
    prefix = draw(st.sampled_from(["02", "20", "29", "215", "99"]))
    left = length - 1 - len(prefix)
    item_digits = draw(st.integers(1, left - (6 if length == 18 else 3)))
    values = left - item_digits
    first = draw(st.integers(2, values - 2)) if length == 18 else values
    second = values - first
    layout = LabelLayout(
        "l", prefix, item_digits, draw(st.sampled_from(["amount", "weight"])), first, second,
        amount_decimals=draw(st.integers(0, 2)), weight_decimals=draw(st.integers(0, 3)),
        check_from=draw(st.sampled_from(["right", "left"])), declared=prefix == "99",
    )  # fmt: skip
    assert fault_of(layout) is None

    def number(digits: int) -> str:
        return str(draw(st.integers(1, 10**digits - 1))).rjust(digits, "0")

    item = draw(st.text("0123456789", min_size=item_digits, max_size=item_digits))
    one, two = number(first), number(second) if second else ""
    amount, weight = (one, two) if layout.value == "amount" else (two, one)
    label = Label(
        "l", item,
        int(amount) * 10 ** (2 - layout.amount_decimals) if amount else None,
        int(weight) * 10 ** (3 - layout.weight_decimals) if weight else None,
        10 ** (2 - layout.amount_decimals),
    )  # fmt: skip
    return with_check_digit(f"{prefix}{item}{one}{two}", layout), layout, label


@given(labels(), st.integers(0, 17), st.integers(1, 9))
def test_a_label_reads_back_and_one_wrong_digit_shows(
    written: tuple[str, LabelLayout, Label], place: int, by: int
) -> None:
    code, layout, label = written
    assert read_label(code, [layout]) == label
    place = len(layout.prefix) + place % (len(code) - len(layout.prefix))
    wrong = f"{code[:place]}{(int(code[place]) + by) % 10}{code[place + 1 :]}"
    with pytest.raises(LabelError) as caught:
        read_label(wrong, [layout])
    assert caught.value.fault == "label_check_digit"


@given(st.integers(1, 10**5), st.integers(1, 10**6))
def test_the_weight_behind_an_amount_is_as_near_as_thousandths_come(
    amount: int, price: int
) -> None:
    quantity, printed = sold(Label("a", "1", amount), price)
    assert printed == Printed(amount, "a")
    assert quantity == max(1, divide(amount * 1000, price))
    assert quantity == 1 or abs(extend(price, quantity) - amount) <= price // 2000 + 1
