"""What a basket costs under 1,000 promotions, against the same basket under none.

Ours is the whole of `evaluate` on baskets that change from sample to sample, with the rules prepared
once, as a till holds them, and garbage looked for as a till does. The peer is the same call under no
promotions at all: what the bare passing through of lines costs.

A shared processor is not always as fast: how long the same work takes, between one basket and the
next, is told beside it. What its 99th percentile is above its median is the machine's, not ours.
"""

from __future__ import annotations

import gc
import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean

from benchmarks import offers
from benchmarks.measures import Limit, Measure, Outcome, Round, Wording, compare, p50, p99
from benchmarks.scale import Scale
from pos_frontend import garbage
from schemas.domain.promotion.evaluation import evaluate
from schemas.domain.promotion.ruleset import RuleSet

_PEER = "the same basket under none"
#: Steps of the work that is always the same: about as much as a basket of 50 lines.
_CONSTANT = 50_000
#: Lines of a basket, and the seconds that its 99th percentile may take.
SIZES = ((50, 0.005), (300, 0.030))


def run(scale: Scale, place: Path) -> Outcome:
    """Measure; no file is needed."""
    del place
    chance = random.Random(1)
    begun = time.perf_counter()
    rules = RuleSet(offers.promotions(chance))
    prepared = time.perf_counter() - begun
    if rules.refused:
        raise ValueError(f"promotions were refused: {rules.refused[:3]}")
    measures: list[Measure] = []
    told = _Told()
    before = gc.get_threshold()
    garbage.leave_what_stays()
    for lines, limit in SIZES:
        _round(chance, rules, 3, lines, _Told())  # what is imported and looked up once
        rounds = [_round(chance, rules, scale.commits, lines, told) for _ in range(scale.rounds)]
        name = f"price of {lines} lines under 1,000 promotions"
        most = Limit(limit, of_ratio=False)
        measures += [
            compare(rounds, p50, Wording(f"{name}, p50", _PEER)),
            compare(rounds, p99, Wording(f"{name}, p99", _PEER, limit=most)),
        ]
    gc.set_threshold(*before)
    gc.unfreeze()
    share, same = mean(told.touched), told.constant
    made, machine = (
        f"promotions: prepared in {prepared * 1000:.0f} ms, took something off {share:.0%} of lines",
        f"the same work between baskets: p50 {p50(same) * 1000:.2f}, p99 {p99(same) * 1000:.2f} ms",
    )
    return Outcome(measures, [made, machine])


@dataclass(slots=True)
class _Told:
    """By basket, the share of its lines that something was taken off, and how long constant work took."""

    touched: list[float] = field(default_factory=list)
    constant: list[float] = field(default_factory=list)


def _round(chance: random.Random, rules: RuleSet, baskets: int, lines: int, told: _Told) -> Round:
    taken = Round()
    none = RuleSet(())
    for _ in range(baskets):
        basket = offers.basket(chance, lines)
        begun = time.perf_counter()
        found = evaluate(basket, rules, offers.CUSTOMER)
        taken.ours.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        evaluate(basket, none, offers.CUSTOMER)
        taken.peer.append(time.perf_counter() - begun)
        told.touched.append(sum(bool(line.shares) for line in found.lines) / lines)
        begun = time.perf_counter()
        sum(number * number % 7 for number in range(_CONSTANT))
        told.constant.append(time.perf_counter() - begun)
    return taken
