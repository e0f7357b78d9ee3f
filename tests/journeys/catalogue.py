"""The food barcodes of off_ean as a catalogue: the whole file imported at headquarters, in a process of its own.

Prints how long it took, the most memory that the process had, what was left out and why, held against a
count of wrong check digits made here in another way; and how long an urgent price change took to be
published while slices were applied.

    python -m tests.journeys catalogue [rows]

Says every some seconds how far it is.
"""

from __future__ import annotations

import csv
import multiprocessing
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

from sqlalchemy import Connection, func, select

from hq import import_runs, price_changes, uploads
from hq.bootstrap import open_headquarters
from hq.import_runs import Run
from hq.import_work import ImportWorker
from hq.price_changes import NewPriceChange
from hq.price_rows import PriceCell
from hq.settings import HeadquartersSettings
from ops.embedded_postgres import EmbeddedPostgres
from replication.streams import CHAIN_FEED
from schemas.tables.base import open_postgres
from schemas.tables.catalogue import barcode, item
from schemas.tables.migrate import upgrade
from tests.hq.conftest import APPROVER, BUYER, Chain
from tests.journeys.found import barcodes_file

LIMIT = 1 << 30
_SAID_EVERY = 10


def main(most: int | None = None) -> int:
    """Run it, with so many rows or all; 1 when something comes to something else. Raises DataMissingError."""
    source = barcodes_file()
    with (
        tempfile.TemporaryDirectory(prefix="cw-") as place,
        EmbeddedPostgres(Path(place) / "postgres") as server,
    ):
        server.ensure_database("hq")
        upgrade(server.dsn("hq"), "hq")
        return _run(server.dsn("hq"), Path(place), source, most)


def _run(dsn: str, place: Path, source: Path, most: int | None) -> int:
    file = place / "items.csv"
    written = _write(file, source, most)
    _found(dsn, place)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=_import, args=(dsn, place, file, theirs))
    began = said = time.monotonic()
    child.start()
    theirs.close()
    waits: list[float] = []
    peak, told = 0, ("", 0)
    while True:
        if ours.poll(0.5):
            told = ours.recv()
            if told[0] == "peak":
                peak = told[1]
                break
        if told[0] == "applying":
            waits.append(_urgent(dsn))
        if time.monotonic() - said > _SAID_EVERY:
            said = time.monotonic()
            sys.stdout.write(
                f"{said - began:5.0f} s  {told[0]}: {told[1]:,} of {written.rows:,} rows\n"
            )
            sys.stdout.flush()
    child.join()
    return _tell(dsn, time.monotonic() - began, peak, waits, written)


@dataclass(frozen=True, slots=True)
class _Written:
    """A file: its rows, and the lines of those with a wrong check digit, looked for here."""

    rows: int
    wrong: frozenset[int]


def _write(file: Path, source: Path, most: int | None) -> _Written:
    """The rows as items whose code is their barcode, behind a line of heads."""
    import pyarrow.parquet as pq

    table = pq.read_table(source).to_pydict()
    wrong: set[int] = set()
    rows = list(zip(table["barcode_id"], table["product_name"], strict=True))[:most]
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("item", "name", "category", "unit", "tax_code", "barcode"))
        for line, (code, name) in enumerate(rows, 2):
            writer.writerow((code, name, "food", "piece", "", code))
            if len(code) in (8, 12, 13, 14) and not _adds_up(code):
                wrong.add(line)
    return _Written(len(rows), frozenset(wrong))


def _adds_up(code: str) -> bool:
    """Whether the weighted digits sum to a multiple of ten; of 8 digits also when they do as UPC-E."""
    if not _sum(code) % 10:
        return True
    return len(code) == 8 and code[0] == "0" and not _sum(_upc_a(code)) % 10


def _sum(code: str) -> int:
    return sum(
        int(digit) * (1 if place % 2 == 0 else 3) for place, digit in enumerate(reversed(code))
    )


def _upc_a(code: str) -> str:
    body, last = code[1:7], code[6]
    if last in "012":
        whole = body[:2] + last + "0000" + body[2:5]
    elif last in "34":
        kept = int(last)
        whole = body[:kept] + "00000" + body[kept:5]
    else:
        whole = body[:5] + "0000" + last
    return "0" + whole + code[7]


