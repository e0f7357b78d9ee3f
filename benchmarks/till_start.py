"""From the start of a till's process to its first sale on disk, and the memory that the process takes.

The first sale is what a cashier does at a till that was just started: sign in, open a shift, scan one
thing, take cash; the time ends with the answer that the ticket is committed. The sync process starts
beside it, as in a shop. For the memory all of 2,000 things, all over the catalogue, are looked up, so
that what the database keeps of it is as much as it will be, and some of them are sold. It is the most
that the till's process ever held (VmHWM); its sync process and the browser are others.

The peer of both is the same till on a catalogue of a few thousand items with as many promotions, in
turns: what is above it is what the million costs.
"""

from __future__ import annotations

import random
import time
from pathlib import Path

import psutil

from benchmarks import till_files, till_process
from benchmarks.measures import (
    MEBIBYTES,
    SECONDS,
    Limit,
    Outcome,
    Round,
    Wording,
    compare,
    p50,
)
from benchmarks.scale import Scale
from benchmarks.till_files import Shop
from pos_frontend.screen.client import TillClient

_BASKET = 10
_START = Limit(3.0, of_ratio=False)
_MEMORY = Limit(200 * 2**20, of_ratio=False)


class NotSoldError(RuntimeError):
    """The first sale was not committed: the till is not what this was written for."""


def run(scale: Scale, place: Path) -> Outcome:
    """Start and sell on both files in turns."""
    large, few = till_files.large(place.parent, scale), till_files.small(place / "few")
    chance = random.Random(2)
    first_sale(few, chance)  # compiles what is not yet compiled
    starts, peaks = Round(), Round()
    for _ in range(scale.rounds):
        starts.ours.append(first_sale(large, chance))
        starts.peer.append(first_sale(few, chance))
    peaks.ours.append(highest(large, chance))
    peaks.peer.append(highest(few, chance))
    peer, name = f"{few.items:,} items", f"with {large.items:,} items"
    return Outcome(
        [
            compare(
                [starts], p50, Wording(f"till start to first sale {name}", peer, SECONDS, _START)
            ),
            compare([peaks], p50, Wording(f"a till's memory {name}", peer, MEBIBYTES, _MEMORY)),
        ],
        large.notes,
    )


def first_sale(shop: Shop, chance: random.Random) -> float:
    """Seconds from the start of the process to its first sale."""
    begun = time.perf_counter()
    with till_process.running(shop) as till:
        _sell(till.client, [chance.choice(shop.codes)])
        return time.perf_counter() - begun


def highest(shop: Shop, chance: random.Random) -> float:
    """The most bytes that a till's process held when it had looked at all of the codes."""
    with till_process.running(shop) as till:
        for code in shop.codes:
            till.client.ask("check_price", code=code)
        for _ in range(_BASKET):
            _sell(till.client, chance.sample(shop.codes, _BASKET))
        return _peak(till.pid)


def _sell(client: TillClient, codes: list[str]) -> None:
    for code in codes:
        client.scan(code)
    if not client.tender("cash"):
        raise NotSoldError(f"{codes} were not sold; the till says {client.state}")


def _peak(pid: int) -> float:
    """The most bytes of memory that a process ever held; what it holds where no system tells more."""
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return float(line.split()[1]) * 1024
    return float(psutil.Process(pid).memory_info().rss)
