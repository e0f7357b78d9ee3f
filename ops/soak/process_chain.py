"""The soak's chain of real processes: founded once, begun anew for every seed, killed and put back.

found      headquarters, two branches with a lane each, a line below every one; through the
           product's own commands, as the demo does it
snapshot   all processes of a site are stopped, its files copied, and they go on: what a backup of
           a moment holds
put_back   the site's processes are killed and the copy takes the place of the database; the mark
           beside the database stays, as it does when a person restores a backup
"""

from __future__ import annotations

import csv
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psutil
from sqlalchemy import Engine

from ops.demo import buyer
from ops.demo.chain import ADMINISTRATOR, PINS, Chain, lane_name
from ops.demo.manager import Manager
from ops.demo.master_files import gtin
from ops.demo.morning import prices_at
from ops.demo.processes import wait_until
from ops.demo.staff import cashier_of, manager_of, staff
from ops.embedded_postgres import EmbeddedPostgres
from ops.soak.seller import Seller
from replication import incarnation
from replication.clock import SimulatedTime, system_clock
from schemas.domain.money import format_amount
from schemas.tables.base import open_postgres, open_sqlite

BRANCHES = ("N001", "N002")
#: Items and their prices in cents before any change.
ITEMS = {1001: 350, 1002: 899, 1003: 120, 1004: 2_450, 1005: 99, 1006: 1_480}
BASE = "base"
_LANE_FILES = ("journal.db", "journal.db-wal", "catalogue.db", "catalogue.db-wal")


