"""How fast passwords can be guessed: per operator, and per address.

| failures in a row | the next try                                              |
|-------------------|-----------------------------------------------------------|
| within the free   | at once                                                   |
| beyond            | after 1, 2, 4 … seconds, at most 5 minutes                |
| 15 minutes none   | forgotten                                                 |

A try counts when it begins and is taken back when it succeeds, so that tries side by side gain
nothing. An address is allowed more than an operator, because an office shares one; signing in does
not clear its count, else one known password would buy free guesses at all others.

Memory is bounded: beyond `capacity` names the oldest is forgotten. It is lost with the process,
which costs the guesser as long as a restart takes.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

FREE_BY_OPERATOR = 5
FREE_BY_ADDRESS = 20
LONGEST_DELAY = 300.0
FORGET_AFTER = 900.0
_LONGEST_NAME = 64


@dataclass(slots=True)
class _Count:
    failures: int = 0
    last: float = 0.0
    next_try: float = 0.0


class Throttle:
    """Counts failures. All methods may be called from any thread."""

    def __init__(
        self, capacity: int = 10_000, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._capacity = capacity
        self._monotonic = monotonic
        self._counts: OrderedDict[tuple[str, str], _Count] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, operator: str, address: str) -> float:
        """Begin a try: 0 when it may go on, else the seconds to wait, and the try is not made."""
        now = self._monotonic()
        with self._lock:
            pair = [
                (self._count("operator", operator, now), FREE_BY_OPERATOR),
                (self._count("address", address, now), FREE_BY_ADDRESS),
            ]
            wait = max(count.next_try - now for count, _ in pair)
            if wait > 0:
                return wait
            for count, free in pair:
                count.failures += 1
                count.last = now
                beyond = count.failures - free
                if beyond >= 0:
                    count.next_try = now + min(2.0**beyond, LONGEST_DELAY)
            return 0.0

    def succeeded(self, operator: str, address: str) -> None:
        """Take the try back: the operator's failures are forgotten, the address keeps its own."""
        with self._lock:
            self._counts.pop(("operator", operator[:_LONGEST_NAME]), None)
            count = self._count("address", address, self._monotonic())
            count.failures = max(0, count.failures - 1)
            if count.failures < FREE_BY_ADDRESS:
                count.next_try = 0.0

    def _count(self, kind: str, name: str, now: float) -> _Count:
        key = (kind, name[:_LONGEST_NAME])
        count = self._counts.pop(key, None)
        if count is None or now - count.last > FORGET_AFTER:
            count = _Count()
        self._counts[key] = count
        while len(self._counts) > self._capacity:
            self._counts.popitem(last=False)
        return count
