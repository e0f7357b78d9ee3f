"""What a stocktake counts, and what its sheets list.

    scope        counts
    everything   every item that has a stock
    categories   those of the chosen categories and of all below them
    items        those that were listed

An item outside is refused where it is scanned: a count of it on this shelf alone would lose what lies on the
others. Which items nobody counted can only be told of those that the branch should have, or that are listed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from sqlalchemy import Connection, insert, select

from branch import items
from branch.items import FoundItem
from branch.wording import RefusalError
from replication.console.languages import msgid
from schemas.tables.stock import stock_on_hand
from schemas.tables.stocktake import stocktake_item

#: The sheet under which the items of a whole stocktake are listed.
WHOLE = 0
_NAMED = 10


class ScopeError(RefusalError):
    """A list that names what cannot be counted; the message names it."""


class Scoped(Protocol):
    """What says which items are counted: a stocktake."""

    @property
    def stocktake(self) -> str:
        """Its name among all."""

    @property
    def scope(self) -> str:
        """Everything, categories or items."""

    @property
    def categories(self) -> tuple[str, ...]:
        """The chosen ones."""


def list_items(
    connection: Connection,
    name: str,
    sheet: int,
    codes: Iterable[str],
    within: Scoped | None = None,
) -> None:
    """Keep what a sheet lists, in its order. Raises ScopeError with the codes that name nothing to count."""
    found: dict[str, None] = {}
    strange: list[str] = []
    for code in codes:
        known = items.find(connection, code)
        if known is None or not known.stocked or (within and not covers(connection, within, known)):
            strange.append(code)
        else:
            found[known.item] = None
    if strange:
        named = ", ".join(strange[:_NAMED]) + (" …" if len(strange) > _NAMED else "")
        raise ScopeError(
            msgid("These codes name nothing that is counted here: %(codes)s. Correct the list"),
            codes=named,
        )
    rows = [
        {"stocktake": name, "sheet": sheet, "item": item, "place": place}
        for place, item in enumerate(found, 1)
    ]
    connection.execute(insert(stocktake_item), rows)


def listed(connection: Connection, name: str, sheet: int) -> list[str]:
    """The items that a sheet lists, in their order."""
    of = stocktake_item.c
    query = select(of.item).where(of.stocktake == name, of.sheet == sheet).order_by(of.place)
    return list(connection.execute(query).scalars())


def covers(connection: Connection, stocktake: Scoped, one: FoundItem) -> bool:
    """Whether a stocktake counts an item."""
    if not one.stocked:
        return False
    if stocktake.scope == "everything":
        return True
    if stocktake.scope == "categories":
        return one.category in _below(items.categories(connection), stocktake.categories)
    return one.item in listed(connection, stocktake.stocktake, WHOLE)


def due(connection: Connection, branch: str, stocktake: Scoped) -> Mapping[str, FoundItem]:
    """The items that should be counted: those that the branch should have and the stocktake covers, or all
    that it lists. By code, in the order of categories and names, or of the list.
    """
    if stocktake.scope == "items":
        codes = listed(connection, stocktake.stocktake, WHOLE)
        known = items.of_codes(connection, codes)
        return {code: known[code] for code in codes if code in known}
    query = select(stock_on_hand.c.item).where(
        stock_on_hand.c.branch == branch, stock_on_hand.c.quantity != 0
    )
    known = items.of_codes(connection, connection.execute(query).scalars())
    within = [one for one in known.values() if one.stocked]
    if stocktake.scope == "categories":
        chosen = _below(items.categories(connection), stocktake.categories)
        within = [one for one in within if one.category in chosen]
    within.sort(key=lambda one: (one.category, one.name, one.item))
    return {one.item: one for one in within}


def of_sheet(
    connection: Connection, branch: str, stocktake: Scoped, sheet: int
) -> Sequence[FoundItem]:
    """What a sheet is printed with: the items that it lists, or all that should be counted."""
    codes = listed(connection, stocktake.stocktake, sheet)
    if not codes:
        return list(due(connection, branch, stocktake).values())
    known = items.of_codes(connection, codes)
    return [known[code] for code in codes if code in known]


def _below(known: Mapping[str, tuple[str, str]], chosen: Collection[str]) -> set[str]:
    """The chosen categories and all that hang below them."""
    found = set(chosen)
    grown = True
    while grown:
        more = {code for code, (_, parent) in known.items() if parent in found} - found
        found |= more
        grown = bool(more)
    return found
