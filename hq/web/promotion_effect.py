"""The effect of a promotion that was published, by branch and day, on a page and as CSV."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from hq.bootstrap import Headquarters
from hq.completeness import Completeness, assess
from hq.promotions import Document
from hq.reports.promotion_effect import EffectRow, promotion_effect, summed
from hq.reports.snapshot import snapshot
from hq.web import completeness_text
from hq.web.asked import REPORT_ROLES, Asked, read_asked
from hq.web.promotions import find
from replication.console import formats
from replication.console.app import Console, Page, PageError
from replication.console.languages import msgid
from replication.console.table_export import Cell, csv_response
from schemas.domain.money import format_amount
from schemas.domain.quantity import format_quantity

_DAYS = 28
_NEVER = msgid("%(document)s was never published, so it had no effect.")
_NAME = msgid("Effect of %(document)s")
_AMOUNTS = (msgid("Discount (%(currency)s)"), msgid("Sales (%(currency)s)"))


@dataclass(frozen=True, slots=True)
class Effect:
    """The report; each row with whether its branch's day is complete."""

    document: Document
    asked: Asked
    rows: list[tuple[EffectRow, str]]
    completeness: Completeness


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """Declare the report and its export."""
    one = "/promotions/{promotion}/effect"

    @console.page(one, roles=REPORT_ROLES)
    def report(page: Page) -> Response:
        effect = _read(page, headquarters)
        told = effect.completeness
        return console.render(
            page, "promotion_effect.html", effect=effect, asked=effect.asked,
            document=effect.document, offer=effect.document.offer,
            total=summed(row for row, _ in effect.rows),
            names={branch.branch: branch.name for branch in effect.asked.known},
            address=effect.asked.address(f"/promotions/{effect.document.promotion}/effect.csv"),
            completeness=told, heading=completeness_text.heading(page, told),
            extent=completeness_text.extent(page, told, effect.asked.zone),
            told=completeness_text.told(page, told),
        )  # fmt: skip

    @console.page(f"{one}.csv", roles=REPORT_ROLES)
    def report_as_csv(page: Page) -> Response:
        return _as_csv(page, _read(page, headquarters))


def _read(page: Page, headquarters: Headquarters) -> Effect:
    with snapshot(headquarters.engine) as connection:
        document = find(page, connection)
        if document.publication is None:
            raise PageError(page.gettext(_NEVER, document=document.promotion))
        asked = read_asked(page, connection, headquarters.settings.currency, _DAYS)
        range_ = asked.branches, asked.first, asked.last
        rows = promotion_effect(connection, document.promotion, *range_)
        completeness = assess(connection, *range_, page.now)
    return Effect(
        document, asked, [(row, _verdict(page, completeness, row)) for row in rows], completeness
    )


def _verdict(page: Page, completeness: Completeness, row: EffectRow) -> str:
    own = completeness.narrowed(branch=row.branch, business_date=row.business_date)
    return completeness_text.cell(page, own)


def _as_csv(page: Page, effect: Effect) -> Response:
    """Codes, dates and amounts as other programs read them; each row says whether it is complete."""
    asked = effect.asked
    decimals = formats.decimals_of(asked.currency)
    header = [
        page.gettext(msgid("Branch")), page.gettext(msgid("Business date")),
        page.gettext(msgid("Tickets")), page.gettext(msgid("Quantity")),
        *(page.gettext(text, currency=asked.currency) for text in _AMOUNTS),
        page.gettext(msgid("Completeness")),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            row.branch, row.business_date, row.figures.tickets,
            format_quantity(row.figures.quantity), format_amount(row.figures.discount, decimals),
            format_amount(row.figures.sales, decimals), verdict,
        ]
        for row, verdict in effect.rows
    ]  # fmt: skip
    name = page.gettext(_NAME, document=effect.document.promotion)
    return csv_response(f"{name} {asked.first}_{asked.last}.csv", header, rows)
