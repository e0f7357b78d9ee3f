"""What a vegetable counter gets each morning, and what is lost of it.

The file says what each item cost on each day and how much of it is lost as a rule, not what was ordered and
when what was lost. That is a composition:

    lost         of what is sold of an item on a day, its loss rate; of what is sold by the piece, whole pieces
    delivered    what is sold and what is lost, and up to the next whole kilogram (or piece), at the day's price

What was lost is gone from the shelf, and nobody is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pyarrow import array, compute, parquet

from schemas.domain.money import divide
from tests.journeys.found import VegetableFiles
from tests.journeys.scans import Scan

_ONE = 1000


@dataclass(frozen=True, slots=True)
class Supply:
    """An item's morning: thousandths of its unit that come and that are going to be lost, and what those
    that come cost together.
    """

    delivered: int
    cost: int
    lost: int


@dataclass(frozen=True, slots=True)
class Wholesale:
    """Prices by day and item, in thousandths of a yuan, and loss rates by item, in hundredths of a per cent."""

    prices: Mapping[tuple[date, str], int]
    rates: Mapping[str, int]


def read(files: VegetableFiles, days: Collection[date]) -> Wholesale:
    """The prices of these days, and the rates of all items."""
    table = parquet.read_table(files.wholesale)
    wanted = compute.is_in(table["日期"], value_set=array([day.isoformat() for day in days]))
    rows = table.filter(wanted).to_pydict()
    named = zip(rows["日期"], rows["单品编码"], rows["批发价格(元/千克)"], strict=True)
    losses = parquet.read_table(files.losses).to_pydict()
    rates = zip(losses["单品编码"], losses["损耗率(%)"], strict=True)
    return Wholesale(
        {(date.fromisoformat(on), item[-5:]): int(price * 1000) for on, item, price in named},
        {item[-5:]: int(Decimal(rate) * 100) for item, rate in rates},
    )


def supplies(
    wholesale: Wholesale, on: date, of_day: Iterable[Scan], pieces: Collection[str]
) -> dict[str, Supply]:
    """What comes and what is lost of each item that is scanned on a day."""
    sold: dict[str, int] = defaultdict(int)
    for one in of_day:
        sold[one.item] += max(one.grams, 0)
    found: dict[str, Supply] = {}
    for item, quantity in sorted(sold.items()):
        step = _ONE if item in pieces else 1
        lost = divide(quantity * wholesale.rates[item], 10_000 * step) * step
        delivered = ((quantity + lost) // _ONE + 1) * _ONE
        cost = divide(wholesale.prices[on, item] * delivered, 10 * _ONE)
        found[item] = Supply(delivered, cost, lost)
    return found
