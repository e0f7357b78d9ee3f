"""The numbered exports of the days' figures: what the next one will hold, and each as a file again."""

from __future__ import annotations

from starlette.responses import Response

from hq import day_ledger
from hq.bootstrap import Headquarters
from hq.day_ledger import Cause, Figure
from hq.refusal import RefusalError
from hq.reporting.dimensions import tender_label
from hq.web.asked import FINANCE_ROLES
from replication.console.app import Console, Page
from replication.console.formats import decimals_of
from replication.console.languages import msgid
from replication.console.page import PageError
from replication.console.table_export import csv_response
from schemas.domain.money import format_amount

_PATH = "/day-ledger"
_MADE = msgid("Export %(number)s is made: %(days)s days.")
_NO_EXPORT = msgid("There is no export %(number)s.")
_FIGURES: dict[Figure, str] = {
    "sales": msgid("Sales"),
    "tax": msgid("Tax"),
    "rounding": msgid("Cash rounding"),
    "tender": msgid("Tender"),
    "over_short": msgid("Over or short"),
}
_CAUSES: dict[Cause, str] = {
    "new": msgid("not exported before"),
    "reclosed": msgid("closed again"),
    "late": msgid("changed since its close"),
}
_HEADER = (
    "export", "branch", "business_date", "revision", "figure", "key", "amount", "currency", "cause",
    "reason",
)  # fmt: skip
#: More differences than this nobody reads on a page; the file has them all.
_SHOWN = 200


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """Declare the page, the act and the file."""
    currency = headquarters.settings.currency

    def show(page: Page) -> Response:
        with headquarters.engine.connect() as connection:
            pending = day_ledger.pending(connection, currency)
            return console.render(
                page, "day_ledger.html", exports=day_ledger.exports(connection),
                pending=pending[:_SHOWN], lines=len(pending), shown=_SHOWN,
                days=len({(one.branch, one.business_date) for one in pending}),
                tender_label=tender_label, figures=_FIGURES, causes=_CAUSES,
            )  # fmt: skip

    def export(page: Page) -> Response:
        try:
            with headquarters.engine.begin() as connection:
                made = day_ledger.export(connection, page.user.operator, currency, page.now)
        except RefusalError as error:
            raise PageError(error.said_on(page), 409) from error
        said = page.gettext(_MADE, number=made.number, days=made.days)
        return console.redirect(page, _PATH, said)

    def download(page: Page) -> Response:
        number = page.path["number"]
        with headquarters.engine.connect() as connection:
            lines = day_ledger.lines_of(connection, int(number)) if number.isdecimal() else []
        if not lines:
            raise PageError(page.gettext(_NO_EXPORT, number=number), 404)
        rows = [
            (
                number, one.branch, one.business_date, one.revision, one.figure, one.key,
                format_amount(one.amount, decimals_of(one.currency)), one.currency, one.cause,
                one.reason,
            )
            for one in lines
        ]  # fmt: skip
        return csv_response(f"day-ledger-{int(number):06d}.csv", _HEADER, rows)

    console.page(_PATH, roles=FINANCE_ROLES)(show)
    console.page(f"{_PATH}/export", roles=FINANCE_ROLES, methods=("POST",))(export)
    console.page(f"{_PATH}/{{number}}.csv", roles=FINANCE_ROLES)(download)
