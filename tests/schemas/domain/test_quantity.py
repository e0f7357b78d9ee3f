"""Rule 1: quantities in thousandths, and an amount that is rounded once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.domain.money import NumberError
from schemas.domain.quantity import extend, format_quantity, parse_quantity


@pytest.mark.parametrize(
    ("text", "quantity", "written"),
    [
        ("3", 3000, "3"),
        ("1.234", 1234, "1.234"),
        ("1.230", 1230, "1.23"),
        ("0.005", 5, "0.005"),
        ("0", 0, "0"),
        ("100", 100_000, "100"),
        ("-2.5", -2500, "-2.5"),
    ],
)
def test_quantities_are_read_and_written(text: str, quantity: int, written: str) -> None:
    assert parse_quantity(text) == quantity
    assert format_quantity(quantity) == written


@pytest.mark.parametrize("text", ["", "1.2345", "3*", "1,5", "6901234567892"])
def test_parse_quantity_refuses(text: str) -> None:
    with pytest.raises(NumberError, match="3 decimals"):
        parse_quantity(text)


@given(st.integers(-(10**12), 10**12))
def test_what_is_written_is_read_back(quantity: int) -> None:
    assert parse_quantity(format_quantity(quantity)) == quantity


@pytest.mark.parametrize(
    ("price", "quantity", "amount"),
    [
        (350, 7000, 2450),
        (699, 1234, 863),  # 862.566
        (1, 500, 1),  # half a cent
        (1, 499, 0),
        (1, -500, -1),  # a return gives back what the sale took
        (0, 1000, 0),
        (990, 0, 0),
    ],
)
def test_extend(price: int, quantity: int, amount: int) -> None:
    assert extend(price, quantity) == amount
