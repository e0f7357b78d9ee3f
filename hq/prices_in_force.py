"""The list prices that an audience has now, beside which a price change shows its new ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, and_, select

from replication.streams import CHAIN_FEED
from schemas.domain.pricing import PriceRow, price_in_force
from schemas.tables.catalogue import price, price_change


def list_prices(
    connection: Connection, audience: str, items: Collection[str], at: datetime, *, without: str
) -> Mapping[tuple[str, str], int]:
    """By item and unit, the list price of the audience or of the chain, in minor units.

    `without` is the document that is being looked at, so that it is held against what was before.
    """
    query = (
        select(price, price_change.c.starts, price_change.c.ends, price_change.c.published)
        .join(
            price_change,
            and_(
                price_change.c.stream == price.c.stream,
                price_change.c.document == price.c.document,
            ),
        )
        .where(
            price.c.stream.in_((audience, CHAIN_FEED)), price.c.item.in_(items),
            price.c.tier == "", price.c.document != without, ~price_change.c.withdrawn,
        )
    )  # fmt: skip
    rows: dict[tuple[str, str], list[PriceRow]] = {}
    for row in connection.execute(query):
        held = PriceRow(
            row.document, 0 if row.stream == CHAIN_FEED else 1, row.item, row.unit, "",
            row.price, row.starts, row.ends, row.published,
        )  # fmt: skip
        rows.setdefault((row.item, row.unit), []).append(held)
    found = {key: price_in_force(of_key, "", at) for key, of_key in rows.items()}
    return {key: priced.list.price for key, priced in found.items() if priced is not None}
