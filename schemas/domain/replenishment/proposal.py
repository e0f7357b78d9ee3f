"""What to order of an item for a branch, with every term of the arithmetic (rule 27).

    needed     target − (on hand + in transit + on order − committed), once that is below the reorder point
    rounded    up to the pack; down where it would pass the maximum and may not
    quantity   up to the supplier's minimum, in packs; nothing where that would pass the maximum and may not

    held back by        because
    maximum             a pack more would pass the maximum that a person set
    shelf_life          no more is ordered than sells before it spoils: what is expected of the days until the
                        arrival and of the shelf life after it; no setting passes that
    supplier_minimum    the supplier's minimum passes one of these, so nothing is ordered

    target 40, on hand 12, in transit 6, on order 0, committed 2: needed 24; packs of 10: 30, or with a maximum
    of 40 that rounding may not pass 20; a supplier's minimum of 48: 50, or with that maximum nothing

*Property*: never below nought, whole packs, never more for more stock, never beyond what sells in the shelf life.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from schemas.domain.replenishment.demand import Demand
from schemas.domain.replenishment.forecast import (
    Basis,
    Interval,
    Offer,
    basis,
    expected,
    interval,
    promotion,
)
from schemas.domain.replenishment.rate import Rate, rate
from schemas.domain.replenishment.supply import SupplyTerms, arrival, days_to_last
from schemas.domain.replenishment.terms import ItemTerms, Position
from schemas.domain.replenishment.uplift import NO_PROMOTION, Ahead, as_plain, seen, uplift
from schemas.domain.replenishment.weekday import FLAT, USUAL, Profile

HeldBack = Literal["maximum", "shelf_life", "supplier_minimum"]


@dataclass(frozen=True, slots=True)
class ProposedLine:
    """A line of a proposal; quantities are thousandths of the base unit.

    `until_next` is the interval that must last until what could be ordered next arrives, `cycle` the one that
    an order is meant to last; of fixed limits they are told and not used. `minimum` is the reorder point and
    `maximum` the target as they came out, `sells` what is expected before it spoils. `quantity` is the order. `uplift` is what a promoted day sells, per
    mille of a plain one, where promotions are behind or ahead.
    """

    basis: Basis
    arrives: date
    until_next: Interval
    cycle: Interval
    presentation: int
    minimum: int
    maximum: int
    sells: int | None
    position: Position
    needed: int
    rounded: int
    quantity: int
    held_back_by: tuple[HeldBack, ...]
    uplift: int = USUAL


@dataclass(frozen=True, slots=True)
class _Limits:
    minimum: int
    target: int
    sells: int | None


def propose(
    demand: Demand,
    position: Position,
    terms: ItemTerms,
    supply: SupplyTerms,
    today: date,
    profile: Profile = FLAT,
    ahead: Ahead = NO_PROMOTION,
) -> ProposedLine:
    """Work out what to order this morning. `demand` ends yesterday, else ValueError; NoOrderDayError where the
    supplier's calendar has none. `ahead` are the promotions of the item.
    """
    if demand.ends != today:
        raise ValueError(f"a history until {demand.ends} does not say what is known on {today}")
    times = uplift(seen(demand, profile), ahead.group) if demand.promoted or ahead.days else 1.0
    known = rate(as_plain(demand, times), profile)
    arrives = arrival(supply, today)
    lead = (arrives - today).days
    last = days_to_last(supply, today)
    offer = Offer(ahead.days, times) if ahead.days else None
    until_next = _interval(known, today, last, terms, offer)
    longest = max(last, lead + supply.review_days)
    cycle = until_next if longest == last else _interval(known, today, longest, terms, offer)
    limits = _limits(terms, until_next, cycle, _sells(known, today, lead, terms, offer))
    available = position.available
    needed = max(limits.target - available, 0) if available < limits.minimum else 0
    rounded, quantity, held_back_by = _in_packs(needed, available, terms, supply, limits.sells)
    return ProposedLine(
        basis(demand, known), arrives, until_next, cycle, terms.presentation, limits.minimum, limits.target,
        limits.sells, position, needed, rounded, quantity, held_back_by, int(times * USUAL + 0.5),
    )  # fmt: skip


def _interval(
    known: Rate, today: date, days: int, terms: ItemTerms, offer: Offer | None
) -> Interval:
    return interval(known, today.weekday(), days, terms.service_level, terms.step, offer)


def _sells(
    known: Rate, today: date, lead: int, terms: ItemTerms, offer: Offer | None
) -> int | None:
    if terms.shelf_life_days is None:
        return None
    weekday, days = today.weekday(), lead + terms.shelf_life_days
    more = promotion(known, weekday, days, offer) if offer else 0.0
    return int(expected(known, weekday, days) + more)


def _limits(terms: ItemTerms, until_next: Interval, cycle: Interval, sells: int | None) -> _Limits:
    if terms.fixed and terms.maximum is not None:
        return _Limits(terms.minimum, terms.maximum, sells)
    minimum = max(until_next.at_least(terms.presentation), terms.minimum)
    target = max(cycle.at_least(terms.presentation), minimum)
    if terms.maximum is not None:
        minimum, target = min(minimum, terms.maximum), min(target, terms.maximum)
    return _Limits(minimum, target, sells)


def _in_packs(
    needed: int, available: int, terms: ItemTerms, supply: SupplyTerms, sells: int | None
) -> tuple[int, int, tuple[HeldBack, ...]]:
    """What is needed in whole packs, what of it is ordered, and what held it back."""
    if not needed:
        return 0, 0, ()
    room, held_back = _room(available, terms, sells)
    rounded = _up(needed, terms.pack)
    if room is None:
        return rounded, max(rounded, _up(supply.minimum, terms.pack)), ()
    found: list[HeldBack] = []
    if rounded > room:
        rounded = room // terms.pack * terms.pack
        found.append(held_back)
    quantity = max(rounded, _up(supply.minimum, terms.pack)) if rounded else 0
    if quantity > room:
        quantity = 0
        found.append("supplier_minimum")
    return rounded, quantity, tuple(found)


def _room(available: int, terms: ItemTerms, sells: int | None) -> tuple[int | None, HeldBack]:
    """How much may be ordered at most, None without a limit, and what limits it."""
    room: int | None = None
    limit: HeldBack = "maximum"
    if terms.maximum is not None and not terms.may_exceed_maximum:
        room = max(terms.maximum - available, 0)
    if sells is not None and (room is None or sells - available < room):
        room, limit = max(sells - available, 0), "shelf_life"
    return room, limit


def _up(quantity: int, pack: int) -> int:
    return -(-quantity // pack) * pack
