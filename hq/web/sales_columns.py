"""The consolidated report as a table, once for the screen and for both exports.

A cell keeps its value until it is shown: amounts are minor units of the report's currency. The
last column says of each row what it is missing, where the dimension tells it from the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from hq.completeness import Completeness
from hq.reports.sales import NO_CATEGORY, Column, Figures, SalesReport, SalesRow
from hq.reports.tenders import TenderReport, TenderRow
from hq.web.completeness_text import SEPARATOR
from hq.web.completeness_text import cell as completeness_cell
from replication.console import formats
from replication.console.languages import msgid
from replication.console.page import Page
from schemas.domain.money import format_amount
from schemas.domain.quantity import format_quantity

Kind = Literal["text", "count", "quantity", "amount", "share", "verdict"]

DIMENSIONS: Mapping[str, str] = {
    "branch": msgid("Branch"),
    "day": msgid("Day"),
    "hour": msgid("Hour"),
    "category": msgid("Category"),
    "item": msgid("Item"),
    "operator": msgid("Operator"),
    "tender": msgid("Tender"),
}
TENDERS: Mapping[str, str] = {
    "cash": msgid("Cash"),
    "card": msgid("Card"),
    "coupon": msgid("Coupon"),
    "qr": msgid("QR payment"),
    "voucher": msgid("Voucher"),
    "foreign": msgid("Foreign currency"),
    "points": msgid("Points redeemed"),
    "stored_value": msgid("Stored value"),
}
_TICKETS, _SHARE, _TOTAL = msgid("Tickets"), msgid("Share"), msgid("Total")
_UNKNOWN_ITEMS = msgid("Unknown items, without a category")
_HOUR = msgid("%(hour)s:00–%(hour)s:59")


@dataclass(frozen=True, slots=True)
class Head:
    """A column: `sort` is what it can be sorted by, empty when it cannot."""

    label: str
    kind: Kind
    sort: Column | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, in the same unit."""

    part: int
    whole: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a row is complete, and in words what it is not: all of them, and the gravest alone."""

    complete: bool
    text: str
    short: str


Value = str | int | Share | Verdict


@dataclass(frozen=True, slots=True)
class Line:
    """A row: the key to look further with, and a value per column."""

    key: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A report's columns, its rows and its total."""

    heads: tuple[Head, ...]
    lines: tuple[Line, ...]
    total: Line
    currency: str


def sales_table(page: Page, report: SalesReport, currency: str) -> Table:
    """Consolidated sales by whatever was asked for."""
    dimension = report.query.dimension
    heads = (
        Head(page.gettext(DIMENSIONS[dimension]), "text", "key"),
        Head(page.gettext(_TICKETS), "count", "tickets"),
        Head(page.gettext("Lines"), "count", "lines"),
        Head(page.gettext("Quantity"), "quantity", "quantity"),
        Head(page.gettext("At list price"), "amount", "list_amount"),
        Head(page.gettext("Discounts"), "amount", "discounts"),
        Head(page.gettext("Sales"), "amount", "sales"),
        Head(page.gettext(_SHARE), "share"),
        Head(page.gettext("Completeness"), "verdict"),
    )
    whole = report.total.sales
    lines = tuple(
        Line(
            row.key,
            (
                row_label(page, dimension, row),
                *_figures(row.figures, whole),
                _verdict(page, completeness_of(report, row)),
            ),
        )
        for row in report.rows
    )
    total = (
        page.gettext(_TOTAL),
        *_figures(report.total, whole),
        _verdict(page, report.completeness),
    )
    return Table(heads, lines, Line("", total), currency)


