"""Reports that people saved: a name for what they ask again and again.

    may            who
    open           the owner; everybody who reads reports, where it is shared, each as far as they may see
    share, delete  the owner, and an administrator; a schedule of it ends with it

What is saved are the parameters of the address, never an answer. One that asks for what is gone opens all the
same and says so, or is refused by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, or_, select, update

from hq.audit import note
from hq.refusal import RefusalError
from hq.reporting.asking import Parameters
from replication.console.languages import msgid
from replication.console.users import User
from schemas.tables.reporting import report_schedule, saved_report

_NAME_LENGTH = 120
_NO_NAME = msgid("A saved report needs a name of up to %(most)s characters.")
_UNKNOWN = msgid("There is no saved report %(number)s, or it is not shared.")
_NOT_YOURS = msgid("“%(name)s” belongs to %(owner)s: save one of your own.")


class SavedReportError(RefusalError):
    """A saved report that cannot be saved, found or changed."""


@dataclass(frozen=True, slots=True)
class SavedReport:
    """One of them; `report` is the code of its definition."""

    id: int
    name: str
    owner: str
    shared: bool
    report: str
    parameters: Parameters
    saved: datetime

    def may_change(self, user: User) -> bool:
        """Whether a person may share or delete it."""
        return user.operator == self.owner or user.role == "administrator"


def save(
    connection: Connection, user: User, name: str, report: str, parameters: Parameters,
    now: datetime, *, shared: bool,
) -> int:  # fmt: skip
    """Save a report under a name; its number. One's own of the same name is replaced. Raises SavedReportError."""
    name = name.strip()
    if not 0 < len(name) <= _NAME_LENGTH or not name.isprintable():
        raise SavedReportError(_NO_NAME, most=_NAME_LENGTH)
    values = {
        "shared": shared, "report": report, "saved": now,
        "parameters": {key: list(given) for key, given in parameters.items()},
    }  # fmt: skip
    held = saved_report.c
    again = connection.execute(
        update(saved_report)
        .where(held.owner == user.operator, held.name == name)
        .values(**values)
        .returning(held.id)
    ).scalar()
    if again is not None:
        return int(again)
    row = insert(saved_report).values(name=name, owner=user.operator, **values).returning(held.id)
    return int(connection.execute(row).scalar_one())


def visible(connection: Connection, user: User) -> list[SavedReport]:
    """Those that a person may open, their own first."""
    held = saved_report.c
    query = (
        select(saved_report)
        .where(or_(held.owner == user.operator, held.shared))
        .order_by((held.owner != user.operator), held.name, held.id)
    )
    return [SavedReport(**row) for row in connection.execute(query).mappings()]


def find(connection: Connection, user: User, number: int) -> SavedReport:
    """One that a person may open. Raises SavedReportError."""
    query = select(saved_report).where(saved_report.c.id == number)
    row = connection.execute(query).mappings().one_or_none()
    if row is not None:
        found = SavedReport(**row)
        if found.shared or found.may_change(user):
            return found
    raise SavedReportError(_UNKNOWN, number=number)


def changeable(connection: Connection, user: User, number: int) -> SavedReport:
    """One that a person may change. Raises SavedReportError."""
    found = find(connection, user, number)
    if not found.may_change(user):
        raise SavedReportError(_NOT_YOURS, name=found.name, owner=found.owner)
    return found


def forget(connection: Connection, user: User, number: int, now: datetime) -> SavedReport:
    """Delete one with its schedules; what was sent stays on record. Raises SavedReportError."""
    found = changeable(connection, user, number)
    connection.execute(
        update(report_schedule).where(report_schedule.c.saved_report == number).values(active=False)
    )
    connection.execute(delete(saved_report).where(saved_report.c.id == number))
    if found.owner != user.operator:
        note(connection, now, user.operator, "saved_report.delete", f"{found.owner}: {found.name}")
    return found
