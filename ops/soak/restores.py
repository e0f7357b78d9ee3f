"""Every restore there is, rehearsed on the soak's chain, with what was there before and after.

    morning   every lane sells and sends it; whoever is to be restored is backed up
    midday    every lane sells again, and sends that too: the backup does not know it
    then      the disk is put back, or replaced; its site starts, finds out, and gets back what it lost
    evening   days are closed, and every site is compared with the model, record by record

Told of each: what the disk lost, whether the site sold before any line was up, what came back, what was
sent again and told apart as a repeat, which receipt numbers were skipped, and what differs in the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from sqlalchemy import func, select

from ops.soak.chain import BRANCHES, HQ, SoakChain
from ops.soak.compare import take_stock
from ops.soak.memory import Run
from ops.soak.model import Difference, FactId
from ops.soak.names import drawn_from
from ops.soak.settling import rest, settle
from schemas.tables.base import reading
from schemas.tables.days import counter_move
from schemas.tables.journal import journal_entry

BRANCH = "N001"
LANE = "N001.01"


@dataclass(frozen=True, slots=True)
class Scenario:
    """Which sites lose their disk: `older` is put back to the morning, `newer` to the midday, `bare`
    gets an empty disk. `dead` is a site whose line is down until it has sold.
    """

    name: str
    older: tuple[str, ...] = ()
    newer: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    dead: str = ""


SCENARIOS = (
    Scenario("a lane put back to an older backup", older=(LANE,)),
    Scenario("a lane's disk replaced", bare=(LANE,)),
    Scenario("a branch put back, its line up", older=(BRANCH,)),
    Scenario("a branch put back, its line dead", older=(BRANCH,), dead=BRANCH),
    Scenario("a branch's machine replaced", bare=(BRANCH,)),
    Scenario("headquarters put back", older=(HQ,)),
    Scenario("headquarters and a branch put back to different times", older=(BRANCH,), newer=(HQ,)),
    Scenario("a branch and its lane put back to different times", older=(LANE,), newer=(BRANCH,)),
)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What one restore came to. Counted are facts: tickets, shifts, counts, days.

    `lost` is what the disks held and their successors did not, `lost_for_good` what no other disk held
    either; `sold_at_once` whether the lane sold before any link took a turn.
    """

    scenario: Scenario
    held: int
    lost: int
    lost_for_good: int
    sold_at_once: bool
    back: int
    repeats: int
    skipped: tuple[str, ...]
    differences: tuple[Difference, ...]

    def told(self) -> str:
        """The rehearsal in words, before and after."""
        skipped = f"; receipt numbers skipped: {', '.join(self.skipped)}" if self.skipped else ""
        at_once = "sold" if self.sold_at_once else "loads its new disk before it sells"
        after = (
            f"{self.back} came back; {self.repeats} entries were sent again and told apart{skipped}"
        )
        before = (
            f"the disks held {self.held} facts, their successors lack {self.lost}, "
            f"{self.lost_for_good} of which no other disk holds"
        )
        end = [f"  DIFFERS  {one}" for one in self.differences] or [
            "  held     every site, record by record"
        ]
        steps = [f"  before   {before}", f"  at once  {LANE} {at_once}", f"  after    {after}"]
        return "\n".join([self.scenario.name, *steps, *end])


def rehearse(chain: SoakChain, seed: int = 1) -> Iterator[Rehearsal]:
    """Live through every scenario on a chain that was prepared."""
    for scenario in SCENARIOS:
        with drawn_from(scenario.name):
            yield _rehearse(Run(chain, seed), scenario)


def _rehearse(run: Run, scenario: Scenario) -> Rehearsal:
    restored = (*scenario.older, *scenario.newer, *scenario.bare)
    for branch in BRANCHES:
        run.act("open day", branch, partial(run.managers.open_day, branch))
    rest(run)
    _sell(run)
    with run.chain.untouched():
        older = {name: run.mishaps.back_up(name) for name in scenario.older}
    _sell(run)
    with run.chain.untouched():
        newer = {name: run.mishaps.back_up(name) for name in scenario.newer}
    _sell(run)
    run.differences += take_stock(run.model, run.sites())
    held = {name: set(run.model.disks[name]) for name in restored}
    if scenario.dead:
        _cut(run, scenario.dead, dead=True)
    with run.chain.untouched():
        for name, backup in {**older, **newer}.items():
            run.mishaps.set_back(name, backup)
        for name in scenario.bare:
            run.mishaps.replace(name)
    lost = {name: held[name] - run.model.disks[name] for name in restored}
    run.restart_fallen()
    sold = _sells(run, LANE)
    if scenario.dead:
        _cut(run, scenario.dead, dead=False)
    settle(run)
    return Rehearsal(
        scenario,
        held=sum(map(len, held.values())),
        lost=sum(map(len, lost.values())),
        lost_for_good=len(run.model.lost),
        sold_at_once=sold,
        back=sum(_returned(run, name, gone) for name, gone in lost.items()),
        repeats=_repeats(run),
        skipped=tuple(_skipped(run)),
        differences=tuple(run.differences),
    )


def _sell(run: Run) -> None:
    """Every lane sells twice, a price changes, and all of it arrives everywhere."""
    for lane in run.chain.lanes:
        for _ in range(2):
            _sells(run, lane)
    rest(run)


def _sells(run: Run, lane: str) -> bool:
    sell: Callable[[], str] = partial(run.cashiers.sell, lane)
    return run.act("sell", lane, sell)


def _cut(run: Run, name: str, *, dead: bool) -> None:
    line = run.chain.sites[name].line
    if line is not None:
        line.down = dead


def _returned(run: Run, name: str, lost: set[FactId]) -> int:
    return len(lost & run.model.disks[name])


def _repeats(run: Run) -> int:
    """Entries that a parent was sent again, and told apart by their origin."""
    query = select(func.count()).where(journal_entry.c.standing == "repeat")
    with reading(run.chain.hq.disk.journals) as connection:
        return int(connection.execute(query).scalar_one())


def _skipped(run: Run) -> Iterator[str]:
    """Receipt numbers that lanes jumped over, as headquarters knows it."""
    query = select(counter_move).where(counter_move.c.last >= counter_move.c.first)
    with reading(run.chain.hq.disk.feeds) as connection:
        for row in connection.execute(query.order_by(counter_move.c.lane, counter_move.c.first)):
            yield f"{row.lane} {row.first}–{row.last}"
