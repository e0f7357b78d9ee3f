"""A reduced day in which any one process is killed with SIGKILL, by seed, and started again.

The chain is the demo's, with one lane at each branch and only the items that are sold. Whatever is
killed, and whenever, the consolidated report must equal the data file to the cent, ticket by ticket.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from ops.demo import morning
from ops.demo.cashier import Cashier, Hand, takings
from ops.demo.chain import PINS, Chain, lane_name
from ops.demo.comparison import compare
from ops.demo.expected import expected
from ops.demo.master_files import MasterFile
from ops.demo.processes import processes_below
from ops.demo.selling import Lanes, manager
from ops.demo.staff import cashier_of, manager_of
from ops.demo.stage import Material, Stage
from ops.demo.stores import BRANCHES
from ops.demo.telling import Teller

BASKETS = 30
SECONDS = 20.0
KINDS = ("hq", "branch", "lane", "sync", "hq database", "branch database")


@contextmanager
def reduced_chain(directory: Path) -> Iterator[Stage]:
    """A chain of three branches with a lane each, loaded with what is going to be sold."""
    directory.chmod(0o755)
    with Chain(directory, directory / "clock.json", lanes_each=1) as chain:
        teller = Teller(Console(quiet=True))
        material, files = morning.found(chain, teller, BASKETS)
        one_lane = tuple(replace(one, lane=1) for one in material.day.baskets)
        material = replace(material, day=replace(material.day, baskets=one_lane))
        stage = Stage(chain, teller, material)
        morning.import_master_data(stage, sold_only(files, material))
        morning.enrol(stage)
        yield stage


def sold_only(files: dict[str, MasterFile], material: Material) -> dict[str, MasterFile]:
    """The master files with only those items that the day sells; categories and people whole."""
    sold = {line.item for line in material.day.lines()}
    kept = dict(files)
    for kind, column in (("items", 0), ("barcodes", 1), ("prices", 0)):
        lines = files[kind].path.read_text(encoding="utf-8").splitlines()
        rows = [row for row in lines[1:] if row.split(",")[column] in sold]
        files[kind].path.write_text("\n".join([lines[0], *rows, ""]), encoding="utf-8")
        kept[kind] = replace(files[kind], rows=len(rows))
    return kept


@pytest.mark.fault("1", "SIGKILL of sender or receiver at every step")
@pytest.mark.fault("6", "a database that stops answering")
@pytest.mark.parametrize("seed", [1])
def test_any_one_process_may_be_killed(site_directory: Path, seed: int) -> None:
    rng = random.Random(seed)
    victims = rng.sample(KINDS, 3)
    with reduced_chain(site_directory) as stage:
        lanes = open_day(stage)
        killer = threading.Thread(target=kill, args=(stage, rng, victims))
        killer.start()
        sell(stage, lanes)
        killer.join()
        close(stage, lanes)
        differences = settled_differences(stage, lanes)
    assert differences == (), f"seed {seed} killed {victims}"
    assert processes_below(site_directory) == []


def test_branches_sell_and_close_without_headquarters_and_lanes_without_their_branch(
    site_directory: Path,
) -> None:
    """Headquarters is away from the first sale to after the close, a branch for most of the day."""
    with reduced_chain(site_directory) as stage:
        lanes = open_day(stage)
        stage.chain.sites["hq"].kill()
        stage.chain.sites[BRANCHES[0]].kill()
        sell(stage, lanes)
        stage.chain.restart(BRANCHES[0])
        close(stage, lanes)
        stage.chain.restart("hq")
        differences = settled_differences(stage, lanes)
    assert differences == ()


def open_day(stage: Stage) -> Lanes:
    on = stage.material.day.on
    lanes = Lanes({}, 0.0)
    for branch in BRANCHES:
        with manager(stage, branch) as person:
            person.open_day(on)
        boss, who, lane = manager_of(branch), cashier_of(branch, 1), lane_name(branch, 1)
        hand = Hand(who, PINS[who], boss, PINS[boss])
        lanes.cashiers[lane] = Cashier(stage.chain.till(lane), hand, stage.now)
    for cashier in lanes.cashiers.values():
        cashier.wait_for_day(on)
        cashier.open()
    return lanes


def sell(stage: Stage, lanes: Lanes) -> None:
    span = stage.material.last - stage.material.first
    stage.set_clock(
        stage.material.first - timedelta(minutes=1), (span.total_seconds() + 60) / SECONDS
    )
    threads = [
        threading.Thread(
            target=cashier.sell,
            args=(stage.material.of_lane(lane.partition(".")[0], 1), lambda _: None),
        )
        for lane, cashier in lanes.cashiers.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stage.set_clock(stage.now(), rate=1)


def kill(stage: Stage, rng: random.Random, victims: list[str]) -> None:
    """Kill the victims one after the other at random moments; what nobody else restarts, we do."""
    pause = threading.Event()
    for kind in victims:
        pause.wait(rng.uniform(1, SECONDS / 2))
        branch = rng.choice(BRANCHES)
        if kind in ("hq", "branch", "lane"):
            name = {"hq": "hq", "branch": branch, "lane": lane_name(branch, 1)}[kind]
            stage.chain.sites[name].kill()
            pause.wait(rng.uniform(0.1, 1))
            stage.chain.restart(name)
        elif kind == "sync":
            till = psutil.Process(stage.chain.sites[lane_name(branch, 1)].pid)
            for child in till.children():
                child.kill()
        else:
            site = "hq" if kind == "hq database" else branch
            postmaster(stage, site).kill()


def postmaster(stage: Stage, site: str) -> psutil.Process:
    """The server process of a site's private database."""
    file = stage.chain.directory / site / "postgres" / "data" / "postmaster.pid"
    return psutil.Process(int(file.read_text(encoding="ascii").splitlines()[0]))


def close(stage: Stage, lanes: Lanes) -> None:
    for cashier in lanes.cashiers.values():
        cashier.end()
    for branch in BRANCHES:
        stage.chain.wait_sent(lane_name(branch, 1))
        with manager(stage, branch) as person:
            shift = lanes.cashiers[lane_name(branch, 1)].sold.shift
            person.count(shift, takings(stage.material.of_lane(branch, 1)))
            person.close_day(stage.material.day.on)


def settled_differences(stage: Stage, lanes: Lanes) -> tuple[str, ...]:
    """What differs once everything has had time to arrive."""
    day = stage.material.day
    wanted = expected(day.on, day.branch_of_store, BASKETS)
    limit = time.monotonic() + 60
    while True:
        with stage.at_headquarters() as connection:
            found = compare(connection, wanted, lanes.sold(), stage.now()).differences
        if not found or time.monotonic() > limit:
            return found
        time.sleep(0.2)
