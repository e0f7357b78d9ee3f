"""Importing purchase prices: `item,unit,cost`, what one of the unit is bought for, without tax.

    item,unit,cost
    1001,kg,6.50
    2001,box,48.00       the till sells pieces of it too: a piece costs its part of the box

One line per item; it replaces what was known of the item. Nothing of it goes to branches or tills.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from hq import purchase_prices
from hq.import_kinds import Reading, known_unit, unique
from hq.purchase_prices import PurchasePrice
from hq.references import References
from replication.console.csv_file import Row
from replication.console.languages import msgid

COLUMNS = ("item", "unit", "cost")

_NEGATIVE = msgid("a purchase price is not below nought")


def read_costs(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Purchase prices; see the top of this module."""
    return read_item_prices(rows, known, purchase_prices.every(connection), "cost", _NEGATIVE)


def read_item_prices(
    rows: list[Row],
    known: References,
    held: Mapping[str, PurchasePrice],
    column: str,
    negative: str,
) -> Reading:
    """What one of a unit of each item costs, in `column`, beside what is held; `negative` refuses less than 0."""
    unique(rows, "item", lambda row: row.cells["item"].strip())
    changes: list[PurchasePrice] = []
    new = 0
    for row in rows:
        item, unit = known_unit(row, known)
        price = row.number(column, known.decimals)
        if price < 0:
            row.refuse(column, negative)
        made = PurchasePrice(item, unit, price)
        if row.problems or held.get(item) == made:
            continue
        changes.append(made)
        new += item not in held
    return Reading(changes, new, len(changes) - new, len(rows) - len(changes))
