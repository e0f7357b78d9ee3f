"""Prices worked out from what was charged: a table of weeks, and the real one."""

from __future__ import annotations

import pytest

from ops.demo.price_book import Price, PriceBook, make_price_book
from tests.ops.demo.conftest import shelf, written


def line(sales: int, off: int = 0, **others: int) -> dict[str, int]:
    return {"sales_value": sales, "retail_disc": off, **others}


@pytest.mark.parametrize(
    ("rows", "price"),
    [
        pytest.param([line(200), line(200), line(250)], Price(200), id="the most frequent"),
        pytest.param([line(250), line(200)], Price(200), id="a tie goes to the lower"),
        pytest.param([line(400, quantity=2)], Price(200), id="by the piece"),
        pytest.param([line(501, quantity=2)], Price(251), id="rounded half away from zero"),
        pytest.param([line(150, 50), line(200)], Price(200, 150), id="half of the lines reduced"),
        pytest.param([line(150, 50), line(200), line(200)], Price(200), id="fewer than half"),
        pytest.param(
            [line(130, 50, coupon_match_disc=20)],
            Price(200, 150),
            id="a matched coupon is no price",
        ),
        pytest.param(
            [line(0), line(0), line(90)], Price(90), id="what was given away says nothing"
        ),
        pytest.param([line(0, 100)], Price(100), id="a gift is no member price"),
        pytest.param([line(99, quantity=0), line(80)], Price(80), id="nor does a quantity of 0"),
        pytest.param([line(0)], None, id="never sold for money"),
        pytest.param([line(70, week=9), line(80, week=9), line(80, week=8)], Price(80), id="year"),
        pytest.param([line(70, 10, week=9)], Price(80), id="no member price outside the week"),
        pytest.param([line(70, week=9), line(70, week=9), line(90)], Price(90), id="week first"),
        pytest.param([line(90, product=3)], None, id="unknown product"),
        pytest.param([line(2006, product=2, quantity=8725)], Price(230), id="fuel by the gallon"),
    ],
)
def test_the_price_of_an_item(rows: list[dict[str, int]], price: Price | None) -> None:
    product = rows[0].get("product", 1)
    book = make_price_book(written(*rows), shelf(1, 2, metered=(2,)), week=1)
    assert book.prices.get(product) == price


def test_members_pay_the_member_price_where_there_is_one() -> None:
    book = PriceBook(1, {1: Price(200, 150), 2: Price(300)}, frozenset())
    assert [book.member_pays(product) for product in (1, 2, 3)] == [150, 300, None]


def test_the_real_book_prices_what_was_ever_sold(book: PriceBook) -> None:
    assert len(book.prices) == 68_246
    assert len(book.sold) == 11_968
    assert all(price.list > 0 for price in book.prices.values())
    assert all(p.member is None or 0 < p.member < p.list for p in book.prices.values())
