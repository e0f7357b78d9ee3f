"""The cheapest way for the units of lines that counted rules connect.

Lines are looked at by falling price of a unit, ties by item, unit and number, and each gives so many
of its pieces to each counted rule that wants it; what is left over is free of them. A *state* says how
far every counted rule has come. Of all ways to the same state only the best goes on:

    lowest charge, then fewest rules joined, then more units to the rules with lower ids on earlier lines

After the last line that a rule wants, states in which it is incomplete are dropped, and the others
forget it. So the work grows with the number of states, not with the number of ways, and the result
is exact as long as no more than `NODES` steps are needed. Beyond that each layer keeps only its best
states, by charge and what open sets will still cost, and always the one that uses no counted rule.

A state and a path are one integer each, whose digits are:

    state   the pieces of the line that are free (the lowest digit), then each rule's state by its number
    path    what each line gave to each rule in turn, the last step the lowest digit, all of it negative:
            so of two paths the lower gave more units sooner, and giving nothing adds nothing
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from schemas.domain.promotion.counted import Run, counted, is_priced
from schemas.domain.promotion.numbered import Numbered
from schemas.domain.promotion.rule import Active
from schemas.domain.promotion.spread import spread
from schemas.domain.promotion.unit import Chosen, Joining, Options, Place, worth

#: Steps that the search over one component may take.
NODES = 2_000

_NARROWEST = 8
#: A digit of a state holds any quantity that a database does.
_BITS = 60
_DIGIT = (1 << _BITS) - 1
#: A digit of a path counts `_UNIT` for each unit, less one for each further outcome for as many units.
_STEP_BITS = 45
_STEP = (1 << _STEP_BITS) - 1
_UNIT = 1000

Joint = int
Path = int
#: The charge, how many rules were joined, and the path.
Way = tuple[int, int, Path]
Layer = dict[Joint, Way]
#: What is added to the state, to the charge and to the path.
Move = tuple[int, int, int]


class Choice(NamedTuple):
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


class Joined(NamedTuple):
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
        wanting: dict[Active, int] = {}
        available: dict[Active, list[int]] = {}
        work = 0
        for number, choice in enumerate(choices):
            pieces = choice.place.pieces
            work += len(choice.options.counted) * (pieces + 1)
            for joining in choice.options.counted:
                active = joining.active
                wanting[active] = number
                available.setdefault(active, [0] * len(active.rule.groups))[joining.group] += pieces
        self._width = max(_NARROWEST, NODES // work)
        self._length = sum([len(choice.options.counted) for choice in choices])
        self._rules = {one: Numbered(counted(one, available[one])) for one in wanting}
        self._shifts = {
            one: _BITS * place for place, one in enumerate(sorted(wanting, key=_by_id), 1)
        }
        # Only of sets at a price something is still to be charged while they are open.
        self._priced = [
            (self._rules[one].pending, self._shifts[one])
            for one in wanting
            if is_priced(one.effect)
        ]
        self._closing: list[list[Active]] = [[] for _ in choices]
        for one, number in wanting.items():
            self._closing[number].append(one)

    def best_path(self) -> Path:
        """The path that costs least."""
        states: Layer = {0: (0, 0, 0)}
        left = self._length
        for choice, closing in zip(self._choices, self._closing, strict=True):
            pieces = choice.place.pieces
            layer = {state + pieces: way for state, way in states.items()}
            for joining in choice.options.counted:
                left -= 1
                layer = self._join(layer, choice.place, joining, _STEP_BITS * left)
                if len(layer) > self._width:
                    layer = self._trimmed(layer, choice)
            states = self._rest(layer, choice, closing)
        return states[0][2]

    def _join(self, layer: Layer, place: Place, joining: Joining, step: int) -> Layer:
        """Give every possible number of the units that are left to one rule: a step of the path."""
        # One more for the rule, so that what has a limit is not used up for nothing.
        shares = joining.chosen.took + 1
        concerned = _DIGIT << self._shifts[joining.active] | _DIGIT
        known: dict[Joint, list[Move]] = {}
        found = dict(layer)
        for joint, (charge, joins, path) in layer.items():
            own = joint & concerned
            moves = known.get(own)
            if moves is None:
                moves = known[own] = self._moves(place, joining, own, step)
            for further, charged, given in moves:
                after = joint + further
                way = (charge + charged, joins + shares, path - given)
                best = found.get(after)
                if best is None or way < best:
                    found[after] = way
        return found

    def _moves(self, place: Place, joining: Joining, own: Joint, step: int) -> list[Move]:
        """What giving units to a rule changes where its own state and the free units are these."""
        rule, shift = self._rules[joining.active], self._shifts[joining.active]
        number, free = own >> shift, own & _DIGIT
        amount = joining.chosen.amount
        moves: list[Move] = []
        for pieces in range(1, free + 1):
            run = Run(joining.group, pieces, place.part(amount, place.pieces - free, pieces))
            outcomes = rule.take(number, run)
            if not outcomes:
                break
            for outcome, (after, charged) in enumerate(outcomes):
                further = ((after - number) << shift) - pieces
                moves.append((further, charged, (pieces * _UNIT - outcome) << step))
        return moves

    def _rest(self, layer: Layer, choice: Choice, closing: Sequence[Active]) -> Layer:
        """Charge what no counted rule took, and close the rules that no later line wants."""
        place, free = choice.place, choice.options.free
        ending = [(self._rules[one].complete, self._shifts[one]) for one in closing]
        kept = ~sum([_DIGIT << shift for _, shift in ending])
        rests: dict[int, int] = {}
        states: Layer = {}
        for joint, way in layer.items():
            if ending and not all(complete[joint >> at & _DIGIT] for complete, at in ending):
                continue
            pieces = joint & _DIGIT
            if pieces:
                if pieces not in rests:
                    rests[pieces] = place.part(free.amount, place.pieces - pieces, pieces)
                way = (way[0] + rests[pieces], way[1] + free.took, way[2])  # noqa: PLW2901 - it goes on
            after = (joint - pieces) & kept
            best = states.get(after)
            if best is None or way < best:
                states[after] = way
        return states

    def _trimmed(self, layer: Layer, choice: Choice) -> Layer:
        """Keep the best of a layer that is too wide, and what joins nothing."""
        whole, free = choice.place.pieces, choice.options.free.amount
        promising = []
        for joint, way in layer.items():
            rest = free * (joint & _DIGIT) // whole
            for pending, shift in self._priced:
                rest += pending[joint >> shift & _DIGIT]
            promising.append((way[0] + rest, way, joint))
        promising.sort()
        kept = {joint: way for _, way, joint in promising[: self._width]}
        kept.update([(joint, way) for joint, way in layer.items() if joint <= whole])
        return kept

    def result(self, path: Path) -> tuple[list[Taken], dict[Active, int]]:
        """Walk a path again and write down who took what."""
        numbers = dict.fromkeys(self._rules, 0)
        joined: dict[Active, list[Joined]] = {}
        settled: list[Taken] = []
        given = self._steps(path)
        for choice in self._choices:
            place = choice.place
            taken = Taken(place, place.line.amount, {}, {})
            start = 0
            for joining in choice.options.counted:
                pieces, outcome = next(given)
                if pieces:
                    active = joining.active
                    amount = _apply(taken, joining.chosen, start, pieces)
                    run = Run(joining.group, pieces, amount)
                    rule = self._rules[active]
                    numbers[active], charge = rule.take(numbers[active], run)[outcome]
                    joined.setdefault(active, []).append(Joined(taken, run, charge))
                    start += pieces
            if start < place.pieces:
                _apply(taken, choice.options.free, start, place.pieces - start)
            settled.append(taken)
        for active, runs in joined.items():
            if active.rule.level == "set":
                _share(active, runs)
        uses = {
            active: self._rules[active].rule.uses(sum(one.run.pieces for one in runs))
            for active, runs in joined.items()
        }
        return settled, uses

    def _steps(self, path: Path) -> Iterator[tuple[int, int]]:
        """How many units each line gave to each rule in turn, and by which of the outcomes."""
        for place in reversed(range(self._length)):
            given = -path >> _STEP_BITS * place & _STEP
            pieces = -(-given // _UNIT)
            yield pieces, pieces * _UNIT - given


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
    place, line = taken.place, taken.place.line
    whole = line.amount
    amount = before = place.part(whole, start, pieces)
    for active in chosen.chain:
        whole = worth(active.effect, whole, line.quantity)
        amount = place.part(whole, start, pieces)
        if amount != before:
            taken.left -= before - amount
            taken.shares[active] = taken.shares.get(active, 0) + before - amount
            taken.units[active] = taken.units.get(active, 0) + pieces
            before = amount
    return amount


def _by_falling_price(choice: Choice) -> tuple[int, str, str, int]:
    """The price of a unit before all promotions, in millionths, dearest first."""
    line = choice.place.line
    return -(line.amount * 1_000_000 // choice.place.pieces), line.item, line.unit, line.number


def _by_id(one: Active) -> str:
    return one.id
