"""What a promotion names in the catalogue: all of it has to be there, and is called something.

items        of the scope, excluded, of a bundle's parts, of a mix-and-match's groups, a gift
categories   of the scope, excluded, of a mix-and-match's groups
units        of the scope: any item is sold by them; of a part, of a gift: its item is
tiers        of members: one of the table's, where there is a table
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Column, Connection, select, union

from hq import tiers
from hq.promotion_refusal import PromotionError
from replication.console.languages import msgid
from schemas.domain.promotion.effect import Bundle, MixAndMatch, SpendGift
from schemas.domain.promotion.promotion import Promotion
from schemas.tables.catalogue import category, item, unit

_ITEMS = msgid("The catalogue has no item %(codes)s: correct the codes, or import them.")
_CATEGORIES = msgid("There is no category %(codes)s: correct the codes, or import them.")
_UNITS = msgid("Nothing is sold by %(codes)s: correct the units.")
_UNSOLD = msgid("The catalogue has no item %(item)s sold by %(unit)s: correct the bundle's part.")
_NO_GIFT = msgid("The catalogue has no item %(item)s sold by %(unit)s: correct the gift.")

#: So many codes are named in a refusal; a list typed under the wrong heading would be all of it.
_NAMED = 10


@dataclass(frozen=True, slots=True)
class Names:
    """What the items and categories that a promotion names are called, by code."""

    items: Mapping[str, str]
    categories: Mapping[str, str]


def check(connection: Connection, offer: Promotion) -> None:
    """Raise PromotionError for what the catalogue has not, TierError for tiers."""
    tiers.check(connection, tiers.named_by(offer))
    held = names(connection, offer)
    _refuse(_ITEMS, items_of(offer) - held.items.keys())
    _refuse(_CATEGORIES, categories_of(offer) - held.categories.keys())
    units = set(offer.scope.units)
    if units:
        known = union(
            select(item.c.unit).where(item.c.unit.in_(units)),
            select(unit.c.unit).where(unit.c.unit.in_(units)),
        )
        _refuse(_UNITS, units - set(connection.execute(known).scalars()))
    if isinstance(offer.effect, Bundle):
        for part in offer.effect.parts:
            if part.unit and not _is_sold(connection, part.item, part.unit):
                raise PromotionError(_UNSOLD, item=part.item, unit=part.unit)
    gift = offer.effect
    if isinstance(gift, SpendGift) and not _is_sold(connection, gift.item, gift.unit):
        raise PromotionError(_NO_GIFT, item=gift.item, unit=gift.unit)


def names(connection: Connection, offer: Promotion) -> Names:
    """What of it the catalogue has."""
    return Names(
        _named(connection, item.c.item, item.c.name, items_of(offer)),
        _named(connection, category.c.category, category.c.name, categories_of(offer)),
    )


def items_of(offer: Promotion) -> set[str]:
    """The items that a promotion names."""
    effect, found = offer.effect, {*offer.scope.items, *offer.scope.excluded_items}
    if isinstance(effect, Bundle):
        found |= {part.item for part in effect.parts}
    if isinstance(effect, MixAndMatch):
        found |= {one for group in effect.groups for one in group.items}
    if isinstance(effect, SpendGift):
        found.add(effect.item)
    return found


def categories_of(offer: Promotion) -> set[str]:
    """The categories that a promotion names."""
    effect, found = offer.effect, {*offer.scope.categories, *offer.scope.excluded_categories}
    if isinstance(effect, MixAndMatch):
        found |= {one for group in effect.groups for one in group.categories}
    return found


def _named(
    connection: Connection, code: Column[str], name: Column[str], wanted: Collection[str]
) -> dict[str, str]:
    if not wanted:
        return {}
    return {
        row[0]: row[1] for row in connection.execute(select(code, name).where(code.in_(wanted)))
    }


def _is_sold(connection: Connection, of_item: str, by_unit: str) -> bool:
    base = select(item.c.item).where(item.c.item == of_item, item.c.unit == by_unit)
    further = select(unit.c.item).where(unit.c.item == of_item, unit.c.unit == by_unit)
    return connection.execute(base.union(further)).first() is not None


def _refuse(text: str, missing: Collection[str]) -> None:
    if missing:
        shown = sorted(missing)
        more = " …" if len(shown) > _NAMED else ""
        raise PromotionError(text, codes=", ".join(shown[:_NAMED]) + more)
