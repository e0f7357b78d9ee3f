"""A week of grocery baskets through the till: members, coupons, and what deviates from the price book.

    the file says                          the till does
    a household                            sets the member, who pays members' prices
    a product at its usual price           scans its barcode
    a matched coupon, or another amount    an override, whose reason says which
    a product that was only given away     an unknown item, overridden to nothing
    a manufacturer's coupon                a tender, under the coupon's number where it is recorded

The price book and the baskets are those of the demo (`ops.demo`), of which the sums know nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from pyarrow import parquet

from ops.demo.cashier import pays_cash
from ops.demo.dataset import ZONE, Basket, BasketLine, Day, choose_day
from ops.demo.master_files import TIER, gtin, item_name, member_of, unit_of
from ops.demo.price_book import make_price_book
from ops.demo.source import Catalogue, Transactions, data_file, read_catalogue, read_transactions
from schemas.domain.barcode import normalise
from schemas.domain.quantity import format_quantity
from schemas.wire.records import Barcode, Item, Member, Price, PriceChange, RecordBody
from tests.journeys.lane import Done, JourneyLane, lane, sums_of
from tests.pos_frontend.shop import CHAIN, LONG_AGO

WEEK = tuple(date(2017, 1, 2) + timedelta(days=n) for n in range(7))
#: The coupons that a household redeemed on a date.
Redeemed = dict[tuple[int, date], list[int]]


def run(data: Path, days: Collection[date]) -> Done:
    """Sell the baskets of these days."""
    transactions = read_transactions()
    catalogue = read_catalogue(transactions)
    sold = [choose_day(transactions, catalogue, on) for on in sorted(days)]
    redeemed = _redeemed()
    did: Counter[str] = Counter()
    with lane(data, ZONE.key, "USD", _chain(sold, catalogue)) as shop:
        week = 0
        for day in sold:
            if day.week != week:
                week = day.week
                shop.tell(CHAIN, _book(transactions, catalogue, day))
            opened = datetime.combine(day.on, time(), ZONE).astimezone(UTC)
            with shop.day(day.on, opened):
                for basket in day.baskets:
                    _sell(shop, basket, redeemed, did)
        return Done(sums_of(shop), shop.journal.counters().receipt, did)


def transactions_file() -> Path:
    """The file that everything was read from. Raises DataError, which says how to get it."""
    return data_file("transactions")


def _chain(days: list[Day], catalogue: Catalogue) -> Iterator[RecordBody]:
    products = {line.product_id for day in days for line in day.lines() if line.known}
    for number in sorted(products):
        unit, product = unit_of(number, catalogue), catalogue.products[number]
        yield Item(item=str(number), name=item_name(product), category="", unit=unit)
        yield Barcode(barcode=normalise(gtin(number)), item=str(number), unit=unit)
    for household in sorted({basket.household for day in days for basket in day.baskets}):
        yield Member(member=member_of(household), tier=TIER, sealed="")


def _book(transactions: Transactions, catalogue: Catalogue, day: Day) -> Iterator[RecordBody]:
    book, document = make_price_book(transactions, catalogue, day.week), f"W{day.week}"
    for number in sorted(book.sold):
        price, unit = book.prices[number], unit_of(number, catalogue)
        for tier, amount in (("", price.list), (TIER, price.member)):
            if amount is not None:
                yield Price(document=document, item=str(number), unit=unit, tier=tier, price=amount)
    yield PriceChange(
        document=document, title=document, starts=LONG_AGO.replace(year=2016), ends=None,
        published=day.week, rows=len(book.sold),
    )  # fmt: skip


def _redeemed() -> Redeemed:
    rows = parquet.read_table(data_file("coupon_redemptions")).to_pylist()
    found: Redeemed = {}
    for row in rows:
        on = row["redemption_date"].date()
        found.setdefault((row["household_id"], on), []).append(row["coupon_upc"])
    return found


def _sell(shop: JourneyLane, basket: Basket, redeemed: Redeemed, did: Counter[str]) -> None:
    shop.clock.now = basket.started_at.astimezone(UTC)
    shop.till.set_member(member_of(basket.household))
    for line in basket.lines:
        did[_enter(shop, line)] += 1
    coupons = min(basket.coupons, basket.total)
    if coupons:
        named = redeemed.get((basket.household, basket.started_at.date()), [])
        reference = str(named.pop()) if named else "manufacturer"
        did["coupon, numbered" if reference != "manufacturer" else "coupon"] += 1
        if shop.till.tender("coupon", f"{coupons // 100}.{coupons % 100:02}", reference):
            return
    left = basket.total - coupons
    if left:
        shop.pay(left, cash=pays_cash(basket))
    elif not shop.till.sale or not shop.till.sale.tenders:
        shop.till.tender("cash")


def _enter(shop: JourneyLane, line: BasketLine) -> str:
    """Enter a line as what it is; says what that was."""
    keyed = f"{format_quantity(line.thousandths)}*{gtin(line.product_id)}"
    priced = line.known and shop.prices(line.item)
    if priced:
        shop.till.scan(keyed)
    else:
        # Nothing is entered at no price; what was recorded at none is overridden to it.
        shop.till.sell_unknown(keyed, "0.01", "")
    reason = "matched coupon" if line.coupon_match_disc else "as recorded"
    if shop.charge(line.sales_value, reason):
        return f"{reason}, override" if priced else "unknown item"
    return "scanned" if priced else "unknown item"
