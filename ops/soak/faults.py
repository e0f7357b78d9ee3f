"""Which faults befall the chain on a day, and when: drawn from the seed, before the day begins.

    weather     what every line does all day: nothing, a little, a lot
    mishaps     at a step of the day, to a site: killed, database failing, restored, replaced, …

The names of the mishaps are what the results count.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from replication.testing import Faults

MishapKind = Literal[
    "killed", "killed mid-step", "database error", "line dead", "line flaps", "lane restored",
    "lane journal restored", "lane replaced", "branch restored", "branch replaced",
    "image restored", "headquarters restored", "poison", "clock jump", "down for hours",
]  # fmt: skip

CALM = Faults()
BAD = Faults(lost=0.06, unanswered=0.06, repeated=0.08, stale=0.06, damaged=0.05, cut=0.05)
AWFUL = Faults(lost=0.18, unanswered=0.15, repeated=0.15, stale=0.12, damaged=0.12, cut=0.12)

#: How many of each befall the chain on a day, at most, and how likely each of them is.
_MANY: Sequence[tuple[MishapKind, int, float]] = (
    ("killed", 3, 0.5),
    ("killed mid-step", 6, 0.6),
    ("database error", 4, 0.5),
    ("line flaps", 3, 0.5),
    ("line dead", 1, 0.4),
    ("down for hours", 1, 0.25),
    ("poison", 1, 0.25),
    ("clock jump", 1, 0.3),
    ("lane restored", 1, 0.2),
    ("lane journal restored", 1, 0.1),
    ("lane replaced", 1, 0.15),
    ("branch restored", 1, 0.2),
    ("branch replaced", 1, 0.1),
    ("image restored", 1, 0.08),
    ("headquarters restored", 1, 0.15),
)


@dataclass(frozen=True, slots=True)
class Mishap:
    """One fault: at which step of the day, and to which site."""

    step: int
    kind: MishapKind
    site: str


@dataclass(frozen=True, slots=True)
class DayOfFaults:
    """What a day brings."""

    weather: Faults
    mishaps: tuple[Mishap, ...]

    def at(self, step: int) -> list[Mishap]:
        """What happens before a step."""
        return [one for one in self.mishaps if one.step == step]


def draw_day(
    chance: random.Random, steps: int, lanes: Sequence[str], branches: Sequence[str]
) -> DayOfFaults:
    """The faults of one day."""
    weather = chance.choice((CALM, BAD, BAD, AWFUL))
    mishaps = [
        Mishap(chance.randrange(steps), kind, _victim(chance, kind, lanes, branches))
        for kind, most, likely in _MANY
        for _ in range(most)
        if chance.random() < likely
    ]
    return DayOfFaults(weather, tuple(mishaps))


def _victim(
    chance: random.Random, kind: MishapKind, lanes: Sequence[str], branches: Sequence[str]
) -> str:
    if kind == "headquarters restored":
        return "hq"
    if kind.startswith("lane") or kind == "poison":
        return chance.choice(lanes)
    if kind.startswith("branch") or kind == "image restored":
        return chance.choice(branches)
    if kind in {"line dead", "line flaps", "clock jump"}:
        return chance.choice([*lanes, *branches])
    return chance.choice(["hq", *branches, *lanes])
