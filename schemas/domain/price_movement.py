"""Which list prices change between two instants at one branch (rule 11), so that a label is made of exactly those.

    price before   price after   a label
    none           some          yes, without an old price
    some           another       yes
    some           the same      no: whatever was published, the shelf is right
    some           none          no: it is not for sale; its label is taken away by hand

Prices for tiers are on no shelf.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from schemas.domain.pricing import PriceRow, price_in_force


@dataclass(frozen=True, slots=True)
class Movement:
    """The list price of an item in a unit; `old` is None where it had none. Minor units."""

    item: str
    unit: str
    old: int | None
    new: int


def movements(rows: Iterable[PriceRow], before: datetime, after: datetime) -> list[Movement]:
    """What changes from one instant to the other, by item and unit; `rows` are those of one branch."""
    found: dict[tuple[str, str], list[PriceRow]] = {}
    for row in rows:
        if not row.tier:
            found.setdefault((row.item, row.unit), []).append(row)
    moved: list[Movement] = []
    for (item, unit), of_key in sorted(found.items()):
        was, now = (price_in_force(of_key, "", at) for at in (before, after))
        old = None if was is None else was.list.price
        if now is not None and now.list.price != old:
            moved.append(Movement(item, unit, old, now.list.price))
    return moved
