"""Counted rules as small automata that are fed the units of lines, dearest unit first.

    rule                    its state counts                     complete when
    unit rule with a limit  units taken                          always
    every nth, buy and get  units in the set that is open        no set is open
    bundle, mix and match   units of each group, sets taken out  no unit waits for a partner
    quantity break          the step, units up to it             the step's quantity is reached

`take` tells what a run of units costs in the set and the state afterwards; a rule with several
steps answers several. "The cheapest of its set" is judged by the price before all promotions: as
units come by falling price, it is the last of each set, and what a run costs is known at once. A
price for a whole set is charged when the set is complete, its units cost nothing before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from schemas.domain.money import divide
from schemas.domain.promotion.effect import (
    Bundle,
    BuyGet,
    Effect,
    MixAndMatch,
    NthOff,
    QuantityBreak,
)
from schemas.domain.promotion.rule import Active
from schemas.domain.promotion.unit import WHOLE

State = tuple[int, ...]


class Run(NamedTuple):
    """`pieces` of one line that join `group` of a rule; unit rules left `amount` of them."""

    group: int
    pieces: int
    amount: int


class Counted(Protocol):
    """What the search needs of a counted rule."""

    @property
    def start(self) -> State:
        """The state before any unit."""

    def take(self, state: State, run: Run) -> Sequence[tuple[State, int]]:
        """The states after a run, each with what is charged for it; none if it may not join."""

    def is_complete(self, state: State) -> bool:
        """Whether the basket may end so."""

    def pending(self, state: State) -> int:
        """About what open sets will still be charged: a guide for the search, not a price."""

    def uses(self, units: int) -> int:
        """How often the rule was used, as its limit counts, if it took so many units."""


@dataclass(frozen=True, slots=True)
class LimitedUnits:
    """A unit rule that so many units may join."""

    cap: int
    start: State = (0,)

    def take(self, state: State, run: Run) -> Sequence[tuple[State, int]]:
        """Charge what the chain, with the rule in it, left."""
        taken = state[0] + run.pieces
        return [((taken,), run.amount)] if taken <= self.cap else []

    def is_complete(self, state: State) -> bool:
        """Nobody has to use it up."""
        return state[0] <= self.cap

    def pending(self, state: State) -> int:
        """Nothing is open."""
        del state
        return 0

    def uses(self, units: int) -> int:
        """It counts units."""
        return units


@dataclass(frozen=True, slots=True)
class Cycle:
    """Sets of `length` units, of which the last `cheaper` get `percent` off."""

    length: int
    cheaper: int
    percent: int
    cap: int | None
    start: State = (0, 0)

    def take(self, state: State, run: Run) -> Sequence[tuple[State, int]]:
        """Take the percent off as many of the run's units as come last in their sets."""
        position, sets = state
        end = position + run.pieces
        closed, rest = divmod(end, self.length)
        if self.cap is not None:
            if sets + closed + (rest > 0) > self.cap:
                return []
            sets += closed
        dear = self.length - self.cheaper
        hit = closed * self.cheaper + max(0, rest - dear) - max(0, position - dear)
        off = divide(run.amount * hit * self.percent, run.pieces * WHOLE)
        return [((rest, sets), run.amount - off)]

    def is_complete(self, state: State) -> bool:
        """No set is open."""
        return state[0] == 0

    def pending(self, state: State) -> int:
        """Units of an open set are charged already."""
        del state
        return 0

    def uses(self, units: int) -> int:
        """It counts sets."""
        return units // self.length


