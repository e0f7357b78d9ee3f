"""The day's baskets: what was bought, where, by whom and when, as the lanes are to sell it.

A basket becomes a ticket. Its household is the member, each of its lines a sale line that the
customer owes `sales_value` for: that is what remained after `retail_disc` (the member's price) and
`coupon_match_disc` (the chain matching a coupon) were taken off the list price. `coupon_disc` is a
manufacturer's coupon, which does not lower what is owed: it is a tender.

Some lines have quantity 0. Almost all carry no amount either; they are coupons and corrections that
passed the scanner. They are sold as one piece at the amount recorded, because a ticket cannot hold
a line of nothing, and without the line the count of lines and the coupon's own line would be lost.

A product that the catalogue does not have is marked `known=False`; nothing is sold silently.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from ops.demo.source import Catalogue, DataError, Transactions
from ops.demo.stores import gather, lane_of

ZONE = ZoneInfo("America/New_York")
DAY = date(2017, 1, 5)
"""The demo's day: 406 baskets and 4,093 lines; no ticket is worth nothing, and none is paid for
with coupons beyond its total."""


@dataclass(frozen=True, slots=True)
class BasketLine:
    """One line. Amounts in cents; `quantity` as recorded, `thousandths` as it is to be sold."""

    product_id: int
    quantity: int
    thousandths: int
    sales_value: int
    retail_disc: int
    coupon_disc: int
    coupon_match_disc: int
    known: bool

    @property
    def item(self) -> str:
        """The item code at headquarters."""
        return str(self.product_id)


@dataclass(frozen=True, slots=True)
class Basket:
    """One basket. `lane` is 1 to 5 within `branch`; `started_at` is on the clock of the branch."""

    basket_id: int
    store: int
    branch: str
    lane: int
    household: int
    started_at: datetime
    lines: tuple[BasketLine, ...]

    @property
    def total(self) -> int:
        """What the customer owes, in cents."""
        return sum(line.sales_value for line in self.lines)

    @property
    def coupons(self) -> int:
        """How much of it is paid with coupons, in cents."""
        return sum(line.coupon_disc for line in self.lines)


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the chain; baskets by start, then by number. `week` is the data set's own."""

    on: date
    week: int
    branch_of_store: Mapping[int, str]
    baskets: tuple[Basket, ...]

    def lines(self) -> list[BasketLine]:
        """Return the lines of all baskets, in their order."""
        return [line for basket in self.baskets for line in basket.lines]


def choose_day(
    transactions: Transactions, catalogue: Catalogue, on: date = DAY, baskets: int | None = None
) -> Day:
    """Take the baskets of one day on the branches' clock, or only so many, spread over the day.

    The branches are those of the whole day, so that a reduced day has each basket where the whole
    day has it; lanes take turns over what is left. Raises DataError for a day without sales.
    """
    first = int(datetime(on.year, on.month, on.day, tzinfo=ZONE).timestamp())
    after = on + timedelta(days=1)
    last = int(datetime(after.year, after.month, after.day, tzinfo=ZONE).timestamp())
    rows = transactions.where((transactions.at >= first) & (transactions.at < last))
    if not len(rows):
        message = f"no basket was recorded on {on}: choose a day of 2017"
        raise DataError(message)
    _, opening = np.unique(rows.basket, return_index=True)
    branch_of_store = gather(Counter(rows.store[opening].tolist()))
    opening = opening[np.lexsort((rows.basket[opening], rows.at[opening]))]
    chosen = _spread(opening.tolist(), baskets)
    week = int(rows.week[0])
    return Day(on, week, branch_of_store, _baskets(rows, chosen, branch_of_store, catalogue))


def _spread(ranked: list[int], wanted: int | None) -> list[int]:
    """`wanted` of them at even distances, all when None; never more than there are."""
    count = len(ranked)
    keep = count if wanted is None else min(wanted, count)
    return [row for i, row in enumerate(ranked) if (i + 1) * keep // count > i * keep // count]


def _baskets(
    rows: Transactions, opening: list[int], branch_of_store: Mapping[int, str], catalogue: Catalogue
) -> tuple[Basket, ...]:
    lines: dict[int, list[BasketLine]] = {int(rows.basket[row]): [] for row in opening}
    for row, basket in enumerate(rows.basket.tolist()):
        if basket in lines:
            lines[basket].append(_line(rows, row, catalogue))
    turns: Counter[str] = Counter()
    baskets = []
    for row in opening:
        basket, store = int(rows.basket[row]), int(rows.store[row])
        branch = branch_of_store[store]
        lane = lane_of(turns[branch])
        turns[branch] += 1
        started = datetime.fromtimestamp(int(rows.at[row]), ZONE)
        household = int(rows.household[row])
        content = tuple(lines[basket])
        baskets.append(Basket(basket, store, branch, lane, household, started, content))
    return tuple(baskets)


def _line(rows: Transactions, row: int, catalogue: Catalogue) -> BasketLine:
    product, quantity = int(rows.product[row]), int(rows.quantity[row])
    return BasketLine(
        product_id=product,
        quantity=quantity,
        thousandths=thousandths(product, quantity, catalogue),
        sales_value=int(rows.sales_value[row]),
        retail_disc=int(rows.retail_disc[row]),
        coupon_disc=int(rows.coupon_disc[row]),
        coupon_match_disc=int(rows.coupon_match_disc[row]),
        known=product in catalogue.products,
    )


def thousandths(product: int, quantity: int, catalogue: Catalogue) -> int:
    """Convert a recorded quantity to thousandths of the product's unit; 0 counts as one piece."""
    if quantity and product in catalogue.metered:
        return quantity
    return max(quantity, 1) * 1000
