"""Tills and who works at them: over and short, cashiers, exceptions."""

from __future__ import annotations

from typing import get_args

from sqlalchemy import Connection, select

from hq.completeness import assess
from hq.reporting.definition import Choice, Definition, Request
from hq.reporting.dimensions import IN_TIME, drill, extent_of, is_spoken, named, options
from hq.reporting.summed import summed
from hq.reporting.table import Answer, Column, Drill, Figure, Named, Row, Share, columns
from hq.reports.cashiers import CashierFigures, cashiers
from hq.web.asked import REPORT_ROLES
from replication.console import exception_words
from replication.console.exception_report import NOBODY, counted_rows
from replication.console.languages import msgid
from schemas.domain.money import divide
from schemas.domain.till import is_currency
from schemas.tables.catalogue import operator
from schemas.tables.exception_lookup import By
from schemas.tables.exception_sources import ExceptionQuery
from schemas.tables.staff import staff
from schemas.tables.till_figures import Span, tills_in

_GROUP = msgid("Tills and operators")
_TEN = 10
_STANDS_OUT = msgid("Far above the others")
_OVER, _SHORT, _NET = msgid("Over"), msgid("Short"), msgid("Over and short")


def names_of(connection: Connection, request: Request, dimension: str) -> dict[str, str]:
    """How the members of a dimension are called, by their codes."""
    if dimension == "branch":
        return {one.branch: one.name for one in request.asked.known}
    if dimension == "region":
        return {one.region: one.name for one in request.asked.regions}
    if dimension == "operator":
        at_branches = connection.execute(select(operator.c.operator, operator.c.name))
        known = connection.execute(select(staff.c.operator, staff.c.name))
        return {row[0]: row[1] for row in at_branches} | {row[0]: row[1] for row in known}
    return {}


def head_of(request: Request, dimension: str) -> Column:
    """The head of the rows' names."""
    label = next(text for code, text in options(dimension) if code == dimension)
    kind = "text" if is_spoken(dimension) else "named"
    return Column(dimension, request.words.gettext(label), kind)  # type: ignore[arg-type] # one of two kinds


def name_of(request: Request, dimension: str, key: str, names: dict[str, str]) -> Named | str:
    """The name of a row."""
    called = named(request.words, dimension, key, names.get(key, ""))
    return called.name if is_spoken(dimension) else called


def _ask_over_short(connection: Connection, request: Request) -> Answer:
    """Money of the chain's own currency alone is summed; foreign money and vouchers are counted beside it."""
    words, asked, by = request.words, request.asked, request.choices["by"]
    found = tills_in(connection, Span(asked.codes, asked.first, asked.last))
    names = names_of(connection, request, by)
    sums: dict[str, list[int]] = {}
    for one in found:
        key = {
            "branch": one.branch, "operator": one.operator, "day": one.business_date.isoformat(),
            "lane": one.lane,
        }[by]  # fmt: skip
        row = sums.setdefault(key, [0, 0, 0, 0, 0, 0])
        own = {code: value for code, value in one.over_short.items() if not is_currency(code)}
        row[0] += 1
        row[1] += one.counts == 0
        row[2] += any(one.over_short.values())
        row[3] += sum(value for value in own.values() if value > 0)
        row[4] += sum(value for value in own.values() if value < 0)
        row[5] += sum(own.values())
    rows = [_over_short_row(request, by, key, values, names) for key, values in sums.items()]
    total = [sum(values[place] for values in sums.values()) for place in range(6)]
    head = (
        columns(words, ("lane", msgid("Lane"), "text"))[0] if by == "lane" else head_of(request, by)
    )
    heads = (
        head,
        *columns(
            words, ("tills", msgid("Tills"), "count"), ("uncounted", msgid("Not counted"), "count"),
            ("differing", msgid("With a difference"), "count"), ("over", _OVER, "amount"),
            ("short", _SHORT, "amount"), ("net", _NET, "amount"),
        ),
    )  # fmt: skip
    figures = tuple(
        Figure(words.gettext(text), "amount", value)
        for text, value in ((_OVER, total[3]), (_SHORT, total[4]), (_NET, total[5]))
    )
    completeness = assess(connection, asked.branches, asked.first, asked.last, request.now)
    return summed(request, heads, rows, total, completeness, figures=figures)


def _over_short_row(
    request: Request, by: str, key: str, values: list[int], names: dict[str, str]
) -> Row:
    if by == "lane":
        return Row((key,), (key, *values), branch=key.partition(".")[0])
    extent = extent_of([by], [key], request.asked.range)
    to = drill(request, "over_short", [by], [key]) if by != "operator" else None
    if by == "day" and len(request.asked.branches) == 1:
        to = Drill(f"/days/{request.asked.branches[0].branch}/{key}", {})
    return Row((key,), (name_of(request, by, key, names), *values), to, extent.branch,
               extent.first, extent.last)  # fmt: skip


