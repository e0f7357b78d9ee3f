"""One branch's part of a run: weighed up in one snapshot, settled in one transaction.

    order   what it needs; orders to suppliers are settled, what it asks of its centre is gathered
    send    what its centre has for it is settled

What a part says of itself travels between processes (`hq.replenishment.crew`): values, no connections.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Engine

from hq.completeness import Gap
from hq.replenishment import approval, asks, known_days, left_out
from hq.replenishment.chain import Chain
from hq.replenishment.expected import Expected
from hq.replenishment.known_days import ChangedDay
from hq.replenishment.left_out import LeftOut
from hq.replenishment.proposal import Kind
from hq.replenishment.settling import Found, last_lines, open_partners, settle
from hq.replenishment.weighing import Weighed, weigh
from hq.reports.branches import KnownBranch
from hq.reports.snapshot import snapshot
from schemas.domain.replenishment.supply import arrival

CENTRE = "distribution_centre"


@dataclass(frozen=True, slots=True)
class Morning:
    """What holds for all branches of a run; of `partners` alone where some were chosen."""

    operator: str
    now: datetime
    chain: Chain
    partners: frozenset[str] = frozenset()

    def takes(self, partner: str) -> bool:
        """Whether the run is about a supplier or centre; no partners are all."""
        return not self.partners or partner in self.partners

    def today(self, branch: KnownBranch) -> date:
        """The date on the branch's clock."""
        return branch.local(self.now).date()


@dataclass(frozen=True, slots=True)
class Ordering:
    """A branch to be weighed up; `asked` is what others ask of it, where it is a centre."""

    branch: KnownBranch
    expected: Expected
    gaps: Sequence[Gap]
    asked: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Ordered:
    """What came of it: items weighed up, orders approved by rule, days that changed, whom it may not order from
    today.
    """

    branch: str
    items: int
    approved: int
    changed: Sequence[ChangedDay]
    waiting: frozenset[str]


@dataclass(frozen=True, slots=True)
class Sending:
    """A branch to be settled with its centre; `shared` is what it gets of items of which there is too little."""

    branch: KnownBranch
    gaps: Sequence[Gap]
    changed: Sequence[ChangedDay]
    waiting: frozenset[str]
    shared: Mapping[str, int]


def order(engine: Engine, morning: Morning, part: Ordering) -> Ordered:
    """Weigh one branch up, and settle what it orders of suppliers."""
    branch, code = part.branch, part.branch.branch
    today = morning.today(branch)
    with snapshot(engine) as connection:
        weighed = weigh(
            connection, morning.chain, branch, today, part.expected, part.gaps, part.asked
        )
    with engine.begin() as connection:
        changed = known_days.changed(connection, code, weighed.days)
        if not morning.partners:
            # The others' proposals are still to be told which days changed.
            known_days.keep(connection, code, weighed.days)
        left_out.write(connection, code, weighed.left)
        served = morning.chain.served.get(code)
        if served is not None and morning.takes(served[0]):
            asks.replace(connection, code, served[0], weighed.asks)
        found = _orders(morning, part, weighed, changed)
        waiting = frozenset(weighed.waiting)
        approved = _settle(connection, morning, branch, "order", found, waiting)
    return Ordered(code, weighed.items, approved, changed, waiting)


def send(engine: Engine, morning: Morning, part: Sending) -> int:
    """Settle what its centre is to send to a branch; how many proposals a rule approved."""
    branch, code = part.branch, part.branch.branch
    centre, supply = morning.chain.served[code]
    today = morning.today(branch)
    gaps = known_days.recent(part.gaps, today)
    with engine.begin() as connection:
        lines = asks.lines(connection, code, part.shared)
        found = []
        if lines:
            comes = arrival(supply, today)
            found = [Found(code, "send", centre, today, comes, lines, {}, gaps, part.changed)]
        return _settle(connection, morning, branch, "send", found, part.waiting)


def close(connection: Connection, morning: Morning, branch: str) -> None:
    """A branch that is closed is sent nothing: what was proposed for it lapses."""
    left = LeftOut()
    left.add("closed_branch", branch)
    left_out.write(connection, branch, left)
    kinds: tuple[Kind, ...] = ("order", "send")
    for kind in kinds:
        for partner in open_partners(connection, branch, kind):
            _lapse(connection, morning, branch, kind, partner, morning.now.date())


def _orders(
    morning: Morning, part: Ordering, weighed: Weighed, changed: Sequence[ChangedDay]
) -> list[Found]:
    today = morning.today(part.branch)
    # A distribution centre sells nothing, so no day of trade is missing from what it rests on.
    gaps = [] if part.branch.kind == CENTRE else known_days.recent(part.gaps, today)
    return [
        Found(
            part.branch.branch, "order", one.supplier, today, one.expected, one.lines,
            one.below_least, gaps, changed,
        )
        for one in weighed.orders
        if morning.takes(one.supplier)
    ]  # fmt: skip


def _settle(
    connection: Connection, morning: Morning, branch: KnownBranch, kind: Kind,
    found: Sequence[Found], waiting: frozenset[str],
) -> int:  # fmt: skip
    """Make or revise the proposals of a branch; those of partners of whom nothing is needed lapse, unless
    they only take no orders today. How many a rule approved.
    """
    code = branch.branch
    items = {line.item for one in found for line in one.lines}
    last = last_lines(connection, code, items, morning.now)
    rule = morning.chain.rule(code)
    approved = 0
    for one in found:
        proposal = settle(connection, one, last, morning.operator, morning.now)
        if proposal is not None and approval.approve_by_rule(
            connection, proposal, rule, morning.now
        ):
            approved += 1
    settled = {one.partner for one in found} | waiting
    for partner in open_partners(connection, code, kind):
        if partner not in settled and morning.takes(partner):
            _lapse(connection, morning, code, kind, partner, morning.today(branch))
    return approved


def _lapse(
    connection: Connection, morning: Morning, branch: str, kind: Kind, partner: str, today: date
) -> None:  # fmt: skip
    nothing = Found(branch, kind, partner, today, today, (), {}, (), ())
    settle(connection, nothing, {}, morning.operator, morning.now)
