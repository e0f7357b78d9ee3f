"""A transport that keeps to the rate of its line, whatever lies below it.

    before a call     waits until its direction owes nothing (a fetch: not too much, see `line_rate`)
    after it          what went up and what came down is put to the account

Bytes are those of bodies; what a call costs beside its body is counted at a flat rate. A batch is
carried in one piece at the speed of the line and paid for afterwards, so the cap holds over some
seconds, not within one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel

from replication.digest_messages import Asked
from replication.errors import LinkDownError
from replication.messages import Fetch, Hello, Mark, Recall, RestartOrder, Status, Welcome
from replication.transport.base import Transport, online
from replication.transport.line_rate import LineRate

#: Headers, signatures and what TCP and TLS add, in bytes a call and direction.
CALL_BYTES = 500
#: So many seconds may be owed when a fetch is begun: what is small is not held up by a large batch.
FETCH_OWES = 30.0

T = TypeVar("T")


class CappedTransport:
    """Carries everything over to `inner`, no faster than `rate` allows."""

    def __init__(self, inner: Transport, rate: LineRate) -> None:
        self._inner = inner
        self._rate = rate

    def enrol(self, request: bytes) -> bytes:
        """See `Transport.enrol`."""
        return self._carry(len(request), lambda: self._inner.enrol(request), len)

    def hello(self, hello: Hello) -> Welcome:
        """See `Transport.hello`; it is small and goes first."""
        return self._carry(_size(hello), lambda: self._inner.hello(hello), _size, waits=False)

    def push(self, data: bytes) -> Mark:
        """See `Transport.push`."""
        return self._carry(len(data), lambda: self._inner.push(data), _size)

    def fetch(self, fetch: Fetch) -> bytes | RestartOrder | None:
        """See `Transport.fetch`."""
        self._rest(FETCH_OWES)
        return self._carry(_size(fetch), lambda: self._inner.fetch(fetch), _size, waits=False)

    def recall(self, recall: Recall) -> bytes | None:
        """See `Transport.recall`."""
        self._rest()
        return self._carry(_size(recall), lambda: self._inner.recall(recall), _size, waits=False)

    def status(self, status: Status) -> None:
        """See `Transport.status`."""
        self._carry(_size(status), lambda: self._inner.status(status), lambda _: 0)

    def ask(self, asked: Asked) -> bytes:
        """See `Online.ask`."""
        self._rest()
        return self._carry(_size(asked), lambda: online(self._inner).ask(asked), len)

    def close(self) -> None:
        """See `Transport.close`."""
        self._rate.close()
        self._inner.close()

    def _rest(self, least: float = 0.0) -> None:
        if not self._rate.rest("down", least):
            raise LinkDownError("this transport was closed")

    def _carry(
        self, up: int, call: Callable[[], T], down: Callable[[T], int], *, waits: bool = True
    ) -> T:
        if waits and not self._rate.rest("up"):
            raise LinkDownError("this transport was closed")
        # Whether the call arrives or not, its bytes are on the line.
        self._rate.carried("up", up + CALL_BYTES)
        answer = call()
        self._rate.carried("down", down(answer) + CALL_BYTES)
        return answer


def _size(message: BaseModel | bytes | None) -> int:
    if message is None:
        return 0
    return len(message) if isinstance(message, bytes) else len(message.model_dump_json())
