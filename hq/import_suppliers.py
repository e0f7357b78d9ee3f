"""Importing suppliers: `supplier,name`, and `closed` (yes or no) for one from whom nothing more is bought.

supplier,name,closed
S001,Orchard Farms,
S002,Old Dairy,yes
"""

from __future__ import annotations

from sqlalchemy import Connection

from hq.import_kinds import Reading, compare, yes_or_no
from hq.references import References
from replication.console.csv_file import Row
from schemas.wire.delivery import Supplier
from schemas.wire.records import RecordBody

COLUMNS = ("supplier", "name")
OPTIONAL = ("closed",)


def read_suppliers(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Suppliers; one that is there stays closed, or open, where the file does not say."""

    def make(row: Row) -> RecordBody:
        code = row.code("supplier")
        held = known.suppliers.get(code)
        closed = yes_or_no(row, "closed", otherwise=held is not None and held.closed)
        return Supplier(supplier=code, name=row.text("name"), closed=closed)

    return compare(connection, rows, make, known)
