"""What a child can ask of its parent, whatever lies between them.

Every method raises LinkDownError when there is no answer (it heals by itself) and RefusedError when
the answer is no. A transport promises nothing about delivery: the receiver's position does.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from replication.digest_messages import Asked
from replication.errors import RefusedError
from replication.messages import Fetch, Hello, Mark, Recall, RestartOrder, Status, Welcome


class Transport(Protocol):
    """A child's way to its parent."""

    def enrol(self, request: bytes) -> bytes:
        """Hand in an enrolment request, get the sealed answer."""

    def hello(self, hello: Hello) -> Welcome:
        """Open or renew the link, learn where the parent stands."""

    def push(self, data: bytes) -> Mark:
        """Hand over a batch of the own journal, learn the parent's marks."""

    def fetch(self, fetch: Fetch) -> bytes | RestartOrder | None:
        """A feed batch or an order to load anew; None when nothing came within the wait."""

    def recall(self, recall: Recall) -> bytes | None:
        """A batch of the own journal as the parent holds it; None when it holds no more."""

    def status(self, status: Status) -> None:
        """Report positions and states."""

    def close(self) -> None:
        """Let go of connections; a call that waits ends with LinkDownError."""


@runtime_checkable
class Online(Protocol):
    """What can be asked only of a parent that answers at once; files cannot carry it."""

    def ask(self, asked: Asked) -> bytes:
        """Ask what is needed to compare this site with its parent."""


def online(transport: Transport) -> Online:
    """The transport as one that can ask. Raises RefusedError not_online."""
    if isinstance(transport, Online):
        return transport
    message = f"{type(transport).__name__} carries files: verify over a line that answers at once"
    raise RefusedError("not_online", message)
