"""Margins: sales, their cost and what is left, without and with tax; by item, category, branch or date."""

from __future__ import annotations

from datetime import date

from starlette.responses import Response

from hq.bootstrap import Headquarters
from hq.reports.cost_of_sales import (
    DIMENSIONS,
    Margin,
    MarginQuery,
    MarginReport,
    MarginRow,
    cost_of_sales,
)
from hq.reports.sales import NO_CATEGORY
from hq.reports.snapshot import snapshot
from hq.web.asked import REPORT_ROLES, Asked, read_asked
from hq.web.completeness_text import cell, extent, heading, told
from hq.web.sales_columns import DIMENSIONS as LABELS
from hq.web.stock_export import Exported, export
from replication.console import formats
from replication.console.app import Console
from replication.console.languages import msgid
from replication.console.page import Page, PageError
from replication.console.row_seen import number_seen
from schemas.domain.money import format_amount

_BY = msgid("Margins by %(dimension)s")
_UNKNOWN = msgid("There is no report by “%(name)s”.")
_UNKNOWN_ITEMS = msgid("Unknown items, without a category")
_ROWS = 100
_HEADER = (
    msgid("Sales with tax"), msgid("Sales without tax"), msgid("Cost without tax"),
    msgid("Margin without tax"), msgid("Margin with tax"), msgid("Margin in per cent"),
    msgid("Sales of unknown cost"), msgid("Lines of unknown cost"),
)  # fmt: skip


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """The report and its export."""

    @console.page("/stock/margins", roles=REPORT_ROLES)
    def report(page: Page) -> Response:
        with snapshot(headquarters.engine) as connection:
            asked = read_asked(page, connection, headquarters.settings.currency)
            found = cost_of_sales(connection, _query(page, asked, _ROWS), page.now)
        by = found.query.dimension
        return console.render(
            page, "margins.html", asked=asked, report=found, by=by, currency=asked.currency,
            dimensions=[
                (one, page.gettext(LABELS[one]), asked.address("/stock/margins", {"by": one}))
                for one in DIMENSIONS
            ],
            rows=[(row, _label(page, found, row)) for row in found.rows],
            first=asked.address("/stock/margins", {"by": by}),
            csv=asked.address("/stock/margins.csv", {"by": by}),
            pdf=asked.address("/stock/margins.pdf", {"by": by}),
            heading=heading(page, found.completeness), told=told(page, found.completeness),
            extent=extent(page, found.completeness, asked.zone),
        )  # fmt: skip

    @console.page("/stock/margins.csv", roles=REPORT_ROLES)
    @console.page("/stock/margins.pdf", roles=REPORT_ROLES)
    def exported(page: Page) -> Response:
        with snapshot(headquarters.engine) as connection:
            asked = read_asked(page, connection, headquarters.settings.currency)
            found = cost_of_sales(connection, _query(page, asked, None), page.now)
        return export(page, _exported(page, asked, found))


def _exported(page: Page, asked: Asked, found: MarginReport) -> Exported:
    by = page.gettext(LABELS[found.query.dimension])
    header = [page.gettext("Code"), by, *(page.gettext(text) for text in _HEADER)]
    rows = [
        [row.key, _label(page, found, row), *_figures(row.figures, asked.currency),
         _missing(page, found, row)]
        for row in found.rows
    ]  # fmt: skip
    total = ["", page.gettext("Total"), *_figures(found.total, asked.currency),
             cell(page, found.completeness)]  # fmt: skip
    return Exported(
        page.gettext(_BY, dimension=by), asked.first, asked.last, header, [*rows, total],
        frozenset(range(2, len(header))), 1, asked, found.completeness,
    )  # fmt: skip


def _query(page: Page, asked: Asked, limit: int | None) -> MarginQuery:
    by = page.query.get("by", "item")
    dimension = next((one for one in DIMENSIONS if one == by), None)
    if dimension is None:
        raise PageError(page.gettext(_UNKNOWN, name=by), 404)
    after = None
    if limit is not None and "after" in page.query:
        after = number_seen(page, "value"), page.query["after"]
    return MarginQuery(asked.branches, asked.first, asked.last, dimension, after, limit)


def _label(page: Page, found: MarginReport, row: MarginRow) -> str:
    match found.query.dimension:
        case "day":
            return formats.day(date.fromisoformat(row.key), page.language)
        case "category" if row.key == NO_CATEGORY:
            return page.gettext(_UNKNOWN_ITEMS)
        case _:
            return row.name


def _missing(page: Page, found: MarginReport, row: MarginRow) -> str:
    match found.query.dimension:
        case "day":
            day = date.fromisoformat(row.key)
            return cell(page, found.completeness.narrowed(business_date=day))
        case "branch":
            return cell(page, found.completeness.narrowed(branch=row.key))
        case _:
            return cell(page, found.completeness)


def _figures(of: Margin, currency: str) -> list[str]:
    decimals = formats.decimals_of(currency)
    amounts = (of.gross, of.net, of.cost, of.margin, of.margin_with_tax)
    return [
        *(format_amount(one, decimals) for one in amounts),
        formats.percent(of.margin, of.net) if of.net else "",
        format_amount(of.uncosted, decimals), str(of.uncosted_lines),
    ]  # fmt: skip
