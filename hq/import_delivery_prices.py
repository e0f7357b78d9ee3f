"""Importing delivery prices (配送价): `item,unit,price`, what a franchised branch pays for one, without tax.

    item,unit,price
    1001,kg,7.20
    2001,box,52.00

One line per item; it replaces what was known of the item. Rule 28: to a franchise, a delivery is a sale.
"""

from __future__ import annotations

from sqlalchemy import Connection

from hq import delivery_prices
from hq.import_kinds import Reading, known_unit, unique
from hq.purchase_prices import PurchasePrice
from hq.references import References
from replication.console.csv_file import Row
from replication.console.languages import msgid

COLUMNS = ("item", "unit", "price")

_NEGATIVE = msgid("a delivery price is not below nought")


def read_delivery_prices(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Delivery prices; see the top of this module."""
    unique(rows, "item", lambda row: row.cells["item"].strip())
    held = delivery_prices.every(connection)
    changes: list[PurchasePrice] = []
    new = 0
    for row in rows:
        item, unit = known_unit(row, known)
        price = row.number("price", known.decimals)
        if price < 0:
            row.refuse("price", _NEGATIVE)
        made = PurchasePrice(item, unit, price)
        if row.problems or held.get(item) == made:
            continue
        changes.append(made)
        new += item not in held
    return Reading(changes, new, len(changes) - new, len(rows) - len(changes))
