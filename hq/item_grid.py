"""Editing many rows at once: rows pasted from a spreadsheet or changed in place, looked at, then published whole.

    text   one row per line, cells between tabs, as spreadsheet programs copy them; a first line of column
           names may be there, in any order, else the cells stand in the order of the kind's columns
    look   each row read as an import reads it (one way of checking), beside what is there now
    apply  in one transaction, if no row is wrong and none was changed by somebody else since `mark`

The mark is how far the chain's feeds were, and when, as the rows were last shown; whoever publishes a row
that somebody changed behind it is shown what it says now, and may publish again. Prices become a drafted
price change, as an imported file's do.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, select

from hq import catalogue_export, catalogue_import
from hq.among import among
from hq.barcode_holders import holders
from hq.catalogue_export import EXPORTS, Cells
from hq.catalogue_import import KINDS, Order, Plan
from hq.refusal import RefusalError
from replication import feed
from replication.console.csv_file import Problem, Row
from replication.console.languages import msgid
from replication.streams import CHAIN_FEED
from schemas.domain.barcode import normalise, written
from schemas.tables.feed import feed_record
from schemas.tables.purchase_prices import purchase_price
from schemas.wire.records import Unit

Standing = Literal["new", "changed", "unchanged", "wrong"]

#: What can be edited in a grid, with the columns that it has beside those that a file must have.
GRIDS: dict[str, tuple[str, ...]] = {
    "items": ("stocked",), "units": (), "barcodes": ("from_item",), "costs": (), "prices": (),
}  # fmt: skip
MOST = 500

_EMPTY = msgid("There is no row: paste some from a spreadsheet, or type one.")
_MANY = msgid("%(count)s rows are more than the %(most)s of a grid: import them as a file.")
_CELLS = msgid("Row %(line)s has %(found)s cells; there are %(most)s columns.")
_QUOTES = msgid("Row %(line)s cannot be read: check its quotation marks.")
_SINCE = msgid("somebody changed it since: it says %(now)s now; publish again to overwrite that")
_MARK = msgid("This grid was not made here: load the page again.")
_RECORDS = {"items": "item", "units": "unit", "barcodes": "barcode"}


class GridError(RefusalError):
    """What was pasted or typed is no grid of rows."""


@dataclass(frozen=True, slots=True)
class GridRow:
    """A row as it was typed, beside what is there now; None where nothing is."""

    line: int
    cells: Cells
    before: Cells | None
    problems: tuple[Problem, ...]

    @property
    def standing(self) -> Standing:
        """What would become of it."""
        if self.problems:
            return "wrong"
        if self.before is None:
            return "new"
        return "unchanged" if self.changed == () else "changed"

    @property
    def changed(self) -> tuple[int, ...]:
        """Which of its cells say something else than before."""
        before = self.before or ()
        pairs = enumerate(zip(self.cells, before, strict=False))
        return tuple(place for place, (now, was) in pairs if now != was)


@dataclass(frozen=True, slots=True)
class Look:
    """What rows would do; `mark` is to be given when they are applied."""

    kind: str
    columns: tuple[str, ...]
    rows: tuple[GridRow, ...]
    mark: str
    plan: Plan

    @property
    def is_right(self) -> bool:
        """Whether it can be published."""
        return all(row.standing != "wrong" for row in self.rows)

    def count(self, standing: Standing) -> int:
        """How many rows stand so."""
        return sum(row.standing == standing for row in self.rows)


def columns(kind: str) -> tuple[str, ...]:
    """The columns of a grid."""
    return (*KINDS[kind].columns, *GRIDS[kind])


def mark(connection: Connection, now: datetime) -> str:
    """How far what is shown now is known."""
    return f"{feed.counter_of(connection).sequence} {now.isoformat()}"


def shown(connection: Connection, kind: str, items: Sequence[str], decimals: int) -> str:
    """What is there of some items, as text of a grid with its header."""
    width = len(columns(kind))
    rows = catalogue_export.every(connection, kind, decimals, of=items)
    return as_text([columns(kind), *((*cells, *("",) * (width - len(cells))) for cells in rows)])


def as_text(rows: Sequence[Sequence[str]]) -> str:
    """Rows as spreadsheet programs copy them."""
    text = io.StringIO()
    csv.writer(text, delimiter="\t", lineterminator="\n").writerows(rows)
    return text.getvalue()


def parse(kind: str, text: str) -> list[Row]:
    """The rows of a text, their lines counted from 1 without the header's. Raises GridError."""
    names = columns(kind)
    found: list[Row] = []
    header = names
    for number, cells in enumerate(_lines(text)):
        if number == 0 and {one.strip() for one in cells} <= set(names):
            header = tuple(one.strip() for one in cells)
            continue
        line = len(found) + 1
        if len(cells) > len(header):
            raise GridError(_CELLS, line=line, found=len(cells), most=len(header))
        given = dict(zip(header, (one.strip() for one in cells), strict=False))
        found.append(Row(line, {name: given.get(name, "") for name in names}))
    if not found:
        raise GridError(_EMPTY)
    if len(found) > MOST:
        raise GridError(_MANY, count=len(found), most=MOST)
    return found


