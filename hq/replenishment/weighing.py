"""Weighing up one branch (rule 27): of each item what is there, what comes, what will be wanted, what to order.

    an item's line goes    to its supplier, else to the distribution centre that serves the branch
    nothing to go by       no demand, no limits and stock not below nought: nothing is needed, nothing is said
    cannot be ordered      named with its reason (`left_out`), never dropped

The result is of one snapshot of the database; nothing is written here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from sqlalchemy import Connection

from hq.completeness import Gap
from hq.replenishment import chain as chains
from hq.replenishment import history, known_days, offers
from hq.replenishment.chain import Chain, Source
from hq.replenishment.expected import Expected
from hq.replenishment.history import ItemHistory
from hq.replenishment.item_line import Scene, every_term, line_of
from hq.replenishment.known_days import KnownDay
from hq.replenishment.least_order import reach
from hq.replenishment.left_out import LeftOut
from hq.replenishment.line import Line
from hq.reports.branches import KnownBranch
from schemas.domain.replenishment.demand import WEEK, Demand
from schemas.domain.replenishment.supply import arrival
from schemas.domain.replenishment.weekday import Profile, profile

_CENTRE = "distribution_centre"


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
class Question:
    """Which item a person asks about; `source` where it is to be had from another than it always is."""

    item: str
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Explained:
    """Why so many of an item are ordered, or none: what keeps it from being ordered, and its line, at nought where
    nothing is needed; no line where there is nothing to reckon by. `partner` is a supplier or the centre.
    """

    left: LeftOut
    partner: str = ""
    line: Line | None = None


def weigh(
    connection: Connection, chain: Chain, branch: KnownBranch, today: date, expected: Expected,
    gaps: Sequence[Gap], asked: Mapping[str, int],
) -> Weighed:  # fmt: skip
    """One branch; `asked` is what others ask of it this morning, where it is a distribution centre."""
    made = Weighed()
    if _never_heard(branch, gaps, made.left):
        return made
    scene, found, totals = _look(connection, chain, branch, today, expected, gaps, asked)
    made.left, made.waiting = scene.left, scene.waiting
    first = today - timedelta(days=history.DAYS)
    is_centre = branch.kind == _CENTRE
    made.days = known_days.known_days(
        connection, branch.branch, () if is_centre else gaps, totals, first, today
    )
    orders: dict[str, list[Line]] = {}
    for one in _all(scene, found):
        made.items += 1
        placed = line_of(scene, one)
        if placed is not None:
            partner, line = placed
            if partner:
                orders.setdefault(partner, []).append(line)
            else:
                made.asks.append(line)
    made.orders = [_order(chain, today, *one) for one in sorted(orders.items())]
    return made


def explain(
    connection: Connection, chain: Chain, branch: KnownBranch, today: date, expected: Expected,
    gaps: Sequence[Gap], asked: Mapping[str, int], question: Question,
) -> Explained:  # fmt: skip
    """One item as a run would weigh it up now, in a branch of which all else is known alike."""
    item, source = question.item, question.source
    left = LeftOut()
    if _never_heard(branch, gaps, left):
        return Explained(left)
    scene, found, _ = _look(connection, chain, branch, today, expected, gaps, asked)
    if source is not None:
        scene = replace(scene, sources={**scene.sources, item: source})
    one = next((one for one in found if one.item == item), None) or _nothing_known(today, item)
    made = every_term(scene, one)
    return Explained(scene.left) if made is None else Explained(scene.left, *made)


def _never_heard(branch: KnownBranch, gaps: Sequence[Gap], left: LeftOut) -> bool:
    if any(one.problem == "never_heard" for one in gaps):
        left.add("never_heard", branch.branch)
        return True
    return False


def _look(
    connection: Connection, chain: Chain, branch: KnownBranch, today: date, expected: Expected,
    gaps: Sequence[Gap], asked: Mapping[str, int],
) -> tuple[Scene, list[ItemHistory], dict[date, int]]:  # fmt: skip
    """The scene, the items that have a history, and what the branch sold day by day."""
    code, is_centre = branch.branch, branch.kind == _CENTRE
    missing: Collection[date] = () if is_centre else known_days.unknown(gaps)
    found = list(history.histories(connection, code, today, missing, centre=is_centre))
    first = today - timedelta(days=history.DAYS)
    totals = known_days.sold_by_day(first, (one.demand for one in found))
    usual = _profile(totals, missing, first, today)
    scene = Scene(
        chain, code, today, chains.sources(connection, code), chains.limits(connection, code),
        expected, asked, LeftOut(), set(), usual,
        offers.read(connection, chain, branch, today, found, usual),
    )  # fmt: skip
    return scene, found, totals


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


def _all(scene: Scene, found: Sequence[ItemHistory]) -> Iterator[ItemHistory]:
    """Those with a history, and those that have limits in the branch or are expected there."""
    seen = {one.item for one in found}
    yield from found
    further = {*scene.limits, *scene.expected.items(), *scene.asked, *scene.chain.services} - seen
    for item in sorted(further):
        yield _nothing_known(scene.today, item)


def _nothing_known(today: date, item: str) -> ItemHistory:
    first = today - timedelta(days=history.DAYS)
    return ItemHistory(item, 0, Demand(first, history.DAYS, unknown=(1 << history.DAYS) - 1))


def _order(chain: Chain, today: date, supplier: str, lines: Sequence[Line]) -> Order:
    reached, missing = reach(sorted(lines, key=lambda one: one.item), chain.least[supplier])
    return Order(supplier, arrival(chain.supply[supplier], today), tuple(reached), missing)
