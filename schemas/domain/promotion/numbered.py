"""A counted rule with numbers for its states, so that a search over many of them counts with integers.

    number     of
    0          the state before any unit
    1, 2, …    states as they are found

A number means nothing outside one search: how states are numbered decides no price.
"""

from __future__ import annotations

from schemas.domain.promotion.counted import Counted, Run, State


class Numbered:
    """What `counted.Counted` tells of states, of their numbers."""

    def __init__(self, rule: Counted) -> None:
        self.rule = rule
        self._numbers: dict[State, int] = {}
        self._states: list[State] = []
        #: By number, whether the basket may end so, and what is about still to be charged.
        self.complete: list[bool] = []
        self.pending: list[int] = []
        self._number(rule.start)

    def take(self, number: int, run: Run) -> list[tuple[int, int]]:
        """The numbers of the states after a run, each with what is charged for it."""
        outcomes = self.rule.take(self._states[number], run)
        return [(self._number(state), charge) for state, charge in outcomes]

    def _number(self, state: State) -> int:
        number = self._numbers.get(state)
        if number is None:
            number = self._numbers[state] = len(self._states)
            self._states.append(state)
            self.complete.append(self.rule.is_complete(state))
            self.pending.append(self.rule.pending(state))
        return number
