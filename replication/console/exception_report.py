"""Exceptions as a page and as a file: counted by operator, kind, branch or day, and one by one.

Headquarters and branch show the same report, each of what it may show; their pages say which branches
and dates are meant, and where a ticket is to be seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, get_args
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from starlette.responses import Response

from replication.console import exception_words as words
from replication.console.formats import MISSING, decimals_of
from replication.console.languages import msgid
from replication.console.page import Page, PageError
from replication.console.table_export import Cell, csv_response
from schemas.domain.exceptions import stands_out
from schemas.domain.money import divide, format_amount
from schemas.tables.exception_lookup import By, ExceptionRow, counted, exceptions, lines_sold
from schemas.tables.exception_sources import ExceptionQuery

PER = 1000
_PAGE = 50
_BY: tuple[By, ...] = get_args(By)
_NO_SUCH = msgid("Exceptions are counted by operator, kind, branch or day, not by “%(text)s”.")
_NO_MARK = msgid("The address names no place to go on from: go back to the beginning of the list.")
NOBODY = msgid("Devices, calls, or nobody signed in")
_HEADS = (
    msgid("Time"), msgid("Business date"), msgid("Branch"), msgid("Lane"), msgid("Operator"),
    msgid("Kind"), msgid("About"), msgid("Cause"), msgid("Result"), msgid("Authority"),
    msgid("Receipt"), msgid("Amount"), msgid("Times"), msgid("Since"), msgid("Details"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """How often it happened, on how many sold lines."""

    key: str
    label: str
    count: int
    lines: int
    outlier: bool

    @property
    def tenths(self) -> int | None:
        """Tenths of an exception per thousand lines; None where nothing was sold."""
        return divide(self.count * PER * 10, self.lines) if self.lines else None

    @property
    def rate(self) -> str:
        """Exceptions per thousand lines, to one decimal."""
        return MISSING if self.tenths is None else f"{self.tenths // 10:,}.{self.tenths % 10}"


@dataclass(frozen=True, slots=True)
class Shown:
    """One exception in words."""

    row: ExceptionRow
    kind: str
    subject: str
    cause: str
    result: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a page shows. `following` is the place to go on from, as the address has it."""

    by: By
    summary: tuple[SummaryRow, ...]
    total: SummaryRow
    rows: tuple[Shown, ...]
    following: tuple[str, str] | None


def read_filters(page: Page, query: ExceptionQuery) -> ExceptionQuery:
    """The query with the operator, the kind and the place that an address asks for."""
    text = page.query.get
    after = None
    if "after" in page.query:
        try:
            at = datetime.fromisoformat(text("at", ""))
        except ValueError:
            raise PageError(page.gettext(_NO_MARK), 400) from None
        if at.tzinfo is None:
            raise PageError(page.gettext(_NO_MARK), 400)
        after = (at, page.query["after"])
    return ExceptionQuery(
        query.branches, query.first, query.last, text("operator", "").strip() or None,
        text("kind") or None, after, _PAGE,
    )  # fmt: skip


def report(
    page: Page, connection: Connection, query: ExceptionQuery, names: Mapping[str, str]
) -> Report:
    """The report that an address asks for; `names` are those of operators and branches."""
    by = page.query.get("by", "operator")
    if by not in _BY:
        raise PageError(page.gettext(_NO_SUCH, text=by))
    chosen: By = next(one for one in _BY if one == by)
    found = exceptions(connection, query)
    rows = found[:_PAGE]
    last = rows[-1] if len(found) > len(rows) else None
    return Report(
        chosen,
        *_summary(page, connection, query, chosen, names),
        tuple(_shown(page, row) for row in rows),
        None if last is None else (last.at.isoformat(), last.id),
    )


def counted_rows(
    connection: Connection, query: ExceptionQuery, by: By
) -> tuple[list[SummaryRow], SummaryRow]:
    """How often it happened by operator, kind, branch or day, and in all; labels are the keys themselves.

    One operator is shown beside nobody, and compared with everybody.
    """
    asked = replace(query, operator=None) if by == "operator" else query
    counts = counted(connection, asked, by)
    lines = lines_sold(connection, asked, "branch" if by == "kind" else by)
    everything, sold = sum(counts.values()), sum(lines.values())
    done = everything - counts.get("", 0)
    made: list[SummaryRow] = []
    for key, count in counts.items():
        own = sold if by == "kind" else lines.get(key, 0)
        outlier = by in {"operator", "branch"} and key != "" and stands_out(count, own, done, sold)
        made.append(SummaryRow(key, key, count, own, outlier))
    made.sort(key=partial(_order, by))
    if by == "operator" and query.operator is not None:
        made = [row for row in made if row.key == query.operator]
    return made, SummaryRow("", "", everything, sold, outlier=False)


def _summary(
    page: Page, connection: Connection, query: ExceptionQuery, by: By, names: Mapping[str, str]
) -> tuple[tuple[SummaryRow, ...], SummaryRow]:
    """The same with labels for people."""
    made, total = counted_rows(connection, query, by)
    labelled = [
        replace(
            row,
            label=(words.kind(page, row.key) if by == "kind" else names.get(row.key, row.key))
            or page.gettext(NOBODY),
        )
        for row in made
    ]
    return tuple(labelled), total


def _order(by: By, row: SummaryRow) -> tuple[Any, ...]:
    """Days in their order, kinds by how often; of the others first who stands out, then the highest rate."""
    if by == "day":
        return (row.key,)
    if by == "kind":
        return (-row.count, row.key)
    return (not row.outlier, row.key == "", -(row.tenths or 0), -row.count, row.key)


def _shown(page: Page, row: ExceptionRow) -> Shown:
    return Shown(
        row, words.kind(page, row.kind), words.subject(page, row), words.cause(page, row),
        words.result(page, row),
    )  # fmt: skip


def as_csv(
    page: Page,
    connection: Connection,
    query: ExceptionQuery,
    zones: Mapping[str, str],
    currency: str,
) -> Response:
    """All that fit, each with the time of its branch's clock; amounts in major units with a point."""
    decimals = decimals_of(currency)

    def local(at: datetime, branch: str) -> str:
        return at.astimezone(ZoneInfo(zones[branch])).isoformat(timespec="seconds")

    every = exceptions(connection, replace(query, after=None, limit=None))
    rows: list[list[Cell]] = []
    for one in (_shown(page, row) for row in every):
        row = one.row
        rows.append([
            local(row.at, row.branch), row.business_date, row.branch, row.lane, row.operator,
            one.kind, one.subject, one.cause, one.result, row.authority, row.receipt,
            format_amount(row.amount, decimals), row.times, local(row.since, row.branch), row.detail,
        ])  # fmt: skip
    header = [page.gettext(one) for one in _HEADS]
    name = page.gettext(msgid("Exceptions"))
    return csv_response(f"{name} {query.first}_{query.last}.csv", header, rows)
