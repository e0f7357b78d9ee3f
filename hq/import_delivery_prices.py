"""Importing delivery prices (配送价): `item,unit,price`, what a franchised branch pays for one, without tax.

    item,unit,price
    1001,kg,7.20
    2001,box,52.00

One line per item; it replaces what was known of the item. Rule 28: to a franchise, a delivery is a sale.
"""

from __future__ import annotations

from sqlalchemy import Connection

from hq import delivery_prices
from hq.import_costs import read_item_prices
from hq.import_kinds import Reading
from hq.references import References
from replication.console.csv_file import Row
from replication.console.languages import msgid

COLUMNS = ("item", "unit", "price")

_NEGATIVE = msgid("a delivery price is not below nought")


def read_delivery_prices(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Delivery prices; see the top of this module."""
    held = delivery_prices.every(connection)
    return read_item_prices(rows, known, held, "price", _NEGATIVE)
