"""Replenishment of a chain in one night: 200 branches × 20,000 items on two cores, and the memory it takes.

Two processes, as many as the smallest headquarters has cores, take branch after branch: histories of half a year come
as whole columns, become values, and each is weighed up by `propose` with all its terms. The histories are
made up, with rates as a grocery has them: half of the items sell less than once in nine days, one in twenty
once a day or more. The peer is a plain moving average of the last 28 days of the same histories.

A run takes some of the branches; the time of all is told as so many times theirs.
"""

from __future__ import annotations

import resource
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from benchmarks.measures import (
    MEBIBYTES,
    Limit,
    Measure,
    Outcome,
    Round,
    Unit,
    Wording,
    compare,
    p50,
)
from benchmarks.scale import Scale
from schemas.domain.replenishment.demand import Demand, bits
from schemas.domain.replenishment.proposal import propose
from schemas.domain.replenishment.supply import SupplyTerms
from schemas.domain.replenishment.terms import ItemTerms, Position

BRANCHES, ITEMS, PROCESSES = 200, 20_000, 2
_DAYS = 182
_TODAY = date(2026, 3, 2)
_FIRST = _TODAY - timedelta(days=_DAYS)
_TERMS = ItemTerms(pack=6000, shelf_life_days=60, presentation=2000)
_SUPPLY = SupplyTerms(2, review_days=3, order_weekdays=frozenset({0, 3}))
_MINUTES = Unit("min", 1 / 60)


@dataclass(frozen=True, slots=True)
class _Night:
    """What a branch took: seconds of either, kibibytes of its process before and after, lines proposed."""

    ours: float
    peer: float
    before: int
    after: int
    lines: int
    sold: int


def run(scale: Scale, place: Path) -> Outcome:
    """Measure; no file is needed."""
    del place
    items = min(ITEMS, scale.replenished // PROCESSES)
    branches = scale.replenished // items
    begun = time.perf_counter()
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        nights = list(pool.map(_night, range(branches), [items] * branches))
    whole = time.perf_counter() - begun
    times = BRANCHES * ITEMS / items / PROCESSES
    rounds = [Round([night.ours * times], [night.peer * times]) for night in nights]
    measures: list[Measure] = [
        compare(rounds, p50, Wording(
            f"proposals of {BRANCHES} branches × {ITEMS:,} items, {PROCESSES} cores", "a moving average of 28 days",
            _MINUTES, Limit(600.0, of_ratio=False),
        )),
        compare([Round([night.after * 1024.0], [night.before * 1024.0]) for night in nights], p50, Wording(
            "memory of a process, at most", "before it proposed", MEBIBYTES, Limit(float(2**30), of_ratio=False),
        )),
    ]  # fmt: skip
    lines, sold = sum(night.lines for night in nights), sum(night.sold for night in nights)
    told = (
        f"replenishment: {branches} branches × {items:,} items in {whole:.0f} s, histories made on the way;"
        f" {lines:,} of {branches * items:,} lines ordered, {sold / (branches * items):.1f} selling days each"
    )
    return Outcome(measures, [told])


def _night(branch: int, items: int) -> _Night:
    """Propose for one branch."""
    demands = _histories(branch, items)
    before = _most_memory()
    begun = time.perf_counter()
    for demand in demands:
        sum(quantity for day, quantity in demand.sold if day >= _DAYS - 28)
    passed = time.perf_counter()
    lines = 0
    for number, demand in enumerate(demands):
        position = Position(number % 7 * 1000, 0, number % 3 * 1000, number % 11 // 10 * 1000)
        lines += propose(demand, position, _TERMS, _SUPPLY, _TODAY).quantity > 0
    ended = time.perf_counter()
    selling = sum(len(demand.sold) for demand in demands)
    return _Night(ended - passed, passed - begun, before, _most_memory(), lines, selling)


def _histories(branch: int, items: int) -> list[Demand]:
    chance = np.random.default_rng(branch)
    rates = chance.lognormal(-2.2, 1.35, items)
    found: list[Demand] = []
    for rate in rates.tolist():
        quantities = chance.poisson(rate, _DAYS)
        days = np.flatnonzero(quantities)
        sold = tuple(zip(days.tolist(), (quantities[days] * 1000).tolist(), strict=True))
        short = bits(chance.integers(0, _DAYS, 3).tolist())
        found.append(Demand(_FIRST, _DAYS, sold, 0, short, 0))
    return found


def _most_memory() -> int:
    """Kibibytes that this process held at most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
