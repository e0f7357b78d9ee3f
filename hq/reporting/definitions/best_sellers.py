"""Best sellers: what sold most, by sales, quantity or margin, with its share, its class and its rank before.

class   those that together make                             of what the rows are ranked by
A       the first 80 %
B       the next 15 %
C       the rest, and what made nothing
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import cast

from sqlalchemy import Connection

from hq.completeness import assess
from hq.consolidation.figures import has_costs
from hq.consolidation.question import Dimension, Figures, Kind, Only, Question
from hq.reporting.asking import AskedError
from hq.reporting.consolidated import LEVEL, LEVELS, gone
from hq.reporting.definition import Choice, Definition, Filter, Request
from hq.reporting.definitions.consolidated import uncosted
from hq.reporting.definitions.sales import SALES_GROUP
from hq.reporting.dimensions import LABELS, drill, named, options
from hq.reporting.table import Answer, Column, Figure, Row, Share, Value, columns
from hq.reporting.table import Kind as CellKind
from hq.reports.best_sellers import Measure, Ranking, Seller, Whole
from hq.web.asked import REPORT_ROLES
from replication.console.languages import msgid

_MONTH = 30
_MEASURES: Mapping[Measure, tuple[str, CellKind]] = {
    "sales": (msgid("Sales"), "amount"),
    "quantity": (msgid("Quantity"), "quantity"),
    "margin": (msgid("Margin without tax"), "amount"),
}
#: Per cent of the whole that come before the first of a class that is none any more.
_CLASSES = (("A", 80), ("B", 95))
_PER_CENT = 100
_TOTAL = msgid("Total")
_FILTER = msgid("Only items can be of a category or a supplier at once.")
_FILTER_ADVICE = msgid("Report by item, or take the filter away.")
_NO_COSTS = msgid("What goods cost is being worked out anew for some of these months.")
_NO_COSTS_ADVICE = msgid("Rank by sales or quantity, or come back later.")
_AFTER = msgid("This page begins after a row that is no longer there: load the report again.")


def _measure(request: Request) -> Measure:
    return cast("Measure", request.choices["measure"])


def _ranking(connection: Connection, request: Request) -> Ranking:
    by, filters = request.choices["by"], request.filters
    if by != "item" and any(code for name, code in filters.items() if name != by):
        raise AskedError(_FILTER, advice=_FILTER_ADVICE)
    asked = request.asked
    question = Question(
        asked.branches, asked.first, asked.last, by=(cast("Dimension", by),),
        level=LEVELS[request.choices["level"]] if by == "category" else None,
        only=tuple(
            Only(cast("Kind", name), (code,))
            for name, code in filters.items()
            if code and not (by == "item" and name == "category")
        ),
    )  # fmt: skip
    if _measure(request) == "margin" and not has_costs(connection, question):
        raise AskedError(_NO_COSTS, advice=_NO_COSTS_ADVICE)
    category = filters["category"] if by == "item" else ""
    return Ranking(connection, question, _measure(request), category)


def _ask(connection: Connection, request: Request) -> Answer:
    ranking = _ranking(connection, request)
    whole, limit = ranking.whole(), request.limit
    found = ranking.page(_mark(request), whole.number if limit is None else limit + 1)
    page = found if limit is None else found[:limit]
    answer = _without_rows(connection, request, whole)
    following = (str(page[-1].rank),) if len(found) > len(page) else ()
    return replace(answer, rows=_rows(request, whole, page), following=following)


def _stream(
    connection: Connection, request: Request, size: int
) -> tuple[Answer, Iterator[tuple[Row, ...]]]:
    ranking = _ranking(connection, request)
    whole = ranking.whole()
    rows = (_rows(request, whole, page) for page in ranking.pages(size))
    return _without_rows(connection, request, whole), rows


def _mark(request: Request) -> int:
    mark = request.after[0] if len(request.after) == 1 else "" if request.after else "0"
    if not (mark.isascii() and mark.isdecimal()):
        raise AskedError(_AFTER)
    return int(mark)


def _without_rows(connection: Connection, request: Request, whole: Whole) -> Answer:
    asked, words, by = request.asked, request.words, request.choices["by"]
    ranked = _measure(request)
    label, kind = _MEASURES[ranked]
    others = [(name, *told) for name, told in _MEASURES.items() if name != ranked]
    heads = (
        Column(by, words.gettext(LABELS[by]), "named", sortable=False),
        *columns(
            words, ("rank", msgid("Ranking"), "rank"), ("value", label, kind),
            ("share", msgid("Share"), "share"), ("cumulative", msgid("Cumulative share"), "share"),
            ("class", msgid("Class"), "text"), *others, sortable=False,
        ),
    )  # fmt: skip
    figures = (
        Figure(words.gettext(label), kind, _value(whole.figures, ranked)),
        Figure(words.gettext(_NUMBERED[by]), "count", whole.number),
    )
    share = Share(whole.value, whole.value)
    return Answer(
        columns=heads,
        rows=(),
        total=(
            words.gettext(_TOTAL), None, _value(whole.figures, ranked), share, None, "",
            *(_value(whole.figures, name) for name, _, _ in others),
        ),
        completeness=assess(connection, asked.branches, asked.first, asked.last, request.now),
        currency=asked.currency,
        figures=figures,
        notes=(*gone(connection, request), *uncosted(request, whole.figures)),
    )  # fmt: skip


_NUMBERED = {
    "item": msgid("Items"), "category": msgid("Categories"), "supplier": msgid("Suppliers"),
}  # fmt: skip


def _rows(request: Request, whole: Whole, page: list[Seller]) -> tuple[Row, ...]:
    return tuple(_row(request, whole, one) for one in page)


def _row(request: Request, whole: Whole, one: Seller) -> Row:
    by, ranked = request.choices["by"], _measure(request)
    others = (_value(one.figures, name) for name in _MEASURES if name != ranked)
    # The item says it: its own category and supplier need no saying.
    plain = replace(request, filters={}) if by == "item" else request
    return Row(
        (one.key,),
        (
            named(request.words, by, one.key, one.name), one.rank, one.value,
            Share(max(one.value, 0), whole.value), Share(one.cumulative, whole.value),
            class_of(one.value, one.cumulative, whole.value), *others,
        ),
        drill(plain, "best_sellers", (by,), (one.key,)),
    )  # fmt: skip


def class_of(value: int, cumulative: int, whole: int) -> str:
    """Its class: by what those before it make, so that the one that passes a limit is still within."""
    before = (cumulative - value) * _PER_CENT
    if value > 0:
        for name, limit in _CLASSES:
            if before < whole * limit:
                return name
    return "C"


def _value(figures: Figures, measure: str) -> Value:
    if measure == "margin" and figures.uncosted_lines and not figures.costed:
        return None
    return cast("int", getattr(figures, measure))


BEST_SELLERS = Definition(
    code="best_sellers",
    group=SALES_GROUP,
    title=msgid("Best sellers"),
    about=msgid("What sold most, with its share, its class and its rank in an earlier range."),
    roles=REPORT_ROLES,
    ask=_ask,
    stream=_stream,
    measure="value",
    choices=(
        Choice("by", msgid("Rows by"), options("item", "category", "supplier")),
        Choice(
            "measure",
            msgid("Ranked by"),
            tuple((name, told[0]) for name, told in _MEASURES.items()),
        ),
        LEVEL,
    ),
    filters=(Filter("category", LABELS["category"]), Filter("supplier", LABELS["supplier"])),
    days=_MONTH,
    compared=("rank",),
)
