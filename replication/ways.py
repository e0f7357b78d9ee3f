"""The ways from a child to its parent, in their order of precedence, as one transport.

    the way in use             what happens
    answers, or refuses        it stays in use
    is down for `patience`     the next one is used; after the last, the first again
    is not the first           an earlier one is tried now and then (`try_earlier`): whichever answers a
                               hello is used from then on

A refusal is an answer: another way would be refused as well. Which way is in use is of no consequence
to what is delivered: the receiver's position is the only truth, and no way remembers any.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import structlog

from replication.clock import Clock
from replication.digest_messages import Asked
from replication.errors import LinkDownError, LinkError, RefusedError
from replication.messages import Fetch, Hello, Mark, Recall, RestartOrder, Status, Welcome
from replication.pace import Pace
from replication.schedule import Schedule
from replication.transport.base import Transport, online
from replication.transport.line_rate import LineRate

_log = structlog.get_logger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Way:
    """One way: when it is used, how often it looks, and what its line may carry."""

    name: str
    transport: Transport
    schedule: Schedule
    pace: Pace
    rate: LineRate | None = None


class Ways:
    """Carries every call by the way in use. Safe among threads; `changed` is called by any of them."""

    def __init__(
        self, ways: Sequence[Way], clock: Clock, *, patience: float,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.all = tuple(ways)
        self.changed: Callable[[], None] = lambda: None
        self._clock = clock
        self._patience = patience
        self._tick = tick
        self._lock = threading.Lock()
        self._index = 0
        self._since = clock()
        self._down_since: float | None = None

    @property
    def in_use(self) -> Way:
        """The way by which the next call goes."""
        return self.all[self._index]

    @property
    def since(self) -> datetime:
        """Since when it is in use, by the site's clock."""
        return self._since

    def take(self, name: str) -> None:
        """Use a way by its name. Raises LinkError when there is none of that name."""
        for index, way in enumerate(self.all):
            if way.name == name:
                self._use(index)
                return
        known = ", ".join(way.name for way in self.all)
        raise LinkError(f"there is no way {name!r} in [[link.ways]]: there are {known}")

    def try_earlier(self, hello: Callable[[], Hello]) -> None:
        """Say hello by the ways that come before the one in use; return to the first that answers."""
        for index in range(self._index):
            way = self.all[index]
            try:
                way.transport.hello(hello())
            except LinkError as error:
                _log.info("an earlier way is tried in vain", way=way.name, error=str(error))
                continue
            _log.info("an earlier way answers again", way=way.name)
            self._use(index)
            return

    def enrol(self, request: bytes) -> bytes:
        """See `Transport.enrol`."""
        return self._by(lambda transport: transport.enrol(request))

    def hello(self, hello: Hello) -> Welcome:
        """See `Transport.hello`."""
        return self._by(lambda transport: transport.hello(hello))

    def push(self, data: bytes) -> Mark:
        """See `Transport.push`."""
        return self._by(lambda transport: transport.push(data))

    def fetch(self, fetch: Fetch) -> bytes | RestartOrder | None:
        """See `Transport.fetch`."""
        return self._by(lambda transport: transport.fetch(fetch))

    def recall(self, recall: Recall) -> bytes | None:
        """See `Transport.recall`."""
        return self._by(lambda transport: transport.recall(recall))

    def status(self, status: Status) -> None:
        """See `Transport.status`."""
        self._by(lambda transport: transport.status(status))

    def ask(self, asked: Asked) -> bytes:
        """See `Online.ask`; a way that carries files cannot."""
        return self._by(lambda transport: online(transport).ask(asked))

    def close(self) -> None:
        """See `Transport.close`."""
        for way in self.all:
            way.transport.close()

    def _by(self, call: Callable[[Transport], T]) -> T:
        index = self._index
        try:
            answer = call(self.all[index].transport)
        except LinkDownError:
            self._failed(index)
            raise
        except RefusedError:
            self._answered(index)
            raise
        self._answered(index)
        return answer

    def _answered(self, index: int) -> None:
        with self._lock:
            if index == self._index:
                self._down_since = None

    def _failed(self, index: int) -> None:
        with self._lock:
            if index != self._index:
                return  # a call that was begun before another way was taken
            now = self._tick()
            if self._down_since is None:
                self._down_since = now
            if len(self.all) == 1 or now - self._down_since < self._patience:
                return
        following = (index + 1) % len(self.all)
        names = {"way": self.all[index].name, "next": self.all[following].name}
        _log.warning("this way is down, the next is used", **names)
        self._use(following)

    def _use(self, index: int) -> None:
        with self._lock:
            self._down_since = None
            if index == self._index:
                return
            self._index = index
            self._since = self._clock()
        self.changed()
