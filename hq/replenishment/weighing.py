"""Weighing up one branch (rule 27): of each item what is there, what comes, what will be wanted, what to order.

    an item's line goes    to its supplier, else to the distribution centre that serves the branch
    nothing to go by       no demand, no limits and stock not below nought: nothing is needed, nothing is said
    cannot be ordered      named with its reason (`left_out`), never dropped

The result is of one snapshot of the database; nothing is written here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import Connection

from hq.completeness import Gap
from hq.replenishment import chain as chains
from hq.replenishment import history, known_days
from hq.replenishment.chain import Chain, Limits, Source
from hq.replenishment.expected import Expected
from hq.replenishment.history import ItemHistory
from hq.replenishment.known_days import KnownDay
from hq.replenishment.least_order import reach
from hq.replenishment.left_out import LeftOut
from hq.replenishment.line import Line, history_told, room_of, terms_told
from hq.replenishment.quotes import Price, price_of
from hq.reports.branches import KnownBranch
from schemas.domain.replenishment.demand import WEEK, Demand
from schemas.domain.replenishment.proposal import propose
from schemas.domain.replenishment.supply import (
    NoOrderDayError,
    SupplyTerms,
    arrival,
    is_order_day,
    next_order_day,
)
from schemas.domain.replenishment.terms import ItemTerms, Position
from schemas.domain.replenishment.weekday import Profile, profile

_CENTRE = "distribution_centre"
_PIECES = 1000
#: Goods that are weighed are sold by tenths of their unit at least.
_WEIGHED = 100


@dataclass(frozen=True, slots=True)
class Order:
    """What a branch is to order of a supplier; `below_least` where its least order is not reached."""

    supplier: str
    expected: date
    lines: tuple[Line, ...]
    below_least: Mapping[str, int]


@dataclass(slots=True)
class Weighed:
    """A branch: its orders, what it asks of its centre, what was left out, what is known of its days; `waiting`
    are the partners that take no orders today.
    """

    orders: list[Order] = field(default_factory=list)
    asks: list[Line] = field(default_factory=list)
    left: LeftOut = field(default_factory=LeftOut)
    days: dict[date, KnownDay] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    items: int = 0


@dataclass(frozen=True, slots=True)
class _Scene:
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

    def source(self, item: str) -> Source | None:
        return self.sources.get(item) or self.chain.sources.get(item)

    def limit(self, item: str) -> Limits:
        return self.limits.get(item) or self.chain.limits.get(item) or Limits()


@dataclass(frozen=True, slots=True)
class _Supplied:
    """Who supplies an item, and how: `partner` is the supplier, empty for the centre, `named` either."""

    partner: str
    named: str
    source: Source
    factor: int
    supply: SupplyTerms


def weigh(
    connection: Connection, chain: Chain, branch: KnownBranch, today: date, expected: Expected,
    gaps: Sequence[Gap], asked: Mapping[str, int],
) -> Weighed:  # fmt: skip
    """One branch; `asked` is what others ask of it this morning, where it is a distribution centre."""
    made = Weighed()
    if any(one.problem == "never_heard" for one in gaps):
        made.left.add("never_heard", branch.branch)
        return made
    code, is_centre = branch.branch, branch.kind == _CENTRE
    scene = _Scene(
        chain, code, today, chains.sources(connection, code), chains.limits(connection, code),
        expected, asked, made.left, made.waiting,
    )  # fmt: skip
    missing: Collection[date] = () if is_centre else known_days.unknown(gaps)
    found = list(history.histories(connection, code, today, missing, centre=is_centre))
    first = today - timedelta(days=history.DAYS)
    totals = known_days.sold_by_day(first, (one.demand for one in found))
    made.days = known_days.known_days(
        connection, code, () if is_centre else gaps, totals, first, today
    )
    usual = _profile(totals, missing, first, today)
    orders: dict[str, list[Line]] = {}
    for one in _all(scene, found):
        made.items += 1
        placed = _line(scene, one, usual)
        if placed is not None:
            partner, line = placed
            if partner:
                orders.setdefault(partner, []).append(line)
            else:
                made.asks.append(line)
    made.orders = [_order(chain, today, *one) for one in sorted(orders.items())]
    return made


def _profile(
    totals: Mapping[date, int], missing: Collection[date], first: date, today: date
) -> Profile:
    """How the branch sells by weekday, over the days that are known."""
    sums, counts = [0] * WEEK, [0] * WEEK
    for ahead in range((today - first).days):
        day = first + timedelta(days=ahead)
        if day not in missing and totals:
            sums[day.weekday()] += totals.get(day, 0)
            counts[day.weekday()] += 1
    return profile(sums, counts)


def _all(scene: _Scene, found: Sequence[ItemHistory]) -> Iterator[ItemHistory]:
    """Those with a history, and those that have limits in the branch or are expected there."""
    seen = {one.item for one in found}
    yield from found
    further = {*scene.limits, *scene.expected.items(), *scene.asked, *scene.chain.services} - seen
    first = scene.today - timedelta(days=history.DAYS)
    for item in sorted(further):
        nobody = Demand(first, history.DAYS, unknown=(1 << history.DAYS) - 1)
        yield ItemHistory(item, 0, nobody)


def _line(scene: _Scene, one: ItemHistory, usual: Profile) -> tuple[str, Line] | None:
    """The supplier, empty for the centre, and the line; None where nothing is ordered."""
    if not _matters(scene, one):
        return None
    found = _supplied(scene, one.item)
    if found is None:
        return None
    if not is_order_day(found.supply, scene.today):
        following = next_order_day(found.supply, scene.today)
        scene.left.add("not_today", f"{found.named} {following}")
        scene.waiting.add(found.named)
        return None
    terms = _terms(scene, one, found.factor)
    instructed = scene.expected.instructed.get(one.item, 0)
    position = Position(
        one.on_hand, scene.expected.in_transit.get(one.item, 0),
        scene.expected.on_order.get(one.item, 0) + instructed,
        scene.expected.committed.get(one.item, 0) + scene.asked.get(one.item, 0),
    )  # fmt: skip
    made = propose(one.demand, position, terms, found.supply, scene.today, usual)
    if not made.quantity:
        if made.needed:
            scene.left.add("held_back", one.item)
        return None
    price = _price(scene.chain, found, one.item, made.quantity)
    told = terms_told(made, terms, found.supply, instructed, price)
    return found.partner, Line(
        one.item, found.source.unit, found.factor, made.quantity, price.price, price.origin, told,
        history_told(one.demand), room_of(made, terms),
    )  # fmt: skip


def _price(chain: Chain, found: _Supplied, item: str, quantity: int) -> Price:
    """What goods cost; those of the centre are worth what is paid for them."""
    if not found.partner:
        return price_of({}, chain.costs, "", item, found.source.unit, found.factor, quantity, None)
    return price_of(
        chain.quotes, chain.costs, found.partner, item, found.source.unit, found.factor, quantity,
        found.source.price,
    )  # fmt: skip


def _matters(scene: _Scene, one: ItemHistory) -> bool:
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


def _supplied(scene: _Scene, item: str) -> _Supplied | None:
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
    return _usable(scene, _Supplied("", centre, source, factor, supply))


def _by_supplier(scene: _Scene, source: Source, factor: int) -> _Supplied | None:
    known = scene.chain.suppliers.get(source.supplier)
    if known is None or known.closed:
        scene.left.add("supplier_closed", source.supplier)
        return None
    supply = scene.chain.supply.get(source.supplier)
    if supply is None:
        scene.left.add("no_lead_time", source.supplier)
        return None
    return _usable(scene, _Supplied(source.supplier, source.supplier, source, factor, supply))


def _usable(scene: _Scene, found: _Supplied) -> _Supplied | None:
    try:
        arrival(found.supply, next_order_day(found.supply, scene.today))
    except NoOrderDayError:
        scene.left.add("no_calendar", found.named)
        return None
    return found


def _terms(scene: _Scene, one: ItemHistory, factor: int) -> ItemTerms:
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


def _order(chain: Chain, today: date, supplier: str, lines: Sequence[Line]) -> Order:
    reached, missing = reach(sorted(lines, key=lambda one: one.item), chain.least[supplier])
    return Order(supplier, arrival(chain.supply[supplier], today), tuple(reached), missing)
