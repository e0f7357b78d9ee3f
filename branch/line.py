"""The line to headquarters as the back office shows it: does the parent answer, and since when not.

unknown ──answer──▶ up ──no answer──▶ down ──answer──▶ up …      a refusal is an answer
"""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Literal

from replication.clock import Clock
from replication.errors import LinkDownError, LinkError

LineState = Literal["unknown", "up", "down"]


class Line:
    """Remembers whether the parent answers. Safe among threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._state: tuple[LineState, datetime] = ("unknown", clock())

    @property
    def state(self) -> tuple[LineState, datetime]:
        """The state, and since when it is that."""
        return self._state

    def heard(self, error: LinkError | None) -> None:
        """Note how a call to the parent went."""
        state: LineState = "down" if isinstance(error, LinkDownError) else "up"
        with self._lock:
            if self._state[0] != state:
                self._state = (state, self._clock())
