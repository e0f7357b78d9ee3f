"""The picture beside the sales table: the same rows, the same figures, none of its own."""

from __future__ import annotations

from dataclasses import dataclass

from hq.reports.sales import SalesReport
from hq.reports.tenders import TenderReport
from hq.web.sales_columns import row_label, tender_name
from replication.console.charts import Option, Scale, Series, axis_chart, pie_chart
from replication.console.languages import msgid
from replication.console.page import Page

# More bars than this are no picture any more; the table has them all.
_MOST_BARS = 12
_ALL = msgid("Sales, as in the table below")
_SOME = msgid("Sales of the first %(number)s rows of the table below")
_PAID = msgid("Net by tender, as in the table below")


@dataclass(frozen=True, slots=True)
class Chart:
    """What `ui.chart` draws, and what it is called."""

    option: Option
    label: str


def sales_chart(page: Page, report: SalesReport, currency: str) -> Chart | None:
    """Time runs along an axis in its own order; everything else lies in the table's order."""
    dimension = report.query.dimension
    in_time = dimension in ("day", "hour")
    rows = list(report.rows) if in_time else list(report.rows[:_MOST_BARS])
    if not rows:
        return None
    if in_time:
        rows.sort(key=lambda row: row.key)
    label = page.gettext(_ALL)
    if len(rows) < len(report.rows) or report.following:
        label = page.gettext(_SOME, number=len(rows))
    series = Series(page.gettext("Sales"), [row.figures.sales for row in rows])
    labels = [_short(dimension, row_label(page, dimension, row), row.key) for row in rows]
    option = axis_chart(
        "line" if dimension == "day" and len(rows) > 1 else "bar",
        labels,
        [series],
        Scale(page.language, currency),
        horizontal=dimension in ("category", "item", "operator"),
    )
    return Chart(option, label)


def tender_chart(page: Page, report: TenderReport, currency: str) -> Chart | None:
    """Shares of what was paid; a kind that was paid back more than taken has none."""
    parts = [(tender_name(page, row), row.net) for row in report.rows if row.net > 0]
    if not parts:
        return None
    return Chart(pie_chart(parts, Scale(page.language, currency)), page.gettext(_PAID))


def _short(dimension: str, label: str, key: str) -> str:
    """What fits beside an axis."""
    if dimension == "hour":
        return f"{key}:00"
    return label.partition(" · ")[0] if dimension != "branch" else key
