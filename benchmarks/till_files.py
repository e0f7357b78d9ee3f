"""A lane's files as a large shop has them: a million items, and a thousand promotions on 2,000 of them.

Made once per run, whoever of the till's benchmarks asks first; each leaves them as it found them, with
no shift open. Its branch is away, which no till may notice; receipts go nowhere.
"""

from __future__ import annotations

import os
import random
import time
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from benchmarks import catalogue, lane_files, million, offers
from benchmarks.catalogue import Catalogue
from benchmarks.lane_files import BRANCH
from benchmarks.scale import Scale
from replication.credentials import hash_secret
from replication.streams import CHAIN_FEED, branch_feed, local_feed
from schemas.wire.promotion_rule import encode_rule
from schemas.wire.record import Record
from schemas.wire.records import Branch, BusinessDay, Operator, Promotion, RecordBody

CASHIER, PIN = "B001-C1", "100101"
#: What the till is started with, in the directory that is answered.
SETTINGS_FILE = "lane.toml"
#: Enough that 2,000 of them have a price.
_FEW = 3_000
_DAY = date(2026, 3, 2)
#: Nothing listens on the discard port: the line is down at once, and stays so.
_SETTINGS = """\
data = "lane"
parent = "http://127.0.0.1:9"
language = "en"

[web]
port = 0

[printer]
kind = "none"
"""


@dataclass(frozen=True, slots=True)
class Shop:
    """Where a lane's files are, how many items they hold, and the barcodes of what promotions are on."""

    place: Path
    items: int
    codes: list[str]
    notes: tuple[str, ...]


@cache
def large(root: Path, scale: Scale) -> Shop:
    """The files with the whole catalogue and its copies, in the directory of a run."""
    begun = time.monotonic()
    known = catalogue.whole(scale.items)
    place = root / "million"
    codes = _make(place, known, scale.lane_items)
    items = million.widen(place / "lane", scale.lane_items)
    # Pages that are on their way to the disk would be in the way of whatever is measured next.
    os.sync()
    size = (place / "lane" / "catalogue.db").stat().st_size
    note = (
        f"the lane's catalogue: {items:,} items in {size / 2**20:,.0f} MiB, 1,000 promotions, "
        f"made in {time.monotonic() - begun:.0f} s"
    )
    return Shop(place, items, codes, (known.source, note))


def small(place: Path) -> Shop:
    """The same with a few items made up, as many promotions on these, in a directory of its own."""
    known = catalogue.whole(_FEW)
    return Shop(place, known.count, _make(place, known, known.count), ())


def _make(place: Path, known: Catalogue, items: int) -> list[str]:
    """Make the files with what comes through feeds; answer the barcodes of what promotions are on."""
    chance = random.Random(1)
    sold = million.some(known, items, offers.ITEMS, chance)
    promotions: list[RecordBody] = [
        Promotion(promotion=one.id, ends=None, published=number, rule=encode_rule(one))
        for number, one in enumerate(offers.promotions(chance, [one.item for one in sold]), 1)
    ]
    data = place / "lane"
    branch = lane_files.make(data)
    lane_files.load(data, branch, CHAIN_FEED, known.records)
    lane_files.load(data, branch, branch_feed(BRANCH), _numbered([*_shop(), *promotions]))
    lane_files.load(data, branch, local_feed(BRANCH), _numbered([_today()]))
    (place / SETTINGS_FILE).write_text(_SETTINGS, encoding="utf-8")
    return [one.code for one in sold]


def _shop() -> list[RecordBody]:
    branch = Branch(branch=BRANCH, name="Branch B001", zone="America/New_York", currency="USD")
    cashier = Operator(
        operator=CASHIER, name="Cashier B001-1", role="cashier", pin_hash=hash_secret(PIN)
    )
    return [branch, cashier]


def _today() -> RecordBody:
    return BusinessDay(business_date=_DAY, state="open")


def _numbered(bodies: list[RecordBody]) -> list[Record]:
    return [
        Record(number, body.kind, body.record_key(), body.version, body.encode())
        for number, body in enumerate(bodies, 1)
    ]
