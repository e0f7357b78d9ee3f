"""Verifying headquarters: its journals, the tickets and stock made from them, and what it told the branches.

Nobody stands above headquarters to compare feeds with: it is their source. Its own tables and the
records that it published were written together; where they differ, nothing here tells which of them
is right, so a person looks. Tickets have their journal entry, and are written anew from it.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Engine, select

from replication import chain_check
from replication.digest import snapshot
from replication.digest_office import held_records
from replication.findings import Found, Report
from replication.streams import journal_of
from schemas.tables.catalogue_store import CatalogueStore
from schemas.tables.days import business_day
from schemas.tables.journal import stream
from schemas.tables.receipt_continuity import ReceiptContinuity
from schemas.tables.stock_digest import untrue_sums
from schemas.tables.ticket_digest import newest_dates
from schemas.tables.ticket_truth import reproject, untrue

#: How many of each branch's newest business days are looked at when none is named.
NEWEST = 31


def verify(engine: Engine, *, day: date | None = None, repair: bool = False) -> Report:
    """Recompute the journals, and write tickets anew if asked to."""
    report = _days(engine, day, repair=repair)
    if day is not None:
        return report
    return _journals(engine).joined(_catalogue(engine)).joined(_stock(engine)).joined(report)


def _journals(engine: Engine) -> Report:
    receipts = ReceiptContinuity()
    with snapshot(engine) as connection:
        checked = chain_check.check(connection, connection, receipts)
    found = [Found(one.stream, str(one)) for one in checked.breaks]
    found += [Found("receipts", one) for one in receipts.problems()]
    return Report(tuple(found), compared={"journal entries": checked.entries})


def _stock(engine: Engine) -> Report:
    """What is held of each item in each branch, against the sum of its moves."""
    with snapshot(engine) as connection:
        found = [Found(f"{one.branch} stock", str(one)) for one in untrue_sums(connection)]
    return Report(tuple(found))


def _catalogue(engine: Engine) -> Report:
    """The tables that the pages here show, against the records that everybody else was sent."""
    store = CatalogueStore()
    found: list[Found] = []
    records = 0
    with snapshot(engine) as connection:
        feeds = connection.execute(
            select(stream.c.name, stream.c.head).where(stream.c.name.like("feed:%"))
        ).all()
        for name, head in feeds:
            for kind, fields in store.known().items():
                here = dict(store.held(connection, name, kind, fields))
                sent = {
                    one.key: one.content
                    for one in held_records(connection, name, kind, fields, head)
                }
                records += len(sent)
                found += [
                    Found(f"{name} {kind}", f"{key}: {_words(here.get(key), sent.get(key))}")
                    for key in sorted({*here, *sent})
                    if here.get(key) != sent.get(key)
                ]
    return Report(tuple(found), compared={"published records": records})


def _words(here: bytes | None, sent: bytes | None) -> str:
    if here is None:
        return "was published, and is not in the table here"
    if sent is None:
        return "is in the table here, and was never published or was taken back"
    return "is another in the table here than was published"


def _days(engine: Engine, day: date | None, *, repair: bool) -> Report:
    with snapshot(engine) as connection:
        branches = connection.execute(select(business_day.c.branch).distinct()).scalars().all()
        days = [
            (branch, one)
            for branch in sorted(branches)
            for one in ([day] if day is not None else newest_dates(connection, branch, NEWEST))
        ]
    found: list[Found] = []
    for branch, one in days:
        found += _day(engine, branch, one, repair=repair)
    return Report(tuple(found), compared={"business days": len(days)})


def _day(engine: Engine, branch: str, day: date, *, repair: bool) -> list[Found]:
    """One day of one branch, in a transaction of its own."""
    journal = journal_of(branch)
    with engine.begin() as connection:
        return [
            Found(
                f"{branch} {day}",
                f"{one.receipt}: {one.problem} against its journal entry {', '.join(one.fields)}",
                repair and reproject(connection, journal, one),
            )
            for one in untrue(connection, branch, journal, day)
        ]
