"""Inquiries that write: what one site decides for all who ask, once.

A kind is decided by one kind of site, the branch or headquarters; the table in
`schemas.wire.inquiries` names it. That site has a `Decide` for the kind; all others have none: they
pass the inquiry up as one that they do not know, and never write.

    what this site holds of the uuid      what is done, in one transaction           the asker is told
    nothing                               decided, and the answer kept beside it     the answer
    an answer to the same question        nothing                                    the same answer
    an answer to another question         nothing                                    refused

    what comes between                    is written   the asker is told           asking again
    the body does not read                nothing      refused, with the reason    the same
    the deadline or a cancel comes first  nothing      late, cancelled             is decided then
    a kill, a full disk, a failed commit  nothing      failed, late, line_down     is decided then
    the answer is lost after the commit   everything   late, line_down             the same answer

So who was told nothing does not know what was decided, and asks again with the uuid of before until it
is told (`InquiryDesk.ask` takes it); what it no longer wants it gives back by an inquiry of its own.
Two that come at once with one uuid wait for each other. Answers are kept for `KEPT`, after which the
uuid is new again; a database that was put back has forgotten what it decided since.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from replication.clock import Clock
from replication.inquiry import Finding, Outcome
from replication.messages import Inquiry
from schemas.tables.inquiry import inquiry_decision
from schemas.wire import canonical

#: Longer than anybody asks again.
KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a site is to decide: of whom it is asked, and when on the deciding site's clock."""

    uuid: str
    asked_by: str
    body: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided; a body is JSON without floats."""

    outcome: Outcome
    body: Mapping[str, Any] = field(default_factory=dict)


#: Decides a claim of one kind and writes what follows from it, on the connection alone. It raises
#: ValueError for a body that it cannot read; then nothing is written and the inquiry is refused with those
#: words. A no that has to hold is a `Decision` like a yes.
Decide = Callable[[Connection, Claim], Decision]


class Decisions:
    """The kinds that a site decides, on its clock."""

    def __init__(self, clock: Clock, deciders: Mapping[str, Decide]) -> None:
        self._clock = clock
        self._deciders = deciders

    def holds(self, kind: str) -> bool:
        """Whether this site decides inquiries of that kind."""
        return kind in self._deciders

    def decide(self, connection: Connection, inquiry: Inquiry) -> Finding:
        """The answer to an inquiry, decided now or before, in the caller's transaction.

        Raises ValueError; the caller then rolls back.
        """
        asked = hashlib.sha256(canonical.encode(inquiry.body)).digest()
        question = (inquiry.kind, inquiry.asked_by, asked)
        now = self._clock()
        if not _begun(connection, inquiry.uuid, question, now):
            return _kept(connection, inquiry.uuid, question)
        claim = Claim(inquiry.uuid, inquiry.asked_by, inquiry.body, now)
        decision = self._deciders[inquiry.kind](connection, claim)
        connection.execute(
            update(inquiry_decision)
            .where(inquiry_decision.c.uuid == inquiry.uuid)
            .values(outcome=decision.outcome, answer=canonical.encode(decision.body))
        )
        return Finding(decision.outcome, decision.body, certain=True)


def forgetting(engine: Engine) -> Callable[[datetime], int]:
    """The nightly task of a site that decides: forget answers that nobody asks for any more."""

    def task(now: datetime) -> int:
        old = delete(inquiry_decision).where(inquiry_decision.c.decided < now - KEPT)
        with engine.begin() as connection:
            return connection.execute(old).rowcount

    return task


def _begun(
    connection: Connection, uuid: str, question: tuple[str, str, bytes], now: datetime
) -> bool:
    """Take the uuid; False when it is taken. Another transaction that has just taken it is waited for."""
    kind, asked_by, asked = question
    row = {
        "uuid": uuid, "kind": kind, "asked_by": asked_by, "asked": asked, "outcome": "unknown",
        "answer": b"{}", "decided": now,
    }  # fmt: skip
    statement = insert(inquiry_decision).values(row).on_conflict_do_nothing()
    taken = connection.execute(statement.returning(inquiry_decision.c.uuid))
    return taken.first() is not None


def _kept(connection: Connection, uuid: str, question: tuple[str, str, bytes]) -> Finding:
    held: Row[Any] = connection.execute(
        select(inquiry_decision).where(inquiry_decision.c.uuid == uuid)
    ).one()
    if (held.kind, held.asked_by, bytes(held.asked)) != question:
        raise ValueError(f"{uuid} is the uuid of another question: ask with a uuid of its own")
    return Finding(held.outcome, canonical.decode(bytes(held.answer)), certain=True)
