"""The first page: which day it is, what to do next, how lanes and the line to headquarters stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection
from starlette.responses import Response

from branch import day_state, days, lanes
from branch.bootstrap import Branch
from branch.next_steps import goods_steps, next_steps
from branch.profile import find
from branch.tills import Till, tills
from branch.web.lane_state import lane_state
from branch.web.office import Office, date_of
from replication import outbox
from replication.console.app import Page
from replication.console.languages import msgid
from replication.streams import journal_of
from schemas.tables.day_figures import day_totals

_OPENED = msgid("%(date)s is open. The lanes are told.")
_ENDED = msgid("%(date)s takes no more sales. Open the new day, then count and close.")
# What was written a moment ago is not late yet; a line that is up sends it within a second.
_BEHIND_AFTER = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class LineView:
    """The line to headquarters: a known state for its chip, since when, and what waits to be sent."""

    state: str
    since: datetime
    pending: int
    oldest: datetime | None
    trouble: str


def add(office: Office) -> None:
    """Declare the page, the opening of a day and the end of its sales."""

    @office.page("/")
    def today(page: Page) -> Response:
        return _today(office, page)

    @office.page("/days/open", methods=("POST",))
    def open_day(page: Page) -> Response:
        business_date = date_of(page, page.form["date"])
        with office.writing(page) as connection:
            days.open_day(connection, office.code, business_date, page.user.operator, page.now)
            voice = office.voice(page, connection)
        return office.console.redirect(page, "/", voice.text(_OPENED, date=business_date))

    @office.page("/days/end", methods=("POST",))
    def end_day(page: Page) -> Response:
        business_date = date_of(page, page.form["date"])
        with office.writing(page) as connection:
            days.end_day(connection, office.code, business_date, page.user.operator, page.now)
            voice = office.voice(page, connection)
        return office.console.redirect(page, "/", voice.text(_ENDED, date=business_date))


def _today(office: Office, page: Page) -> Response:
    code = office.code
    with office.branch.engine.connect() as connection:
        voice = office.voice(page, connection)
        at_work = day_state.unfinished(connection, code)
        current = at_work[-1] if at_work else None
        running: list[Till] = []
        totals = None
        if current is not None:
            totals = day_totals(connection, code, current.business_date)
            running = [
                till
                for till in tills(connection, code, current.business_date)
                if till.state == "running"
            ]
        can_open = find(connection, code) is not None and all(
            day.state != "open" for day in at_work
        )
        return office.render(
            page,
            "today.html",
            voice,
            days=at_work,
            current=current,
            totals=totals,
            running=running,
            steps=[
                *next_steps(connection, code, page.now),
                *goods_steps(connection, code, voice.profile.local_date(page.now)),
            ],
            opens=days.next_date(connection, code, page.now) if can_open else None,
            lanes=[
                (lane, lane_state(lane, page.now))
                for lane in lanes.lanes(connection, code)
                if lane.revoked is None
            ],
            line=_line(office.branch, connection, page.now),
        )


def _line(branch: Branch, connection: Connection, now: datetime) -> LineView:
    box = outbox.look(connection, connection, journal_of(branch.code))
    state, since = branch.line.state
    trouble = branch.runner.trouble or ""
    if trouble or state == "down":
        shown = "offline"
    elif state == "unknown":
        shown = "pending"
    else:
        late = box.oldest is not None and now - box.oldest > _BEHIND_AFTER
        shown = "behind" if late else "connected"
    return LineView(shown, since, box.pending, box.oldest, trouble)
