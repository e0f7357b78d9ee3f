"""Numbered exports of the days' figures, for whoever keeps books of them: the difference is exported.

    a day                                   is in the next export
    closed, never exported                  whole, `new`
    closed again since, or corrected        by how much it differs from all exports, `reclosed`, with the
                                            reason for which it was reopened
    with receipts that came after a close,  the same, `late`
    or corrections before the next
    never closed                            not at all
    as exported                             not at all

*Property*: for every day that was ever exported, the sum of all exports is its figures at the last one. An
export never changes: it can be taken away again as it was. A day of a locked period is looked at again
only when it got another revision, because nothing else can change it.

Figures: sales and tax as posted to the day, tenders by kind (cash net of change), rounding, over or short
by what is counted; amounts in minor units, of the branch's currency, or of the foreign one that is counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, get_args

from sqlalchemy import Connection, and_, func, insert, select, text

from hq import periods
from hq.audit import note
from hq.refusal import RefusalError
from hq.reports.branches import KnownBranch, known_branches
from replication.console.languages import msgid
from schemas.domain.till import is_currency
from schemas.tables.day_figures import day_totals
from schemas.tables.day_ledger import day_export, day_export_line
from schemas.tables.days import business_day, day_reopening
from schemas.tables.tickets import ticket, ticket_line

Figure = Literal["sales", "tax", "rounding", "tender", "over_short"]
FIGURES: tuple[Figure, ...] = get_args(Figure)
Cause = Literal["new", "reclosed", "late"]

_NOTHING = msgid("Nothing changed since the last export: there is nothing to export.")
# Two exports at once would hold the same. A number of our own choosing.
_LOCK = 8_470_023


class NothingToExportError(RefusalError):
    """All of it was exported before."""


@dataclass(frozen=True, slots=True)
class Export:
    """One export; `days` and `lines` say how much is in it, `through` its newest business date."""

    number: int
    at: datetime
    operator: str
    through: date
    days: int
    lines: int


@dataclass(frozen=True, slots=True)
class Line:
    """By how much a figure of a day differs from what was exported before; `key` names kind or currency."""

    branch: str
    business_date: date
    figure: Figure
    key: str
    amount: int
    currency: str
    revision: int
    cause: Cause
    reason: str


def pending(connection: Connection, currency: str) -> list[Line]:
    """What the next export will hold; `currency` is of branches that have none of their own."""
    return [line for day in _to_look_at(connection) for line in _lines(connection, day, currency)]


def export(connection: Connection, operator: str, currency: str, now: datetime) -> Export:
    """Make the next export. Raises NothingToExportError."""
    connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    lines = pending(connection, currency)
    if not lines:
        raise NothingToExportError(_NOTHING)
    last = connection.execute(select(func.max(day_export.c.number))).scalar() or 0
    through = max(line.business_date for line in lines)
    row = {"number": last + 1, "at": now, "operator": operator, "through": through}
    connection.execute(insert(day_export).values(row))
    connection.execute(insert(day_export_line), [_row(last + 1, line) for line in lines])
    note(connection, now, operator, "day_ledger.export", str(last + 1), f"{len(lines)} lines")
    days = {(line.branch, line.business_date) for line in lines}
    return Export(last + 1, now, operator, through, len(days), len(lines))


def exports(connection: Connection, limit: int = 100) -> list[Export]:
    """The newest exports."""
    one, line = day_export.c, day_export_line.c
    days = func.count(func.distinct(func.concat(line.branch, " ", line.business_date)))
    rows = connection.execute(
        select(one.number, one.at, one.operator, one.through, days, func.count(line.number))
        .outerjoin(day_export_line, line.number == one.number)
        .group_by(one.number)
        .order_by(one.number.desc())
        .limit(limit)
    )
    return [Export(*row) for row in rows]


def lines_of(connection: Connection, number: int) -> list[Line]:
    """What an export holds, as it was made."""
    line = day_export_line.c
    rows = connection.execute(
        select(day_export_line)
        .where(line.number == number)
        .order_by(line.branch, line.business_date, line.figure, line.key)
    )
    return [
        Line(
            row.branch, row.business_date, row.figure, row.key, row.amount, row.currency,
            row.revision, row.cause, row.reason,
        )
        for row in rows
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Day:
    branch: KnownBranch
    business_date: date
    revision: int
    exported: int | None  # the revision that was exported last


def _to_look_at(connection: Connection) -> Iterator[_Day]:
    """Days that were closed at least once and may differ from what was exported of them."""
    known = {one.branch: one for one in known_branches(connection)}
    locks = {code: periods.in_force(connection, code) for code in known}
    day, line = business_day.c, day_export_line.c
    before = (
        select(line.branch, line.business_date, func.max(line.revision).label("revision"))
        .group_by(line.branch, line.business_date)
        .subquery()
    )
    same = and_(before.c.branch == day.branch, before.c.business_date == day.business_date)
    rows = connection.execute(
        select(day.branch, day.business_date, day.revision, before.c.revision.label("exported"))
        .outerjoin(before, same)
        .where(day.revision > 0, day.branch.in_(sorted(known)))
        .order_by(day.branch, day.business_date)
    ).all()
    for row in rows:
        lock = locks[row.branch]
        settled = lock is not None and row.business_date <= lock.through
        if not (settled and row.exported == row.revision):
            yield _Day(known[row.branch], row.business_date, row.revision, row.exported)


def _lines(connection: Connection, day: _Day, currency: str) -> Iterator[Line]:
    now = _figures(connection, day)
    before = _exported(connection, day)
    cause: Cause = "new"
    if day.exported is not None:
        cause = "late" if day.exported == day.revision else "reclosed"
    reason = _reason(connection, day) if cause == "reclosed" else ""
    own = day.branch.currency or currency
    changed = {key for key in {*now, *before} if now.get(key, 0) != before.get(key, 0)}
    # A day without any sale is told too, so that nobody waits for it.
    changed |= {("sales", "")} if cause == "new" else set()
    for figure, key in sorted(changed):
        amount = now.get((figure, key), 0) - before.get((figure, key), 0)
        yield Line(
            day.branch.branch, day.business_date, figure, key, amount,
            key if is_currency(key) else own, day.revision, cause, reason,
        )  # fmt: skip


def _figures(connection: Connection, day: _Day) -> dict[tuple[Figure, str], int]:
    branch, on = day.branch.branch, day.business_date
    posted = and_(ticket.c.branch == branch, ticket.c.posted == on)
    rounding = connection.execute(
        select(func.coalesce(func.sum(ticket.c.rounding), 0)).where(posted)
    ).scalar_one()
    tax = connection.execute(
        select(func.coalesce(func.sum(ticket_line.c.tax), 0))
        .join_from(ticket, ticket_line, ticket_line.c.ticket == ticket.c.uuid)
        .where(posted, ~ticket_line.c.voided)
    ).scalar_one()
    totals = day_totals(connection, branch, on)
    figures: dict[tuple[Figure, str], int] = {
        ("sales", ""): totals.gross, ("tax", ""): int(tax), ("rounding", ""): int(rounding),
    }  # fmt: skip
    figures |= {("tender", kind): amount for kind, amount in totals.tenders.items()}
    figures |= {("over_short", key): amount for key, amount in totals.over_short.items()}
    return figures


def _exported(connection: Connection, day: _Day) -> dict[tuple[Figure, str], int]:
    line = day_export_line.c
    rows = connection.execute(
        select(line.figure, line.key, func.sum(line.amount).label("amount"))
        .where(line.branch == day.branch.branch, line.business_date == day.business_date)
        .group_by(line.figure, line.key)
    ).all()
    return {(row.figure, row.key): int(row.amount) for row in rows}


def _reason(connection: Connection, day: _Day) -> str:
    """Why the day was reopened since it was exported, in the words of who did it."""
    again = day_reopening.c
    rows = connection.execute(
        select(again.reason)
        .where(
            again.branch == day.branch.branch,
            again.business_date == day.business_date,
            again.revision >= (day.exported or 0),
        )
        .order_by(again.revision)
    ).scalars()
    return "; ".join(rows)


def _row(number: int, line: Line) -> dict[str, Any]:
    return {
        "number": number, "branch": line.branch, "business_date": line.business_date,
        "figure": line.figure, "key": line.key, "amount": line.amount, "currency": line.currency,
        "revision": line.revision, "cause": line.cause, "reason": line.reason,
    }  # fmt: skip
