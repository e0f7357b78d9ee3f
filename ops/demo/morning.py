"""The chain comes to be: headquarters takes in the master data, branches and lanes enrol and load."""

from __future__ import annotations

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from ops.demo import buyer
from ops.demo.chain import ADMINISTRATOR, Chain
from ops.demo.dataset import choose_day
from ops.demo.master_files import MasterFile, write_master_files
from ops.demo.price_book import make_price_book
from ops.demo.processes import wait_until
from ops.demo.source import read_catalogue, read_transactions
from ops.demo.stage import Material, Stage
from ops.demo.stores import BRANCHES
from ops.demo.telling import Teller
from replication.clock import SimulatedTime, system_clock


def prepare(directory: Path, baskets: int | None) -> tuple[Material, dict[str, MasterFile]]:
    """Read the data and write the master files as headquarters imports them."""
    transactions = read_transactions()
    catalogue = read_catalogue(transactions)
    day = choose_day(transactions, catalogue, baskets=baskets)
    book = make_price_book(transactions, catalogue, day.week)
    files = write_master_files(directory, transactions, catalogue, book)
    return Material(day, book, catalogue, directory), files


def found(
    chain: Chain, teller: Teller, baskets: int | None
) -> tuple[Material, dict[str, MasterFile]]:
    """Prepare the data while headquarters is founded; both take some seconds."""
    # Until the day is known the clock shows the present.
    SimulatedTime(start=system_clock(), anchor=system_clock(), rate=0).write(chain.clock)
    with ThreadPoolExecutor(1) as beside:
        prepared = beside.submit(prepare, chain.directory / "files", baskets)
        chain.found_headquarters()
        material, files = prepared.result()
    day = material.day
    teller.note(
        f"{day.on}: {len(day.baskets)} baskets, {len(day.lines()):,} lines of"
        f" {len(day.branch_of_store)} stores in {len(BRANCHES)} branches"
    )
    return material, files


def import_master_data(stage: Stage, files: dict[str, MasterFile]) -> None:
    """Everything by CSV; the price book as a price change that a second person approves."""
    stage.set_clock(stage.material.first - timedelta(minutes=10), rate=0)
    stage.chain.in_parallel(stage.chain.introduce_branch, BRANCHES)
    told = ""
    for kind in ("operators", "categories", "items", "barcodes", "members", "prices"):
        began = time.monotonic()
        told = stage.chain.hq(
            "import", kind, str(files[kind].path), "--yes", "--operator", ADMINISTRATOR
        )
        stage.teller.note(f"{files[kind].rows:6,} {kind} in {time.monotonic() - began:.1f} s")
    buyer.put_through(stage.chain.addresses["hq"], told.split()[-1])
    stage.measured["imported"] = {kind: file.rows for kind, file in files.items()}


def enrol(stage: Stage) -> None:
    """Branches, then lanes; then wait until every lane has the whole catalogue."""
    chain = stage.chain
    with stage.teller.bar("branches", len(BRANCHES)) as bar:

        def enrol_branch(branch: str) -> None:
            chain.enrol_branch(branch)
            bar.advance(bar.task_ids[0])

        chain.in_parallel(enrol_branch, BRANCHES)
    with stage.teller.bar("lanes", len(chain.lanes)) as bar:

        def enrol_lane(lane: str) -> None:
            chain.enrol_lane(lane)
            bar.advance(bar.task_ids[0])

        chain.in_parallel(enrol_lane, chain.lanes)
    began = time.monotonic()
    wanted = stage.measured["imported"]["prices"]
    wait_until(
        "every lane has the whole price book",
        lambda: all(prices_at(chain, lane) >= wanted for lane in chain.lanes),
        seconds=180,
    )
    stage.teller.note(f"the last lane was loaded {time.monotonic() - began:.1f} s later")


def prices_at(chain: Chain, lane: str, document: str = "%") -> int:
    """How many price rows, of one document or of all, a lane holds under an applied header."""
    path = chain.directory / lane / "catalogue.db"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        rows = connection.execute(
            "SELECT count(*) FROM price JOIN price_change USING (document)"
            " WHERE document LIKE ?", (document,)
        )  # fmt: skip
        return int(rows.fetchone()[0])
