"""A sheet as a CSV file: to fill in, and filled in.

    column     out                         in
    code       the item code               an item code or a barcode, required
    quantity   empty, to be filled in      in the code's unit; empty is not counted, and not nought
    name       the item's name             not read, and may be missing
    unit       its base unit               not read, and may be missing

A file is read whole or not at all: while a row is wrong nothing is taken, and every such row is named. A row
says what is there in all, so that a file that is sent twice counts once. It was counted when the person
says, not when it was sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from branch import items
from branch.items import FoundItem, LabelRefusedError
from branch.stocktake import counting
from branch.stocktake.counting import Counter, Written
from branch.stocktake.session import StocktakeError
from branch.wording import Wording
from replication.console.csv_file import Row, read_rows
from replication.console.languages import msgid
from replication.console.refusal import RefusalError as FileRefusal

COLUMNS = ("code", "quantity")
_MAY_BE_THERE = ("name", "unit")
_TWICE = msgid("stands in line %(line)s too: write it once, with all that there is")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row, in the words of the file or of the count."""

    line: int
    reason: FileRefusal | Wording


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a file: how many rows count, and the codes among them that nobody knows."""

    rows: int
    unknown: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()


def take(connection: Connection, counter: Counter, data: bytes) -> Taken:
    """Keep what a file says was counted. With faults nothing is to be kept: undo the transaction.

    Raises CsvFileError for a file that cannot be read.
    """
    rows = [row for row in read_rows(data, COLUMNS, _MAY_BE_THERE) if row.cells["quantity"].strip()]
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    unknown: list[str] = []
    digest = hashlib.sha256(data).hexdigest()[:16]
    for row in rows:
        try:
            written = Written(
                row.code("code"), counting.read_quantity(row.cells["quantity"]), "set"
            )
            if not row.problems and _counts_twice(connection, row, written, seen):
                row.refuse("code", _TWICE, line=seen[written.code])
            if not row.problems:
                scan = f"{counter.operator}-{counter.sheet}-{digest}-{counter.at.isoformat()}-{row.line}"
                counting.enter(connection, counter, written, scan)
                if items.find(connection, written.code) is None:
                    unknown.append(written.code)
        except (StocktakeError, LabelRefusedError) as error:
            faults.append(Fault(row.line, error.wording))
        faults += [Fault(row.line, problem.reason) for problem in row.problems]
    return Taken(len(rows), tuple(unknown), tuple(faults))


def blank(found: Sequence[FoundItem]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The header and the rows of a file to fill in."""
    return (*COLUMNS, *_MAY_BE_THERE), [(one.item, "", one.name, one.base_unit) for one in found]


def _counts_twice(connection: Connection, row: Row, written: Written, seen: dict[str, int]) -> bool:
    """Whether a row above names the same item; the second would silently replace the first."""
    known = items.find(connection, written.code)
    key = written.code if known is None else known.item
    line = seen.setdefault(key, row.line)
    seen[written.code] = line
    return line != row.line
