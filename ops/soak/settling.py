"""The end of a run: everything heals, people settle what is left, time passes, and it is compared.

    the links   take turns until nothing moves any more; if that never comes, that is a difference
    lanes       end their shifts
    branches    decide what was set aside, count, close; re-close what headquarters finds not well
    headquarters decides what was set aside there, and dismisses what it lost and branches told it

What then still waits must have a name: a backlog, a load, an alarm, an entry set aside without a reason
that the model knows is a difference.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING

from branch.day_state import days, unfinished
from hq.deadlines import ReplicationSettings
from hq.link_watch import watch
from ops.soak.chain import BRANCHES, HQ
from ops.soak.compare import Site, compare, take_stock, unexplained
from ops.soak.figures import compare_figures, day_problems
from ops.soak.model import Difference
from replication.testing import Faults
from schemas.tables.base import reading

if TYPE_CHECKING:
    from ops.soak.memory import Run

_MOST_ROUNDS = 60
_MOST_CLOSES = 3
_HOUR = timedelta(hours=1)


def settle(run: Run) -> None:
    """Heal, settle, wait and compare; what differs is added to the run's differences."""
    run.note("everything heals")
    run.mishaps.heal()
    for name in run.chain.children:
        line = run.chain.sites[name].line
        if line is not None:
            line.faults = Faults()
    run.restart_fallen()
    rest(run)
    for lane in run.chain.lanes:
        run.act("end shift", lane, partial(run.cashiers.end_shift, lane))
    rest(run)
    run.differences += take_stock(run.model, run.sites())
    for site in run.sites():
        if not site.is_lane:
            _decide(run, site)
    run.act("dismiss", HQ, run.managers.dismiss_lost)
    for _ in range(_MOST_CLOSES):
        if not _close_all(run):
            break
        rest(run)
    run.chain.time.passes(_HOUR)
    run.differences += compare_all(run)
    run.differences += _waiting(run)


def _decide(run: Run, site: Site) -> None:
    """People try again what was set aside; what the model cannot explain then is a difference."""
    run.act("retry", site.name, lambda: run.managers.retry(site.name))
    run.differences += unexplained(run.model, site)
    run.act("release", site.name, lambda: run.managers.release(site.name))


def rest(run: Run) -> None:
    """Let the links take turns, each beginning with a hello, until nothing comes or goes."""
    lines = [line for site in run.chain.sites.values() if (line := site.line) is not None]
    for _ in range(_MOST_ROUNDS):
        for line in lines:
            line.carried = False
        run.call_for_tokens()
        run.restart_fallen()
        for name in [*run.chain.lanes, *BRANCHES]:
            run.turn(name, greet=True, report=0.0)
        if not any(line.carried for line in lines):
            return
    run.differences.append(Difference("chain", f"does not come to rest in {_MOST_ROUNDS} rounds"))


def _close_all(run: Run) -> int:
    """Close every day that is not closed, and again those that are not well at headquarters; how many
    that were.
    """
    hq = run.chain.hq.disk.feeds
    closed = 0
    for branch in BRANCHES:
        with reading(run.chain.sites[branch].disk.feeds) as connection:
            opened = {one.business_date for one in unfinished(connection, branch)}
            every = {one.business_date for one in days(connection, branch)}
        for on in sorted(every):
            if on in opened or day_problems(run.model, hq, branch, on):
                _close(run, branch, on, reopen=on not in opened)
                closed += 1
    return closed


def _close(run: Run, branch: str, on: date, *, reopen: bool) -> None:
    managers = run.managers
    if reopen:
        run.act(f"reopen {on}", branch, lambda: managers.reopen_day(branch, on, "not well"))
        run.act(f"recount {on}", branch, lambda: managers.recount(branch, on))
    run.act("count", branch, lambda: managers.count_tills(branch))
    run.act(f"close {on}", branch, lambda: managers.close_day(branch, on))


def compare_all(run: Run) -> list[Difference]:
    """Every site and every figure against the model, as they are now."""
    sites = {one.name: one for one in run.sites()}
    now = run.chain.time.now
    instants = [now, *(now + timedelta(hours=hours) for hours in (5, 21, 47))]
    found = compare(run.model, list(sites.values()), instants)
    return [*found, *compare_figures(run.model, sites, now)]


def _waiting(run: Run) -> list[Difference]:
    """What still waits, or rings."""
    found: list[Difference] = []
    for name in run.chain.children:
        site = run.chain.sites[name]
        site.report()
    for name in run.chain.children:
        site = run.chain.sites[name]
        site.report()
        if site.runner is None:
            found.append(Difference(name, "does not run"))
            continue
        for status in site.runner.status().sites:
            if status.site == name and (status.pending or "loading" in status.detail):
                what = f"still waits: {status.pending} entries, {status.detail}"
                found.append(Difference(name, what))
    with reading(run.chain.hq.disk.feeds) as connection:
        clock = run.chain.hq.clock()
        seen = watch(connection, sorted(BRANCHES), clock, ReplicationSettings())
    return [*found, *(Difference(HQ, f"still rings: {alarm}") for alarm in seen.alarms)]
