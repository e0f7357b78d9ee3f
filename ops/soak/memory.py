"""One run over memory: a seed, some days, a model beside it, and at the end a comparison.

    morning   managers open the day, whatever state their branch is in
    day       step by step: sales, the links' turns, price changes, and the mishaps that were drawn
    evening   cashiers end their shifts, managers count and close, or find what stands in the way
    night     the links take their turns, backups are made
    the end   everything heals, people settle what is left, time passes; see `ops.soak.settling`

All of it runs in one thread, in an order that follows from the seed alone: a seed replays exactly.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

from sqlalchemy.exc import DBAPIError

from branch.day_state import DayError, unfinished
from hq.deadlines import ReplicationSettings
from hq.link_watch import watch
from ops.soak.buyers import Buyers
from ops.soak.cashiers import STARTING, Cashiers
from ops.soak.chain import BRANCHES, HQ, SoakChain
from ops.soak.compare import Site, take_stock
from ops.soak.faults import DayOfFaults, Mishap, draw_day
from ops.soak.managers import Managers
from ops.soak.mishaps import Mishaps
from ops.soak.model import Difference, Model
from ops.soak.scene import Scene
from ops.soak.settling import settle
from ops.soak.tripwire import Killed
from pos_frontend.errors import TillError
from replication.errors import LinkDownError, RefusedError
from schemas.tables.base import reading

STEPS = 28
_STEP = timedelta(minutes=25)
_DAY = timedelta(days=1)
#: How many sites say hello again in a night.
_BY_NIGHT = 5
_PRICES_STARTS = (timedelta(0), timedelta(hours=2), timedelta(hours=20), timedelta(days=2))
_PRICES_LAST = (None, timedelta(hours=6), timedelta(days=1))


@dataclass
class Run:
    """A chain, its model and its people, living by one seed."""

    chain: SoakChain
    seed: int
    model: Model = field(init=False)
    cashiers: Cashiers = field(init=False)
    managers: Managers = field(init=False)
    buyers: Buyers = field(init=False)
    mishaps: Mishaps = field(init=False)
    history: list[str] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        master = self.chain.begin(self.seed)
        self.model = Model(BRANCHES, master, documents=list(master.documents.values()))
        scene = Scene(self.chain, self.model, self.random, self.differences)
        self.cashiers, self.managers, self.buyers = Cashiers(scene), Managers(scene), Buyers(scene)
        self.mishaps = Mishaps(scene, self.cashiers, self.faults)
        self.differences += take_stock(self.model, self.sites())

    def sites(self) -> list[Site]:
        """Where every site's data is read."""
        return [
            Site(name, one.disk.journals, one.disk.feeds) for name, one in self.chain.sites.items()
        ]

    def live(self, days: int) -> list[Difference]:
        """Live so many days, settle everything, and answer what differs from the model."""
        for number in range(days):
            self._day(number)
            if self.differences:
                break
        else:
            settle(self)
        return self.differences

    def note(self, what: str) -> None:
        """Write down a step."""
        self.history.append(f"{self.chain.time.now:%m-%d %H:%M} {what}")

    def act(self, what: str, name: str, act: Callable[[], object]) -> bool:
        """Somebody does something at a site, if that is up; whether it was done."""
        if not self.chain.sites[name].is_up:
            self.note(f"{what} {name}: is down")
            return False
        try:
            done = act()
        except Killed as killed:
            self.note(f"{what} {name}: killed in it")
            self.faults["killed in an act"] += 1
            self.chain.fall(killed.site)
            return False
        except TillError as error:
            self.note(f"{what} {name}: {error}")
            if error.code not in STARTING | {"not_saved"} or not self._may_refuse(name, error):
                self.differences.append(Difference(name, f"the till refused: {error}"))
            return False
        except DayError as error:
            self.note(f"{what} {name}: {error}")
            return False
        except DBAPIError as error:
            self.note(f"{what} {name}: {error.orig}")
            return False
        self.note(f"{what} {name}: {done}")
        with self.chain.untouched():
            self.chain.sites[name].write_mark()
        if what == "sell":
            self.mishaps.loading.discard(name)
        return True

    def turn(self, name: str, *, greet: bool = False, report: float = 0.15) -> None:
        """A site's link takes its turn, and perhaps reports; whoever dies in it starts again."""
        site = self.chain.sites[name]
        if not site.is_up:
            return
        try:
            well = site.turn(greet=greet)
            site.write_mark()
            if self.random.random() < report:
                well = site.report() and well
        except (Killed, DBAPIError):
            site.fall()
            well = False
        self.note(f"turn {name}{'' if well else ': not all'}")
        self.restart_fallen()

    def restart_fallen(self) -> None:
        """Start every site again that died in the middle of something, unless it is kept down."""
        for name, site in self.chain.sites.items():
            if site.is_up or name in self.mishaps.down:
                continue
            try:
                site.fall()
                if name in self.chain.outside:
                    with self.chain.untouched():
                        self.chain.enrol(name)
                restored = self.chain.open(name)
            except (Killed, DBAPIError, LinkDownError, RefusedError) as error:
                self.note(f"start {name}: {error}")
                site.fall()
                continue
            self.note(f"start {name}: {restored or 'as it was'}")

    def call_for_tokens(self) -> None:
        """Somebody sees which lanes their branch refuses, and fetches a token for each."""
        with self.chain.untouched():
            for name in self.chain.lanes:
                if self.chain.sites[name].is_up and self.chain.is_refused(name):
                    self.note(f"{name} is refused")
                    self.chain.outside.add(name)
                    self.chain.fall(name)

    def _may_refuse(self, name: str, error: TillError) -> bool:
        return error.code == "not_saved" or name in self.mishaps.loading

    def _day(self, number: int) -> None:
        drawn = draw_day(self.random, STEPS, self.chain.lanes, sorted(BRANCHES))
        self._set_weather(drawn)
        self.note(f"day {number + 1}: {drawn.weather}")
        begins = self.chain.time.now
        self._morning()
        for step in range(STEPS):
            self.chain.time.passes(_STEP)
            for mishap in drawn.at(step):
                self._befall(mishap)
            self.mishaps.step()
            self.call_for_tokens()
            self.restart_fallen()
            self._step()
        self._evening()
        self._watch()
        self.mishaps.end_of_day()
        self.restart_fallen()
        for name in self.random.sample(self.chain.children, _BY_NIGHT):
            self.turn(name, greet=True)
        with self.chain.untouched():
            self.mishaps.make_backups()
        self.restart_fallen()
        self.chain.time.now = begins + _DAY

    def _set_weather(self, drawn: DayOfFaults) -> None:
        for name in self.chain.children:
            line = self.chain.sites[name].line
            if line is not None:
                line.faults = replace(drawn.weather)

    def _befall(self, mishap: Mishap) -> None:
        told = self.mishaps.befall(mishap)
        self.note(f"MISHAP {mishap.kind} {mishap.site}: {told}")

    def _morning(self) -> None:
        for branch in BRANCHES:
            self.act("open day", branch, partial(self.managers.open_day, branch))
        for name in self.chain.children:
            if self.random.random() < 0.5:
                self.turn(name)

    def _step(self) -> None:
        chance = self.random.random()
        if chance < 0.5:
            lane = self.random.choice(self.chain.lanes)
            self.act("sell", lane, lambda: self.cashiers.sell(lane))
        elif chance < 0.54:
            starts = self.random.choice(_PRICES_STARTS)
            lasts = self.random.choice(_PRICES_LAST)
            self.act("prices", HQ, lambda: self.buyers.change_prices(starts_in=starts, lasts=lasts))
        elif chance < 0.56:
            self.act("withdraw", HQ, self.buyers.withdraw)
        elif chance < 0.58:
            self.act("move", HQ, self.buyers.move_branch)
        self.restart_fallen()
        self.turn(self.random.choice(self.chain.children), greet=self.random.random() < 0.2)

    def _evening(self) -> None:
        for lane in self.chain.lanes:
            self.act("end shift", lane, partial(self.cashiers.end_shift, lane))
        self.restart_fallen()
        for name in [*self.chain.lanes, *BRANCHES]:
            self.turn(name)
        for branch in BRANCHES:
            self._close(branch)

    def _close(self, branch: str) -> None:
        managers = self.managers
        self.act("count", branch, lambda: managers.count_tills(branch))
        if not self.chain.sites[branch].is_up:
            return
        disk = self.chain.sites[branch].disk
        with self.chain.untouched(), reading(disk.feeds) as connection:
            dates = [one.business_date for one in unfinished(connection, branch)]
        for on in dates:
            self.act(f"close {on}", branch, partial(managers.close_day, branch, on))
        if dates and self.random.random() < 0.25:
            on = dates[-1]
            reopened = self.act(
                f"reopen {on}", branch, lambda: managers.reopen_day(branch, on, "forgotten")
            )
            if reopened and self.random.random() < 0.7:
                self.act("recount", branch, lambda: managers.recount(branch, on))
                self.act(f"re-close {on}", branch, lambda: managers.close_day(branch, on))

    def _watch(self) -> None:
        """Whoever could not be heard all day must ring at headquarters."""
        if not self.chain.hq.is_up:
            return
        with self.chain.untouched(), reading(self.chain.hq.disk.feeds) as connection:
            seen = watch(connection, sorted(BRANCHES), self.chain.hq.clock(), ReplicationSettings())
        for branch in self.mishaps.unheard_all_day():
            site = seen.find(branch)
            if site is None or not site.alarms:
                what = f"{branch} was not heard for hours, and no alarm says so"
                self.differences.append(Difference(HQ, what))
