"""The attendance clock by the door, and the attendance of a month in the back office.

The clock needs no sign-in: an operator keys code and PIN, and comes or goes. Wrong PINs are slowed down as
signing in is. What a manager corrects is an entry of its own, with the reason.
"""

from __future__ import annotations

import math
from datetime import date, datetime
from zoneinfo import ZoneInfo

from starlette.responses import Response

from branch import attendance
from branch.voice import Voice
from branch.web.office import Office
from replication.console.app import Page, PageError
from replication.console.attendance_file import attendance_csv, month_asked
from replication.console.languages import msgid
from replication.console.throttle import Throttle
from schemas.domain.attendance import Direction, standing
from schemas.tables.attendance_store import entries, month_of, month_spells

_WAIT = msgid("Too many attempts. Try again in %(seconds)s seconds.")
_WRONG = msgid("Operator and PIN do not match: nothing was kept.")
_CAME = msgid("Good day, %(name)s: you came at %(at)s.")
_LEFT = msgid("Goodbye, %(name)s: you left at %(at)s.")
_CORRECTED = msgid("The correction is kept.")
_NO_TIME = msgid("“%(typed)s” is no time: write when it was")


def add(office: Office) -> None:
    """Declare the pages."""
    throttle = Throttle()

    @office.console.open_page("/clock", methods=("GET", "POST"))
    def clock(page: Page) -> Response:
        if page.request.method == "GET":
            return _clock(office, page)
        return _state(office, page, throttle)

    @office.page("/attendance")
    def month(page: Page) -> Response:
        with office.branch.engine.connect() as connection:
            voice = office.voice(page, connection)
            first, last = _month(page, voice)
            held = entries(connection, [office.code], first, last)
            counting = {one.uuid for one in standing(held)}
            return office.render(
                page, "attendance.html", voice, first=first,
                spells=month_spells(connection, office.code, first, last),
                entries=[one for one in held if not one.withdraws], counting=counting,
                withdrawals={one.withdraws: one for one in held if one.withdraws},
            )  # fmt: skip

    @office.page("/attendance.csv")
    def as_file(page: Page) -> Response:
        with office.branch.engine.connect() as connection:
            voice = office.voice(page, connection)
            first, last = _month(page, voice)
            found = month_spells(connection, office.code, first, last)
        return attendance_csv(page, [(office.code, voice.profile.zone, found)], voice.names, first)

    @office.page("/attendance/add", methods=("POST",))
    def correct(page: Page) -> Response:
        with office.writing(page) as connection:
            voice = office.voice(page, connection)
            at = _instant(page, voice)
            attendance.add(
                connection, office.code, page.form["operator"].strip(), _direction(page), at,
                page.user.operator, page.form["reason"], page.now,
            )  # fmt: skip
        return office.console.redirect(
            page, f"/attendance?month={at:%Y-%m}", page.gettext(_CORRECTED)
        )

    @office.page("/attendance/withdraw", methods=("POST",))
    def withdraw(page: Page) -> Response:
        with office.writing(page) as connection:
            attendance.withdraw(
                connection, office.code, page.form["entry"], page.user.operator, page.form["reason"],
                page.now,
            )  # fmt: skip
        return office.console.redirect(
            page, f"/attendance?month={page.form['month'][:7]}", page.gettext(_CORRECTED)
        )


def _clock(office: Office, page: Page, *, problem: str = "", status: int = 200) -> Response:
    with office.branch.engine.connect() as connection:
        voice = office.voice(page, connection)
    return office.render(page, "clock.html", voice, status=status, problem=problem, now=page.now)


def _state(office: Office, page: Page, throttle: Throttle) -> Response:
    operator = page.form["operator"].strip()[:64]
    address = page.request.client.host if page.request.client else ""
    wait = throttle.begin(operator, address)
    if wait > 0:
        said = page.gettext(_WAIT, seconds=math.ceil(wait))
        return _clock(office, page, problem=said, status=429)
    with office.branch.engine.connect() as connection:
        name = attendance.identify(connection, operator, page.form["pin"])
    if name is None:
        return _clock(office, page, problem=page.gettext(_WRONG), status=401)
    throttle.succeeded(operator, address)
    direction = _direction(page)
    with office.writing(page) as connection:
        attendance.clock(connection, office.code, operator, direction, page.now)
        voice = office.voice(page, connection)
    text = _CAME if direction == "in" else _LEFT
    said = page.gettext(text, name=name, at=voice.time(page.now))
    return office.console.redirect(page, "/clock", said)


def _direction(page: Page) -> Direction:
    return "out" if page.form["direction"] == "out" else "in"


def _month(page: Page, voice: Voice) -> tuple[date, date]:
    today = page.now.astimezone(ZoneInfo(voice.profile.zone)).date()
    return month_of(month_asked(page, today))


def _instant(page: Page, voice: Voice) -> datetime:
    text = page.form["at"].strip()
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(voice.profile.zone))
    except ValueError:
        raise PageError(page.gettext(_NO_TIME, typed=text[:40])) from None
