"""The day itself: fifteen cashiers sell what was recorded, and things happen meanwhile.

at (branch clock)   what happens
a third of the day  the line of one branch is cut; it heals an eighth of the day later
half of the day     one lane is killed in the middle of a ticket, and started again
15:00               a price change of 500 items is approved for two of the three branches
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from hq.delivery import Grid, delivery_grid
from hq.price_changes import find
from ops.demo import buyer
from ops.demo.cashier import Cashier, Hand
from ops.demo.chain import CUT, FAR, GROUPS, NEAR, PINS, lane_name
from ops.demo.dataset import Basket
from ops.demo.manager import Manager
from ops.demo.midday_change import change_instant, midday_change
from ops.demo.morning import prices_at
from ops.demo.processes import wait_until
from ops.demo.staff import cashier_of, manager_of
from ops.demo.stage import Stage
from ops.demo.stores import BRANCHES, LANES
from replication.streams import group_feed

MOST_OVERRIDES = 15
KILLED = lane_name(BRANCHES[0], 2)


@dataclass
class Lanes:
    """The cashiers by lane, and how the day is paced."""

    cashiers: dict[str, Cashier]
    rate: float

    def sold(self) -> dict[int, str]:
        """The ticket that each basket became."""
        return {
            basket: uuid
            for cashier in self.cashiers.values()
            for basket, uuid in cashier.sold.tickets.items()
        }


def open_day(stage: Stage) -> Lanes:
    """Managers open the business date; cashiers sign in and open their shifts."""
    on = stage.material.day.on
    for branch in BRANCHES:
        with manager(stage, branch) as person:
            person.open_day(on)
    lanes = Lanes({}, 0.0)
    for branch in BRANCHES:
        boss = manager_of(branch)
        for lane in range(1, LANES + 1):
            who = cashier_of(branch, lane)
            hand = Hand(who, PINS[who], boss, PINS[boss])
            name = lane_name(branch, lane)
            lanes.cashiers[name] = Cashier(stage.chain.till(name), hand, stage.now)
    for cashier in lanes.cashiers.values():
        cashier.wait_for_day(on)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(Cashier.open, lanes.cashiers.values()))
    return lanes


def manager(stage: Stage, branch: str) -> Manager:
    """The manager of a branch, signed in at its back office."""
    who = manager_of(branch)
    return Manager(stage.chain.addresses[branch], who, PINS[who])


def sell(stage: Stage, lanes: Lanes, seconds: float) -> None:
    """Let the day pass in about `seconds`, with its events."""
    material = stage.material
    begin, span = material.first - timedelta(minutes=1), material.last - material.first
    lanes.rate = (span + timedelta(minutes=1)).total_seconds() / seconds
    stage.set_clock(begin, lanes.rate)
    with (
        stage.teller.bar("tickets", len(material.day.baskets)) as bar,
        ThreadPoolExecutor(len(lanes.cashiers) + 3) as pool,
    ):

        def sold(_: Basket) -> None:
            bar.advance(bar.task_ids[0])

        work = [
            pool.submit(
                lanes.cashiers[lane_name(branch, lane)].sell, material.of_lane(branch, lane), sold
            )
            for branch in BRANCHES
            for lane in range(1, LANES + 1)
        ]
        work += [
            pool.submit(_cut_the_line, stage, begin + span / 3, begin + span * 11 / 24),
            pool.submit(_kill_a_lane, stage, lanes.cashiers[KILLED], begin + span / 2),
            pool.submit(_change_prices, stage, lanes),
        ]
        for one in work:
            one.result()
    stage.set_clock(stage.now(), rate=1)
    _sum_up(stage, lanes)


def _sum_up(stage: Stage, lanes: Lanes) -> None:
    sold = [cashier.sold for cashier in lanes.cashiers.values()]
    lines = sum(one.lines for one in sold)
    overrides = sum(one.overrides for one in sold)
    late = max(one.most_late for one in sold)
    stage.measured["selling"] = {
        "tickets": len(lanes.sold()),
        "lines": lines,
        "overridden_lines": overrides,
        "unknown_item_lines": sum(one.unknown for one in sold),
        "clock_rate": round(lanes.rate, 1),
        "most_late_seconds": round(late.total_seconds() / lanes.rate, 2),
    }
    stage.check(
        f"{overrides} of {lines} lines ({overrides / lines:.1%}) were sold as recorded,"
        f" at most {MOST_OVERRIDES} % may be",
        held=overrides * 100 <= MOST_OVERRIDES * lines,
    )


def _until(stage: Stage, moment: datetime) -> None:
    while stage.now() < moment:
        time.sleep(0.05)


def _cut_the_line(stage: Stage, cut: datetime, heal: datetime) -> None:
    line = stage.chain.line
    if line is None:
        return
    _until(stage, cut)
    line.cut()
    began = time.monotonic()
    _until(stage, heal)
    line.heal()
    stage.measured["line"] = {"branch": CUT, "cut_seconds": round(time.monotonic() - began, 2)}
    stage.teller.note(f"the line of {CUT} was cut for {time.monotonic() - began:.1f} s and healed")


def _kill_a_lane(stage: Stage, cashier: Cashier, after: datetime) -> None:
    _until(stage, after)
    wait_until(f"{KILLED} is in the middle of a ticket", lambda: cashier.entered > 1, seconds=90)
    entered = cashier.entered
    stage.chain.sites[KILLED].kill()
    began = time.monotonic()
    stage.chain.restart(KILLED)
    seconds = round(time.monotonic() - began, 2)
    stage.measured["killed"] = {"lane": KILLED, "at_line": entered, "back_after_seconds": seconds}
    stage.teller.note(f"{KILLED} was killed at line {entered} of a ticket, back after {seconds} s")


def _change_prices(stage: Stage, lanes: Lanes) -> None:
    """Draft, approve and publish at headquarters; then watch the delivery grid turn green."""
    material = stage.material
    _until(stage, change_instant(material.day))
    address = stage.chain.addresses["hq"]
    prices = midday_change(material.day, material.book, material.catalogue)
    document = buyer.draft_change(address, "Mid-day change", group_feed(NEAR), prices)
    buyer.put_through(address, document)
    _wait_for_arrival(stage, document, lambda grid: grid.is_complete)
    grid = _grid(stage, document)
    with stage.at_headquarters() as connection:
        published = find(connection, document).published
    arrivals = {
        cell.site: (cell.since - published).total_seconds() / lanes.rate
        for row in grid.rows
        for cell in row.lanes
        if cell.since is not None and published is not None
    }
    reached = {branch for branch, group in GROUPS.items() if group == NEAR}
    stage.measured["price_change"] = {
        "document": document,
        "items": len(prices),
        "seconds_to_lane": {site: round(value, 3) for site, value in sorted(arrivals.items())},
        "sold_at_old_price": grid.sold.lines,
    }
    stage.teller.note(
        f"{len(prices)} prices reached {len(arrivals)} lanes: median"
        f" {median(arrivals.values()):.2f} s, last {max(arrivals.values()):.2f} s;"
        f" {grid.sold.lines} lines were still sold at the old price"
    )
    stage.check(
        f"the change is at every lane of {', '.join(sorted(reached))}",
        held={site.partition(".")[0] for site in arrivals} == reached
        and len(arrivals) == LANES * len(reached),
    )
    outside = [lane for lane in stage.chain.lanes if GROUPS[lane.partition(".")[0]] == FAR]
    stage.check(
        "and at no lane of the others",
        held=all(prices_at(stage.chain, lane, document) == 0 for lane in outside),
    )


def _wait_for_arrival(stage: Stage, document: str, done: Callable[[Grid], bool]) -> None:
    wait_until(f"{document} is active everywhere", lambda: done(_grid(stage, document)), 120)


def _grid(stage: Stage, document: str) -> Grid:
    with stage.at_headquarters() as connection:
        return delivery_grid(connection, find(connection, document), stage.now())