@dataclass
class ProcessChain:
    """The chain and where its snapshots lie."""

    chain: Chain

    @property
    def directory(self) -> Path:
        """Below it lies everything."""
        return self.chain.directory

    @property
    def lanes(self) -> list[str]:
        """The names of the lanes."""
        return self.chain.lanes

    @property
    def sites(self) -> list[str]:
        """All of them, headquarters first."""
        return ["hq", *self.chain.branches, *self.lanes]

    # --- found ---

    def found(self, begin: datetime) -> None:
        """Make the chain, with its master data at every lane."""
        self.set_clock(begin, rate=0)
        files = self._master_files()
        self.chain.found_headquarters()
        self.chain.in_parallel(self.chain.introduce_branch, self.chain.branches)
        told = ""
        for kind, path in files.items():
            told = self.chain.hq("import", kind, str(path), "--yes", "--operator", ADMINISTRATOR)
        buyer.put_through(self.chain.addresses["hq"], told.split()[-1])
        self.chain.in_parallel(self.chain.enrol_branch, self.chain.branches)
        self.chain.in_parallel(self.chain.enrol_lane, self.lanes)
        wait_until(
            "every lane has the whole price book",
            lambda: all(prices_at(self.chain, lane) >= len(ITEMS) for lane in self.lanes),
            seconds=120,
        )

    def set_clock(self, now: datetime, rate: float) -> None:
        """Set every site's clock at once."""
        SimulatedTime(start=now, anchor=system_clock(), rate=rate).write(self.chain.clock)

    def _master_files(self) -> dict[str, Path]:
        tables: dict[str, list[tuple[str, ...]]] = {
            "operators": [
                ("operator", "name", "role", "branch", "pin"),
                *(one.row() for one in staff() if one.branch in ("", *self.chain.branches)),
            ],
            "categories": [("category", "name", "parent"), ("c", "Everything", "")],
            "items": [
                ("item", "name", "category", "unit", "tax_code"),
                *((str(item), f"Item {item}", "c", "piece", "none") for item in ITEMS),
            ],
            "barcodes": [
                ("barcode", "item", "unit"),
                *((gtin(item), str(item), "piece") for item in ITEMS),
            ],
            "prices": [
                ("item", "unit", "tier", "price"),
                *((str(item), "piece", "", format_amount(cents)) for item, cents in ITEMS.items()),
            ],
        }
        directory = self.directory / "files"
        directory.mkdir()
        files = {}
        for kind, rows in tables.items():
            files[kind] = directory / f"{kind}.csv"
            with files[kind].open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows(rows)
        return files

    # --- people ---

    def manager(self, branch: str) -> Manager:
        """The manager of a branch, signed in at its back office."""
        who = manager_of(branch)
        return Manager(self.chain.addresses[branch], who, PINS[who])

    def seller(self, lane: str, seed: int) -> Seller:
        """A cashier for a lane."""
        who = cashier_of(lane.partition(".")[0], 1)
        codes = tuple(gtin(item) for item in ITEMS)
        return Seller(self.chain.till(lane), who, PINS[who], codes, seed)

    # --- processes and disks ---

    def kill(self, site: str) -> None:
        """SIGKILL to the process of a site; its database server lives on, as it does."""
        self.chain.sites[site].kill()

    def kill_database(self, site: str) -> None:
        """SIGKILL to a site's database server; the site starts it again by itself."""
        if (server := self._postmaster(site)) is not None:
            server.kill()

    def kill_sync(self, lane: str) -> None:
        """SIGKILL to a lane's sync process; the till starts it again by itself."""
        for child in psutil.Process(self.chain.sites[lane].pid).children():
            child.kill()

    def snapshot(self, sites: Sequence[str], name: str) -> None:
        """Keep what the disks of these sites hold at one moment."""
        stopped: list[psutil.Process] = []
        try:
            for site in sites:
                # Whoever starts others first: none is added behind our back then.
                for process in self._heads(site):
                    stopped.append(process)
                    process.suspend()
                for process in self._processes(site):
                    stopped.append(process)
                    with suppress(psutil.NoSuchProcess):
                        process.suspend()
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(lambda site: self._copy(site, name), sites))
        finally:
            for process in stopped:
                with suppress(psutil.NoSuchProcess):
                    process.resume()

    def begin(self) -> None:
        """Put every disk back to the snapshot `base`, marks too, and start all processes anew."""
        for site in reversed(self.sites):
            self.put_back(site, BASE)
            kept = self.directory / "snapshots" / BASE / site / incarnation.FILE
            shutil.copy2(kept, self.directory / site / incarnation.FILE)
        for tier in (["hq"], self.chain.branches, self.lanes):
            self.chain.in_parallel(self.start, tier)

    def put_back(self, site: str, name: str) -> None:
        """Kill a site and put a snapshot in the place of its database."""
        self.end(site)
        here, kept = self.directory / site, self.directory / "snapshots" / name / site
        if site in self.lanes:
            for file in _LANE_FILES:
                (here / file).unlink(missing_ok=True)
                (here / f"{file.removesuffix('-wal')}-shm").unlink(missing_ok=True)
                if (kept / file).exists():
                    shutil.copy2(kept / file, here / file)
        else:
            shutil.rmtree(here / "postgres" / "data")
            # With its owner: as root, the server runs as another user.
            subprocess.run(["cp", "-a", kept / "data", here / "postgres" / "data"], check=True)

    def end(self, site: str) -> None:
        """SIGKILL to all processes of a site, its database server too."""
        gone = self._processes(site)
        for process in gone:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.chain.sites[site].kill()
        wait_until(f"all processes of {site} are gone", lambda: not any(map(_works, gone)))

    def start(self, site: str) -> None:
        """Start a site that was killed."""
        self.chain.restart(site)

    @contextmanager
    def database(self, site: str, lane_file: str = "journal.db") -> Iterator[Engine]:
        """A site's database, to look at."""
        if site in self.lanes:
            engine = open_sqlite(str(self.directory / site / lane_file))
        else:
            server = EmbeddedPostgres(self.directory / site / "postgres")
            engine = open_postgres(server.dsn(), pool_size=1)
        try:
            yield engine
        finally:
            engine.dispose()

    def _copy(self, site: str, name: str) -> None:
        here, kept = self.directory / site, self.directory / "snapshots" / name / site
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir(parents=True)
        shutil.copy2(here / incarnation.FILE, kept / incarnation.FILE)
        if site in self.lanes:
            for file in _LANE_FILES:
                if (here / file).exists():
                    shutil.copy2(here / file, kept / file)
        else:
            subprocess.run(["cp", "-a", here / "postgres" / "data", kept / "data"], check=True)

    def _heads(self, site: str) -> list[psutil.Process]:
        """A site's process and its database server, those of them that live."""
        found = []
        with suppress(psutil.NoSuchProcess):
            found.append(psutil.Process(self.chain.sites[site].pid))
        server = self._postmaster(site)
        return found if server is None else [*found, server]

    def _processes(self, site: str) -> list[psutil.Process]:
        """Whatever works for a site now."""
        found = {}
        for head in self._heads(site):
            with suppress(psutil.NoSuchProcess):
                for process in (head, *head.children(recursive=True)):
                    found[process.pid] = process
        return list(found.values())

    def _postmaster(self, site: str) -> psutil.Process | None:
        file = self.directory / site / "postgres" / "data" / "postmaster.pid"
        try:
            return psutil.Process(int(file.read_text(encoding="ascii").splitlines()[0]))
        except (OSError, ValueError, IndexError, psutil.NoSuchProcess):
            return None


@contextmanager
def founded(directory: Path, begin: datetime) -> Iterator[ProcessChain]:
    """A chain of processes below a directory, with a snapshot `base` of every disk; stopped at the end."""
    directory.chmod(0o755)
    made = Chain(directory, directory / "clock.json", 1, BRANCHES, all_lines=True)
    with made:
        chain = ProcessChain(made)
        chain.found(begin)
        chain.snapshot(chain.sites, BASE)
        yield chain


def only_lane(branch: str) -> str:
    """The lane of a branch."""
    return lane_name(branch, 1)


def _works(process: psutil.Process) -> bool:
    """Whether a process lives; one that ended and that nobody waits for does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
