"""The day close: every finding with its way out, the warnings to accept, and the button."""

from __future__ import annotations

from starlette.responses import Response

from branch import day_state, days
from branch.day_checks import day_checks
from branch.days import ChecksError
from branch.tills import tills
from branch.web.office import Office, chosen_day, date_of
from replication.console.app import Page
from replication.console.languages import msgid
from schemas.tables.day_figures import day_totals

_CLOSED = msgid("%(date)s is closed as revision %(revision)s.")


def add(office: Office) -> None:
    """Declare the page."""

    @office.page("/day", methods=("GET", "POST"))
    def day(page: Page) -> Response:
        return _show(office, page) if page.request.method == "GET" else _close(office, page)


def _show(office: Office, page: Page, *, refused: bool = False) -> Response:
    """The findings of this moment; after a refused close they are the answer to it."""
    with office.branch.engine.connect() as connection:
        voice = office.voice(page, connection)
        sent = page.form.get("date")
        if sent is None:
            day = chosen_day(page, connection, office.code)
        else:
            day = day_state.find_day(connection, office.code, date_of(page, sent))
        if day is None:
            return office.render(page, "day_none.html", voice)
        return office.render(
            page,
            "day.html",
            voice,
            status=409 if refused else 200,
            day=day,
            checks=day_checks(connection, office.code, day.business_date, page.now),
            totals=day_totals(connection, office.code, day.business_date),
            tills=tills(connection, office.code, day.business_date),
            others=[
                other
                for other in day_state.unfinished(connection, office.code)
                if other.business_date != day.business_date
            ],
            accepted=page.form_list("accept"),
            refused=refused,
        )


def _close(office: Office, page: Page) -> Response:
    business_date = date_of(page, page.form["date"])
    with office.writing(page) as connection:
        voice = office.voice(page, connection)
        try:
            fact = days.close_day(
                connection,
                office.code,
                business_date,
                page.user.operator,
                page.now,
                accepted=page.form_list("accept"),
            )
        except ChecksError:
            # Nothing was written; the page shows what was found.
            fact = None
    if fact is None:
        return _show(office, page, refused=True)
    said = voice.text(_CLOSED, date=business_date, revision=fact.revision)
    return office.console.redirect(page, f"/days/{business_date}", said)
