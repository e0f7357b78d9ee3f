"""How many of what: scans with a quantity before them, and the line that takes goods of another unit."""

from __future__ import annotations

import pytest

from schemas.domain.stock.document import StockLine
from schemas.domain.stock.scanned import Counted, QuantityError, read_counted, read_quantity, take


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("6901028", Counted("6901028")),
        (" 3*6901028 ", Counted("6901028", 3000)),
        ("3×milk", Counted("milk", 3000)),
        ("1.25*apple", Counted("apple", 1250)),
        ("2/milk", Counted("milk", 2000, damaged=True)),
        ("2*a*b", Counted("a*b", 2000)),
    ],
)
def test_a_scan_is_read(text: str, read: Counted) -> None:
    assert read_counted(text) == read


@pytest.mark.parametrize(
    "text", ["three*milk", "0*milk", "-1*milk", "1000000*milk", "1.2345*milk", "*milk", "3,5*milk"]
)
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(QuantityError):
        read_counted(text)


def test_a_line_may_be_set_to_nought_where_that_is_asked() -> None:
    assert read_quantity("0", least=0) == 0
    assert read_quantity("999999") == 999_999_000


def of(
    quantity: int, factor: int = 1000, expected: int | None = None, damaged: int = 0
) -> StockLine:
    return StockLine(1, "milk", "Milk", "u", factor, quantity, None, expected, damaged)


@pytest.mark.parametrize(
    ("held", "added", "factor", "after"),
    [
        (of(1000), (2000, 0), 1000, of(3000)),
        (of(1000), (0, 2000), 1000, of(1000, damaged=2000)),
        # a case of twelve beside pieces
        (of(1000, expected=24_000), (1000, 0), 12_000, of(13_000, expected=24_000)),
        # a piece where cases are expected: the line goes on in pieces
        (of(1000, 12_000, 2000), (1000, 0), 1000, of(13_000, 1000, 24_000)),
        # boxes of five and of twelve come out even neither way
        (of(1000, 12_000), (1000, 0), 5000, None),
    ],
)
def test_a_line_takes_goods_of_another_unit_where_that_comes_out_even(
    held: StockLine, added: tuple[int, int], factor: int, after: StockLine | None
) -> None:
    assert take(held, *added, "u", factor) == after
