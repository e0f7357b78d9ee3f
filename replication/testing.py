"""A transport without a network, which fails in every way a network can, by seed.

It hands each call straight to a `Parent`; around that it loses, repeats, delays and damages what
passes, as its `Faults` say. A run is replayed by its seed.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel

from replication.digest_messages import Asked
from replication.errors import LinkDownError
from replication.inquiry import BusyError, NotAnsweredError, passed_on
from replication.inquiry_desk import InquiryDesk
from replication.messages import (
    Fetch,
    Hello,
    Inquiry,
    InquiryAnswer,
    Mark,
    Recall,
    RestartOrder,
    Status,
    Welcome,
)
from replication.parent import Parent

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Faults:
    """Chances between 0 and 1. `lost` drops a call before it arrives, `unanswered` drops the answer
    after the work was done, `repeated` delivers a push twice, `stale` delivers an old push again,
    `damaged` flips a bit and `cut` shortens what is carried.
    """

    lost: float = 0.0
    unanswered: float = 0.0
    repeated: float = 0.0
    stale: float = 0.0
    damaged: float = 0.0
    cut: float = 0.0


class MemoryTransport:
    """A child's way to a parent in the same process."""

    # Every decision takes one number, whatever the length of what is carried: so a run that is
    # replayed meets the same faults although names and signatures are drawn anew.

    def __init__(
        self, parent: Parent, site: str, faults: Faults | None = None, seed: int = 0
    ) -> None:
        #: Who answers; another one after a restart.
        self.parent = parent
        self._site = site
        self._random = random.Random(seed)  # noqa: S311 - faults by seed, no secret
        self.faults = faults or Faults()
        self.down = False
        self._pushed: list[bytes] = []

    def enrol(self, request: bytes) -> bytes:
        """See `Transport.enrol`."""
        return self._carry(lambda: self.parent.enrol(request))

    def hello(self, hello: Hello) -> Welcome:
        """See `Transport.hello`."""
        return self._carry(lambda: self.parent.hello(self._site, _travelled(hello)))

    def push(self, data: bytes) -> Mark:
        """See `Transport.push`."""
        if self.down:
            raise LinkDownError("the line is down")
        if self._pushed and self._happens(self.faults.stale):
            self.parent.push(self._site, self._pushed[self._below(len(self._pushed))])
        arriving = self._harm(data)
        if arriving == data:
            self._pushed.append(data)
            if self._happens(self.faults.repeated):
                self.parent.push(self._site, data)
        return self._carry(lambda: self.parent.push(self._site, arriving))

    def fetch(self, fetch: Fetch) -> bytes | RestartOrder | None:
        """See `Transport.fetch`; it never waits."""
        answer = self._carry(lambda: self.parent.fetch(self._site, _travelled(fetch)))
        return self._harm(answer) if isinstance(answer, bytes) else answer

    def recall(self, recall: Recall) -> bytes | None:
        """See `Transport.recall`."""
        answer = self._carry(lambda: self.parent.recall(self._site, _travelled(recall)))
        return None if answer is None else self._harm(answer)

    def status(self, status: Status) -> None:
        """See `Transport.status`."""
        self._carry(lambda: self.parent.status(self._site, _travelled(status)))

    def ask(self, asked: Asked) -> bytes:
        """See `Online.ask`."""
        return self._harm(self._carry(lambda: self.parent.answer(self._site, _travelled(asked))))

    def close(self) -> None:
        """Cut the line for good."""
        self.down = True

    def _carry(self, call: Callable[[], T]) -> T:
        if self.down or self._happens(self.faults.lost):
            raise LinkDownError("the line is down")
        answer = call()
        if self._happens(self.faults.unanswered):
            raise LinkDownError("the answer was lost")
        return answer

    def _harm(self, data: bytes) -> bytes:
        if self._happens(self.faults.damaged):
            place = self._below(len(data))
            return data[:place] + bytes([data[place] ^ 1 << self._below(8)]) + data[place + 1 :]
        if self._happens(self.faults.cut):
            return data[: self._below(len(data))]
        return data

    def _below(self, end: int) -> int:
        return int(self._random.random() * end)

    def _happens(self, chance: float) -> bool:
        return self._random.random() < chance


M = TypeVar("M", bound=BaseModel)


def _travelled(message: M) -> M:
    """A message as it comes out at the other end."""
    return type(message).model_validate_json(message.model_dump_json())


class MemoryInquirer:
    """A child's way to ask a parent's desk in the same process; see `replication.inquiry.Above`.

    `down` cuts the line. While `hanging` is set, a question is held up on its way until `released`.
    """

    def __init__(
        self, desk: InquiryDesk, site: str, faults: Faults | None = None, seed: int = 0
    ) -> None:
        self._desk = desk
        self._site = site
        self._random = random.Random(seed)  # noqa: S311 - faults by seed, no secret
        self.faults = faults or Faults()
        self.down = False
        self.hanging = False
        self.released = threading.Event()

    def inquire(self, inquiry: Inquiry, seconds: float) -> InquiryAnswer:
        """See `Above.inquire`."""
        sent = passed_on(_travelled(inquiry), seconds)
        if self.down or self._random.random() < self.faults.lost:
            raise NotAnsweredError("line_down", "the line is down")
        if self.hanging:
            self.released.wait()
        try:
            answer = self._desk.take(self._site, sent).wait()
        except BusyError as error:
            raise NotAnsweredError("busy", str(error)) from error
        if self._random.random() < self.faults.unanswered:
            raise NotAnsweredError("late", "the answer was lost")
        return _travelled(answer)

    def cancel(self, uuid: str) -> None:
        """See `Above.cancel`."""
        if not self.down:
            self._desk.cancel(self._site, uuid)

    def close(self) -> None:
        """Cut the line for good, and let go of whoever waits."""
        self.down = True
        self.released.set()
