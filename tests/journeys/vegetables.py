"""A vegetable counter's scans through the till: weights, markdowns, returns, a new price book every day.

What comes in the morning is in `wholesale`, and what the branch and headquarters make of it all in `store`.

    the file says                        the till does
    sold, at the day's usual price       scans the item; the weight comes from the scale
    sold by whole numbers alone          scans the item, as many as were keyed
    sold at a discount                   scans the label of the scale: weight and marked-down amount; of an
                                         item without a weight, or for less than a label can say, an override
    sold at another price                an override
    given back                           a return without a receipt, at the price it was given back for
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from pyarrow import parquet

from pos_frontend.returns import TakingBack
from schemas.domain.barcode import check_digit
from schemas.domain.quantity import extend, format_quantity
from schemas.wire.records import Item, LabelLayout, Price, PriceChange
from tests.journeys import wholesale
from tests.journeys.found import VegetableFiles
from tests.journeys.lane import Done, JourneyLane, ScaleDouble, lane, sums_of
from tests.journeys.scans import ZONE, Scan, baskets, by_the_piece, read
from tests.journeys.store import Store
from tests.pos_frontend.shop import CHAIN

#: The month with the most returns, which has many markdowns too.
MONTH = tuple(date(2021, 10, 1) + timedelta(days=n) for n in range(31))
_LABEL = LabelLayout(
    layout="ew", prefix="23", item_digits=5, value="amount", value_digits=5, second_digits=5
)
_MOST = 99_999


def run(data: Path, files: VegetableFiles, days: Collection[date], store: Store) -> Done:
    """Sell what was sold on these days, of what came in the morning, and count in the end what is left."""
    scans = read(files.sales, days)
    pieces = by_the_piece(scans)
    costs = wholesale.read(files, days)
    did: Counter[str] = Counter()
    items = list(_items(files.items, scans, pieces))
    with lane(data, ZONE.key, "CNY", [_LABEL, *items]) as shop, store.behind(shop, items):
        known: dict[str, int] = {}
        for on in sorted(days):
            of_day = [one for one in scans if one.at.date() == on]
            opened = datetime.combine(on, time(5), ZONE)
            store.opens(on, opened, wholesale.supplies(costs, on, of_day, pieces))
            _publish(shop, opened, _news(of_day, known))
            with shop.day(on, opened.astimezone(UTC)):
                for basket in baskets(of_day):
                    _sell(shop, basket, pieces, did)
            store.hears_of(of_day)
            if on == max(days):
                store.counts_goods()
            store.closes()
        return Done(sums_of(shop), shop.journal.counters().receipt, did)


def _items(file: Path, scans: list[Scan], pieces: set[str]) -> Iterator[Item]:
    rows = parquet.read_table(file, columns=["单品编码", "单品名称"]).to_pydict()
    names = dict(zip((one[-5:] for one in rows["单品编码"]), rows["单品名称"], strict=True))
    for item in sorted({one.item for one in scans}):
        unit = "piece" if item in pieces else "kg"
        yield Item(item=item, name=names[item], category="", unit=unit)


def _news(of_day: list[Scan], known: dict[str, int]) -> dict[str, int]:
    """The usual prices of a day that differ from the day before's; what was only sold at a discount
    costs the most that it was sold for, until it has a usual price.
    """
    usual: dict[str, Counter[int]] = defaultdict(Counter)
    most: dict[str, int] = {}
    for one in of_day:
        most[one.item] = max(one.price, most.get(one.item, 0))
        if not one.discounted and one.grams > 0:
            usual[one.item][one.price] += 1
    told = {item: prices.most_common(1)[0][0] for item, prices in usual.items()}
    told |= {item: most[item] for item in most if item not in told and item not in known}
    news = {item: price for item, price in told.items() if known.get(item) != price}
    known |= news
    return news


def _publish(shop: JourneyLane, at: datetime, prices: dict[str, int]) -> None:
    document = f"P{at:%Y%m%d}"
    change = PriceChange(
        document=document, title=document, starts=at - timedelta(hours=5), ends=None,
        published=at.toordinal(), rows=len(prices),
    )  # fmt: skip
    rows = [
        Price(document=document, item=item, unit=unit, tier="", price=price)
        for item, price in prices.items()
        for unit in ("kg", "piece")
    ]
    shop.tell(CHAIN, [*rows, change])


def _sell(shop: JourneyLane, basket: list[Scan], pieces: set[str], did: Counter[str]) -> None:
    for one in basket:
        shop.clock.now = one.at.astimezone(UTC)
        did[_enter(shop, one, piece=one.item in pieces)] += 1
    sale = shop.till.sale
    assert sale is not None
    shop.pay(sale.totals.total, cash=shop.journal.counters().receipt % 3 == 0)


def _enter(shop: JourneyLane, one: Scan, *, piece: bool) -> str:
    """Enter a scan as what it is; says what that was."""
    scale = shop.scale
    assert isinstance(scale, ScaleDouble)
    scale.grams = abs(one.grams)
    keyed = f"{format_quantity(abs(one.grams))}*{one.item}" if piece else one.item
    if one.grams < 0:
        price = f"{one.price // 100}.{one.price % 100:02}"
        shop.till.take_back(TakingBack(keyed, "不新鲜", price))
        return "returned"
    amount = extend(one.price, one.grams)
    if one.discounted and not piece and 0 < amount <= _MOST and one.grams <= _MOST:
        body = f"23{one.item}{amount:05}{one.grams:05}"
        shop.till.scan(f"{body}{check_digit(body)}")
        return "labelled"
    shop.till.scan(keyed)
    if shop.charge(amount, "折价" if one.discounted else "时价"):
        return "overridden"
    return "by the piece" if piece else "weighed"
