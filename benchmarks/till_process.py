"""A lane as it runs in a shop: `chainwright lane serve` on files of `till_files`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.till_files import CASHIER, PIN, SETTINGS_FILE, Shop
from ops.demo.processes import SiteProcess
from pos_frontend.screen.client import TillClient

_FLOAT = 20_000


@dataclass(frozen=True, slots=True)
class RunningTill:
    """A till with a shift open: its address, its process, and a cashier at it."""

    address: str
    pid: int
    client: TillClient


@contextmanager
def running(shop: Shop) -> Iterator[RunningTill]:
    """Start a till and open a shift at it; end both, and leave no basket."""
    told = shop.place / "lane" / "till.json"
    arguments = ["lane", "serve", "--settings", SETTINGS_FILE]
    till = SiteProcess("lane", arguments, shop.place, told.exists)
    till.start()
    try:
        till.wait_ready()
        known = json.loads(told.read_text(encoding="utf-8"))
        with TillClient(known["url"], known["token"]) as client:
            client.sign_in(CASHIER, PIN)
            client.open_shift(_FLOAT)
            yield RunningTill(known["url"], known["pid"], client)
            client.end_shift()
    finally:
        till.ask_to_stop()
        till.wait_stopped()
