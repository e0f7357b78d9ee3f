"""The review of a stocktake: differences by worth, what still waits, decisions, the second count, approval, paper."""

from __future__ import annotations

from sqlalchemy import select
from starlette.responses import Response

from branch.reports import stocktake_report
from branch.stocktake import approval, decisions, session
from branch.stocktake.review import review
from branch.web.office import Office, refusals_told
from branch.web.report_file import report_file
from branch.web.staff import COUNTERS, MANAGERS
from branch.web.stocktake_count_page import sheet_of
from replication.console.app import Page, PageError
from replication.console.languages import msgid
from schemas.tables.stock import stock_document

_APPROVED = msgid("The stocktake is approved: %(document)s.")
_AGAIN = msgid(
    "The sheet for the second count is there: give it to somebody who has not counted these items."
)
_DECIDED = msgid("It is decided.")
_DECIDED_REST = msgid("It is decided about %(items)s items.")
_AT_ONCE = 200
_NO_CHOICE = msgid("Choose what is to be done with the items.")
_SHEET = msgid("Count again")
_EXPECTED_IS_FOR_MANAGERS = msgid("Only a manager prints what is expected.")
_READING = {"isolation_level": "REPEATABLE READ"}


def add(office: Office) -> None:
    """Declare the pages."""
    _add_review(office)
    _add_decisions(office)
    _add_approval(office)
    _add_papers(office)


def _add_review(office: Office) -> None:
    @office.page("/stocktakes/{stocktake}/review")
    def show(page: Page) -> Response:
        with office.branch.engine.connect().execution_options(**_READING) as connection:
            voice = office.voice(page, connection)
            with refusals_told(voice):
                found = review(connection, office.code, page.path["stocktake"])
            held = found.stocktake
            start = _start(page)
            documents = connection.execute(
                select(stock_document.c.document)
                .where(stock_document.c.refers_to == held.stocktake)
                .order_by(stock_document.c.document)
            ).scalars()
            return office.render(
                page, "stocktake_review.html", voice, stocktake=held, review=found,
                lines=found.lines[start : start + _AT_ONCE],
                following=start + _AT_ONCE if len(found.lines) > start + _AT_ONCE else 0, start=start,
                sums=stocktake_report.sums(found), documents=list(documents),
                alone=approval.takes_a_reason(connection, held, page.user.operator),
                is_opener=page.user.operator == held.opened_by,
            )  # fmt: skip


def _add_decisions(office: Office) -> None:
    @office.page("/stocktakes/{stocktake}/decide", methods=("POST",))
    def decide(page: Page) -> Response:
        name, choice = page.path["stocktake"], page.form["choice"]
        with office.writing(page) as connection:
            decisions.decide(
                connection, office.code, name, page.form_list("item"), _round(page, choice),
                page.user.operator, page.form.get("reason", ""), page.now,
            )  # fmt: skip
        return _back(office, page, page.gettext(_DECIDED))

    @office.page("/stocktakes/{stocktake}/rest", methods=("POST",))
    def decide_rest(page: Page) -> Response:
        with office.writing(page) as connection:
            items = decisions.decide_rest(
                connection, office.code, page.path["stocktake"], _round(page, page.form["choice"]),
                page.user.operator, page.now,
            )  # fmt: skip
        return _back(office, page, page.gettext(_DECIDED_REST, items=items))

    @office.page("/stocktakes/{stocktake}/again", methods=("POST",))
    def count_again(page: Page) -> Response:
        with office.writing(page) as connection:
            title = page.gettext(_SHEET)
            decisions.count_again(connection, office.code, page.path["stocktake"], title)
        path = f"/stocktakes/{page.path['stocktake']}"
        return office.console.redirect(page, path, page.gettext(_AGAIN))

    @office.page("/stocktakes/{stocktake}/unknown", methods=("POST",))
    def look_up_again(page: Page) -> Response:
        with office.writing(page) as connection:
            decisions.look_up_again(
                connection, office.code, page.path["stocktake"], page.form["code"], page.now
            )
        return _back(office, page, page.gettext(_DECIDED))


def _add_approval(office: Office) -> None:
    @office.page("/stocktakes/{stocktake}/approve", methods=("POST",))
    def approve(page: Page) -> Response:
        with office.writing(page) as connection:
            documents = approval.approve(
                connection, office.code, page.path["stocktake"], page.user.operator,
                page.form["reason"], page.now,
            )  # fmt: skip
        names = ", ".join(one.document for one in documents)
        return _back(office, page, page.gettext(_APPROVED, document=names))


def _add_papers(office: Office) -> None:
    @office.page("/stocktakes/{stocktake}/report.pdf")
    def report(page: Page) -> Response:
        with office.branch.engine.connect().execution_options(**_READING) as connection:
            voice = office.voice(page, connection)
            with refusals_told(voice):
                found = review(connection, office.code, page.path["stocktake"])
            blocks = stocktake_report.gain_and_loss(voice, found)
        title = stocktake_report.TITLE
        return report_file(
            page, voice, title, found.stocktake.name, blocks, f"{found.stocktake.name}.pdf"
        )

    @office.console.page("/stocktakes/{stocktake}/sheets/{sheet}/sheet.pdf", roles=COUNTERS)
    def sheet(page: Page) -> Response:
        expected = page.request.query_params.get("expected") == "yes"
        if expected and page.user.role not in MANAGERS:
            raise PageError(page.gettext(_EXPECTED_IS_FOR_MANAGERS), 403)
        with office.branch.engine.connect().execution_options(**_READING) as connection:
            voice = office.voice(page, connection)
            with refusals_told(voice):
                held = session.find(connection, page.path["stocktake"])
                one = session.find_sheet(connection, held.stocktake, sheet_of(page))
            blocks = stocktake_report.sheet(
                connection, voice, held, one.sheet, page.now if expected else None
            )
        name = f"{held.name} · {one.name}"
        return report_file(
            page, voice, stocktake_report.SHEET, name, blocks, f"{held.name}-{one.name}.pdf"
        )


def _start(page: Page) -> int:
    """Where the list goes on: large stocktakes have more items than a page shows at once."""
    text = page.request.query_params.get("from", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0  # noqa: PLR2004 - no more digits


def _round(page: Page, choice: str) -> int | None:
    if choice == "leave":
        return None
    if choice.isascii() and choice.isdigit() and len(choice) == 1:
        return int(choice)
    raise PageError(page.gettext(_NO_CHOICE))


def _back(office: Office, page: Page, said: str) -> Response:
    return office.console.redirect(page, f"/stocktakes/{page.path['stocktake']}/review", said)
