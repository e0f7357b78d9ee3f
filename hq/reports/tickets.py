"""The tickets behind a figure: a list by keyset, filtered by whatever a report's row stands for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, func, select, tuple_

from hq.day_evidence import receipt
from hq.reports.branches import KnownBranch
from hq.reports.categories import NO_CATEGORY, ancestor, category_paths
from hq.reports.in_range import in_range
from schemas.tables.tickets import IS_RECEIPT, ticket, ticket_line, ticket_tender


@dataclass(frozen=True, slots=True)
class TicketQuery:
    """Which tickets; a filter that is None does not filter.

    `category` with `level` means everything rolled up to that category, as in the sales report.
    `after` is the last ticket seen, as (counter's place in time, uuid).
    """

    branches: tuple[KnownBranch, ...]
    first: date
    last: date
    hour: int | None = None
    lane: str | None = None
    operator: str | None = None
    item: str | None = None
    category: str | None = None
    level: int | None = None
    tender: str | None = None
    counter: int | None = None
    late: bool = False
    flagged: bool = False
    after: tuple[datetime, str] | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class TicketRow:
    """One ticket of the list; `lines` counts those that were not voided. A correction names the ticket
    that it `corrects`; `posted` is the date in whose figures it counts.
    """

    uuid: str
    receipt: str
    branch: str
    business_date: date
    committed: datetime
    operator: str
    lines: int
    total: int
    late: bool
    flagged: bool
    posted: date
    corrects: str | None


@dataclass(frozen=True, slots=True)
class TicketPage:
    """A page of the list, the youngest first; `tickets` and `total` are of all that fit the query."""

    rows: tuple[TicketRow, ...]
    tickets: int
    total: int
    following: tuple[datetime, str] | None


def tickets(connection: Connection, query: TicketQuery) -> TicketPage:
    """One page of the tickets that fit, and the sums of all of them."""
    conditions = list(_conditions(query))
    count, total = connection.execute(
        select(func.count().filter(IS_RECEIPT), func.coalesce(func.sum(ticket.c.total), 0)).where(
            *conditions
        )
    ).one()
    lines = (
        select(func.count())
        .where(ticket_line.c.ticket == ticket.c.uuid, ~ticket_line.c.voided)
        .scalar_subquery()
    )
    place = tuple_(ticket.c.committed, ticket.c.uuid)
    page = select(ticket, lines.label("lines")).where(*conditions)
    if query.after is not None:
        page = page.where(place < query.after)
    page = page.order_by(ticket.c.committed.desc(), ticket.c.uuid.desc()).limit(query.limit + 1)
    found = connection.execute(page).all()
    rows = found[: query.limit]
    following = (rows[-1].committed, rows[-1].uuid) if len(found) > len(rows) else None
    return TicketPage(tuple(_row(row) for row in rows), count, int(total), following)


def _conditions(query: TicketQuery) -> Iterator[ColumnElement[bool]]:
    yield in_range(query.branches, query.first, query.last)
    for column, wanted in (
        (ticket.c.local_hour, query.hour),
        (ticket.c.lane, query.lane),
        (ticket.c.operator, query.operator),
        (ticket.c.counter, query.counter),
    ):
        if wanted is not None:
            yield column == wanted
    if query.late:
        yield ticket.c.late
    if query.flagged:
        yield func.jsonb_array_length(ticket.c.flags) > 0
    if query.item is not None:
        yield _has_line(ticket_line.c.item == query.item)
    if query.category is not None:
        yield _has_line(_in_category(query.category, query.level))
    if query.tender is not None:
        yield exists().where(
            ticket_tender.c.ticket == ticket.c.uuid, ticket_tender.c.kind == query.tender
        )


def _has_line(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(ticket_line.c.ticket == ticket.c.uuid, ~ticket_line.c.voided, condition)


def _in_category(code: str, level: int | None) -> ColumnElement[bool]:
    own = func.coalesce(ticket_line.c.category, NO_CATEGORY)
    if level is None:
        return own == code
    paths = category_paths()
    below = select(paths.c.category).where(ancestor(paths, level) == code)
    return (own == code) | own.in_(below)


def _row(row: Any) -> TicketRow:  # noqa: ANN401 - a row of ticket with its count of lines
    return TicketRow(
        uuid=row.uuid,
        receipt=receipt(row.lane, row.counter),
        branch=row.branch,
        business_date=row.business_date,
        committed=row.committed,
        operator=row.operator,
        lines=row.lines,
        total=row.total,
        late=row.late,
        flagged=bool(row.flags),
        posted=row.posted,
        corrects=row.corrects,
    )
