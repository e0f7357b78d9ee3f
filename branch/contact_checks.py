"""What the day close says of lanes that were not heard of, still send, or go by a wrong clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from branch import lanes
from branch.checks import Check, Finding
from branch.lanes import Lane
from replication.console.languages import msgid

#: A lane reports every few seconds; beyond this it counts as silent.
SILENT_AFTER = timedelta(minutes=15)
#: A report travels for a moment and a clock is never exact: from here on it is wrong.
SKEW_TOLERATED = timedelta(minutes=2)

_NEVER_HEARD = Finding(
    "lane_silent",
    msgid("Lane %(lane)s has never been heard of"),
    msgid("Switch it on and wait; if it has sold nothing since, accept this"),
    "/lanes",
)
_SILENT = Finding(
    "lane_silent",
    msgid("Lane %(lane)s was last heard of at %(since)s; entries not yet sent then: %(unsent)s"),
    _NEVER_HEARD.way_out,
    "/lanes",
)
_SENDING = Finding(
    "lane_sending",
    msgid("Lane %(lane)s is still sending; entries to go: %(unsent)s"),
    msgid("Wait a moment and look again"),
    "/lanes",
)
_AHEAD = Finding(
    "clock_skew",
    msgid("The clock of lane %(lane)s is ahead by %(minutes)s minutes"),
    msgid("Set the clock of that machine; its receipts keep the times that they bear"),
    "/lanes",
)
_BEHIND = Finding(
    "clock_skew",
    msgid("The clock of lane %(lane)s is behind by %(minutes)s minutes"),
    _AHEAD.way_out,
    "/lanes",
)


def contact_checks(
    connection: Connection, branch: str, business_date: date, now: datetime
) -> Iterator[Check]:
    """The findings about lanes that may still hold something, and about their clocks."""
    del business_date
    for lane in lanes.lanes(connection, branch):
        if lane.revoked is not None:
            continue
        if lane.heard is None:
            yield _NEVER_HEARD.warns(lane.lane, lane=lane.lane)
        elif now - lane.heard > SILENT_AFTER:
            yield _SILENT.warns(lane.lane, lane=lane.lane, since=lane.heard, unsent=lane.unsent)
        elif lane.unsent:
            yield _SENDING.warns(lane.lane, lane=lane.lane, unsent=lane.unsent)
        yield from _clock(lane)


def _clock(lane: Lane) -> Iterator[Check]:
    """By how much its clock was off when it last spoke."""
    if lane.status is None or lane.heard is None:
        return
    skew = lane.status.clock - lane.heard
    if abs(skew) >= SKEW_TOLERATED:
        finding = _AHEAD if skew > timedelta() else _BEHIND
        minutes = round(abs(skew) / timedelta(minutes=1))
        yield finding.warns(lane.lane, lane=lane.lane, minutes=minutes)
