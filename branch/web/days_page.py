"""The business days, and one of them: its revisions side by side, and re-opening it."""

from __future__ import annotations

from starlette.responses import Response

from branch import day_state, days, prior_period
from branch.day_changes import changes
from branch.revisions import compare, revisions
from branch.tills import tills
from branch.web.office import Office, date_of, day_of
from replication.console.app import Page
from replication.console.languages import msgid
from schemas.tables.day_figures import day_totals

_REOPENED = msgid("%(date)s is reopened for corrections.")
_PAGE = 31


def add(office: Office) -> None:
    """Declare the pages."""

    @office.page("/days")
    def list_days(page: Page) -> Response:
        asked = page.query.get("before")
        before = date_of(page, asked) if asked else None
        with office.branch.engine.connect() as connection:
            held = day_state.days(connection, office.code, before=before, limit=_PAGE)
            rows = [(day, day_totals(connection, office.code, day.business_date)) for day in held]
            return office.render(
                page,
                "days.html",
                office.voice(page, connection),
                rows=rows,
                first="/days" if before else None,
                next=f"/days?before={held[-1].business_date}" if len(held) == _PAGE else None,
            )

    @office.page("/days/{date}")
    def one_day(page: Page) -> Response:
        business_date = date_of(page, page.path["date"])
        with office.branch.engine.connect() as connection:
            day = day_of(page, connection, office.code, business_date)
            held = revisions(connection, office.code, business_date)
            return office.render(
                page,
                "one_day.html",
                office.voice(page, connection),
                day=day,
                revisions=held,
                compared=compare(held),
                moved=prior_period.moved(connection, office.code, business_date),
                changes=changes(connection, office.code, business_date, held),
                totals=day_totals(connection, office.code, business_date),
                tills=tills(connection, office.code, business_date),
            )

    @office.page("/days/{date}/reopen", methods=("POST",))
    def reopen(page: Page) -> Response:
        business_date = date_of(page, page.path["date"])
        with office.writing(page) as connection:
            days.reopen_day(
                connection,
                office.code,
                business_date,
                page.user.operator,
                page.form["reason"],
                page.now,
            )
            voice = office.voice(page, connection)
        said = voice.text(_REOPENED, date=business_date)
        return office.console.redirect(page, f"/days/{business_date}", said)
