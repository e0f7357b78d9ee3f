"""Sends saved reports when they are due, and keeps what became of each sending.

    due ──▶ running ──▶ done         the file is with the server, or in the folder
              │  ▲
              │  └─ again ─ failed   the server or the folder was not to be reached: tried again after 10 minutes,
              │                      then 20, then 30
              └──▶ given_up          it failed four times, or cannot be made as it is asked: a person must look

A process that ends in the middle leaves `running` behind, which is taken up again after half an hour: a mail may
then come twice, and none is lost. Whoever owns the schedule sees their own branches; who may not sign in any more
sends nothing. A range that moves is that of the moment when it was due, however late it is sent.
"""

from __future__ import annotations

import re
import smtplib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import Connection, Engine, and_, insert, or_, select, update
from sqlalchemy.exc import DBAPIError

from hq import staff
from hq.refusal import RefusalError
from hq.reporting.files import FILES
from hq.reporting.made import MAILED, Author, Made
from hq.reporting.mail import Letter, MailSettings, send
from hq.reporting.reading import Reader
from hq.reporting.register import REPORTS
from hq.reporting.schedules import Schedule, schedule_of
from hq.reports.snapshot import snapshot
from hq.web.completeness_text import lines
from replication.clock import Clock
from replication.console.languages import msgid, read_translations
from replication.console.users import User
from replication.console.words import Spoken
from schemas.tables.reporting import report_run, report_schedule, saved_report

_log = structlog.get_logger(__name__)
_LOOK = timedelta(seconds=20)
_ABANDONED = timedelta(minutes=30)
_PAUSE = timedelta(minutes=10)
_MOST_ATTEMPTS = 4
_MOST_PLACES = 40
_LOCALE = Path(__file__).parents[1] / "web" / "locale"
_UNSAFE = re.compile(r"[^\w\- .,()·]+")

_GONE = msgid("The saved report is no more.")
_NO_REPORT = msgid("There is no report “%(code)s”.")
_NO_OWNER = msgid("%(operator)s may not sign in any more, so nothing is sent for them.")
_NO_MAIL = msgid("There is no mail server in the settings ([mail]), so nothing can be mailed.")
_OURS = msgid("The mistake is ours; it stands in the log of headquarters.")


class SendingError(RefusalError):
    """What a person must mend before it can be sent."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where reports go."""

    folder: Path
    mail: MailSettings | None
    currency: str


@dataclass(frozen=True, slots=True)
class _Claimed:
    run: int
    schedule: Schedule
    due: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class _Sent:
    file: str
    bytes: int
    complete: bool
    said: str


