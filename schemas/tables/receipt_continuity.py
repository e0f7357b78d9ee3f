"""Receipt continuity: the receipts of each lane, out of the journals, leave no number out (rule 21).

    the lane's numbers            what is told
    1 2 3 5                       4 is missing
    1 2 2 3                       2 was given twice
    7 8 9, the first that is held  nothing: what lies before was purged, or given by an older lane
    1 2 1003, 3–1002 declared     nothing: a lane that was restored says which numbers it skips

The entries are heard in the order of their journal; nothing but ticket and jump is looked into.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import pairwise

_TICKET = "ticket"
_JUMP = "counters.moved"
_MOST_NAMED = 20


@dataclass
class ReceiptContinuity:
    """Collects the receipt numbers of every lane."""

    _given: dict[str, dict[int, int]] = field(default_factory=dict)
    _skipped: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def hear(self, kind: str, body: bytes) -> None:
        """Note what an entry says of receipt numbers; one that does not read says nothing."""
        if kind not in (_TICKET, _JUMP):
            return
        try:
            said = json.loads(body)
            lane = str(said["lane"])
            if kind == _JUMP:
                self._skipped.setdefault(lane, []).append((int(said["first"]), int(said["last"])))
                return
            given = self._given.setdefault(lane, {})
            counter = int(said["counter"])
        except (ValueError, KeyError, TypeError):
            return  # It was set aside when it arrived, and is shown there with its reason.
        given[counter] = given.get(counter, 0) + 1

    def problems(self) -> list[str]:
        """What lacks and what was given twice, lane by lane."""
        found: list[str] = []
        for lane in sorted(self._given):
            found += self._of(lane)
        return found

    def _of(self, lane: str) -> list[str]:
        given = self._given[lane]
        doubled = [f"receipt {lane}-{one:06d} was given {times} times"
                   for one, times in sorted(given.items()) if times > 1]  # fmt: skip
        missing = [
            f"receipts {lane}-{first:06d} to {last:06d} are missing"
            for first, last in self._gaps(sorted(given))
            if not self._declared(lane, first, last)
        ]
        return [*missing[:_MOST_NAMED], *doubled[:_MOST_NAMED]]

    @staticmethod
    def _gaps(numbers: list[int]) -> list[tuple[int, int]]:
        return [(one + 1, after - 1) for one, after in pairwise(numbers) if after > one + 1]

    def _declared(self, lane: str, first: int, last: int) -> bool:
        """Whether the lane said that it skips these numbers; some of them may have been given."""
        return any(low <= first and last <= high for low, high in self._skipped.get(lane, []))
