"""Items at headquarters: finding them, one with all that is known of it, and taking a barcode away.

`find` is a code's beginning, a part of the name, or a barcode however it was scanned; `category` stands for
itself and those below it, `supplier` for what is bought from it, `below` for what leaves less than its category
should, or less than it costs (`hq.price_checks`). Pages go by the item's code.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, Select, and_, func, or_, select

from hq import (
    barcode_holders,
    margin_effect,
    price_checks,
    prices_in_force,
    publication,
    purchase_prices,
)
from hq.among import among
from hq.audit import note
from hq.barcode_holders import Holder
from hq.purchase_prices import PurchasePrice
from hq.refusal import RefusalError
from replication.console.languages import msgid
from replication.console.users import User
from replication.streams import CHAIN_FEED
from schemas.domain.barcode import normalise, written
from schemas.tables.catalogue import barcode, category, item, price, unit
from schemas.tables.sourcing import item_source
from schemas.tables.stock import stock_on_hand

_UNKNOWN = msgid("There is no item %(item)s.")
_NOT_ITS = msgid("%(barcode)s does not stand for item %(item)s (any more).")
_NO_REASON = msgid("Say why %(barcode)s is taken away.")
_BASE_FACTOR = 1000


class ItemError(RefusalError):
    """What was asked of an item cannot be done."""


@dataclass(frozen=True, slots=True)
class ItemQuery:
    """What is asked for; `after` is the code last seen."""

    find: str = ""
    category: str = ""
    supplier: str = ""
    below: bool = False
    after: str = ""
    limit: int = 50


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item as lists show it; `price` is the chain's list price of its base unit now, `barcodes` how many it has."""

    item: str
    name: str
    category: str
    unit: str
    tax_code: str
    stocked: bool
    price: int | None
    cost: PurchasePrice | None
    barcodes: int


@dataclass(frozen=True, slots=True)
class Pack:
    """A unit that an item is sold by, with its factor in thousandths of the base unit, and its list prices by feed."""

    unit: str
    factor: int
    barcodes: tuple[Holder, ...]
    prices: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class ItemSheet:
    """All of an item: `on_hand` by branch, quantity in thousandths and value without tax."""

    row: ItemRow
    category_name: str
    packs: tuple[Pack, ...]
    on_hand: tuple[tuple[str, int, int], ...]


def find(connection: Connection, query: ItemQuery, now: datetime) -> list[ItemRow]:
    """One page of items; one more than the limit says that there are further ones."""
    row = item.c
    wanted = (
        select(row.item, row.name, row.category, row.unit, row.tax_code, row.stocked)
        .where(row.stream == CHAIN_FEED, row.item > query.after)
        .order_by(row.item)
    )
    if query.category:
        wanted = wanted.where(among(row.category, below(connection, query.category)))
    if query.supplier:
        bought = select(item_source.c.item).where(item_source.c.supplier == query.supplier)
        wanted = wanted.where(row.item.in_(bought))
    if said := query.find.strip():
        bearing = select(barcode.c.item).where(barcode.c.barcode == normalise(said))
        wanted = wanted.where(
            or_(row.item.startswith(said, autoescape=True),
                row.name.icontains(said, autoescape=True), row.item.in_(bearing))
        )  # fmt: skip
    if query.below:
        candidates = wanted.with_only_columns(row.item).order_by(None)
        wanted = wanted.where(among(row.item, _short(connection, query, candidates, now)))
    return _rows(connection, connection.execute(wanted.limit(query.limit + 1)).all(), now)


def _short(
    connection: Connection, query: ItemQuery, candidates: Select[str], now: datetime
) -> list[str]:
    """One more than a page of the candidates that leave too little."""
    found: list[str] = []
    checks = price_checks.in_force(connection, now, items=candidates, after=query.after)
    for judged in margin_effect.items(checks):
        if any(one.verdict in margin_effect.BELOW for one in judged):
            found.append(judged[0].item)
            if len(found) > query.limit:
                break
    return found


