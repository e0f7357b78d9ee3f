"""What a branch asks headquarters to compare a business day, and what it is answered.

    topic     question       answer
    days      DaysAsk        DaysAnswer: per day a digest over its tickets, its totals and its state
    tickets   TicketsAsk     TicketsAnswer: the hash of each ticket of a day, or what some of them say
    reproject ReprojectAsk   ReprojectAnswer: tickets that were written anew from the journal held there

Whoever asks is asked about: a branch is answered about itself alone. `through` is how far the
journal of the branch is applied there, in the epoch that it named.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict

DAYS_TOPIC = "days"
TICKETS_TOPIC = "tickets"
REPROJECT_TOPIC = "reproject"


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True)


class DaysAsk(_Message):
    """Every day from `since` through `until`."""

    epoch: str
    since: date
    until: date


class DayDigest(_Message):
    """One day: SHA-256 in hex over (uuid, hash) of its tickets, and what it adds up to there."""

    business_date: date
    digest: str
    state: str
    revision: int
    tickets: int
    gross: int
    tenders: Mapping[str, int]
    over_short: Mapping[str, int]


class DaysAnswer(_Message):
    """The days that are held, in order."""

    through: int
    days: tuple[DayDigest, ...]


class TicketsAsk(_Message):
    """The tickets of a day; what the named ones say, if any is named."""

    epoch: str
    business_date: date
    uuids: tuple[str, ...] = ()


class TicketsAnswer(_Message):
    """`hashes` by UUID; `contents` of those that were named; `aside` why one was not projected."""

    through: int
    hashes: Mapping[str, str]
    contents: Mapping[str, Mapping[str, Any]]
    aside: Mapping[str, str]


class ReprojectAsk(_Message):
    """Write the day's tickets anew where they are not what the journal says."""

    business_date: date


class ReprojectAnswer(_Message):
    """The receipts of the tickets that were written anew."""

    receipts: tuple[str, ...]
