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

from schemas.domain.promotion.component import Choice, Taken, cheapest
from schemas.domain.promotion.threshold import Used, most_off, settle, shortfall
from schemas.domain.promotion.unit import Active, Options, Place, options

#: How many sets of line-level rules to leave out are tried, and how many lines, over all of them,
#: are looked at again for it: a basket of more than 12 lines gets fewer trials, at least one.
TRIALS = 8
TRIAL_LINES = 100

#: Up to so many rules in use, all of their subsets are tried.
FEW = 3


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
        off = sum(part for one in self.used for _, part in one.shares)
        shares = sum(len(one.shares) for one in self.used)
        ids = {one.active.id for one in self.used}
        for line in self.lines:
            shares += len(line.shares)
            ids.update(active.id for active in line.shares)
        return sum(line.left for line in self.lines) - off, shares, sorted(ids)


def settled(places: Sequence[Place], parts: Sequence[Sequence[int]]) -> Settled:
    """Settle lines; `parts` are those, by place, that counted rules connect among each other."""
    return _Trials(places, parts).best()


class _Trials:
    def __init__(self, places: Sequence[Place], parts: Sequence[Sequence[int]]) -> None:
        self._places = places
        self._parts = parts
        self._scopes: dict[Active, list[int]] = {}
        for number, place in enumerate(places):
            for active in place.basket:
                if active.rule.takes_money:
                    self._scopes.setdefault(active, []).append(number)
        self._plain = [options(place, frozenset()) for place in places]
        self._ids = [
            {active.id for number in part for active in _line_level(places[number])}
            for part in parts
        ]
        self._known: dict[tuple[int, frozenset[str]], tuple[list[Taken], dict[Active, int]]] = {}
        full_price = [place.line.amount for place in places]
        self._full = {
            active: sum(full_price[line] for line in lines)
            for active, lines in self._scopes.items()
        }

    def best(self) -> Settled:
        """Try, first with every rule."""
        first = self._without_basket(frozenset())
        if not self._scopes:
            return first
        best = self._with_basket(first)
        best_key = best.key()
        hope = sum(most_off(active.effect, full) for active, full in self._full.items())
        waiting = self._next(frozenset(), first)
        seen = set(waiting)
        tried = 0
        most = max(1, min(TRIALS, TRIAL_LINES // len(self._places)))
        while tried < min(len(waiting), most):
            left_out = waiting[tried]
            tried += 1
            lines = self._without_basket(left_out)
            total = sum(line.left for line in lines.lines)
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

    def _without_basket(self, left_out: frozenset[str]) -> Settled:
        found: dict[int, Taken] = {}
        counts: dict[Active, int] = {}
        for number, part in enumerate(self._parts):
            without = left_out & self._ids[number]
            key = number, without
            if key not in self._known:
                self._known[key] = cheapest([self._choice(one, without) for one in part])
            taken, counted = self._known[key]
            counts.update(counted)
            found.update(zip(part, taken, strict=True))
        return Settled(tuple([found[place] for place in range(len(found))]), (), counts)

    def _with_basket(self, found: Settled) -> Settled:
        left = [line.left for line in found.lines]
        used = settle(self._scopes, left, [not line.shares for line in found.lines])
        return Settled(found.lines, tuple(used), found.counts)

    def _hope(self, found: Settled) -> int:
        """The most that basket rules could take off, each as if it came first."""
        left = [line.left for line in found.lines]
        return sum(
            most_off(active.effect, sum([left[line] for line in lines]))
            for active, lines in self._scopes.items()
        )

    def _choice(self, place: int, left_out: frozenset[str]) -> Choice:
        known: Options = self._plain[place]
        if left_out and any(one.id in left_out for one in _line_level(self._places[place])):
            known = options(self._places[place], left_out)
        return Choice(self._places[place], known)

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
        now = sum(found.lines[line].left for line in lines)
        return shortfall(active, now, self._full[active])


def _off(found: Settled, lines: Sequence[int]) -> dict[str, int]:
    """What each line-level rule took off some lines together."""
    off: dict[str, int] = {}
    for line in lines:
        for active, amount in found.lines[line].shares.items():
            off[active.id] = off.get(active.id, 0) + amount
    return off


def _line_level(place: Place) -> list[Active]:
    return [*place.units, *(active for active, _ in place.counted)]
