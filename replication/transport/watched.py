"""A transport that lets somebody hear how each call went: whether the parent answers, what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from replication.digest_messages import Asked
from replication.errors import LinkError
from replication.messages import Fetch, Hello, Mark, Recall, RestartOrder, Status, Welcome
from replication.transport.base import Transport, online

T = TypeVar("T")
#: Is called after every call with what it raised, None when it was answered. Any thread may call it.
Heard = Callable[[LinkError | None], None]


class WatchedTransport:
    """Carries everything over to `inner`, and tells `heard` of it."""

    def __init__(self, inner: Transport, heard: Heard) -> None:
        self._inner = inner
        self._heard = heard

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

    def recall(self, recall: Recall) -> bytes | None:
        """See `Transport.recall`."""
        return self._watched(lambda: self._inner.recall(recall))

    def status(self, status: Status) -> None:
        """See `Transport.status`."""
        self._watched(lambda: self._inner.status(status))

    def ask(self, asked: Asked) -> bytes:
        """See `Online.ask`."""
        return self._watched(lambda: online(self._inner).ask(asked))

    def close(self) -> None:
        """See `Transport.close`."""
        self._inner.close()

    def _watched(self, call: Callable[[], T]) -> T:
        try:
            answer = call()
        except LinkError as error:
            self._heard(error)
            raise
        self._heard(None)
        return answer
