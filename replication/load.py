"""How much a link sends at once: what its line carries in a few seconds, found by trying.

    a push was answered      the next may hold
    within a few seconds     what passes in half of them at this pace, at least twice as many entries,
                             up to a full batch
    within ten or so         as many as before
    later, or never          half as many as this one; never less than one
    refused                  as many as before: that says nothing of the line

A line is at first trusted with little: a batch that is larger than the line carries before the
answer is given up would be sent again and again, and never arrive.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from replication.errors import RefusedError

_FIRST = 16
_QUICK = 5.0
_SLOW = 12.0
#: No push is quicker, in seconds.
_INSTANT = 0.001


class Load:
    """The number of entries for the next push; used by one thread."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.entries = min(_FIRST, most)

    @contextmanager
    def timed(self, count: int) -> Iterator[None]:
        """Learn from one push of `count` entries, which happens within the block."""
        begun = time.monotonic()
        try:
            yield
        except RefusedError:
            raise
        except Exception:
            self._learn(count, _SLOW)
            raise
        self._learn(count, time.monotonic() - begun)

    def _learn(self, count: int, took: float) -> None:
        if took < _QUICK:
            at_this_pace = int(count * _QUICK / 2 / max(took, _INSTANT))
            self.entries = min(max(self.entries, 2 * count, at_this_pace), self._most)
        elif took >= _SLOW:
            self.entries = max(count // 2, 1)
