"""Samples that were taken in turns, and the figures that they become.

A round holds samples of ours and of the peer's, taken A B A B … within the same seconds. Of both
the statistic over all rounds is told, with the least and the most sample. Their ratio is told with
the least and the most that it was within one round: how far the figure may be trusted.

The ratio of medians is the median of what it was in each round, which a disk that slows down from
one round to the next does not bend. That of the 99th percentiles is taken over all samples, since
one round holds too few of the slow ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

Statistic = Callable[[Sequence[float]], float]


@dataclass(slots=True)
class Round:
    """Seconds that ours and the peer took, in turns."""

    ours: list[float] = field(default_factory=list)
    peer: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure between the least and the most that was seen."""

    middle: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Unit:
    """How seconds are shown: as they are, in thousandths, or as so many things a second."""

    name: str
    factor: float = 1.0
    things: int | None = None

    def convert(self, seconds: float) -> float:
        """Seconds in this unit."""
        return seconds * self.factor if self.things is None else self.things / seconds


MILLISECONDS = Unit("ms", 1000.0)
SECONDS = Unit("s")
#: Of measures whose samples are bytes.
MEBIBYTES = Unit("MiB", 1 / 2**20)


@dataclass(frozen=True, slots=True)
class Limit:
    """The most that is allowed: of the ratio, or in seconds of ours."""

    most: float
    of_ratio: bool


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the table. `ours` and `peer` are seconds, `ratio` is how often the peer's fits
    into ours: below 1 ours is the faster.
    """

    name: str
    ours: Spread
    against: str
    peer: Spread
    ratio: Spread
    unit: Unit
    limit: Limit | None = None

    @property
    def is_over(self) -> bool:
        """Whether the limit is missed; what has none never is."""
        if self.limit is None:
            return False
        return (self.ratio if self.limit.of_ratio else self.ours).middle > self.limit.most


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one benchmark found; the notes say what it ran on and what the figures leave out."""

    measures: Sequence[Measure]
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Wording:
    """How a comparison is told."""

    name: str
    against: str
    unit: Unit = MILLISECONDS
    limit: Limit | None = None


def p50(samples: Sequence[float]) -> float:
    """The median."""
    return median(samples)


def p99(samples: Sequence[float]) -> float:
    """The sample that 99 of 100 do not exceed; of less than 100 that is the most."""
    return sorted(samples)[math.ceil(len(samples) * 0.99) - 1]


def compare(rounds: Sequence[Round], statistic: Statistic, wording: Wording) -> Measure:
    """Make a measure of all rounds; each needs a sample of both."""
    ours = [sample for one in rounds for sample in one.ours]
    peer = [sample for one in rounds for sample in one.peer]
    ratios = [statistic(one.ours) / statistic(one.peer) for one in rounds]
    middle = median(ratios) if statistic is p50 else statistic(ours) / statistic(peer)
    return Measure(
        name=wording.name,
        ours=Spread(statistic(ours), min(ours), max(ours)),
        against=wording.against,
        peer=Spread(statistic(peer), min(peer), max(peer)),
        ratio=Spread(middle, min(ratios), max(ratios)),
        unit=wording.unit,
        limit=wording.limit,
    )
