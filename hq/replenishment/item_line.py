"""One item in one branch (rule 27): who supplies it, its terms, its line.

    line_of       for a run: what is ordered, and of whom
    every_term    for a person who asks: the same, also of what orders nothing

What keeps an item from being ordered is noted in the scene's `left`, by both alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from hq.replenishment.chain import Chain, Limits, Source
from hq.replenishment.expected import Expected
from hq.replenishment.history import ItemHistory
from hq.replenishment.left_out import LeftOut
from hq.replenishment.line import Line, history_told, room_of, terms_told
from hq.replenishment.offers import NO_OFFERS, Offers
from hq.replenishment.quotes import Price, price_of
from schemas.domain.replenishment.proposal import propose
from schemas.domain.replenishment.supply import (
    NoOrderDayError,
    SupplyTerms,
    arrival,
    is_order_day,
    next_order_day,
)
from schemas.domain.replenishment.terms import ItemTerms, Position
from schemas.domain.replenishment.weekday import FLAT, Profile

_PIECES = 1000
#: Goods that are weighed are sold by tenths of their unit at least.
_WEIGHED = 100


@dataclass(frozen=True, slots=True)
class Scene:
    """One branch this morning, with what it has of its own beside the chain's."""

    chain: Chain
    branch: str
    today: date
    sources: Mapping[str, Source]
    limits: Mapping[str, Limits]
    expected: Expected
    asked: Mapping[str, int]
    left: LeftOut
    waiting: set[str]
    usual: Profile = FLAT
    offers: Offers = NO_OFFERS

    def source(self, item: str) -> Source | None:
        """From whom the branch has it."""
        return self.sources.get(item) or self.chain.sources.get(item)

    def limit(self, item: str) -> Limits:
        """What is to be kept of it."""
        return self.limits.get(item) or self.chain.limits.get(item) or Limits()


@dataclass(frozen=True, slots=True)
class Supplied:
    """Who supplies an item, and how: `partner` is the supplier, empty for the centre, `named` either."""

    partner: str
    named: str
    source: Source
    factor: int
    supply: SupplyTerms


def line_of(scene: Scene, one: ItemHistory) -> tuple[str, Line] | None:
    """The supplier, empty for the centre, and the line; None where nothing is ordered."""
    if not _matters(scene, one):
        return None
    found = _supplied(scene, one.item)
    if found is None or _waits(scene, found):
        return None
    line = _reckoned(scene, one, found)
    if not line.quantity:
        if line.terms["needed"]:
            scene.left.add("held_back", one.item)
        return None
    return found.partner, line


def every_term(scene: Scene, one: ItemHistory) -> tuple[str, Line] | None:
    """The same for somebody who asks, with a line also where nothing is ordered, or not today; None where it
    cannot be reckoned. The reasons are noted as ever.
    """
    _matters(scene, one)
    if one.item not in scene.chain.items or not scene.chain.items[one.item].stocked:
        return None
    found = _supplied(scene, one.item)
    if found is None:
        return None
    _waits(scene, found)
    line = _reckoned(scene, one, found)
    if not line.quantity and line.terms["needed"]:
        scene.left.add("held_back", one.item)
    return found.named, line


def _waits(scene: Scene, found: Supplied) -> bool:
    """Whether the supplier takes no order today; the day on which it does is noted."""
    if is_order_day(found.supply, scene.today):
        return False
    following = next_order_day(found.supply, scene.today)
    scene.left.add("not_today", f"{found.named} {following}")
    scene.waiting.add(found.named)
    return True


def _reckoned(scene: Scene, one: ItemHistory, found: Supplied) -> Line:
    terms = _terms(scene, one, found.factor)
    instructed = scene.expected.instructed.get(one.item, 0)
    position = Position(
        one.on_hand, scene.expected.in_transit.get(one.item, 0),
        scene.expected.on_order.get(one.item, 0) + instructed,
        scene.expected.committed.get(one.item, 0) + scene.asked.get(one.item, 0),
    )  # fmt: skip
    made = propose(
        one.demand, position, terms, found.supply, scene.today, scene.usual, scene.offers.ahead(one)
    )
    price = _price(scene.chain, found, one.item, made.quantity)
    told = terms_told(made, terms, found.supply, instructed, price)
    return Line(
        one.item, found.source.unit, found.factor, made.quantity, price.price, price.origin, told,
        history_told(one.demand), room_of(made, terms),
    )  # fmt: skip


def _price(chain: Chain, found: Supplied, item: str, quantity: int) -> Price:
    """What goods cost; those of the centre are worth what is paid for them."""
    if not found.partner:
        return price_of({}, chain.costs, "", item, found.source.unit, found.factor, quantity, None)
    return price_of(
        chain.quotes, chain.costs, found.partner, item, found.source.unit, found.factor, quantity,
        found.source.price,
    )  # fmt: skip


def _matters(scene: Scene, one: ItemHistory) -> bool:
    """Whether there is anything to weigh up; what is a service is named if somebody would have it ordered."""
    known = scene.chain.items.get(one.item)
    limit = scene.limit(one.item)
    wanted = limit != Limits()
    if known is None:
        if one.demand.sold:
            scene.left.add("unknown_item", one.item)
        return False
    if not known.stocked:
        if wanted or scene.source(one.item):
            scene.left.add("service", one.item)
        return False
    kept = limit.presentation or limit.minimum or (one.item in scene.limits and limit.maximum)
    return bool(one.demand.sold or kept or one.on_hand < 0 or scene.asked.get(one.item))


def _supplied(scene: Scene, item: str) -> Supplied | None:
    """Who supplies an item; None with the reason noted."""
    chain, source = scene.chain, scene.source(item)
    if source is None:
        scene.left.add("no_source", item)
        return None
    factor = chain.factor(item, source.unit)
    if not factor:
        scene.left.add("no_unit", item)
        return None
    served = chain.served.get(scene.branch)
    if served is None or source.direct:
        return _by_supplier(scene, source, factor)
    centre, supply = served
    if centre in chain.closed:
        scene.left.add("centre_closed", centre)
        return None
    return _usable(scene, Supplied("", centre, source, factor, supply))


def _by_supplier(scene: Scene, source: Source, factor: int) -> Supplied | None:
    known = scene.chain.suppliers.get(source.supplier)
    if known is None or known.closed:
        scene.left.add("supplier_closed", source.supplier)
        return None
    supply = scene.chain.supply.get(source.supplier)
    if supply is None:
        scene.left.add("no_lead_time", source.supplier)
        return None
    return _usable(scene, Supplied(source.supplier, source.supplier, source, factor, supply))


def _usable(scene: Scene, found: Supplied) -> Supplied | None:
    try:
        arrival(found.supply, next_order_day(found.supply, scene.today))
    except NoOrderDayError:
        scene.left.add("no_calendar", found.named)
        return None
    return found


def _terms(scene: Scene, one: ItemHistory, factor: int) -> ItemTerms:
    limit, known = scene.limit(one.item), scene.chain.items[one.item]
    weighed = any(quantity % _PIECES for _, quantity in one.demand.sold)
    return ItemTerms(
        pack=factor, service_level=scene.chain.level(known.category),
        presentation=limit.presentation, shelf_life_days=limit.shelf_life_days,
        minimum=limit.minimum or 0, maximum=limit.maximum,
        fixed=not limit.adjusting and limit.maximum is not None,
        may_exceed_maximum=scene.chain.rule(scene.branch).may_exceed,
        step=_WEIGHED if weighed else _PIECES,
    )  # fmt: skip
