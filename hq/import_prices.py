"""Importing prices: the rows of a price change, which a second person then approves.

A row counts as new when the chain has no published price for its item, unit and tier, and as
changed when the latest one differs; all rows of the file go into the document.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from hq.among import among
from hq.import_kinds import Reading, known_tier, known_unit, unique
from hq.price_rows import PriceCell
from hq.references import References
from replication.console.csv_file import Row
from replication.console.languages import msgid
from replication.streams import CHAIN_FEED
from schemas.tables.catalogue import price, price_change

_NEGATIVE = msgid("a price is not below nought")


def read_prices(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Prices in major units; an empty tier is everyone."""
    unique(rows, "item", lambda row: "/".join(row.cells[one] for one in ("item", "unit", "tier")))
    held = latest(connection, {row.cells["item"].strip() for row in rows})
    cells: list[PriceCell] = []
    new = changed = 0
    for row in rows:
        item, unit = known_unit(row, known)
        tier, amount = known_tier(row, known), row.number("price", known.decimals)
        if amount < 0:
            row.refuse("price", _NEGATIVE)
        if row.problems:
            continue
        cells.append(PriceCell(item, unit, tier, amount))
        before = held.get((item, unit, tier))
        new += before is None
        changed += before is not None and before != amount
    return Reading(cells, new, changed, len(rows) - new - changed)


def latest(
    connection: Connection, items: Collection[str] | None = None
) -> dict[tuple[str, str, str], int]:
    """The chain's latest published price of each item, unit and tier; of these items or of all."""
    query = (
        select(price.c.item, price.c.unit, price.c.tier, price.c.price)
        .join(
            price_change,
            (price_change.c.document == price.c.document)
            & (price_change.c.stream == price.c.stream),
        )
        .where(price.c.stream == CHAIN_FEED, ~price_change.c.withdrawn)
        .order_by(price_change.c.published)
    )
    if items is not None:
        query = query.where(among(price.c.item, items))
    return {(item, unit, tier): amount for item, unit, tier, amount in connection.execute(query)}
