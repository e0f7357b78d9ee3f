"""Locked franchise statements: written once, numbered through the chain, and read as they were.

Of a branch they follow each other without a gap. A line of a statement is of its own period or, with another
`origin`, the difference of an earlier one; so what was settled of a statement's period is the sum of the lines of
that origin. What was sold on a day is kept as each statement saw it, so that a difference names its days.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, select

from schemas.domain.franchise.difference import Difference, add
from schemas.domain.franchise.term import KINDS, Term
from schemas.tables.franchise import (
    franchise_statement,
    franchise_statement_day,
    franchise_statement_line,
)

_LINE = franchise_statement_line.c
_DAY = franchise_statement_day.c


@dataclass(frozen=True, slots=True)
class Locked:
    """A locked statement; `lacks` is what it lacked then, by name. See `hq.franchise.statement`."""

    number: int
    branch: str
    first: date
    last: date
    due: int
    locked: datetime
    locked_by: str
    reason: str
    lacks: dict[str, int]


@dataclass(frozen=True, slots=True)
class DaySeen:
    """What was sold of a category on a day when a statement saw it, and the day's revision then."""

    on: date
    category: str
    revision: int
    sales: int
    tax: int

    @property
    def key(self) -> tuple[date, str]:
        """Which day and category."""
        return self.on, self.category

    @property
    def figures(self) -> tuple[int, int]:
        """What was sold, and the tax in it."""
        return self.sales, self.tax

    def nothing(self) -> DaySeen:
        """The same when nothing is left of it."""
        return replace(self, sales=0, tax=0)


@dataclass(frozen=True, slots=True)
class ChangedDay:
    """A day that was sold otherwise when it was looked at again: what was seen before, and then."""

    on: date
    was: int
    now: int
    revision: int


def of_branch(connection: Connection, branch: str) -> list[Locked]:
    """All statements of a branch, the earliest first."""
    row = franchise_statement.c
    query = select(franchise_statement).where(row.branch == branch).order_by(row.first)
    return [_locked(one) for one in connection.execute(query)]


def newest(connection: Connection, branches: Sequence[str], limit: int) -> list[Locked]:
    """The statements of these branches that were locked last."""
    row = franchise_statement.c
    query = select(franchise_statement).where(row.branch.in_(branches))
    rows = connection.execute(query.order_by(row.number.desc()).limit(limit))
    return [_locked(one) for one in rows]


def find(connection: Connection, number: int) -> Locked | None:
    """A statement by its number."""
    query = select(franchise_statement).where(franchise_statement.c.number == number)
    row = connection.execute(query).one_or_none()
    return None if row is None else _locked(row)


def write(
    connection: Connection, made: Locked, terms: Sequence[Term], carried: Sequence[Difference],
    days: Sequence[DaySeen],
) -> None:  # fmt: skip
    """Keep a statement with everything that it says."""
    connection.execute(insert(franchise_statement).values(_header(made)))
    rows = [_row(made.number, made.number, one, 0, "") for one in terms]
    rows += [_row(made.number, one.origin, one.term, one.was, one.cause) for one in carried]
    if rows:
        connection.execute(insert(franchise_statement_line), rows)
    if days:
        seen = [
            {"number": made.number, "business_date": one.on, "category": one.category,
             "revision": one.revision, "sales": one.sales, "tax": one.tax}
            for one in days
        ]  # fmt: skip
        connection.execute(insert(franchise_statement_day), seen)


def next_number(connection: Connection) -> int:
    """The number of the next statement; the caller holds the lock that lets one at a time be made."""
    held = connection.execute(select(func.max(franchise_statement.c.number))).scalar()
    return (held or 0) + 1


def terms_of(connection: Connection, number: int) -> list[Term]:
    """The lines of a statement's own period, as it was locked."""
    return [
        _term(row) for row in _lines(connection, _LINE.number == number) if row.origin == number
    ]


def carried_of(connection: Connection, number: int) -> list[Difference]:
    """The differences of earlier periods that it holds."""
    rows = _lines(connection, _LINE.number == number)
    return [
        Difference(row.origin, _term(row), row.was, row.cause)
        for row in rows
        if row.origin != number
    ]


