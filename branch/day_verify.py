"""The branch's business days against headquarters', and against the journal they were made from.

    what differs                             what is told            what a repair does
    rows here and the own journal            the receipt, fields     written anew here
    a ticket that only one of both holds     the receipt, where      written anew where a journal entry
                                                                     of it is held; else a person looks
    a ticket that both hold otherwise        the receipt, fields     as above, at either side
    totals, state or revision of a day       the figures             nothing: they follow from the rest

Compared is what headquarters has applied: tickets behind its position are on their way. Totals and
states are compared when nothing is on its way at all. Journals are the truth and are never touched.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, select

from replication import journal
from replication.digest import snapshot
from replication.digest_messages import Asked, read_answer
from replication.findings import Found, Report
from replication.streams import journal_of
from replication.transport.base import Online
from schemas.domain.day import DayTotals
from schemas.tables.day_figures import day_totals
from schemas.tables.days import business_day
from schemas.tables.journal import journal_entry
from schemas.tables.ticket_digest import (
    Content,
    dates_held,
    day_digest,
    differing_fields,
    held,
    newest_dates,
    receipt_of,
    ticket_hash,
)
from schemas.tables.ticket_truth import reproject, untrue
from schemas.wire.day_questions import (
    DAYS_TOPIC,
    REPROJECT_TOPIC,
    TICKETS_TOPIC,
    DayDigest,
    DaysAnswer,
    DaysAsk,
    ReprojectAsk,
    TicketsAnswer,
    TicketsAsk,
)

#: How many of the newest business days are compared when none is named.
NEWEST = 31
_CONTENTS_AT_ONCE = 200


@dataclass(frozen=True, slots=True, order=True)
class _Difference:
    day: date
    subject: str
    what: str


def verify_days(
    engine: Engine, branch: str, parent: Online, day: date | None, *, repair: bool,
    newest: int = NEWEST,
) -> Report:  # fmt: skip
    """Compare one day, or the newest. Raises LinkDownError or RefusedError."""
    with snapshot(engine) as connection:
        dates = [day] if day is not None else newest_dates(connection, branch, newest)
    if not dates:
        return Report(compared={"business days": 0})
    days = _Days(engine, branch, parent)
    before = days.differences(dates[0], dates[-1])
    after = before
    if repair and before:
        for one in sorted({one.day for one in before}):
            days.repair(one)
        after = days.differences(dates[0], dates[-1])
    left = set(after)
    found = tuple(
        Found(one.day.isoformat(), f"{one.subject}: {one.what}", one not in left)
        for one in sorted({*before, *after})
    )
    return Report(found, compared={"business days": len(dates)})


class _Days:
    def __init__(self, engine: Engine, branch: str, parent: Online) -> None:
        self._engine, self._branch, self._parent = engine, branch, parent
        self._journal = journal_of(branch)
        with snapshot(engine) as connection:
            self._epoch = journal.head_of(connection, self._journal).epoch

    def differences(self, since: date, until: date) -> list[_Difference]:
        """Everything that differs on these days."""
        ask = DaysAsk(epoch=self._epoch, since=since, until=until)
        answer = read_answer(DaysAnswer, self._ask(DAYS_TOPIC, ask.model_dump(mode="json")))
        there = {one.business_date: one for one in answer.days}
        found: list[_Difference] = []
        suspects: list[date] = []
        # Behind the answer: whatever headquarters has is held here by now.
        with snapshot(self._engine) as connection:
            unsent, pending = self._unsent(connection, answer.through)
            for one in sorted({*there, *dates_held(connection, self._branch, since, until)}):
                found += self._against_journal(connection, one)
                hashes = self._hashes(connection, one, unsent)
                theirs = there.get(one)
                if theirs is None:
                    suspects += [one] if hashes else []
                    continue
                if theirs.digest != day_digest(hashes):
                    suspects.append(one)
                if not pending:
                    found += self._figures(connection, theirs)
        for one in suspects:
            found += self._tickets(one)
        return found

    def repair(self, day: date) -> None:
        """Write anew, here and at headquarters, what is not as the journal held there says."""
        with self._engine.begin() as connection:
            for wrong in untrue(connection, self._branch, self._journal, day):
                reproject(connection, self._journal, wrong)
        self._ask(REPROJECT_TOPIC, ReprojectAsk(business_date=day).model_dump(mode="json"))

    def _against_journal(self, connection: Connection, day: date) -> Iterator[_Difference]:
        for wrong in untrue(connection, self._branch, self._journal, day):
            what = {
                "missing": "its rows are missing here, its journal entry is held",
                "changed": f"its rows here are not as its journal entry says: {', '.join(wrong.fields)}",
                "surplus": "no journal entry here says it: a person must look",
            }[wrong.problem]
            yield _Difference(day, wrong.receipt, what)

    def _figures(self, connection: Connection, theirs: DayDigest) -> Iterator[_Difference]:
        day = theirs.business_date
        row = connection.execute(
            select(business_day.c.state, business_day.c.revision).where(
                business_day.c.branch == self._branch, business_day.c.business_date == day
            )
        ).one_or_none()
        here = (row.state, row.revision) if row is not None else ("", 0)
        if here != (theirs.state, theirs.revision):
            what = f"{here[0]} {here[1]} here, {theirs.state} {theirs.revision} at headquarters"
            yield _Difference(day, "state and revision", what)
        said = DayTotals(theirs.tickets, theirs.gross, theirs.tenders, theirs.over_short)
        own = day_totals(connection, self._branch, day)
        for name, mine, other in _compared_totals(own, said):
            yield _Difference(day, name, f"{mine} here, {other} at headquarters")

    def _tickets(self, day: date) -> list[_Difference]:
        answer = self._ask_tickets(day, ())
        with snapshot(self._engine) as connection:
            unsent, _ = self._unsent(connection, answer.through)
            rows = held(connection, self._branch, day)
        here = {uuid: ticket_hash(rows[uuid]) for uuid in rows if uuid not in unsent}
        there = answer.hashes
        unlike = sorted(uuid for uuid in {*here, *there} if here.get(uuid) != there.get(uuid))
        contents = self._contents(day, [uuid for uuid in unlike if uuid in there])
        return [
            _Difference(day, *_named(uuid, rows.get(uuid), contents.get(uuid), answer.aside))
            for uuid in unlike
        ]

    def _contents(self, day: date, uuids: list[str]) -> dict[str, Content]:
        contents: dict[str, Content] = {}
        for start in range(0, len(uuids), _CONTENTS_AT_ONCE):
            some = tuple(uuids[start : start + _CONTENTS_AT_ONCE])
            contents |= self._ask_tickets(day, some).contents
        return contents

    def _ask_tickets(self, day: date, uuids: tuple[str, ...]) -> TicketsAnswer:
        ask = TicketsAsk(epoch=self._epoch, business_date=day, uuids=uuids)
        return read_answer(TicketsAnswer, self._ask(TICKETS_TOPIC, ask.model_dump(mode="json")))

    def _ask(self, topic: str, question: Mapping[str, Any]) -> bytes:
        return self._parent.ask(Asked(topic=topic, question=question))

    def _hashes(self, connection: Connection, day: date, unsent: set[str]) -> dict[str, str]:
        return {
            uuid: ticket_hash(content)
            for uuid, content in held(connection, self._branch, day).items()
            if uuid not in unsent
        }

    def _unsent(self, connection: Connection, through: int) -> tuple[set[str], bool]:
        """The UUIDs of tickets that headquarters has not applied yet, and whether it lacks anything."""
        rows = connection.execute(
            select(journal_entry.c.kind, journal_entry.c.body).where(
                journal_entry.c.stream == self._journal,
                journal_entry.c.epoch == self._epoch,
                journal_entry.c.sequence > through,
            )
        ).all()
        return {uuid for row in rows if (uuid := _uuid_in(row.kind, row.body))}, bool(rows)


def _uuid_in(kind: str, body: bytes) -> str | None:
    """The ticket that an entry is about; one that does not read is in no table either."""
    if kind not in ("ticket", "ticket.corrected"):
        return None
    try:
        return str(json.loads(body)["uuid"])
    except (ValueError, KeyError, TypeError):
        return None


def _named(
    uuid: str, here: Content | None, there: Content | None, aside: Mapping[str, str]
) -> tuple[str, str]:
    if there is None:
        name = receipt_of(here) if here is not None else uuid
        if uuid in aside:
            return name, f"missing at headquarters, where its entry was set aside: {aside[uuid]}"
        return name, "missing at headquarters"
    if here is None:
        return receipt_of(there), "missing here, held at headquarters"
    return receipt_of(
        there
    ), f"differs from headquarters: {', '.join(differing_fields(here, there))}"


def _compared_totals(own: DayTotals, said: DayTotals) -> Iterator[tuple[str, int, int]]:
    yield from (
        (name, mine, theirs)
        for name, mine, theirs in (
            ("tickets", own.tickets, said.tickets), ("gross", own.gross, said.gross),
        )
        if mine != theirs
    )  # fmt: skip
    for name, mine_by, theirs_by in (
        ("tender", own.tenders, said.tenders), ("over/short", own.over_short, said.over_short),
    ):  # fmt: skip
        for kind in sorted({*mine_by, *theirs_by}):
            if mine_by.get(kind, 0) != theirs_by.get(kind, 0):
                yield f"{name} {kind}", mine_by.get(kind, 0), theirs_by.get(kind, 0)
