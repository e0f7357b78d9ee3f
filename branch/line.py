"""The line to headquarters as the back office shows it: does the parent answer, and since when not.

unknown ──answer──▶ up ──no answer──▶ down ──answer──▶ up …      a refusal is an answer
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Literal, TypeVar

from replication.clock import Clock
from replication.errors import LinkDownError, RefusedError
from replication.messages import Fetch, Hello, Mark, RestartOrder, Status, Welcome
from replication.transport.base import Transport

T = TypeVar("T")
LineState = Literal["unknown", "up", "down"]


class WatchedLine:
    """A transport that remembers whether its parent answers. Safe among threads."""

    def __init__(self, inner: Transport, clock: Clock) -> None:
        self._inner = inner
        self._clock = clock
        self._lock = threading.Lock()
        self._state: tuple[LineState, datetime] = ("unknown", clock())

    @property
    def state(self) -> tuple[LineState, datetime]:
        """The state, and since when it is that."""
        return self._state

    def enrol(self, request: bytes) -> bytes:
        """See `Transport.enrol`."""
        return self._watched(lambda: self._inner.enrol(request))

    def hello(self, hello: Hello) -> Welcome:
        """See `Transport.hello`."""
        return self._watched(lambda: self._inner.hello(hello))

    def push(self, data: bytes) -> Mark:
        """See `Transport.push`."""
        return self._watched(lambda: self._inner.push(data))

    def fetch(self, fetch: Fetch) -> bytes | RestartOrder | None:
        """See `Transport.fetch`."""
        return self._watched(lambda: self._inner.fetch(fetch))

    def status(self, status: Status) -> None:
        """See `Transport.status`."""
        self._watched(lambda: self._inner.status(status))

    def close(self) -> None:
        """See `Transport.close`."""
        self._inner.close()

    def _watched(self, call: Callable[[], T]) -> T:
        try:
            answer = call()
        except LinkDownError:
            self._note("down")
            raise
        except RefusedError:
            self._note("up")
            raise
        self._note("up")
        return answer

    def _note(self, state: LineState) -> None:
        with self._lock:
            if self._state[0] != state:
                self._state = (state, self._clock())
