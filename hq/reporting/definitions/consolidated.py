"""What is read from the consolidated figures beside sales: tenders, promotions, margins, footfall."""

from __future__ import annotations

from sqlalchemy import Connection

from hq.consolidation.question import Answer as Consolidated
from hq.consolidation.question import Figures
from hq.reporting.asking import AskedError
from hq.reporting.consolidated import (
    FILTERS,
    LEVEL,
    REVISION,
    FigureColumn,
    Spoken,
    Told,
    plain,
    share_of,
)
from hq.reporting.definition import Choice, Definition, Request
from hq.reporting.definitions.sales import SALES_GROUP, TICKETS
from hq.reporting.dimensions import IN_TIME, options
from hq.reporting.table import Figure, Note, Share, Value
from hq.web.asked import REPORT_ROLES
from replication.console import formats
from replication.console.languages import msgid
from schemas.domain.money import divide

_PLACES = ("branch", "region", "day", "week", "month", "weekday")
_AND_BY = Choice("by2", msgid("And by"), (("", msgid("Nothing else")), *options(*_PLACES)))
_TEN = 10
_UNKNOWN_COST = msgid("Lines of unknown cost: %(number)s.")
_IN_NO_MARGIN = msgid("Their sales of %(sales)s are in no margin below.")


def _figure(request: Request, label: str, value: int | None, note: str = "") -> Figure:
    return Figure(request.words.gettext(label), "amount", value, note)


# --- tenders ---


def _net(one: Figures) -> int:
    return one.taken - one.change


def _foreign(keys: tuple[str, ...], one: Figures) -> Value:
    """What was taken of a foreign currency, in it."""
    currency = keys[0].partition(":")[2]
    return f"{currency} {formats.plain_amount(one.foreign_amount, currency)}" if currency else ""


def _of_tenders(connection: Connection, request: Request, found: Consolidated) -> Spoken:
    del connection
    total = found.total
    gettext = request.words.gettext
    return Spoken((
        _figure(request, msgid("Net"), _net(total), gettext(msgid("taken less change"))),
        _figure(request, msgid("Sales"), total.total),
        _figure(request, msgid("Cash rounding"), total.rounding,
                gettext(msgid("net = sales + rounding"))),
        _figure(request, msgid("Taken"), total.taken),
        _figure(request, msgid("Change given"), total.change),
        Figure(gettext(msgid("Tickets")), "count", total.receipts),
    ))  # fmt: skip


_TENDERS_TOLD = Told("tenders", (
    TICKETS,
    plain("payments", msgid("Payments"), "count"),
    plain("taken", msgid("Taken"), "amount"),
    plain("change", msgid("Change given"), "amount"),
    FigureColumn("net", msgid("Net"), "amount", lambda one, _: _net(one), sortable=False),
    FigureColumn("share", msgid("Share"), "share",
                 lambda one, whole: Share(_net(one), _net(whole)), sortable=False),
    FigureColumn("in_its_currency", msgid("In its currency"), "text", lambda *_: "",
                 sortable=False, keyed=_foreign),
), _of_tenders)  # fmt: skip
TENDERS = Definition(
    code="tenders",
    group=SALES_GROUP,
    title=msgid("Tenders"),
    about=msgid("What was paid with, net of the change given; it ends in the sales."),
    roles=REPORT_ROLES,
    ask=_TENDERS_TOLD.ask,
    stream=_TENDERS_TOLD.stream,
    measure="taken",
    choices=(Choice("by", msgid("Rows by"), options("tender")), _AND_BY, REVISION),
    in_time=frozenset(),
    compared=("net",),
    chart="pie",
)  # fmt: skip


# --- promotions ---


def _of_promotions(connection: Connection, request: Request, found: Consolidated) -> Spoken:
    del connection
    return Spoken((_figure(request, msgid("Discounts"), found.total.discount),))


_PROMOTIONS_TOLD = Told("promotions", (
    TICKETS,
    plain("lines", msgid("Lines"), "count"),
    plain("discount", msgid("Discount"), "amount"),
    share_of("discount"),
    plain("sales", msgid("Sales of these lines"), "amount"),
), _of_promotions)  # fmt: skip
PROMOTIONS = Definition(
    code="promotions",
    group=SALES_GROUP,
    title=msgid("Promotions"),
    about=msgid("What each promotion took off, on how many tickets and lines."),
    roles=REPORT_ROLES,
    ask=_PROMOTIONS_TOLD.ask,
    stream=_PROMOTIONS_TOLD.stream,
    measure="discount",
    choices=(Choice("by", msgid("Rows by"), options("promotion")), _AND_BY, REVISION),
    compared=("discount",),
)  # fmt: skip


# --- margins ---

_NO_COSTS = msgid("Costs are not known for what is filtered and reported by at once.")
_NO_COSTS_ADVICE = msgid("Take a filter away, or report by what is filtered alone.")
_MARGIN_BY = (
    "item",
    "category",
    "branch",
    "region",
    "day",
    "week",
    "month",
    "supplier",
    "operator",
    "tier",
)


