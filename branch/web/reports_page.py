"""The reports: sales by item, hour and operator, and every X and Z; on the page, on paper, as a receipt, as CSV."""

from __future__ import annotations

from datetime import date, timedelta
from typing import get_args

from starlette.responses import Response

from branch import day_state
from branch.reports import period, period_report
from branch.reports.period import MOST_DAYS, Period
from branch.reports.period_report import TITLES, What
from branch.voice import Voice
from branch.web.office import Office, date_of
from branch.web.report_file import report_file
from replication.console.app import Page, PageError
from replication.console.languages import msgid
from replication.console.table_export import csv_response

_MOST_ROWS = 500
_RANGE = msgid("Choose at most %(days)s days, the first not after the last.")


def add(office: Office) -> None:
    """Declare the page and its files."""

    @office.page("/reports")
    def show(page: Page) -> Response:
        with office.branch.engine.connect() as connection:
            voice = office.voice(page, connection)
            about, what = _about(office, page), _what(page)
            found = period_report.table(connection, voice, what, about)
            lanes, people = period.choices(connection, office.code)
            return office.render(
                page,
                "reports.html",
                voice,
                what=what,
                titles=[(one, voice.text(TITLES[one])) for one in get_args(What)],
                about=about,
                table=found,
                most=_MOST_ROWS,
                notes=period_report.notes(voice, period.lacking(connection, about)),
                lanes=[("", voice.text(msgid("all"))), *((one, one) for one in lanes)],
                people=[
                    ("", voice.text(msgid("all"))), *((one, voice.person(one)) for one in people)
                ],
                query=page.request.url.query,
            )  # fmt: skip

    @office.page("/reports.pdf")
    def as_pdf(page: Page) -> Response:
        with office.branch.engine.connect() as connection:
            voice = office.voice(page, connection)
            about, what = _about(office, page), _what(page)
            found = period_report.table(connection, voice, what, about)
            blocks = period_report.printed(voice, about, found, period.lacking(connection, about))
        return report_file(
            page, voice, TITLES[what], _span(voice, about), blocks, f"{_name(about, what)}.pdf"
        )

    @office.page("/reports.csv")
    def as_csv(page: Page) -> Response:
        with office.branch.engine.connect() as connection:
            voice = office.voice(page, connection)
            about, what = _about(office, page), _what(page)
            found = period_report.table(connection, voice, what, about)
        rows = [line.written for line in found.lines]
        if found.total is not None:
            rows.append(found.total.written)
        return csv_response(f"{_name(about, what)}.csv", found.heads, rows)


def _what(page: Page) -> What:
    asked = page.query.get("what")
    return next((one for one in get_args(What) if one == asked), "hour")


def _about(office: Office, page: Page) -> Period:
    last = _date(page, "to")
    if last is None:
        with office.branch.engine.connect() as connection:
            newest = day_state.days(connection, office.code, limit=1)
        last = newest[0].business_date if newest else page.now.date()
    first = _date(page, "from") or last
    if not timedelta() <= last - first < timedelta(days=MOST_DAYS):
        raise PageError(page.gettext(_RANGE, days=MOST_DAYS), 422)
    return Period(
        office.code, first, last, page.query.get("lane") or "", page.query.get("operator") or ""
    )


def _date(page: Page, name: str) -> date | None:
    asked = page.query.get(name)
    return date_of(page, asked) if asked else None


def _span(voice: Voice, about: Period) -> str:
    return f"{voice.day(about.first)} – {voice.day(about.last)}"


def _name(about: Period, what: What) -> str:
    return f"{about.branch}-{what}-{about.first}-{about.last}"
