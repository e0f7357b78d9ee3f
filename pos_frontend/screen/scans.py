"""Codes from the serial scanner, on their way to the page that sells.

    pages that are open     a code goes to
    one                     it
    several                 the one that was opened last: a code is sold once
    none, for a moment      the next that opens, if that is within seconds; later it would surprise

What a page does with one while something is asked there, see `static/scanned.js`.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

_WAITS = 10.0
_MOST = 50


class Scans:
    """Hands codes to pages; to be used on the server's loop. `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._pages: list[asyncio.Queue[str]] = []
        self._kept: deque[tuple[float, str]] = deque(maxlen=_MOST)

    def opened(self, outbox: asyncio.Queue[str]) -> None:
        """A page sells from now on; it gets what was scanned while there was none."""
        self._pages.append(outbox)
        kept, now = list(self._kept), self._clock()
        self._kept.clear()
        for at, event in kept:
            if now - at <= _WAITS:
                self.send(event)

    def closed(self, outbox: asyncio.Queue[str]) -> None:
        """A page sells no more."""
        if outbox in self._pages:
            self._pages.remove(outbox)

    def send(self, event: str) -> None:
        """Hand one over, or keep it for a moment."""
        if self._pages and not self._pages[-1].full():
            self._pages[-1].put_nowait(event)
        else:
            self._kept.append((self._clock(), event))
