"""The reports as files: X and Z of a shift, Z of a day's revision, the day report."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from branch import tills as settlement
from branch.reports import day_report, till_report
from branch.revisions import revisions
from branch.tills import Till
from branch.voice import Voice
from branch.web.office import Office, date_of, day_of, refusals_told
from branch.web.report_file import report_file
from replication.console.app import Page, PageError
from replication.console.languages import msgid
from replication.console.pdf import Block

_X = msgid("X report")
_Z = msgid("Z report")
_DAY = msgid("Day report")
_NOT_CLOSED = msgid("%(date)s has no such revision: a Z report exists once the day was closed.")


def add(office: Office) -> None:
    """Declare the files."""

    @office.page("/tills/{shift}/x.pdf")
    def x_of_till(page: Page) -> Response:
        with office.branch.engine.connect() as connection:
            voice = office.voice(page, connection)
            with refusals_told(voice):
                till = settlement.find_till(connection, office.code, page.path["shift"])
            return _of_till(page, voice, till, _X, till_report.x_report(connection, voice, till))

    @office.page("/tills/{shift}/z.pdf")
    def z_of_till(page: Page) -> Response:
        with office.branch.engine.connect() as connection:
            voice = office.voice(page, connection)
            with refusals_told(voice):
                till = settlement.find_till(connection, office.code, page.path["shift"])
                blocks = till_report.z_report(connection, voice, till)
            return _of_till(page, voice, till, _Z, blocks)

    @office.page("/days/{date}/z.pdf")
    def z_of_day(page: Page) -> Response:
        business_date = date_of(page, page.path["date"])
        with office.branch.engine.connect() as connection:
            voice = office.voice(page, connection)
            held = revisions(connection, office.code, business_date)
        asked = page.query.get("revision")
        chosen = [one for one in held if asked is None or str(one.number) == asked]
        if not chosen:
            raise PageError(voice.text(_NOT_CLOSED, date=business_date), 404)
        blocks = day_report.z_report(voice, chosen[-1])
        name = f"{office.code}-{business_date}-Z{chosen[-1].number}.pdf"
        return report_file(page, voice, _Z, voice.day(business_date), blocks, name)

    @office.page("/days/{date}/report.pdf")
    def of_day(page: Page) -> Response:
        business_date = date_of(page, page.path["date"])
        with office.branch.engine.connect() as connection:
            voice = office.voice(page, connection)
            day = day_of(page, connection, office.code, business_date)
            blocks = day_report.day_report(connection, voice, day)
        name = f"{office.code}-{business_date}.pdf"
        return report_file(page, voice, _DAY, voice.day(business_date), blocks, name)


def _of_till(page: Page, voice: Voice, till: Till, title: str, blocks: Sequence[Block]) -> Response:
    letter = "X" if title == _X else "Z"
    name = f"{till.lane}-{till.business_date}-{letter}-{till.shift[:8]}.pdf"
    subtitle = f"{till.lane} · {voice.person(till.operator)} · {voice.day(till.business_date)}"
    return report_file(page, voice, title, subtitle, blocks, name)
