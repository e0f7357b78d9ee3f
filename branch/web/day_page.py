"""The day close: a row per lane and shift, every finding with its way out, what to accept, and the button.

nothing stands in the way              the day closes once each warning is accepted
only what a lane took with it does     it closes without that lane: a reason, and who agreed
anything else does                     there is no button
"""

from __future__ import annotations

from starlette.responses import Response

from branch import day_state, days, policy
from branch.absent_lanes import Gone, besides_lanes, may_be_left_out
from branch.day_checks import day_checks
from branch.day_rows import rows
from branch.days import ChecksError
from branch.web.office import Office, chosen_day, date_of
from branch.web.second_person import called
from branch.wording import RefusalError
from replication.console.app import Page
from replication.console.languages import msgid
from schemas.domain.day import DayClosed
from schemas.tables.day_figures import day_figures

_CLOSED = msgid("%(date)s is closed as revision %(revision)s.")


def add(office: Office) -> None:
    """Declare the page."""

    @office.page("/day", methods=("GET", "POST"))
    def day(page: Page) -> Response:
        return _show(office, page) if page.request.method == "GET" else _close(office, page)


def _show(office: Office, page: Page, *, refused: bool = False, problem: str = "") -> Response:
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
        figures = day_figures(connection, office.code, day.business_date)
        checks = day_checks(connection, office.code, day.business_date, page.now, figures)
        gone = may_be_left_out(checks)
        return office.render(
            page,
            "day.html",
            voice,
            status=409 if refused else 200,
            day=day,
            checks=checks,
            gone=gone,
            can_leave_out=bool(gone)
            and not any(one.blocking for one in besides_lanes(checks, gone)),
            asks_second=policy.find(connection, office.code).absent_lane_authority,
            totals=figures.totals,
            rows=rows(connection, office.code, day.business_date, checks, figures.tills),
            others=[
                other
                for other in day_state.unfinished(connection, office.code)
                if other.business_date != day.business_date
            ],
            accepted=page.form_list("accept"),
            without=page.form_list("without"),
            refused=refused,
            problem=problem,
        )


def _close(office: Office, page: Page) -> Response:
    business_date = date_of(page, page.form["date"])
    fact: DayClosed | None = None
    problem = ""
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
                without=_without(office, page),
            )
        except ChecksError:
            # Nothing was written; the page shows what was found.
            pass
        except RefusalError as error:
            # A close that names lanes is shown again with what was typed; another is told on its own.
            if not page.form_list("without"):
                raise
            problem = voice.say(error.wording)
    if fact is None:
        return _show(office, page, refused=True, problem=problem)
    said = voice.text(_CLOSED, date=business_date, revision=fact.revision)
    return office.console.redirect(page, f"/days/{business_date}", said)


def _without(office: Office, page: Page) -> list[Gone]:
    """The lanes to leave out, and who agreed. Raises RefusalError."""
    lanes = page.form_list("without")
    if not lanes:
        return []
    with office.branch.engine.connect() as connection:
        asks = policy.find(connection, office.code).absent_lane_authority
        authority = called(connection, page) if asks else ""
    return [Gone(lane, page.form.get(f"reason-{lane}", ""), authority) for lane in lanes]