def _found(dsn: str, place: Path) -> None:
    from hq import founding, sites
    from schemas.wire.records import Branch

    engine = open_postgres(dsn)
    founding.found(engine, "ADMIN", "Administrator", "secret1", datetime.now(UTC))
    engine.dispose()
    headquarters = open_headquarters(_settings(dsn, place), dsn)
    chain = Chain(headquarters)
    with headquarters.engine.begin() as connection:
        record = Branch(branch="N001", name="N001", zone="Asia/Shanghai", currency="CNY")
        sites.save_branch(connection, record, [])
    chain.load("categories", "category,name,parent\nfood,Food,\n")
    chain.load("items", "item,name,category,unit,tax_code\nurgent,Urgent,food,piece,\n")
    headquarters.close()


def _settings(dsn: str, place: Path) -> HeadquartersSettings:
    return HeadquartersSettings(data=place / "data", dsn=dsn)


def _import(dsn: str, place: Path, file: Path, told: Pipe) -> None:
    """What the process that imports does; tells how far it is, and at the end the most memory it had."""
    headquarters = open_headquarters(_settings(dsn, place), dsn)
    directory = place / "data" / uploads.DIRECTORY
    worker = ImportWorker(headquarters.engine, headquarters.clock, directory, 2)
    upload = uploads.keep(directory, file.read_bytes())
    with headquarters.engine.begin() as connection:
        run = import_runs.begin(connection, "items", upload, "items", BUYER, headquarters.clock())

    def tell(now: Run) -> None:
        told.send((now.state, now.done))

    worker.work(run, tell)
    with headquarters.engine.begin() as connection:
        import_runs.confirm(connection, run, BUYER, headquarters.clock(), leave_out=True)
    worker.work(run, tell)
    headquarters.close()
    told.send(("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024))


def _urgent(dsn: str) -> float:
    """How long it takes to draft, approve and publish a price, in seconds."""
    engine, now = open_postgres(dsn), datetime.now(UTC)
    try:
        with engine.connect():
            began = time.monotonic()
        with engine.begin() as connection:
            cells = [PriceCell("urgent", "piece", "", 100)]
            new = NewPriceChange("urgent", CHAIN_FEED, now, None, cells)
            document = price_changes.draft(connection, new, BUYER, now)
            price_changes.approve(connection, document, APPROVER, now)
            price_changes.publish(connection, document, BUYER, now)
        return time.monotonic() - began
    finally:
        engine.dispose()


def _tell(dsn: str, seconds: float, peak: int, waits: list[float], written: _Written) -> int:
    engine = open_postgres(dsn)
    with engine.connect() as connection:
        (run,) = import_runs.newest(connection, 1)
        reasons = import_runs.reasons(connection, run.run)
        items = connection.execute(select(func.count()).select_from(item)).scalar_one()
        codes = connection.execute(select(func.count()).select_from(barcode)).scalar_one()
        listed = set(_of_check_digits(connection, run.run))
    engine.dispose()
    waits.sort()
    sys.stdout.write(
        f"off_ean: {run.rows} rows in {seconds:.0f} s, {items - 1} items and {codes} barcodes,"
        f" {run.problems} rows left out; at most {peak / (1 << 20):.0f} MiB\n"
    )
    sys.stdout.write(
        f"wrong check digits are listed at {len(listed):,} rows, of {len(written.wrong):,}\n"
    )
    for text, count in reasons:
        sys.stdout.write(f"  {count:6} {text}\n")
    if waits:
        sys.stdout.write(
            f"{len(waits)} urgent price changes meanwhile: half within"
            f" {statistics.median(waits) * 1000:.0f} ms, all within {waits[-1] * 1000:.0f} ms\n"
        )
    right = {
        "every row": run.rows == written.rows,
        "what is not left out is there": items - 1 == run.rows - run.problems == run.new,
        "wrong check digits by row": listed == written.wrong,
        "less than 1 GiB": peak < LIMIT,
        "price changes passed": bool(waits),
    }
    for name, holds in right.items():
        if not holds:
            sys.stdout.write(f"not so: {name}\n")
    return 0 if all(right.values()) else 1


def _of_check_digits(connection: Connection, run: int) -> Iterator[int]:
    """The lines at which wrong check digits are listed, page by page as a person reads them."""
    after = (0, 0)
    while page := import_runs.problems(connection, run, after=after, limit=1_000):
        yield from (one.line for one in page if "check digit" in one.reason.text)
        after = (page[-1].line, page[-1].place)
