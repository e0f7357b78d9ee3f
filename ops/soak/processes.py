"""The soak over real processes: days of selling, killing, cutting and restoring, by seed.

    morning   lines good ─ managers open the day ─ cashiers open their shifts ─ every disk is backed up
    day       tills sell without a pause; meanwhile, drawn by the seed, one after the other
                a process is killed and started again: a site, a sync process, a database server
                one line, or all, has a weather: cut, flapping, half open, lossy, thin, forgetful
                headquarters changes prices
                a disk is put back to a backup: headquarters', a branch's (its line up or dead), a lane's
    evening   lines good ─ shifts end ─ tills are counted ─ days are closed
    at last   every site is compared, record by record, with what the tills said when they sold

A lane's disk is put back only when another disk holds what it would lose: nothing survives otherwise.
Which faults come, in which order and where is the seed's; at which instruction they strike is not, as
processes run as the machine lets them.
"""

from __future__ import annotations

import random
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import httpx2
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from ops.demo import buyer
from ops.demo.processes import DemoError, wait_until
from ops.soak.line import GOOD, Weather
from ops.soak.process_chain import ITEMS, ProcessChain, founded, only_lane
from ops.soak.process_comparison import branch_of, differences, has_all
from ops.soak.results import SeedResult
from ops.soak.seller import Seller, Told
from pos_frontend.screen.client import TillRefusedError
from replication.serving import leave_in_order
from replication.streams import CHAIN_FEED
from schemas.tables.days import business_day

#: Eight in the morning in the shops.
BEGINNING = datetime(2031, 3, 3, 13, 0, tzinfo=UTC)
#: An hour of the shops passes in so many seconds.
_HOUR = 2.0
_FAULTS_A_DAY = 6
_PAUSE = 0.15
_SETTLED_WITHIN = 120.0
_PATIENCE = 30.0

WEATHERS = {
    "cut": Weather(refusing=True),
    "flapping": Weather(up=0.4, down=0.3),
    "half open": Weather(deaf=True),
    "losing 2 % at 300 ms": Weather(delay=0.15, jitter=0.05, loss=0.02),
    "thin": Weather(rate=9_600),
    "forgetting answers": Weather(unanswered=0.3),
    "breaking off": Weather(cut=0.1),
}

T = TypeVar("T")
Tell = Callable[[str], None]


def live(
    seeds: Sequence[int], days: int, directory: Path | None, tell: Tell
) -> Iterator[SeedResult]:
    """Live by each seed on one chain, begun anew for each; the results as they come.

    A fault that leaves the chain in no state to go on ends its seed as failed, and the next seed
    begins on a chain founded anew. Every step is told.
    """
    # Told to end, or not: no process of the chain is left behind.
    leave_in_order()
    left = list(seeds)
    while left:
        with _home(directory) as home, founded(home, BEGINNING) as chain:
            life: _Life | None = None
            while left and (life is None or not life.broken):
                if life is not None:
                    chain.set_clock(BEGINNING, rate=0)
                    chain.begin()
                life = _Life(chain, left.pop(0), days, tell)
                yield life.lived()