class ReportSender:
    """Looks for what is due, from `start` to `stop`; the jobs are APScheduler's."""

    def __init__(self, engine: Engine, clock: Clock, delivery: Delivery) -> None:
        self._engine = engine
        self._clock = clock
        self._delivery = delivery
        self._translations = read_translations([_LOCALE])
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def start(self) -> None:
        """Begin to look."""
        trigger = IntervalTrigger(seconds=_LOOK.total_seconds(), timezone=UTC)
        self._scheduler.add_job(self._look, trigger, id="reports")
        self._scheduler.start()

    def stop(self) -> None:
        """Begin nothing more; what is under way ends with the process and is taken up again."""
        self._scheduler.shutdown(wait=False)

    def tick(self) -> int:
        """Send what is due; how many sendings were begun."""
        with self._engine.begin() as connection:
            claimed = _claim(connection, self._clock())
        for one in claimed:
            self._send(one)
        return len(claimed)

    def _look(self) -> None:
        try:
            self.tick()
        except DBAPIError as error:
            _log.warning("reports are put off, the database is away", error=str(error.orig))

    def _send(self, claimed: _Claimed) -> None:
        """One sending, and what became of it."""
        said = Spoken(claimed.schedule.language, self._translations[claimed.schedule.language])
        try:
            sent = self._deliver(claimed, said)
        except RefusalError as error:
            # It would be refused again: a person must look.
            self._failed(claimed, error.said_in(said), for_good=True)
        except (OSError, smtplib.SMTPException) as error:
            self._failed(claimed, f"{type(error).__name__}: {error}", for_good=False)
        except DBAPIError:
            raise
        except Exception:  # noqa: BLE001 - a fault of ours must not end the sending of other reports: it is told
            _log.exception("a report could not be sent", run=claimed.run)
            self._failed(claimed, said.gettext(_OURS), for_good=False)
        else:
            self._done(claimed, sent)

    def _deliver(self, claimed: _Claimed, words: Spoken) -> _Sent:
        schedule = claimed.schedule
        if schedule.recipients and self._delivery.mail is None:
            raise SendingError(_NO_MAIL)
        form, content = FILES[schedule.form], b""
        with snapshot(self._engine) as connection:
            name, made = self._made(connection, claimed, words)
            file = f"{_UNSAFE.sub('_', f'{name} {made.file_name}')}.{schedule.form}"
            if schedule.recipients:
                content = b"".join(form.write(made))
                size = len(content)
            else:
                size = _drop(self._delivery.folder, file, form.write(made))
        completeness = made.answer.completeness
        told = lines(words, completeness, made.request.asked.zone, _MOST_PLACES)
        if schedule.recipients and self._delivery.mail is not None:
            text = "\n".join([made.title, made.period, "", *told, *map(str, made.answer.notes), ""])
            subject = f"{name} · {made.period}"
            letter = Letter(schedule.recipients, subject, text, file, form.media_type, content)
            send(self._delivery.mail, letter)
        return _Sent(file, size, completeness.complete, told[0])

    def _made(self, connection: Connection, claimed: _Claimed, words: Spoken) -> tuple[str, Made]:
        schedule = claimed.schedule
        query = select(saved_report).where(saved_report.c.id == schedule.saved_report)
        held = connection.execute(query).one_or_none()
        if held is None:
            raise SendingError(_GONE)
        definition = REPORTS.get(held.report)
        if definition is None:
            raise SendingError(_NO_REPORT, code=held.report)
        owner = _owner(connection, schedule.owner, definition.roles)
        reader = Reader(owner.branches, words, self._clock(), self._delivery.currency, claimed.due)
        author = Author(owner.name, owner.operator)
        return held.name, FILES[schedule.form].make(
            connection, definition, held.parameters, reader, author,
            MAILED if schedule.recipients else None,
        )  # fmt: skip

    def _done(self, claimed: _Claimed, sent: _Sent) -> None:
        _log.info("a report was sent", run=claimed.run, file=sent.file)
        self._record(
            claimed, state="done", again=None, error="", file=sent.file, bytes=sent.bytes,
            complete=sent.complete, said=sent.said, sent_to=list(claimed.schedule.recipients),
        )  # fmt: skip

    def _failed(self, claimed: _Claimed, error: str, *, for_good: bool) -> None:
        _log.warning("a report was not sent", run=claimed.run, error=error)
        if for_good or claimed.attempts >= _MOST_ATTEMPTS:
            self._record(claimed, state="given_up", again=None, error=error)
        else:
            again = self._clock() + _PAUSE * claimed.attempts
            self._record(claimed, state="failed", again=again, error=error)

    def _record(self, claimed: _Claimed, **values: object) -> None:
        with self._engine.begin() as connection:
            connection.execute(
                update(report_run)
                .where(report_run.c.id == claimed.run)
                .values(ended=self._clock(), **values)
            )


def _owner(connection: Connection, operator: str, roles: frozenset[str]) -> User:
    found = staff.find_user(connection, operator)
    if found is None or found.role not in roles:
        raise SendingError(_NO_OWNER, operator=operator)
    return found


def _claim(connection: Connection, now: datetime) -> list[_Claimed]:
    """What is due, each for one process alone."""
    held = report_schedule.c
    due = (
        select(report_schedule)
        .where(held.active, held.due <= now)
        .order_by(held.due)
        .with_for_update(skip_locked=True)
    )
    claimed: list[_Claimed] = []
    for row in connection.execute(due).mappings().all():
        schedule = schedule_of(row)
        begun = insert(report_run).values(
            schedule=schedule.id, due=schedule.due, state="running", attempts=1, started=now,
            file="", bytes=0, sent_to=[], said="", error="",
        )  # fmt: skip
        run = connection.execute(begun.returning(report_run.c.id)).scalar_one()
        following = schedule.rhythm.following(now)
        connection.execute(
            update(report_schedule).where(held.id == schedule.id).values(due=following)
        )
        claimed.append(_Claimed(run, schedule, schedule.due, 1))
    return claimed + _again(connection, now)


def _again(connection: Connection, now: datetime) -> list[_Claimed]:
    """What failed and is tried again, and what was left in the middle."""
    run = report_run.c
    abandoned = and_(run.state == "running", run.started <= now - _ABANDONED)
    query = (
        select(run.id, run.due.label("was_due"), run.attempts, report_schedule)
        .join(report_schedule, report_schedule.c.id == run.schedule)
        .where(or_(and_(run.state == "failed", run.again <= now), abandoned))
        .with_for_update(skip_locked=True, of=report_run)
    )
    claimed: list[_Claimed] = []
    for row in connection.execute(query).all():
        number, was_due, attempts = row[0], row[1], row[2] + 1
        columns = [column.name for column in report_schedule.columns]
        schedule = schedule_of(dict(zip(columns, row[3:], strict=True)))
        connection.execute(
            update(report_run)
            .where(run.id == number)
            .values(state="running", started=now, attempts=attempts, again=None)
        )
        claimed.append(_Claimed(number, schedule, was_due, attempts))
    return claimed


def _drop(folder: Path, name: str, pieces: Iterable[bytes]) -> int:
    """Into the folder, whole or not at all: whoever watches it never reads half a file. Answers its bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    half = folder / f".{name}.part"
    with half.open("wb") as written:
        written.writelines(pieces)
        size = written.tell()
    half.replace(folder / name)
    return size
