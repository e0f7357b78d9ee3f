"""Consolidated sales: by branch, day, hour, category, item, operator and tender.

Every figure leads to its tickets, and what it is missing stands above it. The address says all that
was asked for, so that a report can be sent to somebody, who then sees it as far as they may.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast, get_args

from sqlalchemy import Connection
from starlette.responses import Response

from hq.bootstrap import Headquarters
from hq.completeness import Completeness
from hq.first_closed import changed_days
from hq.reports.sales import COLUMNS, Column, Dimension, SalesQuery, sales
from hq.reports.snapshot import snapshot
from hq.reports.tenders import tenders
from hq.web.asked import REPORT_ROLES, Asked, read_asked
from hq.web.completeness_text import extent, heading, told
from hq.web.sales_chart import Chart, sales_chart, tender_chart
from hq.web.sales_columns import DIMENSIONS, Table, sales_table, shown, tender_table
from hq.web.sales_export import as_csv, as_pdf, title
from replication.console.app import Console
from replication.console.languages import msgid
from replication.console.page import Page, PageError
from replication.console.row_seen import number_seen
from schemas.domain.money import divide

By = Literal["branch", "day", "hour", "category", "item", "operator", "tender"]
#: More changed days than this are a number; each branch's own stand on the board.
_CHANGED_SHOWN = 50
_PAGE_ROWS = 100
_LEVELS = {"1": 1, "2": 2, "": None}
_UNKNOWN = msgid("There is no report by “%(name)s”.")
# Which filter of the ticket list a row stands for; a category also takes its level along.
_FILTERS = {"hour": "hour", "category": "category", "item": "item", "operator": "operator", "tender": "tender"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """A report in every form in which it is shown."""

    by: By
    level: str
    sort: Column
    descending: bool
    asked: Asked
    table: Table
    chart: Chart | None
    completeness: Completeness
    following: tuple[str, str] | None
    figures: dict[str, int]

    def address(self, path: str = "/sales", **changes: str | None) -> str:
        """This report with something changed."""
        kept: dict[str, str | None] = {"by": self.by}
        if self.by == "category":
            kept["level"] = self.level
        if self.sort != "sales" or not self.descending:
            kept |= {"sort": self.sort, "order": "down" if self.descending else "up"}
        return self.asked.address(path, kept | changes)

    def sorted_by(self, column: Column) -> str:
        """The same report sorted by a column, the other way round when it is already."""
        down = not self.descending if column == self.sort else column != "key"
        return self.address(sort=column, order="down" if down else "up")

    def tickets_of(self, key: str) -> str:
        """The tickets behind a row."""
        changes: dict[str, str | None] = {}
        if self.by == "branch":
            changes["branch"] = key
        elif self.by == "day":
            changes |= {"from": key, "to": key}
        else:
            changes[_FILTERS[self.by]] = key
        if self.by == "category" and self.level:
            changes["level"] = self.level
        return self.asked.address("/tickets", changes)


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """The report and its two exports."""

    @console.page("/sales", roles=REPORT_ROLES)
    def report(page: Page) -> Response:
        with snapshot(headquarters.engine) as connection:
            report = _read(page, connection, headquarters.settings.currency, limit=_PAGE_ROWS)
            asked = report.asked
            changed = changed_days(connection, asked.branches, asked.first, asked.last)
        return console.render(
            page,
            "sales.html",
            report=report,
            dimensions=DIMENSIONS,
            changed=changed[:_CHANGED_SHOWN],
            changed_in_all=len(changed),
            change=sum(one.change for one in changed),
            shown=shown,
            heading=heading(page, report.completeness),
            extent=extent(page, report.completeness, report.asked.zone),
            told=told(page, report.completeness),
        )

    @console.page("/sales.csv", roles=REPORT_ROLES)
    def report_as_csv(page: Page) -> Response:
        with snapshot(headquarters.engine) as connection:
            report = _read(page, connection, headquarters.settings.currency, limit=None)
        return as_csv(page, _name(page, report), report.table)

    @console.page("/sales.pdf", roles=REPORT_ROLES)
    def report_as_pdf(page: Page) -> Response:
        with snapshot(headquarters.engine) as connection:
            report = _read(page, connection, headquarters.settings.currency, limit=None)
        name = _name(page, report)
        return as_pdf(page, name, report.asked, report.table, report.completeness)


def _read(page: Page, connection: Connection, currency: str, limit: int | None) -> Shown:
    asked = read_asked(page, connection, currency)
    by = page.query.get("by", "branch")
    if by not in get_args(By):
        raise PageError(page.gettext(_UNKNOWN, name=by), 404)
    if by == "tender":
        return _tenders(page, connection, asked)
    level = page.query.get("level", "1")
    level = level if level in _LEVELS else "1"
    sort = page.query.get("sort", "sales")
    column = sort if sort in COLUMNS else "sales"
    in_time = by in ("day", "hour")
    order = page.query.get("order", "up" if in_time and "sort" not in page.query else "down")
    if in_time and "sort" not in page.query:
        column = "key"
    query = SalesQuery(
        asked.branches, asked.first, asked.last, cast("Dimension", by), _LEVELS[level],
        column, order != "up", _after(page, column) if limit else None, limit,
    )  # fmt: skip
    report = sales(connection, query, page.now)
    total = report.total
    figures = {
        "sales": total.sales,
        "tickets": total.tickets,
        "average": divide(total.sales, total.tickets) if total.tickets else 0,
        "discounts": total.discounts,
        "list_amount": total.list_amount,
        "lines": total.lines,
    }
    return Shown(
        cast("By", by), level, column, query.descending, asked,
        sales_table(page, report, asked.currency), sales_chart(page, report, asked.currency),
        report.completeness, report.following, figures,
    )  # fmt: skip


def _tenders(page: Page, connection: Connection, asked: Asked) -> Shown:
    report = tenders(connection, asked.branches, asked.first, asked.last, page.now)
    figures = {
        "net": report.net,
        "taken": report.taken,
        "change": report.change,
        "tickets": report.tickets,
        "rounding": report.rounding,
        "sales": report.sales,
    }
    return Shown(
        "tender", "", "sales", True, asked, tender_table(page, report, asked.currency),  # noqa: FBT003 - as the table is
        tender_chart(page, report, asked.currency), report.completeness, None, figures,
    )  # fmt: skip


def _after(page: Page, column: Column) -> tuple[str, str] | None:
    """The cursor: the value and the key of the last row of the page before."""
    if "after" not in page.query:
        return None
    value = page.query.get("value", "")
    if column != "key":
        number_seen(page, "value")
    return value, page.query["after"]


def _name(page: Page, report: Shown) -> str:
    """A file name that tells one report from another."""
    dimension = page.gettext(DIMENSIONS[report.by])
    return f"{title(page, dimension)} {report.asked.first}_{report.asked.last}"
