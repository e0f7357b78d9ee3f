"""What the keys of a page of rows are called now; one that has no name is called by its key."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from sqlalchemy import Connection, func, select

from hq import regions, suppliers
from hq.consolidation.question import Dimension, Question
from hq.reports.categories import category_names
from replication.streams import CHAIN_FEED
from schemas.tables.catalogue import item
from schemas.tables.headquarters import promotion_document
from schemas.tables.staff import staff
from schemas.tables.stock_store import among
from schemas.tables.tickets import ticket_line
from schemas.tables.tiers import member_tier
from schemas.wire import promotion_rule

Names = Mapping[str, str]


def names(
    connection: Connection, question: Question, dimension: Dimension, keys: Collection[str]
) -> Names:
    """The names of these keys of a dimension."""
    if dimension in {"branch", "region"}:
        return _of_places(connection, question, dimension)
    read = _READ.get(dimension)
    return {} if read is None else read(connection, keys)


def name_of(connection: Connection, dimension: Dimension, key: str) -> str:
    """What one key is called, of a dimension that is no place and no time; its code where it has no name."""
    read = _READ.get(dimension)
    return key if read is None else read(connection, {key}).get(key, key)


def _of_places(connection: Connection, question: Question, dimension: Dimension) -> Names:
    if dimension == "branch":
        return {one.branch: one.name for one in question.branches}
    return {code: one.name for code, one in regions.every(connection).items()}


def _categories(connection: Connection, keys: Collection[str]) -> Names:
    del keys
    return category_names(connection)


def _suppliers(connection: Connection, keys: Collection[str]) -> Names:
    del keys
    return {code: one.name for code, one in suppliers.every(connection).items()}


def _items(connection: Connection, keys: Collection[str]) -> Names:
    """As the catalogue has them; of what it does not know, a name under which it was sold."""
    known = select(item.c.key, item.c.name).where(
        item.c.stream == CHAIN_FEED, among(item.c.key, keys)
    )
    found = {row[0]: row[1] for row in connection.execute(known)}
    unknown = [key for key in keys if key not in found]
    if unknown:
        sold = (
            select(ticket_line.c.item, func.max(ticket_line.c.name))
            .where(among(ticket_line.c.item, unknown))
            .group_by(ticket_line.c.item)
        )
        found |= {row[0]: row[1] for row in connection.execute(sold)}
    return found


def _operators(connection: Connection, keys: Collection[str]) -> Names:
    query = select(staff.c.operator, staff.c.name).where(among(staff.c.operator, keys))
    return {row[0]: row[1] for row in connection.execute(query)}


def _tiers(connection: Connection, keys: Collection[str]) -> Names:
    del keys
    return {
        row[0]: row[1] for row in connection.execute(select(member_tier.c.tier, member_tier.c.name))
    }


def _promotions(connection: Connection, keys: Collection[str]) -> Names:
    row = promotion_document.c
    query = select(row.promotion, row.rule).where(among(row.promotion, keys))
    return {one[0]: promotion_rule.decode_rule(*one).title for one in connection.execute(query)}


_READ: Mapping[Dimension, Callable[[Connection, Collection[str]], Names]] = {
    "category": _categories, "supplier": _suppliers, "item": _items, "operator": _operators,
    "tier": _tiers, "promotion": _promotions,
}  # fmt: skip
