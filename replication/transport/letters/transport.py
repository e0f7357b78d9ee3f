"""The child's end of any way on which letters travel and answers come back while one waits.

Requests go out one after the other, in the order of their numbers; a `Carrier` takes each there and
brings its answer. Nothing waits at the other end, so a long poll is a question asked every so often.

    a letter that broke off, either way   is finished before the next is begun: on a thin line its bytes
                                          are dear, and a lower number may not come after a higher one
    its answer, once it is there          is given to whoever asks the same again, else to nobody
"""

from __future__ import annotations

import threading
import time
from typing import Protocol

from replication.errors import LinkDownError, RefusedError
from replication.identity import Identity, signed_by
from replication.messages import Fetch, Hello, Mark, Recall, RestartOrder, Status, Welcome
from replication.transport.letters.letter import (
    Kind,
    Letter,
    Verb,
    digest_of,
    open_letter,
    seal_letter,
)
from replication.transport.letters.numbers import Numbers

_WORTH_KEEPING = frozenset({"answer", "restart"})


class Carrier(Protocol):
    """What takes a letter to the parent's box and brings the answer. Raises LinkDownError."""

    def carry(self, name: str, letter: bytes) -> bytes:
        """The answer to the letter, as it was found. After a failure the same letter is carried again,
        and goes on where it stopped.
        """

    def close(self) -> None:
        """Let go; a carry that is under way ends with LinkDownError."""


class LetterTransport:
    """A child's way to its parent by letters; `pause` is how often a fetch asks again, in seconds."""

    def __init__(
        self, identity: Identity, parent_key: bytes, numbers: Numbers, carrier: Carrier,
        *, pause: float = 5.0,
    ) -> None:  # fmt: skip
        self._identity = identity
        self._signed_by_parent = signed_by(identity.parent or "", parent_key)
        self._numbers = numbers
        self._carrier = carrier
        self._pause = pause
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._broken: tuple[Letter, bytes] | None = None
        self._kept: dict[Verb, tuple[bytes, Letter]] = {}

    def enrol(self, request: bytes) -> bytes:
        """See `Transport.enrol`; a site that is known already hands it in for another."""
        return self._ask("enrol", request)[1]

    def hello(self, hello: Hello) -> Welcome:
        """See `Transport.hello`."""
        return Welcome.model_validate_json(self._ask("hello", hello.model_dump_json().encode())[1])

    def push(self, data: bytes) -> Mark:
        """See `Transport.push`."""
        return Mark.model_validate_json(self._ask("push", data)[1])

    def fetch(self, fetch: Fetch) -> bytes | RestartOrder | None:
        """See `Transport.fetch`; it asks anew until the wait is over."""
        limit = time.monotonic() + fetch.wait
        body = fetch.model_dump_json().encode()
        while True:
            kind, answer = self._ask("fetch", body)
            if kind == "restart":
                return RestartOrder.model_validate_json(answer)
            if kind == "answer":
                return answer
            rest = min(self._pause, limit - time.monotonic())
            if rest <= 0 or self._closed.wait(rest):
                return None

    def recall(self, recall: Recall) -> bytes | None:
        """See `Transport.recall`."""
        kind, answer = self._ask("recall", recall.model_dump_json().encode())
        return answer if kind == "answer" else None

    def status(self, status: Status) -> None:
        """See `Transport.status`."""
        self._ask("status", status.model_dump_json().encode())

    def close(self) -> None:
        """See `Transport.close`."""
        self._closed.set()
        self._carrier.close()

    def _ask(self, verb: Verb, body: bytes) -> tuple[Kind, bytes]:
        with self._lock:
            if self._closed.is_set():
                raise LinkDownError("this transport was closed")
            self._finish()
            asked, answer = self._kept.pop(verb, (b"", None))
            if answer is None or asked != body:
                answer = self._carry(*self._written(verb, body))
        if answer.kind == "failed":
            message = f"{answer.sender} could not deal with {verb} just then: its log tells why"
            raise LinkDownError(message)
        if answer.kind != "refused":
            return answer.kind, answer.body
        raise self._numbers.heed(answer.body)

    def _finish(self) -> None:
        """Finish the letter that broke off; what it carried need not travel twice."""
        if self._broken is not None:
            request, data = self._broken
            answer = self._carry(request, data)
            if answer.kind in _WORTH_KEEPING:
                self._kept[request.verb] = (request.body, answer)

    def _written(self, verb: Verb, body: bytes) -> tuple[Letter, bytes]:
        site, number = self._identity.site, self._numbers.draw()
        request = Letter(site, site, self._numbers.way, number, verb, "request", body, number)
        return request, seal_letter(request, self._identity.sign)

    def _carry(self, request: Letter, data: bytes) -> Letter:
        self._broken = (request, data)
        found = self._carrier.carry(request.name, data)
        self._broken = None
        try:
            answer = open_letter(found, self._signed_by_parent)
        except RefusedError as error:
            message = f"the answer to {request.name} cannot be used, it is asked again: {error}"
            raise LinkDownError(message) from error
        if answer.answers != digest_of(data):
            raise LinkDownError(f"the answer to {request.name} answers another letter")
        return answer
