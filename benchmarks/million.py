"""A lane's catalogue of a million items: the whole catalogue as it is, and copies of it beside it.

    copy         items        barcodes                                       prices
    none         as they are  04, ten digits, their check digit              as they are
    1, 2, 3, …   `1-10001`    05, 06, 07, … and the same ten digits, theirs  those of what is copied

The whole catalogue comes through the feed. Copies are written straight into the lane's tables, by the
statement that writes a feed's rows and at the same generation: a feed of a million takes minutes to
make, and leaves the same rows. The last copy ends where the million is full.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Row, Table, select

from benchmarks.catalogue import Catalogue
from pos_frontend import databases
from replication.streams import CHAIN_FEED
from schemas.domain.barcode import check_digit, normalise
from schemas.tables.base import reading
from schemas.tables.bulk import replace_rows
from schemas.tables.catalogue import barcode, item, price

#: The prefix of the whole catalogue's own barcodes.
_OWN = 4
#: Rows of one transaction, as many as a batch of a feed has.
_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Sold:
    """An item that has a price, and its barcode."""

    code: str
    item: str


def some(known: Catalogue, most: int, count: int, chance: random.Random) -> list[Sold]:
    """Choose what has a price at random, out of the whole catalogue and the copies that are whole."""
    priced, copies = len(known.codes), max(1, most // known.count)
    chosen = (divmod(place, priced) for place in chance.sample(range(priced * copies), count))
    return [
        Sold(_code(known.codes[place], copy), _item(known.items[place], copy))
        for copy, place in chosen
    ]


def widen(data: Path, most: int) -> int:
    """Write copies into a lane's files until it has `most` items; answer how many it has."""
    with databases.for_sync(data) as both:
        held = {table: _held(both.catalogue, table) for table in _COPIED}
        there, copy = len(held[item]), 0
        while there < most:
            copy += 1
            named = {row.item for row in held[item][: most - there]}
            for table, copied in _COPIED.items():
                rows = [copied(row, copy) for row in held[table] if row.item in named]
                _write(both.catalogue, table, rows)
            there += len(named)
    return there


def _held(catalogue: Engine, table: Table) -> list[Row[Any]]:
    with reading(catalogue) as connection:
        return list(connection.execute(select(table).where(table.c.stream == CHAIN_FEED)))


def _write(catalogue: Engine, table: Table, rows: list[tuple[Any, ...]]) -> None:
    for start in range(0, len(rows), _AT_ONCE):
        with catalogue.begin() as connection:
            replace_rows(connection, table, table.columns.keys(), rows[start : start + _AT_ONCE])


def _copied_item(row: Row[Any], copy: int) -> tuple[Any, ...]:
    code = _item(row.item, copy)
    return (
        row.stream, code, row.generation, code, row.name, row.category, row.unit, row.tax_code,
        row.stocked,
    )  # fmt: skip


def _copied_barcode(row: Row[Any], copy: int) -> tuple[Any, ...]:
    code = normalise(_code(row.barcode[1:], copy))
    return row.stream, code, row.generation, code, _item(row.item, copy), row.unit


def _copied_price(row: Row[Any], copy: int) -> tuple[Any, ...]:
    name = _item(row.item, copy)
    key = f"{row.document}/{name}/{row.unit}/{row.tier}"
    return row.stream, key, row.generation, row.document, name, row.unit, row.tier, row.price


def _item(own: str, copy: int) -> str:
    return f"{copy}-{own}" if copy else own


def _code(own: str, copy: int) -> str:
    """The barcode of a copy, of 13 digits."""
    body = f"{_OWN + copy:02}{own[2:12]}"
    return f"{body}{check_digit(body)}"


_COPIED = {item: _copied_item, barcode: _copied_barcode, price: _copied_price}
