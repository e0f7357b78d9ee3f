"""Uplift (促销增量): how much more a promoted day sells than a plain one, and what promotions ahead add by it.

    uplift of an item = (sold on its promoted days + lean × its group's uplift)
                        ÷ (what its plain days let expect of those days + lean)

A group is the item's category in the branch, which leans likewise to the branch, and that to what is usual. All
is counted in purchases of the item, so that one that sells by the dozen does not speak for one that sells by
the piece. What is promoted on most of the days on which it sells is not promoted but cheap: it has no uplift.

    promoted days behind     take part in the forecast as what they would have sold on plain days: what they sold
                             ÷ uplift. Left out, they would leave items that are promoted often to few days
    promoted days ahead      add (uplift − 1) × what is expected of them

Never below what plain days let expect, and never further than by the most.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.domain.replenishment.demand import Demand, weekdays_of
from schemas.domain.replenishment.weekday import Profile, lent

#: Purchases that the wider group weighs.
_LEAN = 20.0
#: What is usual where nobody has seen a promotion.
USUAL_UPLIFT = 1.5
#: No promotion is expected to sell less than a plain day, nor more than so many of them.
_LEAST, _MOST = 1.0, 4.0
_THOUSAND = 1000


@dataclass(frozen=True, slots=True)
class Seen:
    """What promoted days sold, and what plain ones let expect of them, in thousandths of a purchase."""

    sold: int = 0
    expected: int = 0

    def __add__(self, other: Seen) -> Seen:
        """Both together."""
        return Seen(self.sold + other.sold, self.expected + other.expected)


@dataclass(frozen=True, slots=True)
class Ahead:
    """The days ahead on which an item is promoted, bit 0 this morning's, and the uplift of its group."""

    days: int = 0
    group: float = USUAL_UPLIFT


#: Nothing is promoted, and nobody has seen a promotion.
NO_PROMOTION = Ahead()


def seen(demand: Demand, group: Profile) -> Seen:
    """What the promoted days of an item tell beside its plain ones; nothing where it has none of either."""
    on_offer = demand.promoted & ~(demand.unknown | demand.short)
    usable = demand.usable
    if not on_offer or not usable:
        return Seen()
    promoted = plain = times = 0
    for day, quantity in demand.sold:
        if on_offer >> day & 1:
            promoted += quantity
            times += 1
        elif usable >> day & 1:
            plain += quantity
            times += 1
    if plain <= 0:
        return Seen()
    size = (promoted + plain) / times
    given = lent(group)
    of_plain = of_offer = 0.0
    for share, mask in zip(given, weekdays_of(demand.first.weekday(), demand.days), strict=True):
        of_plain += share * (usable & mask).bit_count()
        of_offer += share * (on_offer & mask).bit_count()
    expected = plain / of_plain * of_offer
    return Seen(int(max(promoted, 0) / size * _THOUSAND), int(expected / size * _THOUSAND))


def uplift(own: Seen, wider: float = USUAL_UPLIFT) -> float:
    """How many plain days a promoted day sells; `wider` is the uplift of the group to which it leans."""
    lean = _LEAN * _THOUSAND
    found = (own.sold + lean * wider) / (own.expected + lean)
    return min(max(found, _LEAST), _MOST)


def as_plain(demand: Demand, times: float) -> Demand:
    """The same history as if its promoted days had been plain ones; `times` is the uplift."""
    promoted = demand.promoted
    if not promoted:
        return demand
    sold = tuple(
        (day, int(quantity / times) if promoted >> day & 1 else quantity)
        for day, quantity in demand.sold
    )
    return Demand(demand.first, demand.days, sold, demand.unknown, demand.short)
