"""The attendance of a month, read alike at branch and headquarters; what it means `schemas.domain.attendance` says."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from schemas.domain.attendance import AttendanceClocked, Spell, spells
from schemas.tables.attendance import attendance

_FIELDS = tuple(field.name for field in fields(AttendanceClocked))


def entries(
    connection: Connection, branches: Collection[str], first: date, last: date
) -> list[AttendanceClocked]:
    """Everything that was stated of these business dates, withdrawn or not, in the order of instants."""
    row = attendance.c
    query = (
        select(attendance)
        .where(row.branch.in_(branches), row.business_date.between(first, last))
        .order_by(row.at, row.stated, row.uuid)
    )
    return [read(one) for one in connection.execute(query)]


def read(row: Row[Any]) -> AttendanceClocked:
    """An entry as it was stated."""
    return AttendanceClocked(**{name: getattr(row, name) for name in _FIELDS})


def month_spells(connection: Connection, branch: str, first: date, last: date) -> list[Spell]:
    """The spells of a branch that begin within these dates; a night goes on beyond the last of them."""
    held = entries(connection, [branch], first - timedelta(days=1), last + timedelta(days=1))
    return [one for one in spells(held) if first <= one.business_date <= last]


def month_of(day: date) -> tuple[date, date]:
    """The first and the last day of a date's month."""
    first = day.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return first, following - timedelta(days=1)
