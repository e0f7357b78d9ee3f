"""The chain's day board, and one day with all its revisions side by side."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

from hq import day_orders, periods
from hq.bootstrap import Headquarters
from hq.day_board import day_board, shown_state
from hq.day_comparison import side_by_side
from hq.day_corrections import day_corrections
from hq.day_tills import day_tills
from hq.days import day_history, verify_day
from hq.refusal import RefusalError
from hq.reporting.dimensions import tender_label
from hq.reports.snapshot import snapshot
from hq.web.absent_text import absent_lanes
from hq.web.asked import OPERATIONS_ROLES, ORDER_ROLES, branch_of, date_of, read_asked
from hq.web.completeness_text import extent, heading, told
from hq.web.day_words import CORRECTIONS, MOVEMENTS, ORDER_STATES, OUTCOMES, line_label
from hq.web.finding_text import finding_text, revision_findings
from replication.console import formats
from replication.console.app import Console
from replication.console.languages import msgid
from replication.console.page import Page, PageError
from schemas.domain.till import is_currency

_DAYS_SHOWN = 7
_NO_DAY = msgid("No opening of %(date)s at %(branch)s has arrived.")
_ORDERED = msgid("The order is sent; %(branch)s carries it out as it arrives.")


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """The board and the single day; `check=now` recomputes it."""
    _add_board(console, headquarters)
    _add_day(console, headquarters)
    _add_order(console, headquarters)


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
            orders = day_orders.orders(connection, branch.branch, day)
            lock = periods.in_force(connection, branch.branch)
            corrections = (
                []
                if history is None
                else day_corrections(connection, branch.branch, day, history.revisions)
            )
            broken = history is not None and periods.broken(connection, history)
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
            state=shown_state(history.state, history.revision),
            absent=absent_lanes(page, history),
            lines=side_by_side(history),
            label=line_label,
            currency=currency,
            orders=orders,
            outcomes=OUTCOMES,
            order_states=ORDER_STATES,
            lock=lock if lock is not None and day <= lock.through else None,
            broken=broken,
            corrections=corrections,
            correction_kinds=CORRECTIONS,
            may_order=page.user.role in ORDER_ROLES,
            money=money,
            movements=MOVEMENTS,
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


def _add_order(console: Console, headquarters: Headquarters) -> None:
    @console.page("/days/{branch}/{date}/order", roles=ORDER_ROLES, methods=("POST",))
    def order(page: Page) -> Response:
        day = date_of(page, page.path["date"])
        with headquarters.engine.connect() as connection:
            branch = branch_of(page, connection, page.path["branch"]).branch
        try:
            with headquarters.engine.begin() as connection:
                day_orders.give(connection, branch, day, page.user, page.form["reason"], page.now)
        except RefusalError as error:
            raise PageError(error.said_on(page), 409) from error
        said = page.gettext(_ORDERED, branch=branch)
        return console.redirect(page, f"/days/{quote(branch)}/{day}", said)


def _stated(page: Page, key: str, amount: int, currency: str) -> str:
    """A difference with its key, signed."""
    money = formats.amount(amount, key if is_currency(key) else currency, page.language)
    return f"{tender_label(page, key)} {money}"