def settled(connection: Connection, origin: int) -> dict[str, Term]:
    """What all statements together say of one's period, by key."""
    sums: dict[str, Term] = {}
    for row in _lines(connection, _LINE.origin == origin):
        one = _term(row)
        sums[one.key] = add(sums[one.key], one) if one.key in sums else one
    return sums


def days_of(connection: Connection, one: Locked) -> list[DaySeen]:
    """What was sold on its own days, as it saw them."""
    own = _DAY.business_date.between(one.first, one.last)
    return _latest(connection, one.branch, and_(own, _DAY.number == one.number))


def days_seen(connection: Connection, one: Locked) -> list[DaySeen]:
    """What was sold on the days of a statement, each as the latest of all statements saw it."""
    return _latest(connection, one.branch, _DAY.business_date.between(one.first, one.last))


def changed_days(connection: Connection, one: Locked) -> list[ChangedDay]:
    """The days of earlier statements that this one saw otherwise, and by how much."""
    earlier = _DAY.business_date < one.first
    before = _latest(connection, one.branch, and_(earlier, _DAY.number < one.number))
    after = _latest(connection, one.branch, and_(earlier, _DAY.number <= one.number))
    return changes(before, after)


def changes(before: Iterable[DaySeen], after: Iterable[DaySeen]) -> list[ChangedDay]:
    """The days that were not the same twice, whole."""
    was, now = list(before), list(after)
    figures = {one.key: one.figures for one in was}, {one.key: one.figures for one in now}
    keys = {*figures[0], *figures[1]}
    nothing = (0, 0)
    dates = {key[0] for key in keys if figures[0].get(key, nothing) != figures[1].get(key, nothing)}
    return [
        ChangedDay(
            on, sum(one.sales for one in was if one.on == on),
            sum(one.sales for one in now if one.on == on),
            max((one.revision for one in (*now, *was) if one.on == on), default=0),
        )
        for on in sorted(dates)
    ]  # fmt: skip


def _latest(connection: Connection, branch: str, which: ColumnElement[bool]) -> list[DaySeen]:
    query = (
        select(franchise_statement_day)
        .join(franchise_statement, franchise_statement.c.number == _DAY.number)
        .where(franchise_statement.c.branch == branch, which)
        .order_by(_DAY.business_date, _DAY.category, _DAY.number)
    )
    latest = {(row.business_date, row.category): _seen(row) for row in connection.execute(query)}
    return list(latest.values())


def _lines(connection: Connection, which: ColumnElement[bool]) -> list[Row[Any]]:
    query = select(franchise_statement_line).where(which)
    rows = connection.execute(query.order_by(_LINE.number, _LINE.origin, _LINE.on, _LINE.key)).all()
    return sorted(rows, key=lambda row: (row.number, row.origin, KINDS.index(row.kind)))


def _locked(row: Row[Any]) -> Locked:
    return Locked(
        row.number, row.branch, row.first, row.last, row.due, row.locked, row.locked_by,
        row.reason, dict(row.lacks),
    )  # fmt: skip


def _header(one: Locked) -> dict[str, Any]:
    return {
        "number": one.number, "branch": one.branch, "first": one.first, "last": one.last,
        "due": one.due, "locked": one.locked, "locked_by": one.locked_by, "reason": one.reason,
        "lacks": one.lacks,
    }  # fmt: skip


def _row(number: int, origin: int, one: Term, was: int, cause: str) -> dict[str, Any]:
    return {
        "number": number, "origin": origin, "key": one.key, "kind": one.kind,
        "amount": one.amount, "source": one.source, "answer": one.answer, "on": one.on,
        "item": one.item, "quantity": one.quantity, "base": one.base, "less": one.less,
        "rate": one.rate, "priced": one.priced, "was": was, "cause": cause,
    }  # fmt: skip


def _term(row: Row[Any]) -> Term:
    return Term(
        row.kind, row.key, row.amount, row.source, row.answer, row.on, row.item, row.quantity,
        row.base, row.less, row.rate, row.priced,
    )  # fmt: skip


def _seen(row: Row[Any]) -> DaySeen:
    return DaySeen(row.business_date, row.category, row.revision, row.sales, row.tax)
