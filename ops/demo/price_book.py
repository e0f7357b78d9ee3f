"""The price book of a week: what a shelf label said, worked out from what was charged.

Per item, from the lines of the week (the least price wins a tie):

    list price    the most frequent (sales_value + retail_disc + coupon_match_disc) ÷ quantity
    member price  the most frequent (sales_value + coupon_match_disc) ÷ quantity of the lines that
                  had a retail_disc; published when at least half of the item's lines had one and
                  it is below the list price, so that it is the item's usual price and no accident

An item that was not sold in that week keeps the most frequent list price of the whole year and has
no member price. A price of nothing is never a price: an item that was only ever given away has none.
Lines of quantity 0 say nothing about a price and are left out.

A quotient is rounded to a cent, half away from zero, before prices are counted: two for $5.01 is a
price of $2.51, and the till will be a cent off on that line. What a till would charge and what was
recorded therefore differ on some lines; `Survey` counts them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ops.demo.source import Catalogue, Ints, Transactions
from schemas.domain.money import divide

_SPAN = 1 << 30
"""More cents than any amount or price has: two numbers packed into one can be counted together."""


@dataclass(frozen=True, slots=True)
class Price:
    """Cents for one unit; members pay `member` where there is one."""

    list: int
    member: int | None = None


@dataclass(frozen=True, slots=True)
class PriceBook:
    """Prices by product; `sold` are the products that were sold in the week itself."""

    week: int
    prices: Mapping[int, Price]
    sold: frozenset[int]

    def member_pays(self, product_id: int) -> int | None:
        """Return what a member pays for one unit, or None when the item has no price."""
        price = self.prices.get(product_id)
        if price is None:
            return None
        return price.list if price.member is None else price.member


def make_price_book(transactions: Transactions, catalogue: Catalogue, week: int) -> PriceBook:
    """Work out the prices of one of the data set's weeks, for products of the catalogue only."""
    year = transactions.where(transactions.quantity > 0)
    this_week = year.where(year.week == week)
    current = _list_prices(this_week, catalogue)
    sold = np.fromiter(current, np.int64)
    lists = current | _list_prices(year.where(~np.isin(year.product, sold)), catalogue)
    members = _member_prices(this_week, catalogue)
    prices = {}
    for product in sorted(lists.keys() & catalogue.products.keys()):
        price = lists[product]
        member = members.get(product, price)
        prices[product] = Price(price, member if member < price else None)
    return PriceBook(week, prices, frozenset(prices.keys() & current.keys()))


def _list_prices(rows: Transactions, catalogue: Catalogue) -> dict[int, int]:
    amounts = rows.sales_value + rows.retail_disc + rows.coupon_match_disc
    return _usual(rows.product, _unit_prices(rows, amounts, catalogue))


def _member_prices(rows: Transactions, catalogue: Catalogue) -> dict[int, int]:
    """Find member prices for products of which at least half of the lines had a retail_disc."""
    products, which, lines = np.unique(rows.product, return_inverse=True, return_counts=True)
    reduced = rows.retail_disc > 0
    often = np.bincount(which[reduced], minlength=len(products)) * 2 >= lines
    usual = rows.where(reduced & often[which])
    amounts = usual.sales_value + usual.coupon_match_disc
    return _usual(usual.product, _unit_prices(usual, amounts, catalogue))


def _unit_prices(rows: Transactions, amounts: Ints, catalogue: Catalogue) -> Ints:
    """Divide into cents for one unit; each quotient once, since few of them differ."""
    metered = np.isin(rows.product, np.fromiter(catalogue.metered, np.int64))
    quantities = np.where(metered, rows.quantity, rows.quantity * 1000)
    pairs, which = np.unique(quantities * _SPAN + amounts, return_inverse=True)
    quotients = (divmod(pair, _SPAN) for pair in pairs.tolist())
    prices = [divide(amount * 1000, quantity) for quantity, amount in quotients]
    return np.array(prices, np.int64)[which]


def _usual(products: Ints, prices: Ints) -> dict[int, int]:
    """Find the most frequent price of each product, leaving out what was given away."""
    charged = prices > 0
    pairs, lines = np.unique(products[charged] * _SPAN + prices[charged], return_counts=True)
    product, price = pairs // _SPAN, pairs % _SPAN
    order = np.lexsort((price, -lines, product))
    first = np.unique(product[order], return_index=True)[1]
    chosen = order[first]
    return dict(zip(product[chosen].tolist(), price[chosen].tolist(), strict=True))
