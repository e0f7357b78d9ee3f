"""The branch's business days: opened, ended, closed, reopened and closed again (rule 23).

    transition   who it asks                              what it writes, in one transaction
    open         no day is open, the date is new          the day, day.opened, the word to the lanes
    end          the day is open                          day.ended, the word to the lanes
    close        every check: none in the way but what    the revision with its totals, day.closed,
                 is gone with a lane that is named, and   the word to the lanes
                 each warning accepted by name
    reopen       a branch manager, with a reason, and     day.reopened, the word to the lanes
                 no lock of the period

The day's row is locked first and the journal last. Of two closes that race, the later one finds the
day closed and is told by whom: there is one revision. Nothing here waits for headquarters.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from branch import audit, own_journal, policy, prior_period, profile
from branch.absent_lanes import Gone, besides, leave_out
from branch.checks import Check
from branch.day_checks import day_checks
from branch.day_state import Day, DayError, days, find_day, lock_day, unfinished
from branch.lane_checks import lane_totals
from branch.wording import Value
from replication.console.languages import msgid
from schemas.domain.day import DayClosed, DayEnded, DayOpened, DayReopened
from schemas.tables import sales_store
from schemas.tables.day_figures import day_figures
from schemas.tables.days import day_revision
from schemas.tables.link import site
from schemas.tables.periods import locked


class ChecksError(DayError):
    """Findings that stand in the way of a close, or warnings that nobody has accepted yet."""

    def __init__(self, text: str, checks: Sequence[Check], **values: Value) -> None:
        super().__init__(text, **values)
        self.checks = tuple(checks)

    def __str__(self) -> str:
        return "\n".join([str(self.wording), *(f"  {check}" for check in self.checks)])


def next_date(connection: Connection, branch: str, now: datetime) -> date:
    """The date that would be opened now: that of this hour, or the one after the newest day.

    Raises DayError while headquarters has not told the branch which clock it goes by.
    """
    known = profile.find(connection, branch)
    if known is None:
        raise DayError(
            msgid("Headquarters has not sent the record of %(branch)s yet: look at the line to it"),
            branch=branch,
        )
    today = policy.find(connection, branch).date_of(now, known.zone)
    newest = days(connection, branch, limit=1)
    return max(today, newest[0].business_date + timedelta(days=1)) if newest else today


def open_day(
    connection: Connection, branch: str, business_date: date, operator: str, now: datetime
) -> DayOpened:
    """Open a business date for sales. Raises DayError; nothing is written then."""
    # The branch's own row is the one thing there is to lock before the day exists.
    connection.execute(select(site.c.site).with_for_update()).one()
    for day in unfinished(connection, branch):
        if day.state == "open":
            raise DayError(
                msgid("%(date)s is still open: close it first, or end its sales"),
                date=day.business_date,
            )
    held = find_day(connection, branch, business_date)
    if held is not None:
        raise DayError(
            msgid("%(date)s was opened before: re-open it for corrections, or open another date"),
            date=business_date,
        )
    _check_date(connection, branch, business_date, now)
    fact = DayOpened(branch, business_date, operator, now)
    try:
        own_journal.state(connection, branch, fact, now)
    except IntegrityError as error:
        raise DayError(
            msgid("%(date)s was opened by a lane a moment ago: load the page again"),
            date=business_date,
        ) from error
    prior_period.post(connection, branch, now)
    return fact


def _check_date(connection: Connection, branch: str, business_date: date, now: datetime) -> None:
    known = profile.find(connection, branch)
    newest = days(connection, branch, limit=1)
    if newest and business_date < newest[0].business_date:
        raise DayError(
            msgid("%(date)s lies before %(newest)s, the newest day: open a later date"),
            date=business_date,
            newest=newest[0].business_date,
        )
    if known is None:
        return
    today = policy.find(connection, branch).date_of(now, known.zone)
    if business_date > today + timedelta(days=1):
        raise DayError(msgid("%(date)s lies beyond tomorrow: check the date"), date=business_date)


def end_day(
    connection: Connection, branch: str, business_date: date, operator: str, now: datetime
) -> DayEnded:
    """Take no further sales on an open day, so that the next one can be opened. Raises DayError."""
    day = lock_day(connection, branch, business_date)
    if day.state != "open":
        raise DayError(
            msgid("%(date)s is not open: only the sales of an open day are ended"),
            date=business_date,
        )
    fact = DayEnded(branch, business_date, operator, now)
    own_journal.state(connection, branch, fact, now)
    return fact


def close_day(
    connection: Connection,
    branch: str,
    business_date: date,
    operator: str,
    now: datetime,
    accepted: Collection[str] = (),
    without: Sequence[Gone] = (),
) -> DayClosed:
    """Close a day that is not closed as its next revision.

    `accepted` are the keys of the warnings that the person has seen, `without` the lanes that are gone.
    Raises ChecksError with the findings that stand in the way or were not accepted, DayError when the
    day is closed already or a lane cannot be left out as asked.
    """
    day = lock_day(connection, branch, business_date)
    if day.state == "closed":
        raise _closed_before(connection, branch, day)
    figures = day_figures(connection, branch, business_date)
    every = day_checks(connection, branch, business_date, now, figures)
    absent = leave_out(connection, branch, every, without, operator)
    found = besides(every, absent)
    blocking = [check for check in found if check.blocking]
    if blocking:
        raise ChecksError(msgid("%(date)s cannot be closed yet"), blocking, date=business_date)
    unseen = [check for check in found if check.key not in accepted]
    if unseen:
        raise ChecksError(
            msgid("%(date)s has warnings to accept first"), unseen, date=business_date
        )
    fact = DayClosed(
        branch, business_date, day.revision + 1, operator, now,
        figures.totals, lane_totals(connection, branch, business_date, figures.audited), absent,
    )  # fmt: skip
    _note_accepted(connection, fact, found)
    # Nothing of the day changed since its row was locked: what was computed then is what is held now.
    own_journal.state(
        connection, branch, fact, now, lambda: sales_store.write_close(connection, fact, figures)
    )
    return fact


def _note_accepted(connection: Connection, fact: DayClosed, found: Iterable[Check]) -> None:
    """Leave who accepted what, and who closed without which lane."""
    subject = f"{fact.branch} {fact.business_date} revision {fact.revision}"
    for one in fact.absent:
        said = f"{one.reason} ({one.authority})" if one.authority else one.reason
        audit.note(
            connection, fact.at, fact.operator, "day.lane_absent", f"{subject} {one.lane}", said
        )
    for check in found:
        audit.note(connection, fact.at, fact.operator, "day.warning_accepted", subject, str(check))


def reopen_day(
    connection: Connection,
    branch: str,
    business_date: date,
    operator: str,
    reason: str,
    now: datetime,
) -> DayReopened:
    """Re-open a closed day for corrections, under the authority of a branch manager.

    Raises DayError without a reason, when the day is not closed, or its period is locked.
    """
    day = lock_day(connection, branch, business_date)
    if day.state != "closed":
        raise DayError(
            msgid("%(date)s is not closed: only a closed day is re-opened"), date=business_date
        )
    if not reason.strip():
        raise DayError(
            msgid("%(date)s is re-opened only with a reason: say why"), date=business_date
        )
    lock = locked(connection)
    if lock is not None and business_date <= lock.through:
        raise DayError(
            msgid(
                "%(date)s lies in a period that %(operator)s locked through %(through)s: ask "
                "headquarters' finance"
            ),
            date=business_date,
            operator=lock.operator,
            through=lock.through,
        )
    fact = DayReopened(branch, business_date, day.revision, operator, reason.strip(), now)
    own_journal.state(connection, branch, fact, now)
    return fact


def _closed_before(connection: Connection, branch: str, day: Day) -> DayError:
    who = connection.execute(
        select(day_revision.c.operator).where(
            day_revision.c.branch == branch,
            day_revision.c.business_date == day.business_date,
            day_revision.c.revision == day.revision,
        )
    ).scalar()
    return DayError(
        msgid(
            "%(date)s was closed as revision %(revision)s by %(operator)s: re-open it to correct it"
        ),
        date=day.business_date,
        revision=day.revision,
        operator=who or "",
    )
