"""A run of the replenishment over the whole chain: nightly, and when a person asks for it.

    1 branches           weighed up one by one; orders to suppliers are settled at once, what a distribution
                         centre is asked for is gathered
    2 what centres have  is shared out, and settled as instructions to send
    3 centres            are weighed up, with what is asked of them as committed, and order of their suppliers

Each branch is read in one snapshot and written in one transaction, so that nobody waits for the run, memory is
that of one branch, and what was settled stays if it is broken off: the next run does it over. Two at a time
are refused. Running twice on the same facts proposes nothing twice (`hq.replenishment.settling`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import structlog
from sqlalchemy import Connection, Engine, func, insert, select, text, update

from hq.completeness import Gap, assess
from hq.founding import SITE
from hq.refusal import RefusalError
from hq.replenishment import approval, asks, known_days, left_out
from hq.replenishment.chain import Chain, read_chain
from hq.replenishment.expected import Expected, expected
from hq.replenishment.history import DAYS
from hq.replenishment.known_days import ChangedDay
from hq.replenishment.left_out import LeftOut
from hq.replenishment.proposal import Kind
from hq.replenishment.settling import Found, last_lines, open_partners, settle
from hq.replenishment.weighing import Weighed, weigh
from hq.reports.branches import KnownBranch, known_branches
from hq.reports.snapshot import snapshot
from replication.console.languages import msgid
from schemas.domain.replenishment.supply import arrival
from schemas.tables.replenishment import replenishment_proposal, replenishment_run

_log = structlog.get_logger(__name__)
_RUNNING = msgid("The replenishment is running already: wait until it is done.")
_CENTRE = "distribution_centre"
#: Held by whoever runs, for as long as the run goes on.
_LOCK = 8_490_002


class RunningError(RefusalError):
    """Somebody else's run goes on."""

    def __init__(self) -> None:
        super().__init__(_RUNNING)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run: over how many branches and items, and how many proposals are open or were approved by rule."""

    run: int
    branches: int
    items: int
    open: int
    approved: int


@dataclass(slots=True)
class _Run:
    """One run under way."""

    engine: Engine
    number: int
    operator: str
    now: datetime
    chain: Chain
    branches: Sequence[KnownBranch]
    expected: dict[str, Expected]
    gaps: dict[str, list[Gap]]
    changed: dict[str, list[ChangedDay]] = field(default_factory=dict)
    waiting: dict[str, set[str]] = field(default_factory=dict)
    items: int = 0
    approved: int = 0

    def today(self, branch: KnownBranch) -> date:
        """The date on the branch's clock."""
        return branch.local(self.now).date()


def replenish(engine: Engine, now: datetime, operator: str = SITE) -> Outcome:
    """Propose what is needed now, in the name of an operator. Raises RunningError."""
    with _alone(engine):
        made = _begin(engine, now, operator)
        for branch in made.branches:
            if branch.kind != _CENTRE:
                _branch(made, branch, {})
        for branch in made.branches:
            if branch.kind == _CENTRE:
                asked = _share(made, branch.branch)
                _branch(made, branch, asked)
        return _finish(made)


def nightly(engine: Engine, now: datetime) -> int:
    """The same as a task of the night; how many proposals it left open. A person's run of now is as good."""
    try:
        return replenish(engine, now).open
    except RunningError:
        _log.info("replenishment", skipped="somebody runs it at this moment")
        return 0


