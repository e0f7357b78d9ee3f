"""What the day asks of the tills: how many lines they cannot charge at the book's price.

Every household is a member, so the price in force is the member price where there is one. A line
whose amount differs from price × quantity, rounded, is sold as an amount override with the reason
"as recorded". A line of an unknown product has no price to differ from; it is counted apart.

    python -m ops.demo.survey [YYYY-MM-DD]

prints the survey of a day, before and after its midday change.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from ops.demo.dataset import DAY, BasketLine, Day, choose_day
from ops.demo.midday_change import BRANCHES, change_instant, midday_change
from ops.demo.price_book import PriceBook, make_price_book
from ops.demo.source import read_catalogue, read_transactions
from schemas.domain.money import divide, format_amount
from schemas.domain.quantity import extend

MOST_OVERRIDES = 1500
"""At most this many of 10,000 lines may be overrides; more would say that the book is wrong."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Baskets by branch, and lines; `unpriced` is a part of `overrides`, `unknown` is not."""

    baskets: Mapping[str, int]
    lines: int
    overrides: int
    unpriced: int
    unknown: int
    zero_quantity: int
    member_prices: int

    @property
    def override_share(self) -> int:
        """Overrides in 10,000 lines."""
        return divide(self.overrides * 10_000, self.lines)

    def __str__(self) -> str:
        branches = ", ".join(f"{code} {count}" for code, count in sorted(self.baskets.items()))
        return (
            f"{sum(self.baskets.values()):,} baskets ({branches}), {self.lines:,} lines; "
            f"{self.overrides:,} sold as recorded ({format_amount(self.override_share)} %), "
            f"{self.unpriced} of them without a price; {self.member_prices:,} at a member price, "
            f"{self.unknown} of unknown items, {self.zero_quantity} of quantity 0"
        )


def survey(
    day: Day,
    book: PriceBook,
    change: Mapping[str, int] | None = None,
    branches: Collection[str] = BRANCHES,
) -> Survey:
    """Count the day's lines; with `change`, as if it were in force at `branches` on the instant."""
    counts: Counter[str] = Counter()
    for basket in day.baskets:
        changed = basket.branch in branches and basket.started_at >= change_instant(day)
        for line in basket.lines:
            price = price_for(line, book, change or {} if changed else {})
            counts["unknown"] += not line.known
            counts["overrides"] += line.known and not charged_as_recorded(line, price)
            counts["unpriced"] += line.known and price is None
            counts["zero_quantity"] += line.quantity == 0
            counts["member_prices"] += line.known and _has_member_price(line, book)
    return Survey(
        baskets=Counter(basket.branch for basket in day.baskets),
        lines=len(day.lines()),
        overrides=counts["overrides"],
        unpriced=counts["unpriced"],
        unknown=counts["unknown"],
        zero_quantity=counts["zero_quantity"],
        member_prices=counts["member_prices"],
    )


def price_for(line: BasketLine, book: PriceBook, change: Mapping[str, int]) -> int | None:
    """Return the cents a member pays for one unit; None when unknown or without a price."""
    if not line.known:
        return None
    return change.get(line.item, book.member_pays(line.product_id))


def charged_as_recorded(line: BasketLine, price: int | None) -> bool:
    """Tell whether a till at that price comes to the recorded amount by itself."""
    return price is not None and extend(price, line.thousandths) == line.sales_value


def _has_member_price(line: BasketLine, book: PriceBook) -> bool:
    price = book.prices.get(line.product_id)
    return price is not None and price.member is not None


def main(arguments: list[str]) -> None:
    """Print the survey of the day named, or of the demo's day."""
    transactions = read_transactions()
    catalogue = read_catalogue(transactions)
    on = date.fromisoformat(arguments[0]) if arguments else DAY
    day = choose_day(transactions, catalogue, on)
    book = make_price_book(transactions, catalogue, day.week)
    change = dict(midday_change(day, book, catalogue))
    sys.stdout.write(
        f"{on}: {survey(day, book)}\n"
        f"with the midday change of {len(change)} items: {survey(day, book, change)}\n"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
