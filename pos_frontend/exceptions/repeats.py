"""What repeats itself is counted: the first is told at once, the others together once a minute is over.

at 0 s   wrong PIN of M1     told
at 4 s   wrong PIN of M1     counted
at 9 s   wrong PIN of M1     counted
at 60 s                      told: 2 times, from 4 s to 9 s
"""

from __future__ import annotations

import threading
from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from schemas.domain.exceptions import TillException

_WINDOW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Window:
    """What began it at an instant, and what came after, if anything: the newest, with how many."""

    began: datetime
    counted: TillException | None = None


class Repeats:
    """Counts what is alike but for its time, its identity and its details; any thread may ask."""

    def __init__(self) -> None:
        self._windows: dict[Hashable, _Window] = {}
        self._lock = threading.Lock()

    def take(self, fact: TillException) -> list[TillException]:
        """What is to be told now that this happened: itself, unless it is counted."""
        with self._lock:
            told = self._over(fact.at)
            key = _alike(fact)
            window = self._windows.get(key)
            if window is None:
                self._windows[key] = _Window(fact.at)
                return [*told, fact]
            before = window.counted
            counted = (
                fact
                if before is None
                else replace(fact, times=before.times + 1, since=before.since)
            )
            self._windows[key] = replace(window, counted=counted)
            return told

    def over(self, now: datetime) -> list[TillException]:
        """What was counted in windows that are over."""
        with self._lock:
            return self._over(now)

    def rest(self) -> list[TillException]:
        """Everything that was counted and not told: the till ends."""
        with self._lock:
            ended, self._windows = self._windows, {}
        return [one.counted for one in ended.values() if one.counted is not None]

    def _over(self, now: datetime) -> list[TillException]:
        # A clock that was set back must not keep a window open until it comes there again.
        ended = [key for key, one in self._windows.items() if abs(now - one.began) >= _WINDOW]
        gone = [self._windows.pop(key) for key in ended]
        return [one.counted for one in gone if one.counted is not None]


def _alike(fact: TillException) -> Hashable:
    return (
        fact.kind, fact.subject, fact.cause, fact.result, fact.operator, fact.authority, fact.basket,
    )  # fmt: skip
