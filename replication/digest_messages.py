"""What a child asks its parent when it compares what both hold, and what it is answered.

    topic     question      answer
    feed      FeedAsk       FeedAnswer: a digest per range of keys, or the keys of some ranges
    records   RecordsAsk    a signed batch of the sort "repair": the true records of these keys

Further topics belong to the sites that register them (`replication.apply.Inbound.answers`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from replication.errors import RefusedError
from replication.messages import Message

FEED_TOPIC = "feed"
RECORDS_TOPIC = "records"

#: `applied` compares what the tables in use hold, `relayed` the records kept for the sites below.
View = Literal["applied", "relayed"]
#: Why two sites cannot be compared now: another epoch is served, the parent loads, the asker has to
#: load anew, it is ahead of its parent, or more changed since than is worth telling.
Obstacle = Literal["epoch", "loading", "restart", "ahead", "moved"]


class Asked(Message):
    """One question; what it asks is read by whoever answers the topic."""

    topic: str
    question: Mapping[str, Any]


class KeyRange(Message):
    """The keys of a kind with low ≤ key < high; None is no end."""

    kind: str
    low: str
    high: str | None


class RangeDigest(KeyRange):
    """SHA-256 in hex over what a range holds, in order of its keys, and of how many records."""

    count: int
    digest: str


class KeyHash(Message):
    """One record of a range: its number and the hash of what is compared of it."""

    kind: str
    key: str
    number: int
    hash: str


class FeedAsk(Message):
    """Compare a feed at a position. `fields` are those that the asker knows, by kind.

    Without `ranges` the parent cuts its keys into ranges and tells their digests; with them it tells
    every key in them.
    """

    stream: str
    epoch: str
    through: int
    view: View
    fields: Mapping[str, list[str]]
    ranges: tuple[KeyRange, ...] = ()


class FeedAnswer(Message):
    """What the parent holds at the asker's position, the keys aside that changed since (`moved`).

    `fields` are those that were compared; `head` is where the parent stands itself.
    """

    epoch: str
    head: int
    obstacle: Obstacle | None = None
    moved: Mapping[str, list[str]] = {}
    fields: Mapping[str, list[str]] = {}
    ranges: tuple[RangeDigest, ...] = ()
    keys: tuple[KeyHash, ...] = ()


class RecordsAsk(Message):
    """The newest records of these keys, by kind, in a wire version that the asker reads."""

    stream: str
    epoch: str
    keys: Mapping[str, list[str]]
    wire: int = 1


Answered = TypeVar("Answered", bound=BaseModel)


def read_answer(model: type[Answered], data: bytes) -> Answered:
    """An answer as what it must be. Raises RefusedError malformed: it came from another machine."""
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        message = f"the parent's answer does not read: {error.errors()[0]['msg']}"
        raise RefusedError("malformed", message) from error
