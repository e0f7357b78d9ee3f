"""What rows that come from outside may refer to, read once per import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from hq import regions, suppliers, tiers
from hq.suppliers import KnownSupplier
from schemas.tables.catalogue import branch, category, item, tax, unit


@dataclass(frozen=True, slots=True)
class References:
    """The codes that are known: categories with their parents, items with their base units and those of them that are
    services, tiers by rank.
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

    def sells(self, of_item: str, by_unit: str) -> bool:
        """Whether an item is sold by a unit: its base unit or a further one."""
        return self.items.get(of_item) == by_unit or (of_item, by_unit) in self.units


def references(connection: Connection, member_key: str, decimals: int) -> References:
    """What is known now. `decimals` are those of the currency's amounts."""

    def pairs(first: object, second: object) -> list[tuple[str, str]]:
        return [(a, b) for a, b in connection.execute(select(first, second))]  # type: ignore[call-overload]

    return References(
        categories=dict(pairs(category.c.category, category.c.parent)),
        items=dict(pairs(item.c.item, item.c.unit)),
        services=frozenset(
            connection.execute(select(item.c.item).where(~item.c.stocked)).scalars()
        ),
        units=frozenset(pairs(unit.c.item, unit.c.unit)),
        taxes=frozenset(connection.execute(select(tax.c.tax_code)).scalars()),
        branches=frozenset(connection.execute(select(branch.c.branch)).scalars()),
        regions=frozenset(regions.every(connection)),
        suppliers=suppliers.every(connection),
        tiers=tuple(one.code for one in tiers.every(connection)),
        member_key=member_key,
        decimals=decimals,
    )
