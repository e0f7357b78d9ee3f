"""What holds for the whole chain while a run weighs up its branches: read once.

What an item is bought from is the main source that its branch has of its own, else the chain's; a branch that a
distribution centre serves has from it what no supplier brings to branches directly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from hq import purchase_prices, suppliers
from hq.closing import closed
from hq.purchase_prices import Costs
from hq.replenishment.quotes import Quotes, valid_quotes
from hq.suppliers import KnownSupplier
from schemas.domain.replenishment.supply import SupplyTerms
from schemas.tables.catalogue import category as category_table
from schemas.tables.catalogue import item as item_table
from schemas.tables.catalogue import unit as unit_table
from schemas.tables.sourcing import (
    item_source,
    replenishment_rule,
    replenishment_terms,
    served_branch,
    service_level,
    supplier_holiday,
    supplier_terms,
)

#: Where nobody has said how much of the demand is to be met out of stock.
USUAL_LEVEL = 9_500
_THOUSAND = 1000


@dataclass(frozen=True, slots=True)
class KnownItem:
    """An item by its base unit and category; of a service there is no stock."""

    unit: str
    category: str
    stocked: bool


@dataclass(frozen=True, slots=True)
class Source:
    """From whom an item is ordered in a branch, and by what. `price` of one of `unit`, None if not agreed."""

    supplier: str
    unit: str
    price: int | None
    direct: bool


@dataclass(frozen=True, slots=True)
class Limits:
    """What is to be kept of an item; see `schemas.tables.sourcing`."""

    presentation: int = 0
    minimum: int | None = None
    maximum: int | None = None
    adjusting: bool = True
    shelf_life_days: int | None = None


@dataclass(frozen=True, slots=True)
class Least:
    """The least order of a supplier: its amount, and the quantity in thousandths of its lines' units."""

    amount: int = 0
    quantity: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """What may be ordered without a person; see `schemas.tables.sourcing`."""

    up_to: int | None = None
    within_percent: int | None = None
    may_exceed: bool = False


@dataclass(frozen=True, slots=True)
class Chain:
    """All of it. `served` gives the centre of a branch and how that delivers; `services` are those that have a
    source all the same.
    """

    items: Mapping[str, KnownItem]
    services: tuple[str, ...]
    factors: Mapping[tuple[str, str], int]
    sources: Mapping[str, Source]
    limits: Mapping[str, Limits]
    levels: Mapping[str, int]
    suppliers: Mapping[str, KnownSupplier]
    supply: Mapping[str, SupplyTerms]
    least: Mapping[str, Least]
    served: Mapping[str, tuple[str, SupplyTerms]]
    rules: Mapping[str, Rule]
    closed: frozenset[str]
    costs: Costs
    quotes: Quotes
    parents: Mapping[str, str]

    def factor(self, item: str, unit: str) -> int | None:
        """Thousandths of the base unit in one of a unit; None where the item has no such unit."""
        return self.factors.get((item, unit))

    def path(self, category: str) -> tuple[str, ...]:
        """The category and all above it, from the top down."""
        found: list[str] = []
        while category and category not in found:
            found.append(category)
            category = self.parents.get(category, "")
        return tuple(reversed(found))

    def level(self, category: str) -> int:
        """The service level of a category, of the nearest above it that has one."""
        return self.levels.get(category, self.levels.get("", USUAL_LEVEL))

    def rule(self, branch: str) -> Rule:
        """The branch's own rule, else the chain's, else none."""
        return self.rules.get(branch) or self.rules.get("") or Rule()