def _of_margins(connection: Connection, request: Request, found: Consolidated) -> Spoken:
    del connection
    if found.source == "lines":
        raise AskedError(_NO_COSTS, advice=_NO_COSTS_ADVICE)
    total = found.total
    note = formats.percent(total.margin, total.costed_net)
    figures = (
        _figure(request, msgid("Sales without tax"), total.costed_net),
        _figure(request, msgid("Cost without tax"), total.cost),
        _figure(request, msgid("Margin without tax"), total.margin, note),
        _figure(request, msgid("Sales with tax"), total.costed),
        _figure(request, msgid("Margin with tax"), total.margin_with_tax),
    )
    return Spoken(figures, uncosted(request, total))


def uncosted(request: Request, total: Figures) -> tuple[Note, ...]:
    """What is in no margin because nobody knows its cost, if anything."""
    if not total.uncosted_lines:
        return ()
    words = request.words
    sales = formats.amount(
        total.uncosted - total.uncosted_tax, request.asked.currency, words.language
    )
    number = formats.number(total.uncosted_lines)
    heading = words.gettext(_UNKNOWN_COST, number=number)
    return (Note("warn", heading, words.gettext(_IN_NO_MARGIN, sales=sales)),)


_MARGINS_TOLD = Told("margins", (
    FigureColumn("costed", msgid("Sales with tax"), "amount", lambda one, _: one.costed),
    FigureColumn("costed_net", msgid("Sales without tax"), "amount",
                 lambda one, _: one.costed_net),
    plain("cost", msgid("Cost without tax"), "amount"),
    plain("margin", msgid("Margin without tax"), "amount"),
    plain("margin_with_tax", msgid("Margin with tax"), "amount"),
    FigureColumn("margin_share", msgid("Margin in per cent"), "share",
                 lambda one, _: Share(one.margin, one.costed_net), sortable=False),
    FigureColumn("uncosted_net", msgid("Sales of unknown cost"), "amount",
                 lambda one, _: one.uncosted - one.uncosted_tax, sortable=False),
    plain("uncosted_lines", msgid("Lines of unknown cost"), "count"),
), _of_margins)  # fmt: skip
MARGINS = Definition(
    code="margins",
    group=SALES_GROUP,
    title=msgid("Margins"),
    about=msgid("Sales whose cost is known, what they cost, and what is left, without and with tax."),
    roles=REPORT_ROLES,
    ask=_MARGINS_TOLD.ask,
    stream=_MARGINS_TOLD.stream,
    measure="margin",
    choices=(
        Choice("by", msgid("Rows by"), options(*_MARGIN_BY)),
        Choice("by2", msgid("And by"), (("", msgid("Nothing else")), *options(*_PLACES))),
        LEVEL,
        REVISION,
    ),
    filters=FILTERS,
    in_time=IN_TIME,
    compared=("margin",),
)  # fmt: skip


# --- footfall ---


def _per_receipt(amount: int, one: Figures) -> int | None:
    return divide(amount, one.receipts) if one.receipts else None


def _of_footfall(connection: Connection, request: Request, found: Consolidated) -> Spoken:
    del connection
    total, gettext = found.total, request.words.gettext
    return Spoken((
        Figure(gettext(msgid("Tickets")), "count", total.receipts),
        Figure(gettext(msgid("Lines a ticket")), "tenths", _per_receipt(total.lines * _TEN, total)),
        _figure(request, msgid("Average ticket"), _per_receipt(total.sales, total)),
        Figure(gettext(msgid("Members' tickets")), "share",
               Share(total.member_receipts or 0, total.receipts or 0)),
    ))  # fmt: skip


_FOOTFALL_TOLD = Told("footfall", (
    TICKETS,
    plain("sales", msgid("Sales"), "amount"),
    FigureColumn("average", msgid("Average ticket"), "amount",
                 lambda one, _: _per_receipt(one.sales, one), sortable=False),
    FigureColumn("lines_per_ticket", msgid("Lines a ticket"), "tenths",
                 lambda one, _: _per_receipt(one.lines * _TEN, one), sortable=False),
    plain("member_receipts", msgid("Members' tickets"), "count"),
    FigureColumn("member_share", msgid("Members' share"), "share",
                 lambda one, _: Share(one.member_receipts or 0, one.receipts or 0), sortable=False),
), _of_footfall)  # fmt: skip
FOOTFALL = Definition(
    code="footfall",
    group=SALES_GROUP,
    title=msgid("Footfall and baskets"),
    about=msgid("How many customers paid when, and how much they had in their baskets."),
    roles=REPORT_ROLES,
    ask=_FOOTFALL_TOLD.ask,
    stream=_FOOTFALL_TOLD.stream,
    measure="receipts",
    choices=(
        Choice("by", msgid("Rows by"), options("hour", *_PLACES)),
        Choice("by2", msgid("And by"),
               (("", msgid("Nothing else")), *options("weekday", "branch", "region", "day", "hour"))),
        REVISION,
    ),
    in_time=IN_TIME,
    compared=("receipts",),
)  # fmt: skip
