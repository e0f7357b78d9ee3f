"""The price change at midday: 500 items of the shelf go up by a twentieth in two branches.

It mixes items that these branches go on to sell with items that nobody buys any more that day. The
former show in the delivery grid: half of them are the ones bought soonest after the change, which a
lane that has not heard of it sells at the old price; the others spread over the rest of the day.
All are taken from items that tills would have charged as recorded, so that every difference the
change makes is its own.

An item with a member price is left alone, since members would go on paying that, and so is fuel,
whose price never comes out to the cent.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from ops.demo.dataset import Day
from ops.demo.price_book import PriceBook
from ops.demo.source import Catalogue
from schemas.domain.money import divide
from schemas.domain.quantity import extend

ITEMS = 500
SOLD_LATER = 30
BRANCHES = ("N001", "N002")
HOUR = 15


def change_instant(day: Day) -> datetime:
    """Return when the change takes effect: three in the afternoon on the branches' clock."""
    zone = day.baskets[0].started_at.tzinfo
    return datetime(day.on.year, day.on.month, day.on.day, HOUR, tzinfo=zone)


def midday_change(
    day: Day,
    book: PriceBook,
    catalogue: Catalogue,
    *,
    items: int = ITEMS,
    sold_later: int = SOLD_LATER,
    branches: Collection[str] = BRANCHES,
) -> list[tuple[str, int]]:
    """Choose items and their new list prices in cents, by item number; always the same ones.

    `sold_later` of the items are sold in `branches` after `change_instant`, or fewer on a reduced
    day. The unit is the piece. Nothing else in the day or the book is changed.
    """
    later = _soonest_and_spread(_sold_after(day, book, catalogue, branches), sold_later)
    bought = {line.product_id for line in day.lines()}
    idle = (i for i in sorted(book.sold - bought) if _may_change(i, book, catalogue))
    chosen = later + [product for product, _ in zip(idle, range(items - len(later)), strict=False)]
    return [(str(product), _raised(book.prices[product].list)) for product in sorted(chosen)]


def _raised(price: int) -> int:
    return price + max(1, divide(price, 20))


def _may_change(product: int, book: PriceBook, catalogue: Catalogue) -> bool:
    price = book.prices.get(product)
    return price is not None and price.member is None and product not in catalogue.metered


def _sold_after(
    day: Day, book: PriceBook, catalogue: Catalogue, branches: Collection[str]
) -> list[int]:
    """Find what the branches sell afterwards at exactly the old price, the soonest sold first."""
    after = change_instant(day)
    first: dict[int, None] = {}
    for basket in day.baskets:
        if basket.branch not in branches or basket.started_at < after:
            continue
        for line in basket.lines:
            price = book.prices.get(line.product_id)
            if price is None or not _may_change(line.product_id, book, catalogue):
                continue
            if line.quantity and extend(price.list, line.thousandths) == line.sales_value:
                first.setdefault(line.product_id)
    return list(first)


def _soonest_and_spread(products: list[int], wanted: int) -> list[int]:
    """Take half of `wanted` from the front, the other half at even distances behind it."""
    soonest, rest = products[: wanted // 2], products[wanted // 2 :]
    others = min(wanted - wanted // 2, len(rest))
    return soonest + [rest[n * len(rest) // others] for n in range(others)]