@dataclass(frozen=True, slots=True)
class Sets:
    """So many units of each group, at a price or at percent off by group.

    `most` is how many sets the basket can have: units beyond that have no partner.
    """

    counts: tuple[int, ...]
    percents: tuple[int, ...]
    price: int | None
    most: int
    capped: bool
    start: State

    def take(self, state: State, run: Run) -> Sequence[tuple[State, int]]:
        """Add the run to its group, and charge the sets that it completes."""
        sets, *waiting = state
        waiting[run.group] += run.pieces
        if waiting[run.group] > (self.most - (sets if self.capped else 0)) * self.counts[run.group]:
            return []
        closed = min(one // count for one, count in zip(waiting, self.counts, strict=True))
        if closed:
            waiting = [
                one - closed * count for one, count in zip(waiting, self.counts, strict=True)
            ]
            sets += closed if self.capped else 0
        if self.price is not None:
            return [((sets, *waiting), closed * self.price)]
        off = divide(run.amount * self.percents[run.group], WHOLE)
        return [((sets, *waiting), run.amount - off)]

    def is_complete(self, state: State) -> bool:
        """No unit waits for a partner."""
        return not any(state[1:])

    def pending(self, state: State) -> int:
        """The open sets' price, in proportion to the units that are there."""
        return (self.price or 0) * sum(state[1:]) // sum(self.counts)

    def uses(self, units: int) -> int:
        """It counts sets."""
        return units // sum(self.counts)


@dataclass(frozen=True, slots=True)
class Breaks:
    """Units that all get what the step gives which they reach together."""

    steps: tuple[tuple[int, int, int | None], ...]
    cap: int | None
    start: State = (-1, 0)

    def take(self, state: State, run: Run) -> Sequence[tuple[State, int]]:
        """Go on with the step that was chosen, or choose any."""
        chosen, units = state
        units += run.pieces
        if self.cap is not None and units > self.cap:
            return []
        found: list[tuple[State, int]] = []
        for step, (quantity, percent, price) in enumerate(self.steps):
            if chosen in {-1, step}:
                if price is not None:
                    charged = min(run.amount, price * run.pieces)
                else:
                    charged = run.amount - divide(run.amount * percent, WHOLE)
                counted = units if self.cap is not None else min(units, quantity)
                found.append(((step, counted), charged))
        return found

    def is_complete(self, state: State) -> bool:
        """Nothing was taken, or the step is reached."""
        return state[0] < 0 or state[1] >= self.steps[state[0]][0]

    def pending(self, state: State) -> int:
        """Units are charged as they come."""
        del state
        return 0

    def uses(self, units: int) -> int:
        """It counts units."""
        return units


def counted(active: Active, available: Sequence[int]) -> Counted:
    """Make the automaton of a counted rule; `available` are the basket's units by its groups."""
    effect = active.effect
    if isinstance(effect, QuantityBreak):
        steps = tuple((step.quantity, step.percent, step.price) for step in effect.steps)
        return Breaks(steps, active.cap)
    if isinstance(effect, NthOff):
        return Cycle(effect.nth, 1, effect.percent, active.cap)
    if isinstance(effect, BuyGet):
        return Cycle(effect.buy + effect.get, effect.get, WHOLE, active.cap)
    if isinstance(effect, Bundle):
        counts = tuple(part.count for part in effect.parts)
        return _sets(counts, (0,) * len(counts), effect.price, active.cap, available)
    if isinstance(effect, MixAndMatch):
        counts = tuple(group.count for group in effect.groups)
        percents = tuple(group.percent for group in effect.groups)
        return _sets(counts, percents, effect.price, active.cap, available)
    if active.cap is None:
        raise TypeError(f"{active.id} counts nothing: {effect.kind} without a limit")
    return LimitedUnits(active.cap)


def is_possible(effect: Effect, available: Sequence[int]) -> bool:
    """Whether the basket's units, by the rule's groups, make up one set at least."""
    if isinstance(effect, Bundle):
        return all(one >= part.count for one, part in zip(available, effect.parts, strict=True))
    if isinstance(effect, MixAndMatch):
        return all(one >= group.count for one, group in zip(available, effect.groups, strict=True))
    if isinstance(effect, QuantityBreak):
        return available[0] >= effect.steps[0].quantity
    if isinstance(effect, NthOff):
        return available[0] >= effect.nth
    if isinstance(effect, BuyGet):
        return available[0] >= effect.buy + effect.get
    return True


def is_priced(effect: Effect) -> bool:
    """Whether a rule charges for whole sets, so that a single run bears no charge of its own."""
    return isinstance(effect, Bundle) or (
        isinstance(effect, MixAndMatch) and effect.price is not None
    )


def _sets(
    counts: tuple[int, ...],
    percents: tuple[int, ...],
    price: int | None,
    cap: int | None,
    available: Sequence[int],
) -> Sets:
    possible = min(there // count for there, count in zip(available, counts, strict=True))
    most = possible if cap is None else min(possible, cap)
    capped = cap is not None and cap < possible
    return Sets(counts, percents, price, most, capped, (0,) * (1 + len(counts)))
