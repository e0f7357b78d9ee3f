"""Importing items: `item,name,category,unit,tax_code`; and `stocked`, no for a service, and `barcode`.

    item,name,category,unit,tax_code,barcode
    1001,苹果,01-1,kg,food,
    2001,酱油,02,bottle,food,6901234567892      its base unit's barcode, checked as a file of barcodes is

An item may hang on any category, a leaf or not; one stays a service where nothing is said. An item keeps
the barcodes that it has.
"""

from __future__ import annotations

from sqlalchemy import Connection

from hq.import_barcodes import checked_code, refuse_taken
from hq.import_kinds import Reading, compare_all, yes_or_no
from hq.references import References
from replication.console.csv_file import Row
from replication.console.languages import msgid
from schemas.domain.barcode import normalise
from schemas.wire.records import Barcode, Item, RecordBody

COLUMNS = ("item", "name", "category", "unit", "tax_code")
OPTIONAL = ("stocked", "barcode")

_NO_CATEGORY = msgid("there is no category %(value)s; import categories first")
_NO_TAX = msgid("there is no tax code %(value)s; import taxes first")


def read_items(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Items, and their barcodes where the file has some."""

    def make(row: Row) -> tuple[RecordBody, ...]:
        made = _item(row, known)
        if not row.cells.get("barcode", "").strip():
            return (made,)
        code = normalise(checked_code(row))
        return made, Barcode(barcode=code, item=made.item, unit=made.unit)

    refuse_taken(connection, [row for row in rows if row.cells.get("barcode", "").strip()])
    return compare_all(connection, rows, make, known)


def _item(row: Row, known: References) -> Item:
    category, tax_code = row.code("category"), row.code("tax_code", required=False)
    if category not in known.categories:
        row.refuse("category", _NO_CATEGORY, value=category)
    if tax_code and tax_code not in known.taxes:
        row.refuse("tax_code", _NO_TAX, value=tax_code)
    code = row.code("item")
    return Item(
        item=code, name=row.text("name"), category=category, unit=row.code("unit"),
        tax_code=tax_code,
        stocked=yes_or_no(row, "stocked", otherwise=code not in known.services),
    )  # fmt: skip
