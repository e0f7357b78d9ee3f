"""Rules 7 and 9: GS1 element strings, bracketed and as a scanner sends them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.domain.barcode import check_digit
from schemas.domain.element_string import (
    GS,
    ElementString,
    ElementStringError,
    is_element_string,
    read_element_string,
)
from schemas.domain.label import Label, LabelError

TODAY = date(2026, 11, 23)
GTIN, APPLES = "09501101530003", "96901234567895"


def told(
    gtin: str = GTIN,
    amount: int | None = None,
    weight: int | None = None,
    expires: date | None = None,
    batch: str = "",
    step: int = 1,
) -> ElementString:
    """What an element string says."""
    return ElementString(Label("GS1", gtin, amount, weight, step), expires, batch)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (f"(01){GTIN}", told()),
        (f"01{GTIN}", told()),
        (f"(01){GTIN}(17)261231(10)AB-12", told(expires=date(2026, 12, 31), batch="AB-12")),
        (f"01{GTIN}1726123110AB-12", told(expires=date(2026, 12, 31), batch="AB-12")),
        (f"]C101{GTIN}10AB-12{GS}17261231", told(expires=date(2026, 12, 31), batch="AB-12")),
        (f"]d2{GS}01{GTIN}10A*B(1){GS}{GS}", told(batch="A*B(1)")),
        # what is not used here is passed over: by its length, or up to the next GS
        (f"01{GTIN}13261101310300123421SERIAL{GS}10B", told(weight=1234, batch="B")),
        (f"(01){GTIN}(13)261101(21)SERIAL(310)9(10)B", told(batch="B")),
        (f"]e01726123101{GTIN}", told(expires=date(2026, 12, 31))),
        # weights, whatever decimals: 1.234 kg, 123.4 kg, 1.2346 kg is 1.235
        (f"(01){APPLES}(3103)001234", told(APPLES, weight=1234)),
        (f"(01){APPLES}(3101)001234", told(APPLES, weight=123_400)),
        (f"(01){APPLES}(3104)012346", told(APPLES, weight=1235)),
        (f"(01){APPLES}(3922)839", told(APPLES, amount=839)),
        (f"(01){APPLES}(3921)84(3103)001234", told(APPLES, 840, 1234, step=10)),
        (f"01{APPLES}3922839{GS}3103001234", told(APPLES, 839, 1234)),
        (f"(01){APPLES}(3920)8", told(APPLES, 800, step=100)),
        (f"(01){APPLES}(3923)8390", told(APPLES, 839)),
        # the same twice is once
        (f"(01){GTIN}(10)A(10)A", told(batch="A")),
        # day 00 is the last of the month; two digits of a year are the nearest one
        (f"(01){GTIN}(17)280200", told(expires=date(2028, 2, 29))),
        (f"(01){GTIN}(17)760101", told(expires=date(2076, 1, 1))),
        (f"(01){GTIN}(17)770101", told(expires=date(1977, 1, 1))),
    ],
)
def test_what_an_element_string_says(code: str, expected: ElementString) -> None:
    assert is_element_string(code)
    assert read_element_string(code, TODAY) == expected


@pytest.mark.parametrize(
    ("today", "digits", "expected"),
    [
        (date(2050, 1, 1), "000101", date(2100, 1, 1)),
        (date(2051, 1, 1), "000101", date(2100, 1, 1)),
        (date(2098, 1, 1), "050101", date(2105, 1, 1)),
        (date(2001, 1, 1), "990101", date(1999, 1, 1)),
    ],
)
def test_the_century_is_the_nearest(today: date, digits: str, expected: date) -> None:
    assert read_element_string(f"(01){GTIN}(17){digits}", today).expires == expected


@pytest.mark.parametrize(
    ("code", "fault", "words"),
    [
        ("(10)AB", "element_string", r"no GTIN \(01\)"),
        ("]C110AB", "element_string", r"no GTIN \(01\)"),
        ("]C1", "element_string", r"no GTIN \(01\)"),
        (f"(01){GTIN[:-1]}4", "element_check_digit", "wrong check digit"),
        (f"01{GTIN[:-1]}4", "element_check_digit", "wrong check digit"),
        ("(01)9501101530003", "element_string", r"'9501101530003' under \(01\)"),
        (f"(01){GTIN}(17)261301", "element_string", "261301, which is no date"),
        (f"(01){GTIN}(17)260230", "element_string", "no date"),
        (f"(01){GTIN}(17)2612", "element_string", r"'2612' under \(17\)"),
        (f"01{GTIN}172612", "element_string", r"ends within \(17\)"),
        (f"(01){GTIN}(10)", "element_string", "brackets"),
        (f"(01){GTIN})", "element_string", "brackets"),
        (f"(01){GTIN}(10)A(10)B", "element_string", r"\(10\) twice"),
        (f"(01){GTIN}(3102)000100(3103)000100", "element_string", "twice"),
        (f"(01){GTIN}(10){'A' * 21}", "element_string", "under"),
        (f"(01){GTIN}(3103)00١234", "element_string", "under"),
        (f"(01){GTIN}(3922)1A", "element_string", "under"),
    ],
)
def test_what_cannot_be_read_is_told_by_name(code: str, fault: str, words: str) -> None:
    assert is_element_string(code)
    with pytest.raises(ElementStringError, match=words) as refused:
        read_element_string(code, TODAY)
    assert refused.value.fault == fault


@pytest.mark.parametrize("value", ["(3103)000000", "(3922)0", "(3923)8391"])
def test_a_value_that_nothing_is_sold_by_is_refused(value: str) -> None:
    with pytest.raises(LabelError):
        read_element_string(f"(01){APPLES}{value}", TODAY)


@pytest.mark.parametrize(
    "code",
    ["", "4012345000016", "2102010012344", "230201000839012340", "A(01)", "(1)", "N002.01-1"],
)
def test_other_codes_are_none(code: str) -> None:
    assert not is_element_string(code)


BATCHES = st.text("ABCXYZ0123456789-/.*+%", min_size=1, max_size=20)
DATES = st.dates(date(1978, 1, 1), date(2075, 12, 31))


@st.composite
def elements(draw: st.DrawFn) -> tuple[list[tuple[str, str]], ElementString]:
    """Identifiers with their values in some order, and what they say."""
    digits = draw(st.text("0123456789", min_size=13, max_size=13))
    gtin = f"{digits}{check_digit(digits)}"
    batch, expires = draw(st.just("") | BATCHES), draw(st.none() | DATES)
    weight = draw(st.none() | st.integers(1, 999_999))
    amount = draw(st.none() | st.integers(1, 10**15 - 1))
    made = [("01", gtin)]
    made += [("10", batch)] if batch else []
    made += [("17", f"{expires:%y%m%d}")] if expires else []
    made += [("3103", f"{weight:06d}")] if weight else []
    made += [("3922", str(amount))] if amount else []
    return draw(st.permutations(made)), told(gtin, amount, weight, expires, batch)


@given(elements())
def test_what_is_written_reads_back_in_both_forms(
    written: tuple[list[tuple[str, str]], ElementString],
) -> None:
    pairs, expected = written
    bracketed = "".join(f"({identifier}){value}" for identifier, value in pairs)
    scanned = "]C1" + "".join(
        f"{identifier}{value}{GS if identifier in {'10', '3922'} else ''}"
        for identifier, value in pairs
    )
    assert read_element_string(bracketed, TODAY) == expected
    assert read_element_string(scanned, TODAY) == expected
