"""Importing barcodes: `barcode,item,unit`, and `from_item`, the item that gives a barcode up.

    barcode,item,unit,from_item
    6901234567892,1001,piece,
    6901234567908,1001,case,2001      it stood for 2001 until now

A barcode stands for one item in one unit (rule 7, normalised). One that stands for another already is
refused by the name of its holder: a file that moves it says whose it was. One that has the length of a GTIN
must have its check digit too.
"""

from __future__ import annotations

from sqlalchemy import Connection

from hq.barcode_holders import holders
from hq.import_kinds import Reading, compare, known_unit
from hq.references import References
from replication.console.csv_file import Row
from replication.console.languages import msgid
from schemas.domain.barcode import GTIN_LENGTHS, is_valid, normalise
from schemas.wire.records import Barcode, RecordBody

COLUMNS = ("barcode", "item", "unit")
OPTIONAL = ("from_item",)

_CHECK_DIGIT = msgid("%(value)s has a wrong check digit")
_TAKEN = msgid(
    "%(value)s stands for item %(item)s (%(name)s), unit %(unit)s, and cannot stand for item %(wanted)s, unit"
    " %(wanted_unit)s, too; take it away there first, or name %(item)s in the column from_item of a file of barcodes"
)
_NOT_THERE = msgid("%(value)s does not stand for item %(item)s, so that one cannot give it up")


def read_barcodes(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Barcodes; see the top of this module."""

    def make(row: Row) -> RecordBody:
        code = checked_code(row)
        item, unit = known_unit(row, known)
        return Barcode(barcode=normalise(code), item=item, unit=unit)

    refuse_taken(connection, rows)
    return compare(connection, rows, make, known)


def checked_code(row: Row) -> str:
    """The row's barcode as it is written."""
    code = row.code("barcode")
    if code.isdigit() and len(code) in GTIN_LENGTHS and not is_valid(code):
        row.refuse("barcode", _CHECK_DIGIT, value=code)
    return code


def refuse_taken(connection: Connection, rows: list[Row]) -> None:
    """Refuse each row whose barcode stands for another item, or for it in another unit."""
    codes = {row.line: normalise(row.cells["barcode"].strip()) for row in rows}
    held = holders(connection, set(codes.values()))
    for row in rows:
        code, holder = codes[row.line], held.get(codes[row.line])
        gives = row.cells.get("from_item", "").strip()
        wanted = (row.cells["item"].strip(), row.cells["unit"].strip())
        if holder is not None and (holder.item, holder.unit) == wanted:
            continue
        if gives and (holder is None or holder.item != gives):
            row.refuse("from_item", _NOT_THERE, value=code, item=gives)
        elif holder is not None and not gives:
            row.refuse(
                "barcode", _TAKEN, value=code, item=holder.item, name=holder.name,
                unit=holder.unit, wanted=wanted[0], wanted_unit=wanted[1],
            )  # fmt: skip
