"""Messages (留言) of the branch to its lanes: sent down the branch's own feed, shown until they are seen.

    sent ──▶ at the lanes, until somebody there acknowledges it ──▶ seen: told by the lane, see `board`
      ├─ taken back ──▶ gone from the lanes
      └─ its time is over ──▶ hidden by each lane on its clock; its record is deleted with the next one sent

A lane that is switched off shows it when it comes back, if it still holds then.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from branch import audit
from branch.lanes import is_lane_name
from branch.wording import RefusalError
from replication import feed
from replication.console.languages import msgid
from replication.streams import local_feed
from schemas.tables.feed import feed_record
from schemas.wire.records import LaneMessage

#: As much as a cashier reads between two scans.
LONGEST = 200
#: For how many minutes a message may hold: up to a day.
MOST_MINUTES = 24 * 60


class MessageError(RefusalError):
    """A message that cannot be sent or taken back; it names the reason."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What is to be said: to one lane, or all where `lane` is empty, for so many minutes."""

    lane: str
    text: str
    minutes: int
    sender: str
    name: str


def send(connection: Connection, branch: str, asked: Sending, now: datetime) -> LaneMessage:
    """Send a message. Raises MessageError."""
    words = " ".join(asked.text.split())
    if not words:
        raise MessageError(msgid("A message needs words"))
    if len(words) > LONGEST:
        raise MessageError(
            msgid("A message has at most %(most)s characters, this one has %(has)s"),
            most=LONGEST,
            has=len(words),
        )
    if asked.lane and not is_lane_name(branch, asked.lane):
        raise MessageError(
            msgid("“%(lane)s” is no lane of %(branch)s"), lane=asked.lane, branch=branch
        )
    if not 1 <= asked.minutes <= MOST_MINUTES:
        raise MessageError(msgid("A message holds for 1 to %(most)s minutes"), most=MOST_MINUTES)
    until = now + timedelta(minutes=asked.minutes)
    message = LaneMessage(
        message=str(uuid.uuid4()), lane=asked.lane, text=words, sender=asked.sender,
        name=asked.name, at=now, until=until,
    )  # fmt: skip
    over = [one for one in _all(connection, branch) if one.until < now]
    drafts = [*map(_gone, over), _draft(message)]
    audit.note(connection, now, asked.sender, "lane.message", asked.lane or branch, words)
    feed.publish(connection, {local_feed(branch): drafts})
    return message


def take_back(
    connection: Connection, branch: str, message: str, operator: str, now: datetime
) -> None:
    """Have the lanes show a message no longer. Raises MessageError when there is none."""
    found = next((one for one in _all(connection, branch) if one.message == message), None)
    if found is None:
        raise MessageError(msgid("This message is over, or was taken back before"))
    audit.note(
        connection, now, operator, "lane.message_taken_back", found.lane or branch, found.text
    )
    feed.publish(connection, {local_feed(branch): [_gone(found)]})


def holding(connection: Connection, branch: str, now: datetime) -> tuple[LaneMessage, ...]:
    """The messages whose time is not over, the newest first."""
    held = (one for one in _all(connection, branch) if one.until > now)
    return tuple(sorted(held, key=lambda one: one.at, reverse=True))


def _all(connection: Connection, branch: str) -> Iterable[LaneMessage]:
    bodies = connection.execute(
        select(feed_record.c.body).where(
            feed_record.c.stream == local_feed(branch),
            feed_record.c.kind == LaneMessage.kind,
            ~feed_record.c.deleted,
        )
    ).scalars()
    return [LaneMessage.model_validate_json(bytes(body)) for body in bodies]


def _draft(message: LaneMessage) -> feed.Draft:
    return feed.Draft(message.kind, message.record_key(), message.version, message.encode())


def _gone(message: LaneMessage) -> feed.Draft:
    return feed.Draft(message.kind, message.record_key(), message.version, b"", deleted=True)