def sheet(
    connection: Connection, code: str, now: datetime, branches: Collection[str] = ()
) -> ItemSheet:
    """One item, with the stock of these branches or of all. Raises ItemError."""
    row = item.c
    found = connection.execute(
        select(row.item, row.name, row.category, row.unit, row.tax_code, row.stocked).where(
            row.stream == CHAIN_FEED, row.item == code
        )
    ).all()
    if not found:
        raise ItemError(_UNKNOWN, item=code)
    (one,) = _rows(connection, found, now)
    names = select(category.c.name).where(category.c.category == one.category)
    held = stock_on_hand.c
    on_hand = select(held.branch, held.quantity, held.value).where(held.item == code)
    if branches:
        on_hand = on_hand.where(among(held.branch, branches))
    return ItemSheet(
        one, connection.execute(names).scalar() or "", _packs(connection, one, now),
        tuple((a, b, c) for a, b, c in connection.execute(on_hand.order_by(held.branch))),
    )  # fmt: skip


def below(connection: Connection, code: str) -> list[str]:
    """A category and those below it."""
    parents = connection.execute(select(category.c.category, category.c.parent)).all()
    found, grown = {code}, True
    while grown:
        more = {one.category for one in parents if one.parent in found} - found
        found |= more
        grown = bool(more)
    return sorted(found)


def release(
    connection: Connection, code: str, of_item: str, actor: User, reason: str, at: datetime
) -> None:
    """Take a barcode away from an item, for a reason. Raises ItemError."""
    barcode_holders.one_at_a_time(connection)
    key = normalise(code)
    holder = barcode_holders.holders(connection, [key]).get(key)
    if holder is None or holder.item != of_item:
        raise ItemError(_NOT_ITS, barcode=written(key), item=of_item)
    if not reason.strip():
        raise ItemError(_NO_REASON, barcode=written(key))
    publication.publish(connection, {CHAIN_FEED: [publication.tombstone("barcode", key)]})
    note(connection, at, actor.operator, "item.release_barcode", f"{of_item} {key}", reason.strip())


def _rows(
    connection: Connection, found: Sequence[Row[str, str, str, str, str, bool]], now: datetime
) -> list[ItemRow]:
    codes = [one.item for one in found]
    prices = prices_in_force.list_prices(connection, CHAIN_FEED, codes, now, without="")
    costs = purchase_prices.costs(connection, codes).prices
    count = (
        select(barcode.c.item, func.count())
        .where(among(barcode.c.item, codes))
        .group_by(barcode.c.item)
    )
    barcodes = {code: number for code, number in connection.execute(count)}  # noqa: C416 - typed rows
    return [
        ItemRow(
            *one, price=prices.get((one.item, one.unit)), cost=costs.get(one.item),
            barcodes=barcodes.get(one.item, 0),
        )
        for one in found
    ]  # fmt: skip


def _packs(connection: Connection, one: ItemRow, now: datetime) -> tuple[Pack, ...]:
    further = select(unit.c.unit, unit.c.factor).where(
        and_(unit.c.stream == CHAIN_FEED, unit.c.item == one.item)
    )
    factors = {one.unit: _BASE_FACTOR}
    factors |= {name: factor for name, factor in connection.execute(further)}  # noqa: C416 - typed rows
    codes = barcode_holders.of_item(connection, one.item)
    told = _prices_by_feed(connection, [one.item], now)
    return tuple(
        Pack(
            name, factor, tuple(code for code in codes if code.unit == name),
            tuple((feed, amount) for (feed, of_unit), amount in told.items() if of_unit == name),
        )
        for name, factor in sorted(factors.items(), key=lambda pair: pair[1])
    )  # fmt: skip


def _prices_by_feed(
    connection: Connection, codes: Collection[str], now: datetime
) -> dict[tuple[str, str], int]:
    """The list prices in force by feed and unit, of each feed that prices the item."""
    feeds = select(price.c.stream).where(price.c.item.in_(codes)).distinct()
    found: dict[tuple[str, str], int] = {}
    for feed in sorted(
        set(connection.execute(feeds).scalars()), key=lambda one: (one != CHAIN_FEED, one)
    ):
        held = prices_in_force.list_prices(connection, feed, codes, now, without="")
        found |= {(feed, name): amount for (_, name), amount in held.items()}
    return found
