"""Who reads a feed, and the oldest wire version that one of them needs: what is cut is written in it.

    a reader asks                its version counts from then on
    asks again, after its        the newer one counts: the next batch is written newer, unless
    upgrade                      another reader still needs the older
    a batch is newer than its    another one is cut in the reader's version, and serves all
    next reader can read

It is learnt from those who ask, so a site that is dead or gone holds nothing back for longer than
this process runs. A restart forgets it, which costs one more encoding.
"""

from __future__ import annotations

import threading


class Audience:
    """The readers of every feed of one site. Safe among threads."""

    def __init__(self, newest: int) -> None:
        self._newest = newest
        self._reads: dict[str, dict[str, int]] = {}
        self._lock = threading.Lock()

    def note(self, stream: str, reader: str, wire: int) -> None:
        """A reader asked, and said which version it reads."""
        with self._lock:
            self._reads.setdefault(stream, {})[reader] = wire

    def oldest(self, stream: str) -> int:
        """The version in which every reader of a feed can read it."""
        with self._lock:
            return min([self._newest, *self._reads.get(stream, {}).values()])
