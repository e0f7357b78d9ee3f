"""Rules 1 and 2: one rounding, and the doors between integers and text."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.domain.money import NumberError, divide, format_amount, parse_amount

AMOUNTS = st.integers(-(10**12) + 1, 10**12 - 1)


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [
        (0, 7, 0),
        (1, 2, 1),
        (-1, 2, -1),
        (1, -2, -1),
        (-1, -2, 1),
        (3, 2, 2),
        (5, 2, 3),
        (-5, 2, -3),
        (49, 100, 0),
        (-49, 100, 0),
        (1335, 10, 134),
        (10**30 + 1, 2, (10**30 + 2) // 2),
    ],
)
def test_divide_rounds_half_away_from_zero(numerator: int, denominator: int, rounded: int) -> None:
    assert divide(numerator, denominator) == rounded


def test_divide_by_nought_is_an_error() -> None:
    with pytest.raises(ZeroDivisionError):
        divide(1, 0)


@given(st.integers(), st.integers().filter(bool))
def test_divide_is_nearest_and_symmetrical(numerator: int, denominator: int) -> None:
    rounded = divide(numerator, denominator)
    exact = Fraction(numerator, denominator)
    assert abs(rounded - exact) <= Fraction(1, 2)
    assert abs(rounded - exact) < Fraction(1, 2) or abs(rounded) > abs(exact)
    assert divide(-numerator, denominator) == -rounded


@pytest.mark.parametrize(
    ("text", "decimals", "amount"),
    [
        ("0", 2, 0),
        ("12", 2, 1200),
        ("12.5", 2, 1250),
        ("12.50", 2, 1250),
        ("-0.05", 2, -5),
        ("-0", 2, 0),
        ("007", 2, 700),
        ("1200", 0, 1200),
        ("1.234", 3, 1234),
        ("999999999999.99", 2, 99_999_999_999_999),
    ],
)
def test_parse_amount(text: str, decimals: int, amount: int) -> None:
    assert parse_amount(text, decimals) == amount


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "-", ".", ".5", "5.", "+5", "--5", "1,5", "1,000.00", "1.005", "1.000", "1e3"),
        *("1_000", "12 ", " 12", "12\n", "¥5", "nan", "\uff15", "\u0665", "\u00b2"),
        "6901234567892",  # a barcode scanned into a price
        "9" * 5000,
    ],
)
def test_parse_amount_refuses(text: str) -> None:
    with pytest.raises(NumberError, match="is not a number"):
        parse_amount(text)


def test_parse_amount_without_decimals_refuses_a_point() -> None:
    with pytest.raises(NumberError, match="no decimals"):
        parse_amount("12.5", 0)


@pytest.mark.parametrize(
    ("amount", "decimals", "text"),
    [
        (0, 2, "0.00"),
        (5, 2, "0.05"),
        (-5, 2, "-0.05"),
        (-50, 2, "-0.50"),
        (-1234, 2, "-12.34"),
        (1_234_567, 2, "12345.67"),
        (-1200, 0, "-1200"),
        (7, 3, "0.007"),
    ],
)
def test_format_amount(amount: int, decimals: int, text: str) -> None:
    assert format_amount(amount, decimals) == text


@given(AMOUNTS, st.integers(0, 4))
def test_what_is_written_is_read_back(amount: int, decimals: int) -> None:
    assert parse_amount(format_amount(amount, decimals), decimals) == amount
