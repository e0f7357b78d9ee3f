"""What rows that come from outside may refer to, read once per import.

Of items only those that the rows name: a chain has many more than a file.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import ColumnElement, Connection, select, true

from hq import regions, suppliers, tiers
from hq.among import among
from hq.suppliers import KnownSupplier
from schemas.tables.catalogue import branch, category, item, tax, unit


@dataclass(frozen=True, slots=True)
class References:
    """The codes that are known: categories with their parents, items with their base units and those of them that are
    services, tiers by rank. `lines` are the keys that rows before bear, with the line of each: of a file that is
    read in slices no two rows may bear one either.
    """

    categories: Mapping[str, str]
    items: Mapping[str, str]
    services: frozenset[str]
    units: frozenset[tuple[str, str]]
    taxes: frozenset[str]
    branches: frozenset[str]
    regions: frozenset[str]
    suppliers: Mapping[str, KnownSupplier]
    tiers: tuple[str, ...]
    member_key: str
    decimals: int
    lines: dict[tuple[str, str], int] = field(default_factory=dict)

    def sells(self, of_item: str, by_unit: str) -> bool:
        """Whether an item is sold by a unit: its base unit or a further one."""
        return self.items.get(of_item) == by_unit or (of_item, by_unit) in self.units


def references(
    connection: Connection, member_key: str, decimals: int, *, named: Collection[str] | None = None
) -> References:
    """What is known now. `decimals` are those of the currency's amounts; without `named` items, all are known."""
    empty = References(
        categories=dict(_pairs(connection, category.c.category, category.c.parent)),
        items={}, services=frozenset(), units=frozenset(),
        taxes=frozenset(connection.execute(select(tax.c.tax_code)).scalars()),
        branches=frozenset(connection.execute(select(branch.c.branch)).scalars()),
        regions=frozenset(regions.every(connection)),
        suppliers=suppliers.every(connection),
        tiers=tuple(one.code for one in tiers.every(connection)),
        member_key=member_key,
        decimals=decimals,
    )  # fmt: skip
    return with_items(connection, empty, named)


def with_items(
    connection: Connection, known: References, named: Collection[str] | None
) -> References:
    """The same, knowing these items and the units of each; all items where none are named."""
    of_item: ColumnElement[bool] = true() if named is None else among(item.c.item, named)
    of_unit: ColumnElement[bool] = true() if named is None else among(unit.c.item, named)
    found = connection.execute(select(item.c.item, item.c.unit, item.c.stocked).where(of_item))
    rows = found.all()
    return replace(
        known,
        items={row.item: row.unit for row in rows},
        services=frozenset(row.item for row in rows if not row.stocked),
        units=frozenset(_pairs(connection, unit.c.item, unit.c.unit, of_unit)),
    )


def _pairs(
    connection: Connection, first: ColumnElement[str], second: ColumnElement[str],
    where: ColumnElement[bool] | None = None,
) -> list[tuple[str, str]]:  # fmt: skip
    query = select(first, second)
    if where is not None:
        query = query.where(where)
    return [(a, b) for a, b in connection.execute(query)]