@contextmanager
def _home(directory: Path | None) -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="cw-soak-", dir=directory))
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@dataclass
class _Life:
    """One seed's days."""

    chain: ProcessChain
    seed: int
    days: int
    tell: Tell
    broken: bool = False
    history: list[str] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    backups: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = random.Random(f"processes {self.seed}")
        self.sellers = {
            lane: self.chain.seller(lane, self.rng.randrange(2**32)) for lane in self.chain.lanes
        }

    def lived(self) -> SeedResult:
        """Live, settle, compare."""
        begun = time.monotonic()
        try:
            for number in range(self.days):
                self._day(number)
            found = self._settled()
        except (DemoError, TillRefusedError, httpx2.TransportError, OperationalError) as error:
            # Whoever waits in vain has found something: it fails the seed and not the others.
            self.broken = True
            self._heal()
            found = [f"the days could not be lived to their end: {error}"]
        return SeedResult(
            self.seed, self.days, dict(self.faults), tuple(found), tuple(self.history),
            sum(len(one.told) for one in self.sellers.values()), 0, time.monotonic() - begun,
            "processes",
        )  # fmt: skip

    # --- a day ---

    def _day(self, number: int) -> None:
        morning = BEGINNING + timedelta(days=number)
        on = morning.date()
        self.chain.set_clock(morning, rate=3600 / _HOUR)
        for branch in self.chain.chain.branches:
            _patiently(partial(self._open_at, branch, number))
        for seller in self.sellers.values():
            seller.wait_for_day(on.isoformat())
            seller.open()
        self._wait_for_days("open", number)
        self._back_up(number)
        self._sell(number)
        self._close(number)

    def _open_at(self, branch: str, number: int) -> None:
        if self._state(branch, number) is None:
            with self.chain.manager(branch) as person:
                person.open_day((BEGINNING + timedelta(days=number)).date())

    def _sell(self, number: int) -> None:
        stop = threading.Event()
        failures: list[BaseException] = []
        threads = [
            threading.Thread(target=_sold, args=(seller, stop, failures), name=lane)
            for lane, seller in self.sellers.items()
        ]
        for thread in threads:
            thread.start()
        try:
            for _ in range(_FAULTS_A_DAY):
                time.sleep(self.rng.uniform(0.1, 0.6))
                self._strike(number)
        finally:
            self._heal()
            stop.set()
            for thread in threads:
                thread.join()
        if failures:
            raise failures[0]

    def _close(self, number: int) -> None:
        on = (BEGINNING + timedelta(days=number)).date()
        for lane, seller in self.sellers.items():
            seller.end()
            self.chain.chain.wait_sent(lane)
        for branch in self.chain.chain.branches:
            self._close_at(branch, on)
        self._wait_for_days("closed", number)

    def _close_at(self, branch: str, on: date) -> None:
        """A till is counted and the day closed; what a restored branch lost is waited for."""
        seller = self.sellers[only_lane(branch)]
        limit = time.monotonic() + _SETTLED_WITHIN
        counted = False
        while True:
            try:
                with self.chain.manager(branch) as person:
                    if not counted:
                        held = {
                            "cash": seller.held(on.isoformat()),
                            "card": 0,
                            "coupon": 0,
                            "qr": 0,
                            "voucher": 0,
                        }
                        person.count(seller.shift, held)
                        counted = True
                    person.close_day(on)
            except (DemoError, httpx2.TransportError) as error:
                if time.monotonic() > limit:
                    message = f"{branch} cannot close {on}: {error}"
                    raise DemoError(message) from error
                time.sleep(0.5)
            else:
                return

    def _wait_for_days(self, state: str, number: int) -> None:
        wait_until(
            f"headquarters knows that every day is {state}",
            lambda: all(
                _patiently(partial(self._state, branch, number, "hq")) == state
                for branch in self.chain.chain.branches
            ),
            _SETTLED_WITHIN,
        )

    def _state(self, branch: str, number: int, at: str = "") -> str | None:
        on = (BEGINNING + timedelta(days=number)).date()
        with self.chain.database(at or branch) as engine, engine.connect() as connection:
            query = select(business_day.c.state).where(
                business_day.c.branch == branch, business_day.c.business_date == on
            )
            state: str | None = connection.execute(query).scalar()
            return state

    # --- faults ---

    def _strike(self, number: int) -> None:
        one = self.rng.choices(
            (self._kill, self._weather, self._change_prices, self._restore), (4, 4, 2, 3)
        )[0]
        begun = time.monotonic()
        what = one()
        step = f"day {number + 1}: {what} ({time.monotonic() - begun:.1f} s)"
        self.history.append(step)
        self.tell(f"seed {self.seed} {step}")

    def _kill(self) -> str:
        kind = self.rng.choice(("site", "site", "sync", "database"))
        if kind == "sync":
            lane = self.rng.choice(self.chain.lanes)
            self.faults["sync killed"] += 1
            self.chain.kill_sync(lane)
            return f"the sync process of {lane} was killed"
        if kind == "database":
            site = self.rng.choice(("hq", *self.chain.chain.branches))
            self.faults["database server killed"] += 1
            self.chain.kill_database(site)
            return f"the database server of {site} was killed"
        site = self.rng.choice(self.chain.sites)
        self.faults["site killed"] += 1
        self.chain.kill(site)
        time.sleep(self.rng.uniform(0, 0.5))
        self.chain.start(site)
        return f"{site} was killed and started again"

    def _weather(self) -> str:
        name = self.rng.choice(sorted(WEATHERS))
        self.faults[f"line {name}"] += 1
        lines = self.chain.chain.lines
        sites = [self.rng.choice(sorted(lines))] if self.rng.random() < 2 / 3 else sorted(lines)
        for site in sites:
            lines[site].weather = WEATHERS[name]
            lines[site].break_all()
        time.sleep(self.rng.uniform(0.5, 2.0))
        if self.rng.random() < 1 / 2:
            self._heal()
            return f"the line of {', '.join(sites)} was {name}"
        return f"the line of {', '.join(sites)} is {name}"

    def _heal(self) -> None:
        for line in self.chain.chain.lines.values():
            if line.weather != GOOD:
                line.heal()

    def _change_prices(self) -> str:
        item = self.rng.choice(sorted(ITEMS))
        cents = self.rng.randrange(50, 3_000)
        self.faults["prices changed meanwhile"] += 1
        address = self.chain.chain.addresses["hq"]
        changed = [(str(item), cents)]
        document = _patiently(lambda: buyer.draft_change(address, "Soak", CHAIN_FEED, changed))
        _patiently(lambda: buyer.put_through(address, document))
        return f"item {item} costs {cents} by {document}"

    def _back_up(self, number: int) -> None:
        name = f"day-{number}"
        self.chain.snapshot(self.chain.sites, name)
        self.backups.append(name)

    def _restore(self) -> str:
        site = self.rng.choice(self.chain.sites)
        kind = "lane" if site in self.sellers else "branch" if site != "hq" else "headquarters"
        self.faults[f"{kind} restored"] += 1
        if site in self.sellers:
            return self._restore_lane(site)
        # What a branch itself stated before this morning, headquarters' newest backup has still.
        backup = self.backups[-1] if site == "hq" else self.rng.choice(self.backups[-2:])
        dead = site != "hq" and self.rng.random() < 1 / 2
        if dead:
            self.chain.chain.lines[site].cut()
        self.chain.put_back(site, backup)
        self.chain.start(site)
        if dead:
            time.sleep(1.0)
            self.chain.chain.lines[site].heal()
        return f"{site} was put back to {backup}{' while its line was dead' if dead else ''}"

    def _restore_lane(self, lane: str) -> str:
        told = self.sellers[lane].told
        with self.sellers[lane].working:
            self._heal()
            self._wait_for_all(branch_of(lane), lane, told)
            self.chain.put_back(lane, self.backups[-1])
            self.chain.start(lane)
            # Nobody else may lose it before the lane has it again.
            self._wait_for_all(lane, lane, told)
        return f"{lane} was put back to {self.backups[-1]}"

    def _wait_for_all(self, site: str, lane: str, told: Sequence[Told]) -> None:
        wait_until(
            f"{site} has every ticket of {lane}",
            lambda: _patiently(partial(has_all, self.chain, site, lane, told)),
            _SETTLED_WITHIN,
        )

    # --- the end ---

    def _settled(self) -> list[str]:
        told: dict[str, Sequence[Told]] = {lane: one.told for lane, one in self.sellers.items()}
        days = [(BEGINNING + timedelta(days=number)).date() for number in range(self.days)]
        limit = time.monotonic() + _SETTLED_WITHIN
        while found := _patiently(partial(differences, self.chain, told, days)):
            if time.monotonic() > limit:
                break
            time.sleep(1.0)
        return found


def _sold(seller: Seller, stop: threading.Event, failures: list[BaseException]) -> None:
    try:
        seller.sell(stop, _PAUSE)
    except Exception as error:  # noqa: BLE001 - raised by whoever started the thread
        failures.append(error)


def _patiently(act: Callable[[], T]) -> T:
    """Do what a person does at a console whose site or database is just coming back: try again."""
    limit = time.monotonic() + _PATIENCE
    while True:
        try:
            return act()
        except (DemoError, httpx2.TransportError, OperationalError):
            if time.monotonic() > limit:
                raise
            time.sleep(0.5)