def look(
    connection: Connection, kind: str, rows: list[Row], now: datetime, *,
    seen: str, member_key: str, decimals: int,
) -> Look:  # fmt: skip
    """Hold rows against what is there; `seen` is the mark with which they were shown. Raises GridError."""
    plan = catalogue_import.plan_rows(
        connection, kind, rows, member_key=member_key, decimals=decimals
    )
    there = _there(connection, kind, rows, decimals)
    since = _since(connection, kind, rows, seen)
    for row in rows:
        key = _key(kind, row)
        if key in since:
            said = " · ".join(there[key]) if key in there else "–"
            row.refuse(columns(kind)[0], _SINCE, now=said)
    return Look(
        kind, columns(kind),
        tuple(
            GridRow(row.line, _cells(kind, row), there.get(_key(kind, row)), tuple(row.problems))
            for row in rows
        ),
        mark(connection, now),
        replace(plan, problems=tuple(problem for row in rows for problem in row.problems)),
    )  # fmt: skip


def apply(connection: Connection, held: Look, order: Order) -> str | None:
    """Publish what was looked at in this transaction; of prices, answer the draft's code."""
    return catalogue_import.apply(connection, held.plan, order)


def _lines(text: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text.strip("\r\n"), newline=""), delimiter="\t", strict=True)
    found: list[list[str]] = []
    try:
        found.extend(cells for cells in reader if any(one.strip() for one in cells))
    except csv.Error as error:
        raise GridError(_QUOTES, line=reader.line_num) from error
    return found


def _cells(kind: str, row: Row) -> Cells:
    """A row's cells, barcodes as an export writes them."""
    cells = tuple(row.cells[name] for name in EXPORTS[kind].columns)
    return (written(normalise(cells[0])), *cells[1:]) if kind == "barcodes" else cells


def _key(kind: str, row: Row) -> Cells:
    return _cells(kind, row)[: EXPORTS[kind].keys]


def _there(connection: Connection, kind: str, rows: list[Row], decimals: int) -> dict[Cells, Cells]:
    """What is there under the keys of these rows."""
    items = {row.cells["item"] for row in rows}
    if kind == "barcodes":
        found = holders(connection, [normalise(row.cells["barcode"]) for row in rows]).values()
        codes = {one.barcode: written(one.barcode) for one in found}
        return {(codes[one.barcode],): (codes[one.barcode], one.item, one.unit) for one in found}
    keys = EXPORTS[kind].keys
    every = catalogue_export.every(connection, kind, decimals, of=items)
    return {cells[:keys]: cells for cells in every}


def _since(connection: Connection, kind: str, rows: list[Row], seen: str) -> set[Cells]:
    """The keys of those rows that somebody changed behind the mark."""
    number, _, at = seen.partition(" ")
    try:
        head, instant = int(number), datetime.fromisoformat(at)
    except ValueError as error:
        raise GridError(_MARK) from error
    if kind == "costs":
        row = purchase_price.c
        query = select(row.item).where(
            among(row.item, [one.cells["item"] for one in rows]), row.since > instant
        )
        return {(code,) for code in connection.execute(query).scalars()}
    if kind not in _RECORDS:
        return set()
    keys = {_record_key(kind, one): _key(kind, one) for one in rows}
    record = feed_record.c
    query = select(record.key).where(
        record.stream == CHAIN_FEED, record.kind == _RECORDS[kind], among(record.key, keys),
        record.number > head,
    )  # fmt: skip
    return {keys[key] for key in connection.execute(query).scalars()}


def _record_key(kind: str, row: Row) -> str:
    match kind:
        case "barcodes":
            return normalise(row.cells["barcode"])
        case "units":
            return Unit(item=row.cells["item"], unit=row.cells["unit"], factor=0).record_key()
    return row.cells["item"]
