"""Unit rules on a line, and which of them go together.

A *chain* is what a unit joins, in the rules' order: one exclusive rule; or of each group one, and
every compound rule. Each rule works on what the one before left, and is computed for the whole line,
so that a receipt's percentages look right (3 × 3.33 less 10 % is 1.00 off); of units that take
another chain than the rest each gets its part of that:

    percent off    amount − percent of it, rounded
    amount off     amount − so much for each unit, not below nought
    fixed price    so much for each unit, if that is less

None of them ever raises an amount, and none turns a lower amount into a higher one: so every
compound rule and one rule of each group always help, and only *which* one needs looking for.

A line's amount is parted over its pieces as evenly as can be, the larger parts first: 2.00 over 3 is
0.67, 0.67, 0.66. So of two amounts the lower has no part above the other's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import NamedTuple

from schemas.domain.money import divide
from schemas.domain.promotion.effect import AmountOff, Effect, FixedPrice, PercentOff
from schemas.domain.promotion.rule import Active
from schemas.domain.promotion.sale import Line
from schemas.domain.quantity import extend

WHOLE = 10_000
_PIECE = 1000

#: How many chains of one line are tried: more would take several groups of several rules each.
CHAINS = 64


Chain = tuple[Active, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A line that qualifies, how many pieces it has, and what it may join: line-level rules, basket
    rules that take money off, those that reward.
    """

    line: Line
    pieces: int
    units: Chain
    counted: tuple[tuple[Active, int], ...]
    money: tuple[Active, ...]
    rewards: tuple[Active, ...]

    def part(self, amount: int, start: int, pieces: int) -> int:
        """What falls on `pieces` of the line from `start` on, of an amount for all of them."""
        if pieces == self.pieces:
            return amount
        each, rest = divmod(amount, self.pieces)
        return each * pieces + min(rest, start + pieces) - min(rest, start)


class Chosen(NamedTuple):
    """A chain, what it leaves of the whole line, and how many of its rules took something off."""

    chain: Chain
    amount: int
    took: int


class Joining(NamedTuple):
    """A counted rule that units of a line may join, in which group, and with what unit rules."""

    active: Active
    group: int
    chosen: Chosen


class Options(NamedTuple):
    """What the units of a line take: `free` when no rule counts them, else by counted rule."""

    free: Chosen
    counted: tuple[Joining, ...]


def pieces_of(line: Line) -> int:
    """How many units a line can be split into: what is weighed or broken stays one."""
    if line.weighed or line.quantity % _PIECE or line.quantity <= 0:
        return 1
    return line.quantity // _PIECE


def is_splittable(line: Line) -> bool:
    """Whether the line is pieces, which can join sets."""
    return not line.weighed and line.quantity > 0 and line.quantity % _PIECE == 0


def options(place: Place, left_out: frozenset[str]) -> Options:
    """Choose the chains of a line, without the rules that are left out."""
    units = [one for one in place.units if one.id not in left_out]
    free = _best(place, _chains(units) if units else [()])
    counted = [
        Joining(one, group, _best(place, _companions(one, units)))
        for one, group in place.counted  # by id: so ties go to the lower one
        if one.id not in left_out
    ]
    return Options(free, tuple(counted))


def worth(effect: Effect, amount: int, quantity: int) -> int:
    """What a unit rule leaves of an amount."""
    if isinstance(effect, PercentOff):
        return amount - divide(amount * effect.percent, WHOLE)
    if isinstance(effect, AmountOff):
        return max(0, amount - extend(effect.amount, quantity))
    if isinstance(effect, FixedPrice):
        return min(amount, extend(effect.price, quantity))
    raise TypeError(f"{effect.kind} is no rule on single units")


def _companions(counted: Active, units: Sequence[Active]) -> Iterable[Chain]:
    """The chains for units in a counted rule; it is part of them if it is a unit rule."""
    itself = (counted,) if counted.rule.level == "unit" else ()
    if counted.mode == "exclusive":
        return [itself]
    stacking = [one for one in units if one.mode == "compound" or _may_stack(one, counted.group)]
    chains = _stacked(stacking)
    if not itself:
        return chains
    return (tuple(sorted((*chain, counted), key=_by_order)) for chain in chains)


def _may_stack(one: Active, group: str) -> bool:
    return one.mode == "best_price" and one.group != group


def _chains(units: Sequence[Active]) -> Iterator[Chain]:
    exclusive = [one for one in units if one.mode == "exclusive"]
    for one in exclusive:
        yield (one,)
    if len(exclusive) < len(units):
        yield from _stacked([one for one in units if one.mode != "exclusive"])


def _stacked(units: Sequence[Active]) -> Iterator[Chain]:
    """Yield one of each group with every compound rule, at most `CHAINS` of them."""
    compound = [one for one in units if one.mode == "compound"]
    groups: dict[str, list[Active]] = {}
    for one in units:
        if one.mode == "best_price":
            groups.setdefault(one.group, []).append(one)
    if not groups:
        yield tuple(compound)
        return
    for chosen in islice(product(*(groups[name] for name in sorted(groups))), CHAINS):
        yield tuple(sorted((*chosen, *compound), key=_by_order))


def _best(place: Place, chains: Iterable[Chain]) -> Chosen:
    """The chain that makes the whole line cheapest; ties to fewer shares, then to lower ids."""
    best: tuple[int, int, list[str], Chain] | None = None
    line = place.line
    for chain in chains:
        amount, took = line.amount, 0
        for active in chain:
            left = worth(active.effect, amount, line.quantity)
            took += left != amount
            amount = left
        if best is None or (amount, took) <= best[:2]:
            found = (amount, took, [one.id for one in chain], chain)
            best = found if best is None else min(best, found, key=_by_price)
    if best is None:
        raise ValueError(f"line {place.line.number} has no chain to choose from")
    return Chosen(best[3], best[0], best[1])


def _by_price(found: tuple[int, int, list[str], Chain]) -> tuple[int, int, list[str]]:
    return found[:3]


def _by_order(active: Active) -> int:
    return active.order
