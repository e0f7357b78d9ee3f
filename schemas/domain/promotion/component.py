"""The cheapest way for the units of lines that counted rules connect.

Lines are looked at by falling price of a unit, ties by item, unit and number, and each gives so many
of its pieces to each counted rule that wants it; what is left over is free of them. A *state* says how
far every counted rule has come. Of all ways to the same state only the best goes on:

    lowest charge, then fewest rules joined, then more units to the rules with lower ids on earlier lines

After the last line that a rule wants, states in which it is incomplete are dropped, and the others
forget it. So the work grows with the number of states, not with the number of ways, and the result
is exact as long as no more than `NODES` steps are needed. Beyond that each layer keeps only its best
states, by charge and what open sets will still cost, and always the one that uses no counted rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.domain.promotion.counted import Counted, Run, State, counted, is_priced
from schemas.domain.promotion.spread import spread
from schemas.domain.promotion.unit import Active, Chosen, Joining, Options, Place, steps

#: Steps that the search over one component may take.
NODES = 2_000

_NARROWEST = 8
_STEP = 1000

Way = tuple[int, int, tuple[int, ...]]
Joint = tuple[State, ...]
Layer = dict[tuple[Joint, int], Way]


@dataclass(frozen=True, slots=True)
class Choice:
    """A line, and what its units may take."""

    place: Place
    options: Options


@dataclass(slots=True)
class Taken:
    """What line-level rules did to one line: what is left, who took how much, and off how many units."""

    place: Place
    left: int
    shares: dict[Active, int]
    units: dict[Active, int]


@dataclass(frozen=True, slots=True)
class Joined:
    """A run that joined a counted rule, and what was charged for it."""

    taken: Taken
    run: Run
    charge: int


def cheapest(choices: Sequence[Choice]) -> tuple[list[Taken], dict[Active, int]]:
    """Settle lines; return them as they came, and how often each counted rule was used."""
    if not any(one.options.counted for one in choices):
        return [_free(one) for one in choices], {}
    ordered = sorted(choices, key=_by_falling_price)
    search = _Search(ordered)
    settled, uses = search.result(search.best_path())
    found = {one.place: one for one in settled}
    return [found[one.place] for one in choices], uses


def _free(choice: Choice) -> Taken:
    place, free = choice.place, choice.options.free
    taken = Taken(place, place.line.amount, {}, {})
    _apply(taken, free, 0, place.pieces)
    return taken


class _Search:
    """One component, its counted rules by id, and where each is wanted last."""

    def __init__(self, choices: Sequence[Choice]) -> None:
        self._choices = choices
        wanting = {
            joining.active: number
            for number, choice in enumerate(choices)
            for joining in choice.options.counted
        }
        self._actives = sorted(wanting, key=lambda one: one.id)
        self._index = {active: place for place, active in enumerate(self._actives)}
        self._rules: list[Counted] = [
            counted(active, self._available(active)) for active in self._actives
        ]
        # Only of sets at a price something is still to be charged while they are open.
        self._priced = [
            index for index, active in enumerate(self._actives) if is_priced(active.effect)
        ]
        self._start: Joint = tuple(rule.start for rule in self._rules)
        self._closing: list[list[int]] = [[] for _ in choices]
        for active, number in wanting.items():
            self._closing[number].append(self._index[active])
        work = sum(len(one.options.counted) * (one.place.pieces + 1) for one in choices)
        self._width = max(_NARROWEST, NODES // work)

    def best_path(self) -> tuple[int, ...]:
        """The path that costs least: for each line, for each rule, how many units, at which step."""
        states: dict[Joint, Way] = {self._start: (0, 0, ())}
        for choice, closing in zip(self._choices, self._closing, strict=True):
            pieces = choice.place.pieces
            layer: Layer = {(state, pieces): way for state, way in states.items()}
            for joining in choice.options.counted:
                layer = self._trimmed(self._join(layer, choice.place, joining), choice)
            states = self._rest(layer, choice, closing)
        return states[self._start][2]

    def _join(self, layer: Layer, place: Place, joining: Joining) -> Layer:
        """Give every possible number of the units that are left to one rule."""
        index = self._index[joining.active]
        rule, chosen = self._rules[index], joining.chosen
        # One more for the rule, so that what has a limit is not used up for nothing.
        shares = chosen.took + 1
        found: Layer = {}
        for (joint, free), (charge, joins, path) in layer.items():
            _keep(found, (joint, free), (charge, joins, (*path, 0)))
            before, after = joint[:index], joint[index + 1 :]
            for pieces in range(1, free + 1):
                amount = place.part(chosen.amount, place.pieces - free, pieces)
                outcomes = rule.take(joint[index], Run(joining.group, pieces, amount))
                if not outcomes:
                    break
                for step, (state, charged) in enumerate(outcomes):
                    key = ((*before, state, *after), free - pieces)
                    way = (charge + charged, joins + shares, (*path, step - pieces * _STEP))
                    _keep(found, key, way)
        return found

    def _rest(self, layer: Layer, choice: Choice, closing: Sequence[int]) -> dict[Joint, Way]:
        """Charge what no counted rule took, and close the rules that no later line wants."""
        place, free = choice.place, choice.options.free
        states: dict[Joint, Way] = {}
        for (joint, pieces), (charge, joins, path) in layer.items():
            if not all(self._rules[index].is_complete(joint[index]) for index in closing):
                continue
            if closing:
                closed = list(joint)
                for index in closing:
                    closed[index] = self._rules[index].start
                joint = tuple(closed)  # noqa: PLW2901 - the state goes on without them
            way = (charge, joins, path)
            if pieces:
                rest = place.part(free.amount, place.pieces - pieces, pieces)
                way = (charge + rest, joins + free.took, path)
            if joint not in states or way < states[joint]:
                states[joint] = way
        return states

    def _trimmed(self, layer: Layer, choice: Choice) -> Layer:
        """Keep the best of a layer that is too wide, and what joins nothing."""
        if len(layer) <= self._width:
            return layer
        place, free = choice.place, choice.options.free.amount

        def promise(entry: tuple[tuple[Joint, int], Way]) -> tuple[int, Way]:
            (joint, pieces), way = entry
            rest = free * pieces // place.pieces
            for index in self._priced:
                rest += self._rules[index].pending(joint[index])
            return way[0] + rest, way

        kept = dict(sorted(layer.items(), key=promise)[: self._width])
        kept.update((key, way) for key, way in layer.items() if key[0] == self._start)
        return kept

    def _available(self, active: Active) -> list[int]:
        """The units of each group of a rule."""
        found = [0] * len(active.rule.groups)
        for choice in self._choices:
            for joining in choice.options.counted:
                if joining.active is active:
                    found[joining.group] += choice.place.pieces
        return found

    def result(self, path: Sequence[int]) -> tuple[list[Taken], dict[Active, int]]:
        """Walk a path again and write down who took what."""
        states = list(self._start)
        joined: dict[Active, list[Joined]] = {}
        settled: list[Taken] = []
        given = iter(path)
        for choice in self._choices:
            place = choice.place
            taken = Taken(place, place.line.amount, {}, {})
            start = 0
            for joining in choice.options.counted:
                code = next(given)
                pieces, step = -(code // _STEP), code % _STEP
                if pieces:
                    index = self._index[joining.active]
                    amount = _apply(taken, joining.chosen, start, pieces)
                    run = Run(joining.group, pieces, amount)
                    states[index], charge = self._rules[index].take(states[index], run)[step]
                    joined.setdefault(joining.active, []).append(Joined(taken, run, charge))
                    start += pieces
            if start < place.pieces:
                _apply(taken, choice.options.free, start, place.pieces - start)
            settled.append(taken)
        for active, runs in joined.items():
            if active.rule.level == "set":
                _share(active, runs)
        uses = {
            active: self._rules[self._index[active]].uses(sum(one.run.pieces for one in runs))
            for active, runs in joined.items()
        }
        return settled, uses


def _share(active: Active, runs: Sequence[Joined]) -> None:
    """Write down what a set rule took off its runs: of a price for all, each its part (rule 4)."""
    if is_priced(active.effect):
        weights = [one.run.amount for one in runs]
        off = sum(weights) - sum(one.charge for one in runs)
        parts = spread(off, weights) if off else [0] * len(runs)
    else:
        parts = [one.run.amount - one.charge for one in runs]
    for one, part in zip(runs, parts, strict=True):
        if part:
            one.taken.left -= part
            one.taken.shares[active] = one.taken.shares.get(active, 0) + part


def _apply(taken: Taken, chosen: Chosen, start: int, pieces: int) -> int:
    """Write down what a chain takes off some pieces of a line, and return what it leaves."""
    place = taken.place
    amount = before = place.part(place.line.amount, start, pieces)
    for active, after in steps(chosen.chain, place.line.amount, place.line.quantity):
        amount = place.part(after, start, pieces)
        if amount != before:
            taken.left -= before - amount
            taken.shares[active] = taken.shares.get(active, 0) + before - amount
            taken.units[active] = taken.units.get(active, 0) + pieces
            before = amount
    return amount


def _keep(found: Layer, key: tuple[Joint, int], way: Way) -> None:
    known = found.get(key)
    if known is None or way < known:
        found[key] = way


def _by_falling_price(choice: Choice) -> tuple[int, str, str, int]:
    """The price of a unit before all promotions, in millionths, dearest first."""
    line = choice.place.line
    return -(line.amount * 1_000_000 // choice.place.pieces), line.item, line.unit, line.number
