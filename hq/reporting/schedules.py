"""When saved reports are sent: every day, week or month at a time of day, by mail or into the folder.

    every     on_day                       a night on which clocks are changed
    day       0                            has one sending like any other
    week      1 to 7, Monday first
    month     1 to 28, or 29 and later: the last day

A schedule is stopped, never changed: what was sent says why it was. Times that passed while headquarters was down
are made good once, by one sending.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time
from typing import Literal, cast, get_args
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import Connection, insert, select, update

from hq.refusal import RefusalError
from hq.reporting.files import FORMS, Form
from hq.reporting.saved import SavedReport
from replication.console.languages import msgid
from schemas.tables.reporting import report_run, report_schedule

Every = Literal["day", "week", "month"]
EVERY: tuple[Every, ...] = get_args(Every)
_LAST_SURE_DAY = 28
_WEEKDAYS, _DAYS = 7, 31
_MOST_RECIPIENTS = 20
_ADDRESS = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\"]+")
_NO_TIME = msgid("“%(text)s” is no time of day: write it as 06:30.")
_NO_DAY = msgid("Choose a day: 1 to 7 of the week, 1 to 31 of the month.")
_NO_FORM = msgid("A report is sent as CSV, XLSX or PDF.")
_NO_RHYTHM = msgid("A report is sent every day, week or month.")
_NO_ADDRESS = msgid("“%(text)s” is no mail address.")
_TOO_MANY = msgid("A report is sent to at most %(most)s addresses: write to a list.")
_UNKNOWN = msgid("There is no schedule %(number)s of this report.")


class ScheduleError(RefusalError):
    """A schedule that cannot be."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When it is sent; `at` on the clock of `zone`."""

    every: Every
    on_day: int
    at: str
    zone: str

    def following(self, after: datetime) -> datetime:
        """The first time after an instant."""
        hour, minute = (int(part) for part in self.at.split(":"))
        fields: dict[str, object] = {"hour": hour, "minute": minute}
        if self.every == "week":
            # The scheduler counts Monday as 0.
            fields["day_of_week"] = self.on_day - 1
        elif self.every == "month":
            fields["day"] = self.on_day if self.on_day <= _LAST_SURE_DAY else "last"
        trigger = CronTrigger(**fields, timezone=ZoneInfo(self.zone))
        return cast("datetime", trigger.get_next_fire_time(after, after)).astimezone(after.tzinfo)


@dataclass(frozen=True, slots=True)
class Schedule:
    """One schedule of a saved report; without recipients its file is dropped in the folder."""

    id: int
    saved_report: int
    owner: str
    rhythm: Rhythm
    form: Form
    recipients: tuple[str, ...]
    language: str
    active: bool
    due: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """What became of one sending; see `hq.reporting.sending`."""

    id: int
    schedule: int
    due: datetime
    state: str
    attempts: int
    started: datetime
    ended: datetime | None
    again: datetime | None
    file: str
    bytes: int
    sent_to: tuple[str, ...]
    complete: bool | None
    said: str
    error: str


def read_rhythm(every: str, on_day: str, at: str, zone: str) -> Rhythm:
    """A rhythm as it is typed. Raises ScheduleError."""
    known = next((one for one in EVERY if one == every), None)
    if known is None:
        raise ScheduleError(_NO_RHYTHM)
    try:
        read = time.fromisoformat(at)
    except ValueError:
        raise ScheduleError(_NO_TIME, text=at) from None
    day = int(on_day) if on_day.isdecimal() else 0
    most = {"day": _DAYS, "week": _WEEKDAYS, "month": _DAYS}[known]
    if known != "day" and not 1 <= day <= most:
        raise ScheduleError(_NO_DAY)
    return Rhythm(known, 0 if known == "day" else day, f"{read:%H:%M}", zone)


def read_recipients(text: str) -> tuple[str, ...]:
    """Mail addresses, one to a line or with commas between them. Raises ScheduleError."""
    found = tuple(dict.fromkeys(part for part in re.split(r"[\s,;]+", text) if part))
    for one in found:
        if not _ADDRESS.fullmatch(one) or not one.isprintable():
            raise ScheduleError(_NO_ADDRESS, text=one)
    if len(found) > _MOST_RECIPIENTS:
        raise ScheduleError(_TOO_MANY, most=_MOST_RECIPIENTS)
    return found


def add(
    connection: Connection, report: SavedReport, owner: str, rhythm: Rhythm, form: str,
    recipients: tuple[str, ...], language: str, now: datetime,
) -> None:  # fmt: skip
    """Send a saved report from now on. Raises ScheduleError."""
    if form not in FORMS:
        raise ScheduleError(_NO_FORM)
    connection.execute(
        insert(report_schedule).values(
            saved_report=report.id, owner=owner, every=rhythm.every, on_day=rhythm.on_day,
            at=rhythm.at, zone=rhythm.zone, form=form, recipients=list(recipients),
            language=language, active=True, due=rhythm.following(now),
        )
    )  # fmt: skip


def stop(connection: Connection, report: SavedReport, number: int) -> None:
    """Send it no more. Raises ScheduleError."""
    _change(connection, report, number, active=False)


def send_now(connection: Connection, report: SavedReport, number: int, now: datetime) -> None:
    """Have it fall due now, once more than its rhythm says. Raises ScheduleError."""
    _change(connection, report, number, due=now)


def of_report(connection: Connection, report: int) -> list[Schedule]:
    """The schedules of a saved report that are not stopped."""
    held = report_schedule.c
    query = (
        select(report_schedule).where(held.saved_report == report, held.active).order_by(held.id)
    )
    return [schedule_of(row) for row in connection.execute(query).mappings()]


def runs_of(connection: Connection, report: int, limit: int) -> list[Run]:
    """The newest sendings of a saved report, also of schedules that were stopped."""
    query = (
        select(report_run)
        .join(report_schedule, report_schedule.c.id == report_run.c.schedule)
        .where(report_schedule.c.saved_report == report)
        .order_by(report_run.c.id.desc())
        .limit(limit)
    )
    return [
        Run(**{**row, "sent_to": tuple(row["sent_to"])})
        for row in connection.execute(query).mappings()
    ]


def troubled(connection: Connection) -> dict[int, Run]:
    """By saved report the newest sending of each that is active, where that did not succeed."""
    query = (
        select(report_run, report_schedule.c.saved_report)
        .join(report_schedule, report_schedule.c.id == report_run.c.schedule)
        .where(report_schedule.c.active)
        .order_by(report_run.c.schedule, report_run.c.id)
    )
    newest: dict[int, tuple[int, Run]] = {}
    for row in connection.execute(query).mappings():
        values = {**row, "sent_to": tuple(row["sent_to"])}
        report = values.pop("saved_report")
        newest[row["schedule"]] = (report, Run(**values))
    return {report: run for report, run in newest.values() if run.state in {"failed", "given_up"}}


def schedule_of(row: object) -> Schedule:
    """A row of the table as a value."""
    values = dict(cast("dict[str, object]", row))
    parts = {name: values.pop(name) for name in ("every", "on_day", "at", "zone")}
    recipients = tuple(cast("list[str]", values.pop("recipients")))
    return Schedule(rhythm=Rhythm(**parts), recipients=recipients, **values)  # type: ignore[arg-type] # the table's own types


def _change(connection: Connection, report: SavedReport, number: int, **values: object) -> None:
    held = report_schedule.c
    changed = connection.execute(
        update(report_schedule)
        .where(held.id == number, held.saved_report == report.id, held.active)
        .values(**values)
    )
    if changed.rowcount == 0:
        raise ScheduleError(_UNKNOWN, number=number)
