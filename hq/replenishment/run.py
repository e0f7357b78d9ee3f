"""A run of the replenishment over the whole chain: nightly, and when a person asks for it.

    1 branches           weighed up one by one; orders to suppliers are settled at once, what a distribution
                         centre is asked for is gathered
    2 what centres have  is shared out, and settled as instructions to send
    3 centres            are weighed up, with what is asked of them as committed, and order of their suppliers

A person may choose branches, and suppliers or centres: all other proposals stay as they are, and what a centre is
to send to other branches is kept for them.

Each branch is read in one snapshot and written in one transaction, so that nobody waits for the run, memory is
that of one branch, and what was settled stays if it is broken off: the next run does it over. Two at a time
are refused. Running twice on the same facts proposes nothing twice (`hq.replenishment.settling`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, Engine, func, insert, select, text, update

from hq.audit import note
from hq.completeness import Gap, assess
from hq.founding import SITE
from hq.refusal import RefusalError
from hq.replenishment import asks
from hq.replenishment.chain import read_chain
from hq.replenishment.crew import each
from hq.replenishment.expected import Expected, expected
from hq.replenishment.history import DAYS
from hq.replenishment.morning import CENTRE, Morning, Ordered, Ordering, Sending, close, order, send
from hq.reports.branches import KnownBranch, known_branches
from hq.reports.snapshot import snapshot
from replication.console.languages import msgid
from schemas.tables.replenishment import replenishment_proposal, replenishment_run

_log = structlog.get_logger(__name__)
_RUNNING = msgid("The replenishment is running already: wait until it is done.")
#: Held by whoever runs, for as long as the run goes on.
_LOCK = 8_490_002


class RunningError(RefusalError):
    """Somebody else's run goes on."""

    def __init__(self) -> None:
        super().__init__(_RUNNING)


@dataclass(frozen=True, slots=True)
class Chosen:
    """For which branches a run is, and of which suppliers and centres; none are all."""

    branches: frozenset[str] = frozenset()
    partners: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """Whether anything was chosen."""
        return bool(self.branches or self.partners)

    def said(self) -> str:
        """The choice in short, for the audit."""
        return " · ".join(" ".join(sorted(one)) for one in (self.branches, self.partners) if one)


EVERYTHING = Chosen()


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
    """One run under way; `ordered` says what came of each branch."""

    number: int
    chosen: Chosen
    morning: Morning
    branches: Sequence[KnownBranch]
    expected: Mapping[str, Expected]
    gaps: Mapping[str, Sequence[Gap]]
    ordered: dict[str, Ordered] = field(default_factory=dict)
    approved: int = 0

    def ordering(self, branch: KnownBranch, asked: Mapping[str, int]) -> Ordering:
        """What is to be weighed up of a branch."""
        code = branch.branch
        return Ordering(branch, self.expected.get(code, Expected()), self.gaps.get(code, ()), asked)


def replenish(
    engine: Engine, now: datetime, operator: str = SITE, chosen: Chosen = EVERYTHING
) -> Outcome:
    """Propose what is needed now, in the name of an operator. Raises RunningError."""
    with _alone(engine):
        made = _begin(engine, now, operator, chosen)
        centres: dict[str, KnownBranch | None] = {
            one.branch: one for one in made.branches if one.kind == CENTRE
        }
        for branch in made.branches:
            if branch.branch in made.morning.chain.served:
                centres.setdefault(made.morning.chain.served[branch.branch][0], None)
        parts = [made.ordering(one, {}) for one in made.branches if one.kind != CENTRE]
        for ordered in each(engine, made.morning, order, parts):
            made.ordered[ordered.branch] = ordered
        for code, centre in centres.items():
            asked = _share(engine, made, code)
            if centre is not None:
                made.ordered[code] = order(engine, made.morning, made.ordering(centre, asked))
        return _finish(engine, made)


def nightly(engine: Engine, now: datetime) -> int:
    """The same as a task of the night; how many proposals it left open. A person's run of now is as good."""
    try:
        return replenish(engine, now).open
    except RunningError:
        _log.info("replenishment", skipped="somebody runs it at this moment")
        return 0


def known_centres(connection: Connection) -> list[str]:
    """The distribution centres."""
    return [one.branch for one in known_branches(connection) if one.kind == CENTRE]


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


def _begin(engine: Engine, now: datetime, operator: str, chosen: Chosen) -> _Run:
    with engine.begin() as connection:
        asks.clear(connection)
        row = {"operator": operator, "started": now, "branches": 0, "items": 0, "proposals": 0}
        started = insert(replenishment_run).values(row).returning(replenishment_run.c.run)
        number = connection.execute(started).scalar_one()
        if chosen:
            note(connection, now, operator, "replenishment.run", str(number), chosen.said())
    with snapshot(engine) as connection:
        known = known_branches(connection, tuple(chosen.branches))
        chain = read_chain(connection, now.date())
        still = [one for one in known if one.branch not in chain.closed]
        first = now.date() - timedelta(days=DAYS)
        complete = assess(connection, still, first, now.date(), now)
        gaps: dict[str, list[Gap]] = {}
        for gap in complete.gaps:
            gaps.setdefault(gap.branch, []).append(gap)
        coming = expected(connection, now)
    morning = Morning(operator, now, chain, chosen.partners)
    with engine.begin() as connection:
        for one in known:
            if one.branch in chain.closed:
                close(connection, morning, one.branch)
    return _Run(number, chosen, morning, still, coming, gaps)


def _share(engine: Engine, made: _Run, centre: str) -> dict[str, int]:
    """Share out what a centre has, settle what it is to send, and answer what is asked of it in all.

    What is proposed for branches that the run is not about counts as promised.
    """
    with snapshot(engine) as connection:
        asked = asks.by_item(connection, centre)
        committed = dict(made.expected.get(centre, Expected()).committed)
        others = {}
        if made.chosen:
            others = asks.proposed(connection, centre, [one.branch for one in made.branches])
        for item, quantity in others.items():
            committed[item] = committed.get(item, 0) + quantity
        shared = asks.shares(connection, centre, asked, committed)
    served = made.morning.chain.served
    parts = []
    for branch in made.branches:
        code = branch.branch
        if code in made.ordered and code in served and served[code][0] == centre:
            ordered = made.ordered[code]
            if not made.morning.takes(centre):
                continue
            parts.append(
                Sending(branch, made.gaps.get(code, ()), ordered.changed, ordered.waiting,
                        shared.get(code, {}))
            )  # fmt: skip
    made.approved += sum(each(engine, made.morning, send, parts))
    return {item: asked.get(item, 0) + others.get(item, 0) for item in {*asked, *others}}


def _finish(engine: Engine, made: _Run) -> Outcome:
    row = replenishment_proposal.c
    items = sum(one.items for one in made.ordered.values())
    approved = made.approved + sum(one.approved for one in made.ordered.values())
    with engine.begin() as connection:
        left = select(func.count()).where(row.state == "open")
        left_open = connection.execute(left).scalar_one()
        connection.execute(
            update(replenishment_run)
            .where(replenishment_run.c.run == made.number)
            .values(
                finished=made.morning.now, branches=len(made.branches), items=items,
                proposals=left_open,
            )
        )  # fmt: skip
    _log.info("replenishment", run=made.number, items=items, open=left_open, approved=approved)
    return Outcome(made.number, len(made.branches), items, left_open, approved)


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
