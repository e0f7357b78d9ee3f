"""What lines that rules connect cost together: line-level rules, then basket rules on what is left.

A basket rule may be worth more than a line-level rule that keeps it from its threshold: 20 off from
100 on is more than 5 % off an item of 100. So after line-level rules at their cheapest the same is
tried without one, two and more of those in use, and the cheapest of all is taken:

    lowest total, then fewest shares, then lower ids

Where few are in use, all of their subsets are tried. Where many are, only those that by themselves
bring a threshold within reach which gives more than is missing to it, the smallest of them first, and
from there on again. Never more than `TRIALS`, and fewer where more than 12 lines
are connected.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from schemas.domain.promotion.component import Choice, Taken, cheapest
from schemas.domain.promotion.rule import Active
from schemas.domain.promotion.threshold import Used, most_off, settle, shortfall
from schemas.domain.promotion.unit import Place, options

#: How many sets of line-level rules to leave out are tried, and how many lines, over all of them,
#: are looked at again for it: a basket of more than 12 lines gets fewer trials, at least one.
TRIALS = 8
TRIAL_LINES = 100

#: Up to so many rules in use, all of their subsets are tried.
FEW = 3

_NONE: frozenset[str] = frozenset()

#: Lines that counted rules connect, settled, and how often each of these was used.
Part = tuple[list[Taken], dict[Active, int]]


@dataclass(frozen=True, slots=True)
class Settled:
    """Lines with what line-level rules took, the basket rules used (by place in `lines`), and how
    often each counted rule was.
    """

    lines: tuple[Taken, ...]
    used: tuple[Used, ...]
    counts: Mapping[Active, int]

    def key(self) -> tuple[int, int, list[str]]:
        """What makes one cheaper than another."""
        off = sum([part for one in self.used for _, part in one.shares])
        shares = sum([len(one.shares) for one in self.used])
        shares += sum([len(line.shares) for line in self.lines])
        active = {one.active for one in self.used}.union(*[line.shares for line in self.lines])
        return self.left - off, shares, sorted([one.id for one in active])

    @property
    def left(self) -> int:
        """What line-level rules leave."""
        return sum([line.left for line in self.lines])


def settled(places: Sequence[Place], parts: Sequence[Sequence[int]]) -> Settled:
    """Settle lines; `parts` are those, by place, that counted rules connect among each other."""
    scopes: dict[Active, list[int]] = {}
    for number, place in enumerate(places):
        for active in place.money:
            scopes.setdefault(active, []).append(number)
    lines = _LineLevel(places, parts)
    return _Trials(places, lines, scopes).best() if scopes else lines.without(_NONE)


class _LineLevel:
    """What lines cost by line-level rules; without some of these, only the parts that want them change."""

    def __init__(self, places: Sequence[Place], parts: Sequence[Sequence[int]]) -> None:
        self._places = places
        self._parts = parts
        self._plain = [options(place, _NONE) for place in places]
        self._whole = [self._settled(part, _NONE) for part in parts]
        self._known: dict[tuple[int, frozenset[str]], Part] = {}

    def without(self, left_out: frozenset[str]) -> Settled:
        """The cheapest lines without some of the rules."""
        found = list(self._whole)
        if left_out:
            for number, wanted in enumerate(self._wanted):
                if not wanted.isdisjoint(left_out):
                    key = number, left_out & wanted
                    if key not in self._known:
                        self._known[key] = self._settled(self._parts[number], key[1])
                    found[number] = self._known[key]
        lines: dict[int, Taken] = {}
        counts: dict[Active, int] = {}
        for part, (taken, counted) in zip(self._parts, found, strict=True):
            lines.update(zip(part, taken, strict=True))
            counts.update(counted)
        return Settled(tuple([lines[place] for place in range(len(lines))]), (), counts)

    @cached_property
    def _wanted(self) -> list[frozenset[str]]:
        """The rules that each part wants."""
        return [
            frozenset([one.id for number in part for one in _wanted(self._places[number])])
            for part in self._parts
        ]

    def _settled(self, part: Sequence[int], left_out: frozenset[str]) -> Part:
        return cheapest([self._choice(one, left_out) for one in part])

    def _choice(self, number: int, left_out: frozenset[str]) -> Choice:
        place, known = self._places[number], self._plain[number]
        if left_out and any(one.id in left_out for one in _wanted(place)):
            known = options(place, left_out)
        return Choice(place, known)


class _Trials:
    def __init__(
        self,
        places: Sequence[Place],
        lines: _LineLevel,
        scopes: Mapping[Active, Sequence[int]],
    ) -> None:
        self._lines = lines
        self._scopes = scopes
        self._most = max(1, min(TRIALS, TRIAL_LINES // len(places)))
        full_price = [place.line.amount for place in places]
        self._full = {
            active: sum(map(full_price.__getitem__, lines)) for active, lines in scopes.items()
        }

    def best(self) -> Settled:
        """Try, first with every rule."""
        first = self._lines.without(_NONE)
        best = self._with_basket(first)
        best_key = best.key()
        hope = sum(most_off(active.effect, full) for active, full in self._full.items())
        waiting = self._next(_NONE, first)
        seen = set(waiting)
        tried = 0
        while tried < min(len(waiting), self._most):
            left_out = waiting[tried]
            tried += 1
            lines = self._lines.without(left_out)
            total = lines.left
            if total - self._hope(lines) <= best_key[0]:
                found = self._with_basket(lines)
                key = found.key()
                if key < best_key:
                    best, best_key = found, key
            # Leaving out more makes lines dearer still.
            if total - hope <= best_key[0]:
                more = [one for one in self._next(left_out, lines) if one not in seen]
                seen.update(more)
                waiting += more
        return best

    def _with_basket(self, found: Settled) -> Settled:
        left = [line.left for line in found.lines]
        used = settle(self._scopes, left, [not line.shares for line in found.lines])
        return Settled(found.lines, tuple(used), found.counts)

    def _hope(self, found: Settled) -> int:
        """The most that basket rules could take off, each as if it came first."""
        left = [line.left for line in found.lines]
        return sum(
            most_off(active.effect, sum(map(left.__getitem__, lines)))
            for active, lines in self._scopes.items()
        )

    def _next(self, left_out: frozenset[str], found: Settled) -> list[frozenset[str]]:
        """What to try next: one more left out of the rules in use, most promising first."""
        used = {active.id for line in found.lines for active in line.shares}
        if len(used) + len(left_out) <= FEW:
            return [left_out | {one} for one in sorted(used)]
        least: dict[str, int] = {}
        for active, lines in self._scopes.items():
            gap = self._shortfall(active, lines, found)
            if gap is not None:
                for one, off in _off(found, lines).items():
                    if off >= gap:
                        least[one] = min(off, least.get(one, off))
        return [left_out | {one} for one in sorted(least, key=lambda one: (least[one], one))]

    def _shortfall(self, active: Active, lines: Sequence[int], found: Settled) -> int | None:
        now = sum([found.lines[line].left for line in lines])
        return shortfall(active, now, self._full[active])


def _off(found: Settled, lines: Sequence[int]) -> dict[str, int]:
    """What each line-level rule took off some lines together."""
    off: dict[str, int] = {}
    for line in lines:
        for active, amount in found.lines[line].shares.items():
            off[active.id] = off.get(active.id, 0) + amount
    return off


def _wanted(place: Place) -> list[Active]:
    return [*place.units, *[active for active, _ in place.counted]]
