"""Verifying headquarters: the journals that it holds, and the tickets that it made from them.

Nobody stands above headquarters to compare feeds with: it is their source. Branches compare theirs.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Engine, select

from replication import chain_check
from replication.digest import snapshot
from replication.findings import Found, Report
from replication.streams import journal_of
from schemas.tables.days import business_day
from schemas.tables.receipt_continuity import ReceiptContinuity
from schemas.tables.ticket_digest import newest_dates
from schemas.tables.ticket_truth import reproject, untrue

#: How many of each branch's newest business days are looked at when none is named.
NEWEST = 31


def verify(engine: Engine, *, day: date | None = None, repair: bool = False) -> Report:
    """Recompute the journals, and write tickets anew if asked to."""
    report = _days(engine, day, repair=repair)
    return report if day is not None else _journals(engine).joined(report)


def _journals(engine: Engine) -> Report:
    receipts = ReceiptContinuity()
    with snapshot(engine) as connection:
        checked = chain_check.check(connection, connection, receipts)
    found = [Found(one.stream, str(one)) for one in checked.breaks]
    found += [Found("receipts", one) for one in receipts.problems()]
    return Report(tuple(found), compared={"journal entries": checked.entries})


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
