"""Headquarters' answers to a branch that compares its business days (`schemas.wire.day_questions`), and its stock.

Each answer is of one state of the database and names how far the branch's journal is applied in it.
Writing anew is from entries that are held here, and of the asking branch alone: it changes nothing
but rows that are not what that branch itself once said.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, select

from hq.stock_answers import answer_stock
from replication import position
from replication.apply import Answer
from replication.digest import snapshot
from replication.streams import journal_of
from schemas.tables.day_figures import day_totals
from schemas.tables.days import business_day
from schemas.tables.ticket_digest import Content, dates_held, day_digest, held, ticket_hash
from schemas.tables.ticket_truth import journal_tickets, reproject, untrue
from schemas.wire.day_questions import (
    DAYS_TOPIC,
    REPROJECT_TOPIC,
    TICKETS_TOPIC,
    DayDigest,
    DaysAnswer,
    DaysAsk,
    ReprojectAnswer,
    ReprojectAsk,
    TicketsAnswer,
    TicketsAsk,
)
from schemas.wire.stock_questions import STOCK_TOPIC


def _days(engine: Engine, branch: str, question: Mapping[str, Any]) -> bytes:
    ask = DaysAsk.model_validate(question)
    with snapshot(engine) as connection:
        dates = dates_held(connection, branch, ask.since, ask.until)
        answer = DaysAnswer(
            through=position.find(connection, journal_of(branch), ask.epoch).through,
            days=tuple(_day(connection, branch, one) for one in dates),
        )
    return answer.model_dump_json().encode()


def _day(connection: Connection, branch: str, business_date: date) -> DayDigest:
    hashes = _hashes(held(connection, branch, business_date))
    totals = day_totals(connection, branch, business_date)
    row = connection.execute(
        select(business_day.c.state, business_day.c.revision).where(
            business_day.c.branch == branch, business_day.c.business_date == business_date
        )
    ).one_or_none()
    return DayDigest(
        business_date=business_date, digest=day_digest(hashes),
        state=row.state if row else "", revision=row.revision if row else 0,
        tickets=totals.tickets, gross=totals.gross, tenders=totals.tenders,
        over_short=totals.over_short,
    )  # fmt: skip


def _tickets(engine: Engine, branch: str, question: Mapping[str, Any]) -> bytes:
    ask = TicketsAsk.model_validate(question)
    with snapshot(engine) as connection:
        rows = held(connection, branch, ask.business_date)
        said = journal_tickets(connection, journal_of(branch), ask.business_date)
        answer = TicketsAnswer(
            through=position.find(connection, journal_of(branch), ask.epoch).through,
            hashes=_hashes(rows),
            contents={uuid: rows[uuid] for uuid in ask.uuids if uuid in rows},
            aside={uuid: one.aside for uuid, one in said.items() if one.aside is not None},
        )
    return answer.model_dump_json().encode()


def _reproject(engine: Engine, branch: str, question: Mapping[str, Any]) -> bytes:
    ask = ReprojectAsk.model_validate(question)
    journal = journal_of(branch)
    with engine.begin() as connection:
        wrong = untrue(connection, branch, journal, ask.business_date)
        done = tuple(one.receipt for one in wrong if reproject(connection, journal, one))
    return ReprojectAnswer(receipts=done).model_dump_json().encode()


def _hashes(rows: Mapping[str, Content]) -> dict[str, str]:
    return {uuid: ticket_hash(content) for uuid, content in rows.items()}


ANSWERS: dict[str, Answer] = {
    DAYS_TOPIC: _days,
    TICKETS_TOPIC: _tickets,
    REPROJECT_TOPIC: _reproject,
    STOCK_TOPIC: answer_stock,
}
