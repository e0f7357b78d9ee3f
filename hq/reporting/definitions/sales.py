"""Sales by anything that they are told apart by, one dimension or two."""

from __future__ import annotations

from sqlalchemy import Connection

from hq.consolidation.question import Answer as Consolidated
from hq.first_closed import ChangedDay, changed_days
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
from hq.reporting.dimensions import IN_TIME, options
from hq.reporting.table import Figure, Note
from hq.web.asked import REPORT_ROLES
from replication.console import formats
from replication.console.languages import msgid
from schemas.domain.money import divide

_BY = (
    "branch", "region", "day", "week", "month", "weekday", "hour", "category", "item", "supplier",
    "operator", "tier",
)  # fmt: skip
SALES_GROUP = msgid("Sales")
TICKETS = FigureColumn("receipts", msgid("Tickets"), "count", lambda one, _: one.receipts)
_COLUMNS = (
    TICKETS,
    plain("lines", msgid("Lines"), "count"),
    plain("quantity", msgid("Quantity"), "quantity"),
    plain("list_amount", msgid("At list price"), "amount"),
    plain("discounts", msgid("Discounts"), "amount"),
    plain("sales", msgid("Sales"), "amount"),
    share_of("sales"),
)
#: More changed days than this are a number; each branch's own stand on the board.
_CHANGED_SHOWN = 50
_AS_FIRST = msgid(
    "As first closed the sales were %(first)s: %(days)s days have changed since, by %(change)s."
)
_CHANGED = msgid("%(branch)s %(day)s, revision %(revision)s: %(first)s, now %(now)s")
_OF_LIST = msgid("%(share)s of list prices")


def _spoken(connection: Connection, request: Request, found: Consolidated) -> Spoken:
    words, total = request.words, found.total
    average = divide(total.sales, total.receipts) if total.receipts else None
    share = formats.percent(total.discounts, total.list_amount)
    figures = (
        Figure(words.gettext("Sales"), "amount", total.sales),
        Figure(words.gettext("Tickets"), "count", total.receipts),
        Figure(words.gettext("Average ticket"), "amount", average),
        Figure(words.gettext("Lines"), "count", total.lines),
        Figure(words.gettext("At list price"), "amount", total.list_amount),
        Figure(words.gettext("Discounts"), "amount", total.discounts,
               words.gettext(_OF_LIST, share=share)),
    )  # fmt: skip
    if any(request.filters.values()) or request.choices["revision"]:
        return Spoken(figures)
    asked = request.asked
    changed = changed_days(connection, asked.branches, asked.first, asked.last)
    return Spoken(figures, _changed(request, changed, total.sales))


def _changed(request: Request, changed: list[ChangedDay], sales: int) -> tuple[Note, ...]:
    """What was first closed otherwise, if anything."""
    if not changed:
        return ()
    words, currency = request.words, request.asked.currency

    def amount(value: int) -> str:
        return formats.amount(value, currency, words.language)

    change = sum(one.change for one in changed)
    said = words.gettext(
        _AS_FIRST, first=amount(sales - change), days=len(changed), change=amount(change)
    )
    points = tuple(
        words.gettext(
            _CHANGED, branch=one.branch, day=formats.day(one.business_date, words.language),
            revision=one.revision, first=amount(one.first), now=amount(one.now),
        )
        for one in changed[:_CHANGED_SHOWN]
    )  # fmt: skip
    return (Note("info", said, points=points),)


_TOLD = Told("sales", _COLUMNS, _spoken)
SALES = Definition(
    code="sales",
    group=SALES_GROUP,
    title=msgid("Sales"),
    about=msgid(
        "What was sold, by anything it is told apart by, beside an earlier range if wanted."
    ),
    roles=REPORT_ROLES,
    ask=_TOLD.ask,
    stream=_TOLD.stream,
    measure="sales",
    choices=(
        Choice("by", msgid("Rows by"), options(*_BY)),
        Choice("by2", msgid("And by"), (("", msgid("Nothing else")), *options(*_BY))),
        LEVEL,
        REVISION,
    ),
    filters=FILTERS,
    in_time=IN_TIME,
    compared=("sales", "receipts"),
)
