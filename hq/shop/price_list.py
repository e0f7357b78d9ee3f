"""What an online shop sells, and at which price: items by their codes, and the prices in force at a branch.

Prices are those of rule 11 for a customer without a tier: the most specific audience that the branch follows
speaks, then the later publication. Amounts are minor units of the branch's currency.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, select, tuple_

from hq import sites
from replication.streams import CHAIN_FEED, branch_feed
from schemas.domain.pricing import PriceRow, price_in_force
from schemas.tables.catalogue import barcode, price, price_change, unit
from schemas.tables.catalogue import item as item_table


@dataclass(frozen=True, slots=True)
class ListedUnit:
    """A unit of an item, of which one is `factor` thousandths of the base unit, with its barcodes."""

    unit: str
    factor: int
    barcodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListedItem:
    """An item of the catalogue; its base unit is the first of its units."""

    item: str
    name: str
    category: str
    stocked: bool
    units: tuple[ListedUnit, ...]


@dataclass(frozen=True, slots=True)
class ListedPrice:
    """What one unit of an item costs."""

    item: str
    unit: str
    price: int


def items(connection: Connection, after: str, limit: int) -> list[ListedItem]:
    """One more than a page of the catalogue, by code."""
    row = item_table.c
    query = (
        select(row.item, row.name, row.category, row.stocked, row.unit)
        .where(row.stream == CHAIN_FEED, row.key > after)
        .order_by(row.key)
        .limit(limit + 1)
    )
    found = connection.execute(query).all()
    codes = [one.item for one in found]
    packs = _units(connection, codes)
    codes_of = _barcodes(connection, codes)
    return [
        ListedItem(
            one.item, one.name, one.category, one.stocked,
            tuple(
                ListedUnit(name, factor, tuple(codes_of.get((one.item, name), ())))
                for name, factor in ({one.unit: 1000} | packs.get(one.item, {})).items()
            ),
        )
        for one in found
    ]  # fmt: skip


def prices(
    connection: Connection, branch: str, now: datetime, after: tuple[str, str] | None, limit: int
) -> tuple[list[ListedPrice], tuple[str, str] | None]:
    """A page of what is in force at a branch, by item and unit, and where the next one goes on.

    Of a page of priced items some may be in force no more: a page may be shorter, and is followed by another.
    """
    levels = _levels(connection, branch)
    row = price.c
    keys = (
        select(row.item, row.unit)
        .where(row.stream.in_(list(levels)), row.tier == "")
        .group_by(row.item, row.unit)
        .order_by(row.item, row.unit)
        .limit(limit + 1)
    )
    if after is not None:
        keys = keys.where(tuple_(row.item, row.unit) > after)
    found = [(one.item, one.unit) for one in connection.execute(keys)]
    page = found[:limit]
    in_force = _in_force(connection, levels, page, now)
    listed = [ListedPrice(*key, in_force[key]) for key in page if key in in_force]
    return listed, page[-1] if len(found) > limit else None


def _levels(connection: Connection, branch: str) -> dict[str, int]:
    """The feeds that a branch reads, and how specific each is."""
    groups = {one: 1 for one in sorted(sites.followed_by(connection, branch)) if one != CHAIN_FEED}
    return {CHAIN_FEED: 0, **groups, branch_feed(branch): 2}


def _in_force(
    connection: Connection,
    levels: Mapping[str, int],
    keys: Sequence[tuple[str, str]],
    now: datetime,
) -> dict[tuple[str, str], int]:
    header = price_change.c
    query = (
        select(price, header.starts, header.ends, header.published)
        .join(
            price_change, and_(header.stream == price.c.stream, header.document == price.c.document)
        )
        .where(
            price.c.stream.in_(list(levels)), price.c.tier == "", ~header.withdrawn,
            tuple_(price.c.item, price.c.unit).in_(keys),
        )
    )  # fmt: skip
    rows: dict[tuple[str, str], list[PriceRow]] = {}
    for one in connection.execute(query):
        held = PriceRow(
            one.document, levels[one.stream], one.item, one.unit, "", one.price, one.starts,
            one.ends, one.published,
        )  # fmt: skip
        rows.setdefault((one.item, one.unit), []).append(held)
    priced = {key: price_in_force(of_key, "", now) for key, of_key in rows.items()}
    return {key: one.list.price for key, one in priced.items() if one is not None}


def _units(connection: Connection, codes: Collection[str]) -> dict[str, dict[str, int]]:
    row = unit.c
    query = select(row.item, row.unit, row.factor).where(
        row.stream == CHAIN_FEED, row.item.in_(codes)
    )
    found: dict[str, dict[str, int]] = {}
    for one in connection.execute(query.order_by(row.item, row.factor, row.unit)):
        found.setdefault(one.item, {})[one.unit] = one.factor
    return found


def _barcodes(connection: Connection, codes: Collection[str]) -> dict[tuple[str, str], list[str]]:
    row = barcode.c
    query = select(row.item, row.unit, row.barcode).where(
        row.stream == CHAIN_FEED, row.item.in_(codes)
    )
    found: dict[tuple[str, str], list[str]] = {}
    for one in connection.execute(query.order_by(row.barcode)):
        found.setdefault((one.item, one.unit), []).append(one.barcode)
    return found
