"""A franchise statement to take away: CSV and XLSX for further work, PDF for the franchisee.

All of them hold every line: the statement's own and the differences of earlier ones, each with what it was made
of. What it lacks stands in a PDF before the figures, in an XLSX on its first sheet, in a CSV on every row.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from starlette.responses import Response

from hq.reporting.made import MOST_PRINTED
from hq.web.completeness_text import lines as completeness_lines
from hq.web.franchise_view import CAUSES, KINDS, View, lacking, made_of, numbered
from replication.console import formats, workbook
from replication.console.languages import msgid
from replication.console.page import Page
from replication.console.pdf import Block, PdfFacts, PdfHeading, PdfNote, PdfTable, build_pdf
from replication.console.table_export import XLSX, csv_response, download
from schemas.domain.franchise.term import Term
from schemas.domain.money import format_amount

_MOST_PLACES = 40
_TITLE = msgid("Franchise statement")
_FOOTER = msgid("Made by %(name)s (%(operator)s), %(instant)s (%(zone)s)")
_CUT = msgid("Only the first %(number)s rows are printed; the CSV has all.")
_COMPLETE = msgid("complete")
_NAMES = (
    msgid("Kind"), msgid("Statement"), msgid("Date"), msgid("Delivery note"),
    msgid("Received with"), msgid("Item"), msgid("Name"), msgid("Rule"), msgid("Quantity"),
)  # fmt: skip
_BEFORE_RATE = (msgid("Base"), msgid("Less"))
_RATE = msgid("Rate (%%)")
_AFTER_RATE = (msgid("Was"), msgid("Amount"))
_GOODS = (
    msgid("Date"), msgid("Kind"), msgid("Delivery note"), msgid("Received with"), msgid("Item"),
    msgid("Name"), msgid("Quantity"),
)  # fmt: skip
_CHARGES = (msgid("Kind"), msgid("Rule"), msgid("Made of"))
_CARRIED = (
    msgid("Statement"), msgid("Kind"), msgid("Of"), msgid("Because"), msgid("Was"), msgid("Now"),
    msgid("Difference"),
)  # fmt: skip
_CHANGED = (msgid("Date"), msgid("Was"), msgid("Now"), msgid("Difference"))
_DAYS = (msgid("Date"), msgid("Sales"), msgid("Tax in it"))
#: The columns of a file that are amounts, from 0, and how wide its columns are.
_AMOUNTS = frozenset({9, 10, 12, 13})
_QUANTITY = 8
_WIDTHS = (22, 12, 12, 18, 18, 10, 24, 12, 10, 14, 14, 9, 14, 14, 24, 30)

Cell = str | int | date | None


def as_csv(page: Page, view: View) -> Response:
    """Every line; amounts in major units with a point, quantities and rates likewise."""
    decimals = formats.decimals_of(view.currency)
    rows = [
        [_plain(cell, place, decimals) for place, cell in enumerate(row)]
        for row in _rows(page, view)
    ]
    return csv_response(f"{_name(page, view)}.csv", _header(page, view), rows)


def as_xlsx(page: Page, view: View) -> Response:
    """Two sheets: what it comes to and what it lacks, and every line with its figures as numbers."""
    name, currency = _name(page, view), view.currency
    with workbook.workbook(name, page.now) as book:
        summary = book.sheet(page.gettext("Statement"))
        summary.widths(34, 34)
        for label, text in [*_facts(page, view), *(("", one) for one in _lacks(page, view))]:
            summary.row([label, text])
        for label, figure in _sums(page, view):
            summary.row([label, workbook.amount(figure, currency)])
        sheet = book.sheet(page.gettext("Lines"))
        sheet.widths(*_WIDTHS)
        sheet.head(_header(page, view))
        for row in _rows(page, view):
            sheet.row([_figure(cell, place, currency) for place, cell in enumerate(row)])
        sheet.filtered()
    return download(f"{name}.xlsx", XLSX, book.content())


def as_pdf(page: Page, view: View) -> Response:
    """The statement on paper, for whoever owes or is owed."""
    language, currency = page.language, view.currency
    blocks: list[Block] = [PdfFacts(_facts(page, view))]
    blocks += [PdfNote(one) for one in _lacks(page, view)]
    sums = [(label, formats.plain_amount(figure, currency)) for label, figure in _sums(page, view)]
    blocks.append(PdfTable([page.gettext("Kind"), _in(page, currency)], sums, frozenset({1}), 1))
    if view.goods:
        blocks += [PdfHeading(page.gettext("Goods")), _goods_table(page, view)]
        if len(view.goods) > MOST_PRINTED:
            blocks.append(PdfNote(page.gettext(_CUT, number=MOST_PRINTED)))
    if view.charges:
        rows = [
            (page.gettext(KINDS[one.kind]), one.source, made_of(page, one, currency),
             formats.plain_amount(one.amount, currency))
            for one in view.charges
        ]  # fmt: skip
        header = [page.gettext(one) for one in _CHARGES]
        blocks.append(PdfHeading(page.gettext("Royalties, fees and tax")))
        blocks.append(PdfTable([*header, _in(page, currency)], rows, frozenset({3})))
    if view.carried:
        blocks.append(PdfHeading(page.gettext("Differences of earlier statements")))
        blocks.append(_carried_table(page, view))
    if view.changed:
        blocks.append(
            PdfHeading(page.gettext("Days that were sold otherwise than they were settled"))
        )
        blocks.append(_changed_table(page, view))
    if view.days:
        blocks += [PdfHeading(page.gettext("Sales by day")), _days_table(page, view)]
    footer = page.gettext(
        _FOOTER, name=page.user.name, operator=page.user.operator,
        instant=formats.instant(page.now, view.branch.zone, language), zone=view.branch.zone,
    )  # fmt: skip
    content = build_pdf(page.gettext(_TITLE), view.name(page), blocks, language, footer)
    return download(f"{_name(page, view)}.pdf", "application/pdf", content)


def _facts(page: Page, view: View) -> list[tuple[str, str]]:
    first, last = (formats.day(one, page.language) for one in (view.period.first, view.period.last))
    held = view.locked
    locked = "–"
    if held is not None:
        at = formats.instant(held.locked, view.branch.zone, page.language)
        locked = " · ".join(part for part in (held.locked_by, at, held.reason) if part)
    return [
        (page.gettext("Branch"), f"{view.branch.branch} · {view.branch.name}"),
        (page.gettext("Period"), f"{first} – {last}"),
        (page.gettext("Number"), "–" if held is None else numbered(held.number)),
        (page.gettext("Locked"), locked),
        (page.gettext("Currency"), view.currency),
    ]


def _sums(page: Page, view: View) -> list[tuple[str, int]]:
    """What it comes to by kind, then the differences, then all of it."""
    sums = [(page.gettext(KINDS[kind]), figure) for kind, figure in view.sums.items()]
    if view.carried:
        sums.append((page.gettext("Differences of earlier statements"), view.carried_due))
    return [*sums, (page.gettext("Due"), view.due)]


def _lacks(page: Page, view: View) -> list[str]:
    found = lacking(page, view.lacks) or [page.gettext("The statement is complete.")]
    if view.completeness is not None:
        found += completeness_lines(page, view.completeness, view.branch.zone, _MOST_PLACES)
    return found


def _in(page: Page, currency: str) -> str:
    return page.gettext("Amount (%(currency)s)", currency=currency)


def _header(page: Page, view: View) -> list[str]:
    bases = [f"{page.gettext(one)} ({view.currency})" for one in _BEFORE_RATE]
    figures = [f"{page.gettext(one)} ({view.currency})" for one in _AFTER_RATE]
    return [
        *(page.gettext(one) for one in _NAMES), *bases, page.gettext(_RATE), *figures,
        page.gettext("Because"), page.gettext("Completeness"),
    ]  # fmt: skip


def _rows(page: Page, view: View) -> Iterator[list[Cell]]:
    complete = "; ".join(lacking(page, view.lacks)) or page.gettext(_COMPLETE)
    own = "" if view.locked is None else numbered(view.locked.number)
    for one in view.terms:
        yield [*_cells(page, view, one, own, None), "", complete]
    for each in view.carried:
        because = page.gettext(CAUSES[each.cause])
        yield [
            *_cells(page, view, each.term, numbered(each.origin), each.was), because, complete
        ]  # fmt: skip


def _cells(page: Page, view: View, one: Term, statement: str, was: int | None) -> list[Cell]:
    note, rule = (one.source, "") if one.on else ("", one.source)
    return [
        page.gettext(KINDS[one.kind]), statement, one.on, note, one.answer, one.item,
        view.items.get(one.item, ""), rule, one.quantity, one.base, one.less, one.rate, was,
        one.amount,
    ]  # fmt: skip


def _plain(cell: Cell, place: int, decimals: int) -> Cell:
    if not isinstance(cell, int):
        return cell
    if place in _AMOUNTS:
        return format_amount(cell, decimals)
    return format_amount(cell, 3 if place == _QUANTITY else 2)


def _figure(cell: Cell, place: int, currency: str) -> workbook.Cell:
    if not isinstance(cell, int):
        return cell
    if place in _AMOUNTS:
        return workbook.amount(cell, currency)
    return workbook.quantity(cell) if place == _QUANTITY else workbook.scaled(cell, 2)


def _goods_table(page: Page, view: View) -> PdfTable:
    header = [page.gettext(one) for one in _GOODS]
    rows = [
        (formats.day(one.on, page.language) if one.on else "", page.gettext(KINDS[one.kind]),
         one.source, one.answer or "–", one.item, view.items.get(one.item, "–"),
         made_of(page, one, view.currency),
         formats.plain_amount(one.amount, view.currency) if one.priced else page.gettext("no price"))
        for one in view.goods[:MOST_PRINTED]
    ]  # fmt: skip
    return PdfTable([*header, _in(page, view.currency)], rows, frozenset({6, 7}))


def _carried_table(page: Page, view: View) -> PdfTable:
    header = [page.gettext(one) for one in _CARRIED]
    rows = [
        (numbered(one.origin), page.gettext(KINDS[one.term.kind]),
         " ".join(part for part in (one.term.source, one.term.answer, one.term.item) if part)
         or made_of(page, one.term, view.currency),
         page.gettext(CAUSES[one.cause]), *(
             formats.plain_amount(figure, view.currency)
             for figure in (one.was, one.now, one.term.amount)
         ))
        for one in view.carried
    ]  # fmt: skip
    return PdfTable(header, rows, frozenset({4, 5, 6}))


def _changed_table(page: Page, view: View) -> PdfTable:
    header = [page.gettext(one) for one in _CHANGED]
    rows = [
        (formats.day(one.on, page.language), *(
            formats.plain_amount(figure, view.currency)
            for figure in (one.was, one.now, one.now - one.was)
        ))
        for one in view.changed
    ]  # fmt: skip
    return PdfTable(header, rows, frozenset({1, 2, 3}))


def _days_table(page: Page, view: View) -> PdfTable:
    header = [page.gettext(one) for one in _DAYS]
    rows = [
        (formats.day(one.on, page.language), formats.plain_amount(one.sales, view.currency),
         formats.plain_amount(one.tax, view.currency))
        for one in view.days
    ]  # fmt: skip
    return PdfTable(header, rows, frozenset({1, 2}))


def _name(page: Page, view: View) -> str:
    own = view.branch.branch if view.locked is None else numbered(view.locked.number)
    return f"{page.gettext(_TITLE)} {own} {view.period.first}_{view.period.last}"
