"""What a basket costs under 1,000 promotions, against the same basket under none.

Ours is the whole of `evaluate` on baskets that change from sample to sample, with the rules prepared
once, as a till holds them. The peer is the same call under no promotions at all: what the bare
passing through of lines costs.
"""

from __future__ import annotations

import random
import time
from pathlib import Path
from statistics import mean

from benchmarks import offers
from benchmarks.measures import Limit, Measure, Outcome, Round, Wording, compare, p50, p99
from benchmarks.scale import Scale
from schemas.domain.promotion.evaluation import evaluate
from schemas.domain.promotion.ruleset import RuleSet

_PEER = "the same basket under none"
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
    touched: list[float] = []
    for lines, limit in SIZES:
        _round(chance, rules, 3, lines)  # what is imported and looked up once
        rounds = [_round(chance, rules, scale.commits, lines, touched) for _ in range(scale.rounds)]
        name = f"price of {lines} lines under 1,000 promotions"
        most = Limit(limit, of_ratio=False)
        measures += [
            compare(rounds, p50, Wording(f"{name}, p50", _PEER)),
            compare(rounds, p99, Wording(f"{name}, p99", _PEER, limit=most)),
        ]
    share = mean(touched)
    note = (
        f"promotions: prepared in {prepared * 1000:.0f} ms, took something off {share:.0%} of lines"
    )
    return Outcome(measures, [note])


def _round(
    chance: random.Random,
    rules: RuleSet,
    baskets: int,
    lines: int,
    touched: list[float] | None = None,
) -> Round:
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
        if touched is not None:
            touched.append(sum(bool(line.shares) for line in found.lines) / lines)
    return taken
