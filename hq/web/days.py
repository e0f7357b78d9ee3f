"""The chain's day board, and one day with all its revisions side by side."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from hq.bootstrap import Headquarters
from hq.day_board import day_board
from hq.day_comparison import Line, side_by_side
from hq.day_tills import day_tills
from hq.days import day_history, verify_day
from hq.reports.snapshot import snapshot
from hq.web.asked import OPERATIONS_ROLES, branch_of, date_of, read_asked
from hq.web.completeness_text import extent, heading, told
from hq.web.finding_text import finding_text, revision_findings
from hq.web.sales_columns import tender_label
from replication.console import formats
from replication.console.app import Console
from replication.console.languages import msgid
from replication.console.page import Page, PageError
from schemas.domain.till import is_currency
from schemas.tables.safe_figures import SafeWhat

_DAYS_SHOWN = 7
_NO_DAY = msgid("No opening of %(date)s at %(branch)s has arrived.")
_MEASURES: Mapping[str, str] = {
    "tickets": msgid("Tickets"),
    "gross": msgid("Sales"),
    "last_counter": msgid("Last receipt"),
    "grand_total": msgid("Grand total"),
}
_SAFE: Mapping[SafeWhat, str] = {
    "float": msgid("Float to a till"),
    "loan": msgid("Loan to a till"),
    "pickup": msgid("Pickup from a till"),
    "till": msgid("Counted till"),
    "deposit": msgid("Deposit at the bank"),
    "change": msgid("Change from the bank"),
    "paid_in": msgid("Paid into the safe"),
    "paid_out": msgid("Paid out of the safe"),
    "counted": msgid("Difference of a count"),
}
_OVER_SHORT = msgid("%(tender)s over or short")


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """The board and the single day; `check=now` recomputes it."""
    _add_board(console, headquarters)
    _add_day(console, headquarters)


def _add_board(console: Console, headquarters: Headquarters) -> None:
    @console.page("/days", roles=OPERATIONS_ROLES)
    def board(page: Page) -> Response:
        with snapshot(headquarters.engine) as connection:
            asked = read_asked(page, connection, headquarters.settings.currency, _DAYS_SHOWN)
            found = day_board(connection, asked.branches, asked.first, asked.last, page.now)
        return console.render(
            page,
            "days.html",
            asked=asked,
            board=found,
            completeness=found.completeness,
            heading=heading(page, found.completeness),
            extent=extent(page, found.completeness, asked.zone),
            told=told(page, found.completeness),
        )


def _add_day(console: Console, headquarters: Headquarters) -> None:
    @console.page("/days/{branch}/{date}", roles=OPERATIONS_ROLES)
    def one_day(page: Page) -> Response:
        day = date_of(page, page.path["date"])
        with snapshot(headquarters.engine) as connection:
            branch = branch_of(page, connection, page.path["branch"])
            history = day_history(connection, branch.branch, day)
            money = day_tills(connection, branch.branch, day)
            checked = None
            if history is not None and page.query.get("check") == "now":
                checked = verify_day(connection, branch.branch, day)
        if history is None:
            raise PageError(page.gettext(_NO_DAY, date=day, branch=branch.branch), 404)
        currency = branch.currency or headquarters.settings.currency
        return console.render(
            page,
            "day.html",
            branch=branch,
            history=history,
            lines=side_by_side(history),
            label=line_label,
            currency=currency,
            money=money,
            movements=_SAFE,
            accepted=[
                (
                    one,
                    [
                        _stated(page, key, amount, currency)
                        for key, amount in one.differences.items()
                    ],
                )
                for one in money.accepted
            ],
            checked=None
            if checked is None
            else [finding_text(page, one, currency) for one in checked],
            differed=[
                (one.revision, revision_findings(page, one, currency))
                for one in history.revisions
                if one.differences
            ],
        )


def _stated(page: Page, key: str, amount: int, currency: str) -> str:
    """A difference with its key, signed."""
    money = formats.amount(amount, key if is_currency(key) else currency, page.language)
    return f"{tender_label(page, key)} {money}"


def line_label(page: Page, line: Line) -> str:
    """What a figure of the comparison is."""
    match line.section:
        case "tenders":
            return tender_label(page, line.subject)
        case "over_short":
            return page.gettext(_OVER_SHORT, tender=tender_label(page, line.subject))
        case "totals":
            return page.gettext(_MEASURES[line.measure])
        case "lanes":
            return f"{line.subject} · {page.gettext(_MEASURES[line.measure])}"