def read_chain(connection: Connection, today: date) -> Chain:
    """What is known this morning; quotes are those that hold on `today`."""
    items = {
        row.item: KnownItem(row.unit, row.category, row.stocked)
        for row in connection.execute(
            select(
                item_table.c.item, item_table.c.unit, item_table.c.category, item_table.c.stocked
            )
        )
    }
    packs = select(unit_table.c.item, unit_table.c.unit, unit_table.c.factor)
    factors = {(row.item, row.unit): row.factor for row in connection.execute(packs)}
    factors |= {(code, one.unit): _THOUSAND for code, one in items.items()}
    prices = purchase_prices.every(connection)
    supply, least = _supply(connection)
    main = sources(connection, "")
    parents = _parents(connection)
    services = tuple(code for code in main if code in items and not items[code].stocked)
    return Chain(
        items=items, services=services, factors=factors, sources=main,
        limits=limits(connection, ""), levels=_levels(connection, parents),
        suppliers=suppliers.every(connection), supply=supply, least=least,
        served=_served(connection), rules=_rules(connection),
        closed=frozenset(closed(connection)), costs=Costs(prices, factors),
        quotes=valid_quotes(connection, today, factors), parents=parents,
    )  # fmt: skip


def sources(connection: Connection, branch: str) -> dict[str, Source]:
    """The sources that a branch has of its own, or the chain's: of an item the main one."""
    row = item_source.c
    query = select(row.item, row.supplier, row.unit, row.price, row.direct)
    found = connection.execute(query.where(row.branch == branch, row.main))
    return {one[0]: Source(one[1], one[2], one[3], one[4] or branch != "") for one in found}


def limits(connection: Connection, branch: str) -> dict[str, Limits]:
    """The limits that are set for a branch, or for the chain."""
    row = replenishment_terms.c
    query = select(
        row.item, row.presentation, row.minimum, row.maximum, row.adjusting, row.shelf_life_days
    )
    return {
        one[0]: Limits(*one[1:]) for one in connection.execute(query.where(row.branch == branch))
    }


def supply_terms(
    lead_days: int, review_days: int, weekdays: str, holidays: frozenset[date] = frozenset()
) -> SupplyTerms:
    """Terms as the tables write them: weekdays are digits from 1, Monday."""
    return SupplyTerms(
        lead_days, review_days, frozenset(int(one) - 1 for one in weekdays), holidays
    )


def _supply(connection: Connection) -> tuple[dict[str, SupplyTerms], dict[str, Least]]:
    """How those suppliers deliver of whom a lead time is known."""
    holidays: dict[str, set[date]] = {}
    for row in connection.execute(select(supplier_holiday)):
        holidays.setdefault(row.supplier, set()).add(row.closed_on)
    supply: dict[str, SupplyTerms] = {}
    least: dict[str, Least] = {}
    for row in connection.execute(select(supplier_terms)):
        least[row.supplier] = Least(row.least_amount, row.least_quantity)
        if row.lead_days is not None:
            shut = frozenset(holidays.get(row.supplier, ()))
            supply[row.supplier] = supply_terms(row.lead_days, row.review_days, row.weekdays, shut)
    return supply, least


def least_of(connection: Connection, supplier: str) -> Least:
    """The least order of one supplier."""
    row = supplier_terms.c
    query = select(row.least_amount, row.least_quantity).where(row.supplier == supplier)
    found = connection.execute(query).one_or_none()
    return Least() if found is None else Least(*found)


def _served(connection: Connection) -> dict[str, tuple[str, SupplyTerms]]:
    return {
        row.branch: (row.centre, supply_terms(row.lead_days, 1, row.weekdays))
        for row in connection.execute(select(served_branch))
    }


def _rules(connection: Connection) -> dict[str, Rule]:
    return {
        row.branch: Rule(row.up_to, row.within_percent, row.may_exceed)
        for row in connection.execute(select(replenishment_rule))
    }


def _parents(connection: Connection) -> dict[str, str]:
    query = select(category_table.c.category, category_table.c.parent)
    return {row[0]: row[1] for row in connection.execute(query)}


def _levels(connection: Connection, parents: Mapping[str, str]) -> dict[str, int]:
    """The level of every category that has one, or is below one that has."""
    said = {row.category: row.level for row in connection.execute(select(service_level))}
    found = dict(said)
    for code in parents:
        above, passed = code, set[str]()
        while above and above not in said and above not in passed:
            passed.add(above)
            above = parents.get(above, "")
        if above in said:
            found[code] = said[above]
    return found