def _ask_cashiers(connection: Connection, request: Request) -> Answer:
    words, asked = request.words, request.asked
    found = cashiers(connection, asked.codes, asked.first, asked.last)
    names = names_of(connection, request, "operator")
    rows = [
        Row(
            (code,),
            (name_of(request, "operator", code, names), *_cashier(one)),
            drill(request, "cashiers", ["operator"], [code]),
        )
        for code, one in found.items()
    ]
    whole = CashierFigures()
    for one in found.values():
        whole += one
    heads = (
        head_of(request, "operator"),
        *columns(
            words, ("receipts", msgid("Tickets"), "count"), ("lines", msgid("Lines"), "count"),
            ("sales", msgid("Sales"), "amount"), ("average", msgid("Average ticket"), "amount"),
            ("hours", msgid("Hours at tills"), "tenths"),
            ("lines_an_hour", msgid("Lines an hour"), "count"),
            ("voided", msgid("Voided lines"), "count"),
            ("voided_share", msgid("Voided of all"), "share"),
            ("returned", msgid("Returned"), "amount"),
            ("cancelled", msgid("Cancelled baskets"), "count"),
            ("over_short", _NET, "amount"),
        ),
    )  # fmt: skip
    completeness = assess(connection, asked.branches, asked.first, asked.last, request.now)
    return summed(request, heads, rows, _cashier(whole), completeness)


def _cashier(one: CashierFigures) -> tuple[int | Share | None, ...]:
    return (
        one.receipts, one.lines, one.sales,
        divide(one.sales, one.receipts) if one.receipts else None,
        divide(one.minutes * _TEN, 60),
        divide(one.timed_lines * 60, one.minutes) if one.minutes else None,
        one.voided, Share(one.voided, one.lines + one.voided), one.returned, one.cancelled,
        one.over_short,
    )  # fmt: skip


def _ask_exceptions(connection: Connection, request: Request) -> Answer:
    words, asked = request.words, request.asked
    by = next(one for one in _EXCEPTIONS_BY if one == request.choices["by"])
    kind = request.choices["kind"] or None
    query = ExceptionQuery(asked.codes, asked.first, asked.last, kind=kind)
    found, total = counted_rows(connection, query, by)
    names = names_of(connection, request, by)
    rows: list[Row] = []
    for one in found:
        extent = extent_of([by], [one.key], asked.range)
        label: Named | str = (
            Named("", words.gettext(NOBODY)) if not one.key
            else exception_words.kind(words, one.key) if by == "kind"
            else name_of(request, by, one.key, names)
        )  # fmt: skip
        lines = one.lines if one.key else None
        remark = words.gettext(_STANDS_OUT) if one.outlier else ""
        values = (label, one.count, lines, one.tenths if one.key else None, remark)
        rows.append(Row((one.key,), values, _to_exceptions(request, by, one.key), extent.branch,
                        extent.first, extent.last))  # fmt: skip
    head = (
        columns(words, ("kind", msgid("Kind"), "text"))[0] if by == "kind" else head_of(request, by)
    )
    heads = (
        head,
        *columns(
            words, ("exceptions", msgid("Exceptions"), "count"), ("lines", msgid("Lines"), "count"),
            ("rate", msgid("Per 1,000 lines"), "tenths"), ("remarks", msgid("Remarks"), "text"),
        ),
    )  # fmt: skip
    completeness = assess(connection, asked.branches, asked.first, asked.last, request.now)
    return summed(request, heads, rows, (total.count, total.lines, total.tenths, ""), completeness)


def _to_exceptions(request: Request, by: str, key: str) -> Drill | None:
    """The exceptions one by one."""
    if not key:
        return None
    kept: dict[str, str | None] = {"kind": request.choices["kind"] or None}
    match by:
        case "day":
            kept |= {"from": key, "to": key}
        case _:
            kept[by] = key
    return Drill("/exceptions", kept | {"by": "kind" if by == "operator" else "operator"})


_EXCEPTIONS_BY = get_args(By)

OVER_SHORT = Definition(
    code="over_short",
    group=_GROUP,
    title=msgid("Over and short"),
    about=msgid("What was counted in tills beside what they should have held."),
    roles=REPORT_ROLES,
    ask=_ask_over_short,
    measure="net",
    choices=(
        Choice(
            "by", msgid("Rows by"), (*options("branch", "operator", "day"), ("lane", msgid("Lane")))
        ),
    ),
    in_time=IN_TIME,
    compared=("net",),
    ascending=True,
)

CASHIERS = Definition(
    code="cashiers",
    group=_GROUP,
    title=msgid("Cashiers"),
    about=msgid(
        "What each cashier sold, how fast, and what they voided, took back and were short of."
    ),
    roles=REPORT_ROLES,
    ask=_ask_cashiers,
    measure="sales",
    choices=(Choice("by", msgid("Rows by"), options("operator")),),
    compared=("sales",),
)

EXCEPTIONS = Definition(
    code="exceptions",
    group=_GROUP,
    title=msgid("Exceptions"),
    about=msgid("Abnormal acts at tills, beside the lines that were sold, and who stands out."),
    roles=REPORT_ROLES,
    ask=_ask_exceptions,
    measure="rate",
    choices=(
        Choice("by", msgid("Rows by"), (
            *options("operator"), ("kind", msgid("Kind")), *options("branch", "day"),
        )),
        Choice("kind", msgid("Kind"), (
            ("", msgid("All kinds")), *exception_words.KINDS.items(),
        )),
    ),
    in_time=IN_TIME,
    compared=("exceptions",),
)  # fmt: skip