def is_running(engine: Engine) -> bool:
    """Whether a run goes on at this moment."""
    query = text(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = :key"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    with engine.connect() as connection:
        return bool(connection.execute(query, {"key": _LOCK}).scalar())


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    with engine.connect() as connection:
        asked = text("SELECT pg_try_advisory_lock(:key)")
        if not connection.execute(asked, {"key": _LOCK}).scalar():
            raise RunningError
        # The lock is the session's: no transaction stays open for as long as the run goes on.
        connection.commit()
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
            connection.commit()


def _begin(engine: Engine, now: datetime, operator: str) -> _Run:
    with engine.begin() as connection:
        asks.clear(connection)
        row = {"operator": operator, "started": now, "branches": 0, "items": 0, "proposals": 0}
        started = insert(replenishment_run).values(row).returning(replenishment_run.c.run)
        number = connection.execute(started).scalar_one()
    with snapshot(engine) as connection:
        known = known_branches(connection)
        chain = read_chain(connection, now.date())
        open_ones = [one for one in known if one.branch not in chain.closed]
        first = now.date() - timedelta(days=DAYS)
        complete = assess(connection, open_ones, first, now.date() + timedelta(days=1), now)
        gaps: dict[str, list[Gap]] = {}
        for gap in complete.gaps:
            gaps.setdefault(gap.branch, []).append(gap)
        made = _Run(
            engine, number, operator, now, chain, open_ones, expected(connection), gaps
        )  # fmt: skip
    with engine.begin() as connection:
        for one in known:
            if one.branch in chain.closed:
                _close(connection, made, one.branch)
    return made


def _close(connection: Connection, made: _Run, branch: str) -> None:
    """A branch that is closed is sent nothing: what was proposed for it lapses."""
    left = LeftOut()
    left.add("closed_branch", branch)
    left_out.write(connection, branch, left)
    kinds: tuple[Kind, ...] = ("order", "send")
    for kind in kinds:
        for partner in open_partners(connection, branch, kind):
            found = Found(branch, kind, partner, made.now.date(), made.now.date(), (), {}, (), ())
            settle(connection, found, {}, made.operator, made.now)


def _branch(made: _Run, branch: KnownBranch, asked: dict[str, int]) -> None:
    """Weigh one branch up, and settle what it orders of suppliers."""
    code, today = branch.branch, made.today(branch)
    gaps = made.gaps.get(code, [])
    with snapshot(made.engine) as connection:
        weighed = weigh(
            connection, made.chain, branch, today, made.expected.get(code, Expected()), gaps, asked
        )
    made.items += weighed.items
    made.waiting[code] = weighed.waiting
    with made.engine.begin() as connection:
        made.changed[code] = known_days.replace(connection, code, weighed.days)
        left_out.write(connection, code, weighed.left)
        served = made.chain.served.get(code)
        if served is not None:
            asks.replace(connection, code, served[0], weighed.asks)
        _orders(connection, made, branch, weighed)


def _orders(connection: Connection, made: _Run, branch: KnownBranch, weighed: Weighed) -> None:
    code, today = branch.branch, made.today(branch)
    gaps, since = _rests_on(made, branch)
    found = [
        Found(code, "order", one.supplier, today, one.expected, one.lines, one.below_least, gaps, since)
        for one in weighed.orders
    ]  # fmt: skip
    _settle(connection, made, branch, "order", found)


def _share(made: _Run, centre: str) -> dict[str, int]:
    """Share out what a centre has, settle what it is to send, and answer what is asked of it in all."""
    with snapshot(made.engine) as connection:
        asked = asks.by_item(connection, centre)
        committed = made.expected.get(centre, Expected()).committed
        shared = asks.shares(connection, centre, asked, committed)
    for branch in made.branches:
        served = made.chain.served.get(branch.branch)
        if served is None or served[0] != centre:
            continue
        today = made.today(branch)
        gaps, since = _rests_on(made, branch)
        with made.engine.begin() as connection:
            lines = asks.lines(connection, branch.branch, shared)
            found = Found(
                branch.branch, "send", centre, today, arrival(served[1], today), lines, {}, gaps, since
            ) if lines else None  # fmt: skip
            _settle(connection, made, branch, "send", [found] if found else [])
    return asked


def _rests_on(made: _Run, branch: KnownBranch) -> tuple[list[list[object]], list[ChangedDay]]:
    """The gaps of the days that a proposal rests on, and those of which something else was known."""
    if branch.kind == _CENTRE:
        return [], made.changed.get(branch.branch, [])
    gaps = known_days.recent(made.gaps.get(branch.branch, ()), made.today(branch))
    return gaps, made.changed.get(branch.branch, [])


def _settle(
    connection: Connection, made: _Run, branch: KnownBranch, kind: Kind, found: Sequence[Found]
) -> None:
    """Make or revise the proposals of a branch; those of partners of whom nothing is needed lapse, unless
    they only take no orders today.
    """
    code = branch.branch
    items = {line.item for one in found for line in one.lines}
    last = last_lines(connection, code, items, made.now)
    rule = made.chain.rule(code)
    for one in found:
        proposal = settle(connection, one, last, made.operator, made.now)
        if proposal is not None and approval.approve_by_rule(connection, proposal, rule, made.now):
            made.approved += 1
    settled = {one.partner for one in found} | made.waiting.get(code, set())
    for partner in open_partners(connection, code, kind):
        if partner not in settled:
            today = made.today(branch)
            nothing = Found(code, kind, partner, today, today, (), {}, (), ())
            settle(connection, nothing, {}, made.operator, made.now)


def _finish(made: _Run) -> Outcome:
    row = replenishment_proposal.c
    with made.engine.begin() as connection:
        left = select(func.count()).where(row.state == "open")
        left_open = connection.execute(left).scalar_one()
        connection.execute(
            update(replenishment_run)
            .where(replenishment_run.c.run == made.number)
            .values(
                finished=made.now, branches=len(made.branches), items=made.items, proposals=left_open
            )
        )  # fmt: skip
    _log.info(
        "replenishment", run=made.number, items=made.items, open=left_open, approved=made.approved
    )
    return Outcome(made.number, len(made.branches), made.items, left_open, made.approved)


@dataclass(frozen=True, slots=True)
class LastRun:
    """The last run that was begun; `finished` is None where it goes on or was broken off."""

    operator: str
    started: datetime
    finished: datetime | None
    branches: int
    items: int


def last_run(connection: Connection) -> LastRun | None:
    """The last run, None before the first."""
    row = replenishment_run.c
    query = select(row.operator, row.started, row.finished, row.branches, row["items"])
    found = connection.execute(query.order_by(row.run.desc()).limit(1)).one_or_none()
    return None if found is None else LastRun(*found)
