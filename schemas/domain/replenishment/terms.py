"""What an item is ordered by in a branch, and what of it is there and on its way (rule 27).

limits           reorder point (订货点)                    target
self-adjusting   what lasts until the next arrival,        what lasts for the review cycle too,
                 at least `minimum`                        at most `maximum`
fixed            `minimum`                                 `maximum`
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.domain.replenishment.quantile import LEAST_LEVEL, MOST_LEVEL


@dataclass(frozen=True, slots=True)
class ItemTerms:
    """How an item is ordered; quantities are thousandths of the base unit.

    `service_level` is in how many of 10,000 intervals between two arrivals nothing may run out. `presentation`
    is what the shelf shows at least, `shelf_life_days` for how many days after its arrival it may be sold.
    `may_exceed_maximum` says whether rounding to the pack and the supplier's minimum may. `step` is the least
    quantity that is sold: 1000 of pieces, 100 of weighed goods. Refuses, with ValueError, what contradicts itself.
    """

    pack: int = 1000
    service_level: int = 9500
    presentation: int = 0
    shelf_life_days: int | None = None
    minimum: int = 0
    maximum: int | None = None
    fixed: bool = False
    may_exceed_maximum: bool = False
    step: int = 1000

    def __post_init__(self) -> None:
        """Refuse what no order could follow."""
        if self.pack <= 0 or self.step <= 0:
            raise ValueError(
                f"a pack of {self.pack} or a step of {self.step} is nothing to order by"
            )
        if not LEAST_LEVEL <= self.service_level <= MOST_LEVEL:
            raise ValueError(
                f"a service level of {self.service_level} is not between {LEAST_LEVEL} and {MOST_LEVEL}"
            )
        if self.minimum < 0 or self.presentation < 0 or (self.shelf_life_days or 0) < 0:
            raise ValueError("minimum, presentation stock and shelf life are nought or more")
        if self.maximum is not None and self.maximum < self.minimum:
            raise ValueError(f"the maximum {self.maximum} is less than the minimum {self.minimum}")
        if self.fixed and self.maximum is None:
            raise ValueError("a fixed minimum needs its maximum")


@dataclass(frozen=True, slots=True)
class Position:
    """What there is of an item in a branch this morning, what comes, and what of it is promised to customers."""

    on_hand: int = 0
    in_transit: int = 0
    on_order: int = 0
    committed: int = 0

    @property
    def available(self) -> int:
        """What the target is held against."""
        return self.on_hand + self.in_transit + self.on_order - self.committed
