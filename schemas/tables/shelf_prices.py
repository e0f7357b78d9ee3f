"""What is on shelves' labels, read from the catalogue alike at headquarters and at a branch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, or_, select

from schemas.domain.price_movement import Movement
from schemas.domain.pricing import PriceRow
from schemas.tables.audience import level_of
from schemas.tables.catalogue import barcode, item, price, price_change, unit

_BASE = 1000


@dataclass(frozen=True, slots=True)
class ShelfPrice:
    """A movement with what stands beside it: `factor` thousandths of the base unit, the first barcode, normalised."""

    moved: Movement
    name: str
    base_unit: str
    factor: int
    barcode: str


def price_rows(
    connection: Connection, feeds: Collection[str], items: Collection[str], *, without: str = ""
) -> list[PriceRow]:
    """The published list prices of items in the feeds that one branch reads, but for one document's."""
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
            price.c.stream.in_(feeds), price.c.item.in_(items), price.c.tier == "",
            price.c.document != without, ~price_change.c.withdrawn,
        )
    )  # fmt: skip
    return [
        PriceRow(
            row.document, level_of(row.stream), row.item, row.unit, "", row.price, row.starts,
            row.ends, row.published,
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def touched(
    connection: Connection, feeds: Collection[str], since: datetime, until: datetime
) -> set[str]:
    """The items of price changes that begin or end behind `since` and not behind `until`."""
    row = price_change.c
    begins = and_(row.starts > since, row.starts <= until)
    ends = and_(row.ends > since, row.ends <= until)
    query = (
        select(price.c.item)
        .distinct()
        .join(
            price_change,
            and_(row.stream == price.c.stream, row.document == price.c.document),
        )
        .where(row.stream.in_(feeds), ~row.withdrawn, or_(begins, ends), price.c.tier == "")
    )
    return set(connection.execute(query).scalars())


def described(connection: Connection, moved: Sequence[Movement]) -> list[ShelfPrice]:
    """Names, units and barcodes beside what moved; of several barcodes of a unit the first."""
    codes = {one.item for one in moved}
    named = _of(
        connection.execute(
            select(item.c.item, item.c.name, item.c.unit).where(item.c.item.in_(codes))
        )
    )
    packs = select(unit.c.item, unit.c.unit, unit.c.factor).where(unit.c.item.in_(codes))
    factors = {(row.item, row.unit): row.factor for row in connection.execute(packs)}
    held = select(barcode.c.item, barcode.c.unit, barcode.c.barcode).where(
        barcode.c.item.in_(codes)
    )
    bars: dict[tuple[str, str], str] = {}
    for row in connection.execute(held.order_by(barcode.c.barcode.desc())):
        bars[row.item, row.unit] = row.barcode
    return [
        ShelfPrice(
            one, *named.get(one.item, (one.item, one.unit)),
            factors.get((one.item, one.unit), _BASE), bars.get((one.item, one.unit), ""),
        )
        for one in moved
    ]  # fmt: skip


def _of(rows: Iterable[Sequence[str]]) -> Mapping[str, tuple[str, str]]:
    return {code: (name, base) for code, name, base in rows}
