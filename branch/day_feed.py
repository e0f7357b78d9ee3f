"""The branch's word to its lanes on its business days, published with what it says (invariant 3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Literal

from sqlalchemy import Connection

from replication import feed
from replication.streams import local_feed
from schemas.domain.day import DayClosed, DayEnded, DayOpened, DayReopened
from schemas.wire.entries import Fact
from schemas.wire.records import BusinessDay

#: What lanes are told of a date.
Told = Literal["open", "closed", "reopened"]


def announce(connection: Connection, branch: str, dates: Iterable[date], state: Told) -> None:
    """Tell the lanes that these dates are in this state; it travels when the transaction commits."""
    drafts = [_draft(BusinessDay(business_date=one, state=state)) for one in dates]
    feed.publish(connection, {local_feed(branch): drafts})


def announce_facts(connection: Connection, branch: str, facts: Iterable[Fact]) -> None:
    """Tell the lanes what these facts make of the branch's dates; they need to know of nothing else."""
    states: dict[date, Told] = {}
    for fact in facts:
        match fact:
            case DayOpened():
                states[fact.business_date] = "open"
            case DayClosed() | DayEnded():
                # To a lane both are a date on which it opens no shift; one of an older release knows
                # no other word for it.
                states[fact.business_date] = "closed"
            case DayReopened():
                states[fact.business_date] = "reopened"
            case _:
                pass
    for on, state in states.items():
        announce(connection, branch, [on], state)


def _draft(record: BusinessDay) -> feed.Draft:
    return feed.Draft(record.kind, record.record_key(), record.version, record.encode())
