"""A lane as it runs in a shop: `chainwright lane serve` on files that hold the whole catalogue.

Its branch is away, which no scan may notice; receipts go nowhere, because nothing is sold here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from benchmarks import lane_files
from ops.demo.processes import SiteProcess
from pos_frontend.screen.client import TillClient
from replication.credentials import hash_secret
from replication.streams import CHAIN_FEED, branch_feed, local_feed
from schemas.wire.record import Record
from schemas.wire.records import Branch, BusinessDay, Operator, RecordBody

_CASHIER, _PIN = "B001-C1", "100101"
_DAY = date(2026, 3, 2)
#: Nothing listens on the discard port: the line is down at once, and stays so.
_SETTINGS = """\
data = "lane"
parent = "http://127.0.0.1:9"
language = "en"

[web]
port = 0

[printer]
kind = "none"
"""


@contextmanager
def running(place: Path, records: list[Record]) -> Iterator[tuple[str, TillClient]]:
    """The address of a till in `place` whose catalogue are these records, a shift open at it."""
    data = place / "lane"
    branch = lane_files.make(data)
    lane_files.load(data, branch, CHAIN_FEED, records)
    lane_files.load(data, branch, branch_feed(lane_files.BRANCH), _numbered(_shop()))
    lane_files.load(data, branch, local_feed(lane_files.BRANCH), _numbered([_today()]))
    (place / "lane.toml").write_text(_SETTINGS, encoding="utf-8")
    told = data / "till.json"
    till = SiteProcess("lane", ["lane", "serve", "--settings", "lane.toml"], place, told.exists)
    till.start()
    try:
        till.wait_ready()
        known = json.loads(told.read_text(encoding="utf-8"))
        with TillClient(known["url"], known["token"]) as client:
            client.sign_in(_CASHIER, _PIN)
            client.open_shift(20_000)
            yield known["url"], client
    finally:
        till.ask_to_stop()
        till.wait_stopped()


def _shop() -> list[RecordBody]:
    branch = Branch(
        branch=lane_files.BRANCH, name="Branch B001", zone="America/New_York", currency="USD"
    )
    cashier = Operator(
        operator=_CASHIER, name="Cashier B001-1", role="cashier", pin_hash=hash_secret(_PIN)
    )
    return [branch, cashier]


def _today() -> RecordBody:
    return BusinessDay(business_date=_DAY, state="open")


def _numbered(bodies: list[RecordBody]) -> list[Record]:
    return [
        Record(number, body.kind, body.record_key(), body.version, body.encode())
        for number, body in enumerate(bodies, 1)
    ]
