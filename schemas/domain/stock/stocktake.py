"""A stocktake (盘点): what was counted against what should have been there, while lanes sell (rule 26).

    difference = counted − (snapshot + moves up to the instant that the item was counted)

The ledger keeps every move with its instant, so the snapshot needs no copy: what should have been there
at an instant is the sum of all moves up to it. An item that nobody counted has no difference.

An item is counted in rounds. A later round is by people who counted it in none before, and who see
neither what was found nor what is expected. Sales go on between two rounds, so two counts are equal when
their differences are, each against its own instant.

    counts of the item                        state         which one counts
    none                                      not_counted   none: a manager leaves it alone, or says nought
    one, its difference worth the tolerance   agreed        that one
    one, its difference worth more            count_again   none: a second person counts it
    several, two of them equal                agreed        the later of the two
    two, not equal                            count_again   none: a third person counts it, or a manager chooses
    three or more, no two equal               undecided     none: a manager chooses
    a manager chose one, or nought            chosen        the one that was chosen
    a manager left it alone                   left          none
    another stocktake counted it since        superseded    none: the later count holds

A difference whose worth nobody knows is worth more than any tolerance.

**Late entries.** A ticket that arrives after the approval, although its goods left before the count, would
take them out twice: the count found them gone. Its moves are followed by the opposite ones, of reason
`stocktake`, for each item whose last approved count is not before the ticket. *Property*: in whatever
order sales, counts and their arrival interleave, what is on hand in the end is what was counted and the
moves after the count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from schemas.domain.stock.average import Holding, at_average
from schemas.domain.stock.move import StockMove

State = Literal["not_counted", "count_again", "undecided", "agreed", "chosen", "left", "superseded"]

#: In these an item waits for somebody, and the stocktake for the item.
WAITING: frozenset[State] = frozenset({"not_counted", "count_again", "undecided"})
#: How many rounds there are before a manager has to choose.
ROUNDS = 3
#: The round of a manager's word that nothing is there.
NOUGHT = 0


@dataclass(frozen=True, slots=True)
class Count:
    """What one round found of an item, all its places together. Quantities are thousandths of the base unit.

    `at` is the instant of the last entry; `expected` is what should have been there then. `meanwhile` is
    what moved between the first entry and the last: where it is not nought, nobody can tell on which side
    of the counting those goods were.
    """

    round: int
    counted: int
    expected: int
    at: datetime
    operators: frozenset[str] = frozenset()
    meanwhile: int = 0

    @property
    def difference(self) -> int:
        """Gain (盘盈) above nought, loss (盘亏) below."""
        return self.counted - self.expected


@dataclass(frozen=True, slots=True)
class Choice:
    """What a manager decided about an item: a round, `NOUGHT`, or None to leave it alone."""

    round: int | None
    operator: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where an item stands, and the count that is posted; None where none is."""

    state: State
    count: Count | None = None


def judge(
    counts: Sequence[Count],
    holding: Holding,
    tolerance: int,
    choice: Choice | None = None,
    last_approved: datetime | None = None,
) -> Verdict:
    """Which of an item's counts counts; see the table above. `counts` are one for each round, in order;
    `tolerance` is an amount in minor units.
    """
    verdict = _chosen(counts, choice) or _agreed(counts, holding, tolerance)
    count = verdict.count
    if count is not None and last_approved is not None and count.at <= last_approved:
        return Verdict("superseded")
    return verdict


def worth(holding: Holding, difference: int) -> int | None:
    """What a difference is worth at the moving average, None while no cost is known (rule 25)."""
    return 0 if difference == 0 else at_average(holding, difference)


def with_late_part(
    moves: Iterable[StockMove], counted: Mapping[str, datetime]
) -> tuple[StockMove, ...]:
    """The moves of one fact, and behind them the opposite of those whose goods a count had found gone
    already. `counted` are the instants of the items' last approved counts.
    """
    held = tuple(moves)
    late = [
        one for one in held if one.item in counted and one.at <= counted[one.item] and one.quantity
    ]
    first = max((one.number for one in held), default=0) + 1
    return held + tuple(
        replace(
            one,
            number=number,
            quantity=-one.quantity,
            value=None if one.value is None else -one.value,
            reason="stocktake",
            at=counted[one.item],
        )
        for number, one in enumerate(late, first)
    )


def _chosen(counts: Sequence[Count], choice: Choice | None) -> Verdict | None:
    if choice is None:
        return None
    if choice.round is None:
        return Verdict("left")
    for one in counts:
        if one.round == choice.round:
            return Verdict("chosen", one)
    return None


def _agreed(counts: Sequence[Count], holding: Holding, tolerance: int) -> Verdict:
    if not counts:
        return Verdict("not_counted")
    if len(counts) == 1:
        value = worth(holding, counts[0].difference)
        within = value is not None and abs(value) <= tolerance
        return Verdict("agreed", counts[0]) if within else Verdict("count_again")
    for place in range(len(counts) - 1, 0, -1):
        later = counts[place]
        if any(one.difference == later.difference for one in counts[:place]):
            return Verdict("agreed", later)
    return Verdict("count_again" if len(counts) < ROUNDS else "undecided")