def tender_table(page: Page, report: TenderReport, currency: str) -> Table:
    """What was paid with. It ends in the sales, so that it can be held against the other reports."""
    foreign = any(row.currency for row in report.rows)
    heads: tuple[Head, ...] = (
        Head(page.gettext(DIMENSIONS["tender"]), "text"),
        Head(page.gettext(_TICKETS), "count"),
        Head(page.gettext("Payments"), "count"),
        Head(page.gettext("Taken"), "amount"),
        Head(page.gettext("Change given"), "amount"),
        Head(page.gettext("Net"), "amount"),
        Head(page.gettext(_SHARE), "share"),
        *([Head(page.gettext("In its currency"), "text")] if foreign else []),
        Head(page.gettext("Completeness"), "verdict"),
    )
    told = _verdict(page, report.completeness)
    lines = tuple(
        Line(row.kind, (*_tender_values(page, row, report, foreign=foreign), told))
        for row in report.rows
    )
    total: tuple[Value, ...] = (
        page.gettext(_TOTAL), report.tickets, report.payments, report.taken, report.change,
        report.net, Share(report.net, report.net),
    )  # fmt: skip
    total = (*total, *([""] if foreign else []), told)
    return Table(heads, lines, Line("", total), currency)


def completeness_of(report: SalesReport, row: SalesRow) -> Completeness:
    """What a row is missing: its own branch's or date's part, else what the whole report is."""
    match report.query.dimension:
        case "branch":
            return report.completeness.narrowed(branch=row.key)
        case "day":
            return report.completeness.narrowed(business_date=date.fromisoformat(row.key))
        case _:
            return report.completeness


def tender_label(page: Page, kind: str) -> str:
    """A kind of tender by its name; one that is newer than this page by its code."""
    return page.gettext(TENDERS[kind]) if kind in TENDERS else kind


def tender_name(page: Page, row: TenderRow) -> str:
    """A row of the tenders by its name, and by its currency where it has one."""
    name = tender_label(page, row.kind)
    return f"{name} · {row.currency}" if row.currency else name


def _tender_values(
    page: Page, row: TenderRow, report: TenderReport, *, foreign: bool
) -> tuple[Value, ...]:
    """The cells of a row; `foreign` where there is a column for what was taken in other currencies."""
    values: tuple[Value, ...] = (
        tender_name(page, row), row.tickets, row.payments, row.taken, row.change, row.net,
        Share(row.net, report.net),
    )  # fmt: skip
    if not foreign:
        return values
    taken = f"{row.currency} {formats.plain_amount(row.foreign, row.currency)}"
    return (*values, taken if row.currency else "")


def row_label(page: Page, dimension: str, row: SalesRow) -> str:
    """How a row is called: its name, with its code where two could bear the name."""
    match dimension:
        case "day":
            return formats.day(date.fromisoformat(row.key), page.language)
        case "hour":
            return page.gettext(_HOUR, hour=row.key)
        case "category" if row.key == NO_CATEGORY:
            return page.gettext(_UNKNOWN_ITEMS)
        case _:
            return row.name if row.name == row.key else f"{row.name} · {row.key}"


def shown(value: Value, kind: Kind, currency: str) -> str:
    """A value for a person, on screen or on paper."""
    if isinstance(value, Share):
        return formats.percent(value.part, value.whole)
    if isinstance(value, Verdict):
        return value.text
    if isinstance(value, str):
        return value
    if kind == "amount":
        return formats.plain_amount(value, currency)
    return formats.quantity(value) if kind == "quantity" else formats.number(value)


def written(value: Value, kind: Kind, currency: str) -> str:
    """A value for another program: a point, no separators of thousands, no symbol."""
    if isinstance(value, Share):
        return formats.percent(value.part, value.whole) if value.whole else ""
    if isinstance(value, Verdict):
        return value.text
    if isinstance(value, str):
        return value
    if kind == "amount":
        return format_amount(value, formats.decimals_of(currency))
    return format_quantity(value) if kind == "quantity" else str(value)


def _verdict(page: Page, completeness: Completeness) -> Verdict:
    text = completeness_cell(page, completeness)
    first, *others = text.split(SEPARATOR)
    return Verdict(completeness.complete, text, f"{first} +{len(others)}" if others else first)


def _figures(figures: Figures, whole: int) -> tuple[Value, ...]:
    return (
        figures.tickets, figures.lines, figures.quantity, figures.list_amount, figures.discounts,
        figures.sales, Share(figures.sales, whole),
    )  # fmt: skip
