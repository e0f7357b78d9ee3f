"""The list of reports with those that were saved, and of each when it is sent, to whom, and what became of it."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode

from sqlalchemy import Connection
from starlette.responses import Response

from hq.bootstrap import Headquarters
from hq.refusal import RefusalError
from hq.reporting import saved, schedules
from hq.reporting.asking import Parameters
from hq.reporting.dimensions import WEEKDAYS
from hq.reporting.files import FORMS
from hq.reporting.range_words import RANGES
from hq.reporting.reading import PLACE
from hq.reporting.register import REPORTS, groups
from hq.reporting.saved import SavedReport
from hq.reports.branches import known_branches
from hq.web.asked import REPORT_ROLES
from hq.web.reports import definition_of
from replication.console.app import Console
from replication.console.languages import msgid
from replication.console.page import Page, PageError

_RUNS = 50
_SAVED = msgid("“%(name)s” is saved.")
_FORGOTTEN = msgid("“%(name)s” is deleted; it is sent no more.")
_SCHEDULED = msgid("It will be sent as shown below.")
_STOPPED = msgid("It is sent no more by that schedule; what was sent stays on record.")
_SOON = msgid("It is sent within half a minute; see below what became of it.")
_EVERY = (
    ("day", msgid("Every day")),
    ("week", msgid("Every week")),
    ("month", msgid("Every month")),
)
STATES = {
    "running": ("info", msgid("Being sent")),
    "done": ("good", msgid("Sent")),
    "failed": ("warn", msgid("Failed, is tried again")),
    "given_up": ("bad", msgid("Given up")),
}


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """The list, and what is done with a saved report."""
    pages = _SavedPages(console, headquarters)
    one, post = "/reports/saved/{number:int}", ("POST",)
    console.page("/reports", roles=REPORT_ROLES)(pages.every)
    console.page("/reports/saved", roles=REPORT_ROLES, methods=post)(pages.save)
    console.page(one, roles=REPORT_ROLES)(pages.show)
    console.page(f"{one}/delete", roles=REPORT_ROLES, methods=post)(pages.delete)
    console.page(f"{one}/schedules", roles=REPORT_ROLES, methods=post)(pages.schedule)
    console.page(f"{one}/stop", roles=REPORT_ROLES, methods=post)(pages.stop)
    console.page(f"{one}/send", roles=REPORT_ROLES, methods=post)(pages.send)


class _SavedPages:
    def __init__(self, console: Console, headquarters: Headquarters) -> None:
        self._console = console
        self._hq = headquarters

    def every(self, page: Page) -> Response:
        """All reports by what they are about, those that were saved, and what could not be sent."""
        with self._hq.engine.connect() as connection:
            found = saved.visible(connection, page.user)
            trouble = schedules.troubled(connection)
        return self._console.render(
            page, "reports.html", groups=groups(page.user.role), saved=found, reports=REPORTS,
            address=address_of, trouble={one.id: trouble[one.id] for one in found if one.id in trouble},
        )  # fmt: skip

    def save(self, page: Page) -> Response:
        """Save what a report's page asked, under a name."""
        definition = definition_of(page, page.form["report"])
        asked: dict[str, list[str]] = {
            name: given for name, given in parse_qs(page.form["asked"]).items() if name not in PLACE
        }
        if moving := page.form.get("range", ""):
            asked = {name: given for name, given in asked.items() if name not in {"from", "to"}}
            asked["range"] = [moving]
        shared = "shared" in page.form
        try:
            with self._hq.engine.begin() as connection:
                number = saved.save(
                    connection, page.user, page.form["name"], definition.code, asked, page.now,
                    shared=shared,
                )  # fmt: skip
        except RefusalError as error:
            raise PageError(error.said_on(page)) from None
        said = page.gettext(_SAVED, name=page.form["name"].strip())
        return self._console.redirect(page, f"/reports/saved/{number}", said)

    def show(self, page: Page) -> Response:
        """One of them."""
        with self._hq.engine.connect() as connection:
            found = self._find(page, connection)
            zones = {one.zone for one in known_branches(connection, page.user.branches)}
            sent = schedules.of_report(connection, found.id)
            runs = schedules.runs_of(connection, found.id, _RUNS)
        return self._console.render(
            page, "saved_report.html", saved=found, definition=REPORTS.get(found.report),
            address=address_of(found), schedules=sent, runs=runs, states=STATES,
            asked=_in_words(page, found.parameters), may_change=found.may_change(page.user),
            every=[(code, page.gettext(text)) for code, text in _EVERY],
            weekdays=[page.gettext(text) for text in WEEKDAYS],
            forms=[(form, form.upper()) for form in FORMS], zones=sorted(zones) or ["UTC"],
            folder=self._hq.settings.reports.folder.name, mail=self._hq.settings.mail is not None,
        )  # fmt: skip

    def delete(self, page: Page) -> Response:
        """Delete it."""
        with self._hq.engine.begin() as connection:
            number = self._find(page, connection).id
            try:
                found = saved.forget(connection, page.user, number, page.now)
            except RefusalError as error:
                raise PageError(error.said_on(page), 403) from None
        return self._console.redirect(page, "/reports", page.gettext(_FORGOTTEN, name=found.name))

    def schedule(self, page: Page) -> Response:
        """Send it from now on."""
        text = page.form.get
        day = {"week": "weekday", "month": "day"}.get(page.form["every"], "")
        with self._hq.engine.begin() as connection:
            found = self._changeable(page, connection)
            try:
                rhythm = schedules.read_rhythm(
                    page.form["every"], text(day, ""), page.form["at"], page.form["zone"]
                )
                schedules.add(
                    connection, found, page.user.operator, rhythm, page.form["form"],
                    schedules.read_recipients(text("recipients", "")), page.language, page.now,
                )  # fmt: skip
            except RefusalError as error:
                raise PageError(error.said_on(page)) from None
        return self._back(page, _SCHEDULED)

    def stop(self, page: Page) -> Response:
        """Send it no more by one of its schedules."""
        with self._hq.engine.begin() as connection:
            found = self._changeable(page, connection)
            try:
                schedules.stop(connection, found, _number(page))
            except RefusalError as error:
                raise PageError(error.said_on(page), 404) from None
        return self._back(page, _STOPPED)

    def send(self, page: Page) -> Response:
        """Send it once more, now."""
        with self._hq.engine.begin() as connection:
            found = self._changeable(page, connection)
            try:
                schedules.send_now(connection, found, _number(page), page.now)
            except RefusalError as error:
                raise PageError(error.said_on(page), 404) from None
        return self._back(page, _SOON)

    def _back(self, page: Page, said: str) -> Response:
        return self._console.redirect(
            page, f"/reports/saved/{page.path['number']}", page.gettext(said)
        )

    def _find(self, page: Page, connection: Connection) -> SavedReport:
        try:
            return saved.find(connection, page.user, int(page.path["number"]))
        except RefusalError as error:
            raise PageError(error.said_on(page), 404) from None

    def _changeable(self, page: Page, connection: Connection) -> SavedReport:
        number = self._find(page, connection).id
        try:
            return saved.changeable(connection, page.user, number)
        except RefusalError as error:
            raise PageError(error.said_on(page), 403) from None


def address_of(report: SavedReport) -> str:
    """Where a saved report opens."""
    query = urlencode(report.parameters, doseq=True)
    return f"/reports/{report.report}{'?' if query else ''}{query}"


def _number(page: Page) -> int:
    text = page.form["schedule"]
    return int(text) if text.isdecimal() else 0


def _in_words(page: Page, parameters: Parameters) -> list[tuple[str, str]]:
    """What a saved report asks; its own page says it better, this is to recognise it by."""
    pairs = [(name, ", ".join(given)) for name, given in parameters.items()]
    return [
        (name, page.gettext(RANGES[value]) if name == "range" and value in RANGES else value)
        for name, value in pairs
    ]
