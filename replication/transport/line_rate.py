"""How many bytes a second a line may carry, by the hour of day, each direction by itself.

    rate = { "08:00-22:00" = 4000, "22:00-08:00" = 40000 }     local times; at other times there is no cap

Each direction is a bucket that fills with the rate. What is carried is taken out of it afterwards, when
its size is known, and may leave a debt:

    the bucket          a push, a report      bulk of the feeds      what is small and urgent
    owes nothing        goes                  goes                   goes
    owes a little       waits                 waits                  goes
    owes much           waits                 waits                  waits

`owed` is in seconds at the present rate. A question is never kept waiting for what it may bring, so a
long poll is begun at once unless much is owed, and costs nothing while it waits for an answer.
"""

from __future__ import annotations

import re
import threading
import time as clock
from collections.abc import Callable, Mapping
from datetime import datetime, time
from typing import Final, Literal

_SPAN: Final = re.compile(r"(\d\d:\d\d)-(\d\d:\d\d)")
_MINUTES_A_DAY = 24 * 60
_SHORTEST_WAIT = 0.001

Direction = Literal["up", "down"]


class Hours:
    """A table of rates by the minute of day. Raises ValueError for a span that cannot be meant."""

    def __init__(self, table: Mapping[str, int]) -> None:
        self._rates: list[int | None] = [None] * _MINUTES_A_DAY
        for span, rate in table.items():
            for minute in _minutes(span):
                if self._rates[minute] is not None:
                    raise ValueError(f"the span {span!r} overlaps another: split the day once")
                self._rates[minute] = rate

    def at(self, local: datetime) -> int | None:
        """Bytes a second at a local time, None without a cap."""
        return self._rates[local.hour * 60 + local.minute]


class LineRate:
    """The buckets of one line. Safe among threads; `close` wakes whoever waits.

    `wait` waits so many seconds unless it is closed meanwhile.
    """

    def __init__(
        self, hours: Hours, local_time: Callable[[], datetime],
        tick: Callable[[], float] = clock.monotonic,
        wait: Callable[[float], object] | None = None,
    ) -> None:  # fmt: skip
        self._hours = hours
        self._local_time = local_time
        self._tick = tick
        self._closed = threading.Event()
        self._wait = wait or self._closed.wait
        self._lock = threading.Lock()
        self._owed: dict[Direction, float] = {"up": 0.0, "down": 0.0}
        self._seen = tick()

    @property
    def capped(self) -> bool:
        """Whether there is a cap at this hour."""
        return self._hours.at(self._local_time()) is not None

    def owed(self, direction: Direction) -> float:
        """Seconds until what was carried is paid for; 0 where nothing is owed, or nothing capped."""
        with self._lock:
            rate = self._pay()
            return 0.0 if rate is None else self._owed[direction] / rate

    def carried(self, direction: Direction, size: int) -> None:
        """So many bytes were carried, or are about to be."""
        with self._lock:
            if self._pay() is not None:
                self._owed[direction] += size

    def rest(self, direction: Direction, least: float = 0.0) -> bool:
        """Wait until no more than `least` seconds are owed; False when it was closed meanwhile."""
        while (owed := self.owed(direction)) > least and not self._closed.is_set():
            self._wait(max(owed - least, _SHORTEST_WAIT))
        return not self._closed.is_set()

    def close(self) -> None:
        """Let nobody wait any longer."""
        self._closed.set()

    def _pay(self) -> int | None:
        """Let the time since the last look pay for what was carried; the present rate."""
        now, rate = self._tick(), self._hours.at(self._local_time())
        passed, self._seen = now - self._seen, now
        for direction in self._owed:
            paid = self._owed[direction] if rate is None else passed * rate
            left = self._owed[direction] - paid
            self._owed[direction] = left if left >= 1 else 0.0
        return rate


def _minutes(span: str) -> list[int]:
    found = _SPAN.fullmatch(span)
    if found is None:
        raise ValueError(f'{span!r} is no span of hours: write it as "08:00-22:00"')
    begin, end = (_minute(text) for text in found.groups())
    if begin == end:
        raise ValueError(f'the span {span!r} is empty: for the whole day write "00:00-24:00"')
    if end < begin:
        return [*range(begin, _MINUTES_A_DAY), *range(end)]
    return list(range(begin, end))


def _minute(text: str) -> int:
    if text == "24:00":
        return _MINUTES_A_DAY
    at = time.fromisoformat(text)
    return at.hour * 60 + at.minute
