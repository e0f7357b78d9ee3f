"""Which tickets a list is asked for: whatever a report's row stands for, and how each is told in a statement.

    of the ticket     hour, weekday, lane, operator, member, tier, number, tender, late, flagged
    of its lines      item, category, supplier, promotion: one line must be all that is asked for

Change is cash, also of a ticket that was paid with foreign money alone, which is among those of cash for that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ScalarSelect,
    and_,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB

from hq.reports.branches import KnownBranch
from hq.reports.categories import NO_CATEGORY, ancestor, category_paths
from hq.reports.in_range import in_range
from replication.streams import CHAIN_FEED
from schemas.tables.catalogue import member
from schemas.tables.sourcing import item_source
from schemas.tables.tickets import tender_detail, ticket, ticket_line, ticket_tender

CASH = "cash"


@dataclass(frozen=True, slots=True)
class TicketQuery:
    """Which tickets; a filter that is None does not filter.

    `category` with `level` means everything rolled up to that category, as in the sales report; `under` a
    category and all that is below it now. `weekday` is 1, Monday, to 7. `tender` may name a currency, as
    `foreign:USD`. An empty category, supplier, tier or member stands for those without one.
    `after` is the last ticket seen, as (counter's place in time, uuid).
    """

    branches: tuple[KnownBranch, ...]
    first: date
    last: date
    hour: int | None = None
    weekday: int | None = None
    lane: str | None = None
    operator: str | None = None
    member: str | None = None
    tier: str | None = None
    item: str | None = None
    category: str | None = None
    level: int | None = None
    under: str | None = None
    supplier: str | None = None
    promotion: str | None = None
    tender: str | None = None
    counter: int | None = None
    late: bool = False
    flagged: bool = False
    after: tuple[datetime, str] | None = None
    limit: int = 50


def fitting(query: TicketQuery) -> Iterator[ColumnElement[bool]]:
    """What a ticket must be."""
    yield in_range(query.branches, query.first, query.last)
    for column, wanted in (
        (ticket.c.local_hour, query.hour),
        (func.extract("isodow", ticket.c.posted), query.weekday),
        (ticket.c.lane, query.lane),
        (ticket.c.operator, query.operator),
        (ticket.c.counter, query.counter),
        (func.coalesce(ticket.c.member, ""), query.member),
    ):
        if wanted is not None:
            yield column == wanted
    if query.late:
        yield ticket.c.late
    if query.flagged:
        yield func.jsonb_array_length(ticket.c.flags) > 0
    if query.tier is not None:
        yield _of_tier(query.tier)
    if asked := list(of_lines(query)):
        has_line = exists().where(
            ticket_line.c.ticket == ticket.c.uuid, ~ticket_line.c.voided, *asked
        )
        # Also in a statement that reads lines besides.
        yield has_line.correlate(ticket)
    if query.tender is not None:
        paid = exists().where(ticket_tender.c.ticket == ticket.c.uuid, is_tender(query.tender))
        paid = paid.correlate(ticket)
        yield or_(paid, ticket.c.change != 0) if query.tender == CASH else paid


def of_lines(query: TicketQuery) -> Iterator[ColumnElement[bool]]:
    """What one line must be."""
    if query.item is not None:
        yield ticket_line.c.item == query.item
    if query.category is not None:
        yield _in_category(query.category, query.level)
    if query.under is not None:
        yield _under(query.under)
    if query.supplier is not None:
        yield _of_supplier(query.supplier)
    if query.promotion is not None:
        yield ticket_line.c.discounts.op("@>")(cast([_share_of(query.promotion)], JSONB))


def _of_tier(tier: str) -> ColumnElement[bool]:
    """By the tier that the member has now; without one is whoever is no member, too."""
    same = and_(member.c.stream == CHAIN_FEED, member.c.key == ticket.c.member)
    if tier:
        return exists().where(same, member.c.tier == tier)
    return ~exists().where(same, func.coalesce(member.c.tier, "") != "")


def _in_category(code: str, level: int | None) -> ColumnElement[bool]:
    own = func.coalesce(ticket_line.c.category, NO_CATEGORY)
    if level is None:
        return own == code
    paths = category_paths()
    below = select(paths.c.category).where(ancestor(paths, level) == code)
    return (own == code) | own.in_(below)


def _under(code: str) -> ColumnElement[bool]:
    paths = category_paths()
    below = select(paths.c.category).where(literal(code) == func.any(paths.c.path))
    return or_(ticket_line.c.category == code, ticket_line.c.category.in_(below))


def _of_supplier(supplier: str) -> ColumnElement[bool]:
    """By the main source that the item has now."""
    source = item_source.c
    same = and_(source.item == ticket_line.c.item, source.branch == "", source.main)
    if supplier:
        return exists().where(same, source.supplier == supplier)
    return ~exists().where(same, source.supplier != "")


def is_tender(tender: str) -> ColumnElement[bool]:
    """A payment of a kind; foreign money by its currency, too."""
    kind, _, currency = tender.partition(":")
    if not currency:
        return ticket_tender.c.kind == kind
    detail = tender_detail.c
    same = and_(detail.ticket == ticket_tender.c.ticket, detail.number == ticket_tender.c.number)
    return and_(ticket_tender.c.kind == kind, exists().where(same, detail.currency == currency))


def _share_of(promotion: str) -> dict[str, str]:
    return {"kind": "promotion", "rule": promotion}


def taken_by(promotion: str) -> ScalarSelect[Any]:
    """What a promotion took off a line."""
    one = func.jsonb_array_elements(ticket_line.c.discounts).column_valued("share")
    amount = cast(one.op("->>")("amount"), BigInteger)
    mine = one.op("@>")(cast(_share_of(promotion), JSONB))
    return select(func.sum(amount)).where(mine).scalar_subquery()
