"""The exceptions of this branch's own tills, in the report that headquarters has too."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.responses import Response

from branch import day_state
from branch.voice import Voice
from branch.web.office import Office, date_of
from replication.console import exception_words
from replication.console.app import Page, PageError
from replication.console.exception_report import as_csv, read_filters, report
from replication.console.languages import msgid
from schemas.tables.exception_sources import ExceptionQuery

_BACKWARDS = msgid("The range ends before it begins: %(first)s to %(last)s.")
_TOO_LONG = msgid("At most %(days)s days at once: choose a shorter range.")
_LONGEST = timedelta(days=366)


def add(office: Office) -> None:
    """Declare the page and its file."""

    @office.page("/exceptions")
    def show(page: Page) -> Response:
        with office.branch.engine.connect() as connection:
            voice = office.voice(page, connection)
            query = _asked(office, page, voice, connection)
            return office.render(
                page,
                "exceptions.html",
                voice,
                query=query,
                report=report(page, connection, query, voice.names),
                zones={office.code: voice.profile.zone},
                kinds=[(code, page.gettext(text)) for code, text in exception_words.KINDS.items()],
                address=_address(page, "/exceptions", query, "kind", "operator"),
                here=_address(page, "/exceptions", query, "by", "kind", "operator"),
                file=_address(page, "/exceptions.csv", query, "kind", "operator"),
            )

    @office.page("/exceptions.csv")
    def download(page: Page) -> Response:
        with office.branch.engine.connect() as connection:
            voice = office.voice(page, connection)
            query = _asked(office, page, voice, connection)
            zones = {office.code: voice.profile.zone}
            return as_csv(page, connection, query, zones, voice.profile.currency)


def _asked(office: Office, page: Page, voice: Voice, connection: Connection) -> ExceptionQuery:
    """The dates of the address, or the newest business day, with what else it filters."""
    first_text, last_text = page.query.get("from", ""), page.query.get("to", "")
    last = date_of(page, last_text or first_text) if last_text or first_text else None
    if last is None:
        newest = next(iter(day_state.days(connection, office.code, limit=1)), None)
        last = voice.profile.local_date(page.now) if newest is None else newest.business_date
    first: date = date_of(page, first_text) if first_text else last
    if last < first:
        raise PageError(page.gettext(_BACKWARDS, first=first, last=last))
    if last - first >= _LONGEST:
        raise PageError(page.gettext(_TOO_LONG, days=_LONGEST.days))
    return read_filters(page, ExceptionQuery((office.code,), first, last))


def _address(page: Page, path: str, query: ExceptionQuery, *names: str) -> str:
    """Where the same dates and filters lead."""
    kept = [(name, page.query[name]) for name in names if page.query.get(name)]
    dates = [("from", query.first.isoformat()), ("to", query.last.isoformat())]
    return f"{path}?{urlencode([*dates, *kept])}"
