"""Which receipts of a lane have not arrived, by range: receipt numbers leave no gap (rule 21).

what is held and said                          what is missing
the first ticket says it is the lane's 4th     the three numbers before it
numbers 16 and 20 are held                     17 to 19
the lane ended its shift at 23, 20 is held     21 to 23
the lane says it sold 5, none is held          the last five numbers it gave
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Numbered:
    """A held ticket: its number, and its place among the lane's tickets of the date, from 1."""

    counter: int
    ordinal: int


@dataclass(frozen=True, slots=True)
class Range:
    """Receipt numbers from `first` through `last`."""

    first: int
    last: int

    def text(self, lane: str) -> str:
        """As it is printed: `N001.03-000017–000019`."""
        if self.first == self.last:
            return f"{lane}-{self.first:06d}"
        return f"{lane}-{self.first:06d}–{self.last:06d}"


def missing(
    held: Sequence[Numbered], elsewhere: Collection[int], said: tuple[int, int] | None
) -> list[Range]:
    """The ranges that lack, in order.

    `held` are the date's tickets by number. `elsewhere` are numbers that are accounted for although
    they are not among them: sold on another date, or set down by a person. `said` is the lane's own
    last word on the date, (last receipt number, tickets), when there is one.
    """
    if not held:
        expected = range(said[0] - said[1] + 1, said[0] + 1) if said is not None else range(0)
        return _ranges(number for number in expected if number not in elsewhere)
    counters = {one.counter for one in held}
    first = held[0]
    start = first.counter - max(first.ordinal - 1, 0)
    end = max(held[-1].counter, said[0] if said is not None and said[1] else 0)
    return _ranges(
        number
        for number in range(start, end + 1)
        if number not in counters and number not in elsewhere
    )


def _ranges(numbers: Iterable[int]) -> list[Range]:
    """Neighbours joined."""
    found: list[Range] = []
    for number in numbers:
        if found and found[-1].last == number - 1:
            found[-1] = Range(found[-1].first, number)
        else:
            found.append(Range(number, number))
    return found
