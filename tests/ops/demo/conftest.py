"""The real data, read once per worker, and a way to write a handful of lines by hand."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from ops.demo.dataset import Day, choose_day
from ops.demo.price_book import PriceBook, make_price_book
from ops.demo.source import (
    Catalogue,
    Product,
    Transactions,
    read_catalogue,
    read_transactions,
)


@pytest.fixture(scope="session")
def transactions() -> Transactions:
    return read_transactions()


@pytest.fixture(scope="session")
def catalogue(transactions: Transactions) -> Catalogue:
    return read_catalogue(transactions)


@pytest.fixture(scope="session")
def day(transactions: Transactions, catalogue: Catalogue) -> Day:
    return choose_day(transactions, catalogue)


@pytest.fixture(scope="session")
def book(transactions: Transactions, catalogue: Catalogue, day: Day) -> PriceBook:
    return make_price_book(transactions, catalogue, day.week)


def written(*rows: dict[str, int]) -> Transactions:
    """Lines by hand: what a row leaves out is 0, but one piece of product 1 in week 1."""
    names = [field.name for field in fields(Transactions)]
    usual = dict.fromkeys(names, 0) | {"product": 1, "quantity": 1, "week": 1}
    full = [usual | row for row in rows]
    return Transactions(**{name: np.array([row[name] for row in full], np.int64) for name in names})


def shelf(*products: int, metered: tuple[int, ...] = ()) -> Catalogue:
    """A catalogue of these products and no others."""
    made = {number: Product(number, "GROCERY", "TEA", "GREEN", "8 OZ") for number in products}
    return Catalogue(made, frozenset(metered))
