"""The lines of completejourney as those of a chain: eight months of its stores, with all that reports tell apart.

What the file does not say is derived by a rule that headquarters knows nothing of:

    region, tier, supplier   the remainder of the store's, the household's, the manufacturer's number; 0 is none
    operator                 one of three of the store, by the household
    list price               of a piece, sales and retail discount divided by the pieces, upward to a cent
    discounts                the retail discount is a promotion, one of seven by the product; what else differs from
                             price × pieces is an override
    tax                      in the sales, at 13 or 9 per cent by the product
    tenders                  coupons up to what is owed, then a card or cash by the household; of cash, whole dollars
                             are given and change comes back

A `DataFrame` of lines and one of baskets; amounts are cents, quantities thousandths.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import numpy as np
import pandas as pd
from pandas import DataFrame, Series
from pyarrow import parquet

from ops.demo.source import cents, data_file

FIRST, LAST = date(2017, 1, 1), date(2017, 8, 31)
#: The control totals are of eight months; the package has the whole year.
_UNTIL = datetime(2017, 9, 1)  # noqa: DTZ001 - the file names no zone
_REGIONS, _TIERS, _SUPPLIERS, _PROMOTIONS, _OPERATORS = 5, 4, 60, 7, 3
_WHOLE_RATE = 10_000
_DOLLAR = 100


def read(stores: Sequence[int] | None = None) -> DataFrame:
    """The lines, of these stores or of all, those of a basket together and a store's in their order."""
    lines = parquet.read_table(data_file("transactions")).to_pandas()
    lines = lines[lines["transaction_timestamp"] < _UNTIL]
    if stores is not None:
        lines = lines[lines["store_id"].isin(list(stores))]
    products = parquet.read_table(data_file("products")).to_pandas().set_index("product_id")
    lines = lines.sort_values(["store_id", "transaction_timestamp", "basket_id"], kind="stable")
    lines = lines.reset_index(drop=True)
    made = DataFrame({"basket": lines["basket_id"]})
    _add_keys(made, lines, products)
    _add_amounts(made, lines)
    words = made.select_dtypes(["object", "str"]).columns
    # As numbers of words, which group many times as fast.
    return made.astype(dict.fromkeys(words, "category"))


def _add_keys(made: DataFrame, lines: DataFrame, products: DataFrame) -> None:
    store, household, product = lines["store_id"], lines["household_id"], lines["product_id"]
    at = lines["transaction_timestamp"]
    made["at"] = at
    made["branch"] = "S" + store.astype(str)
    made["region"] = _told("R", store % _REGIONS)
    number, dates = pd.factorize(at.dt.normalize())
    mondays = dates - pd.to_timedelta(dates.day_of_week, "D")
    made["day"] = dates.strftime("%Y-%m-%d").to_numpy()[number]
    made["month"] = dates.strftime("%Y-%m-01").to_numpy()[number]
    made["weekday"] = (dates.day_of_week + 1).astype(str).to_numpy()[number]
    made["week"] = mondays.strftime("%Y-%m-%d").to_numpy()[number]
    made["hour"] = np.array([f"{hour:02}" for hour in range(24)], dtype=object)[at.dt.hour]
    made["item"] = product.astype(str)
    known = products.reindex(product)
    made["department"] = known["department"].fillna("unknown").to_numpy()
    made["category"] = made["department"] + "/" + known["product_category"].fillna("").to_numpy()
    made["supplier"] = _told(
        "V", known["manufacturer_id"].fillna(0).astype(int) % _SUPPLIERS
    ).to_numpy()
    made["operator"] = made["branch"] + "-C" + (household % _OPERATORS).astype(str)
    made["member"] = "H" + household.astype(str)
    made["tier"] = _told("T", household % _TIERS)
    made["rule"] = "P" + (product % _PROMOTIONS).astype(str)
    made["by_card"] = household % 3 == 0
    made["rate"] = np.where(product % 2 == 0, 1300, 900)


def _told(letter: str, remainder: Series) -> Series:
    return (letter + remainder.astype(str)).where(remainder != 0, "")


def _add_amounts(made: DataFrame, lines: DataFrame) -> None:
    def column(name: str) -> np.ndarray:
        return cents(lines[name].to_numpy(), name)

    pieces = lines["quantity"].to_numpy()
    sales, retail = column("sales_value"), column("retail_disc")
    listed = sales + retail
    price = np.where(pieces > 0, -(-listed // np.maximum(pieces, 1)), 0)
    rate = made["rate"].to_numpy()
    made["lines"], made["quantity"], made["price"] = 1, pieces * 1000, price
    made["list_amount"], made["sales"], made["retail"] = price * pieces, sales, retail
    made["override"] = price * pieces - listed
    # Half a cent upward, of amounts that are never below nought.
    made["tax"] = (2 * sales * rate + _WHOLE_RATE + rate) // (2 * (_WHOLE_RATE + rate))
    made["coupon"] = column("coupon_disc")


def baskets(lines: DataFrame) -> DataFrame:
    """One row for each basket, in the order of the lines, with what was paid and how."""
    grouped = lines.groupby(["branch", "basket"], sort=False, observed=True)
    found = grouped.first().reset_index()
    sums = grouped[["lines", "sales", "coupon"]].sum().reset_index()
    found["lines"], found["total"] = sums["lines"], sums["sales"]
    found["receipts"] = found["member_receipts"] = 1
    found["coupons"] = np.minimum(sums["coupon"], sums["sales"])
    owed = found["total"] - found["coupons"]
    found["card"] = owed.where(found["by_card"], 0)
    cash = owed.where(~found["by_card"], 0)
    found["cash"] = -(-cash // _DOLLAR) * _DOLLAR
    found["change"] = found["cash"] - cash
    # Somebody who owes nothing at all pays that in cash.
    found["pays_cash"] = (found["cash"] > 0) | (found["total"] == 0)
    return found


def tenders(paid: DataFrame) -> DataFrame:
    """One row for each payment of these baskets, with its kind and what was taken and given back."""
    kinds = {
        "coupon": paid["coupons"] > 0, "card": paid["card"] > 0, "cash": paid["pays_cash"],
    }  # fmt: skip
    amounts = {"coupon": "coupons", "card": "card", "cash": "cash"}
    found = [
        paid[pays].assign(
            tender=kind, payments=1, taken=paid[amounts[kind]],
            change=paid["change"] if kind == "cash" else 0,
        )
        for kind, pays in kinds.items()
    ]  # fmt: skip
    return pd.concat(found)
