"""What was still sold at the old price after a price change had come into force.

A line counts when its ticket was committed while the change was in force and published, at a list
price other than the document's, and when no document that ranks above this one set that price: a
branch's own price, or a later change of the same audience, is no mistake (rule 11).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select

from hq.price_changes import Document
from replication.streams import CHAIN_FEED, group_feed
from schemas.domain.money import divide
from schemas.tables.headquarters import price_document, price_document_row
from schemas.tables.tickets import ticket, ticket_line

_THOUSANDTHS = 1000
# A business date may begin before the UTC day of its first ticket, and zones lie up to a day apart:
# wide enough to lose nothing, narrow enough to leave years of tickets unread.
_DATES_BEFORE = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Sold:
    """Lines, thousandths of units, and minor units that the new price would have brought more."""

    lines: int
    quantity: int
    difference: int

    def __add__(self, other: Sold) -> Sold:
        return Sold(
            self.lines + other.lines,
            self.quantity + other.quantity,
            self.difference + other.difference,
        )


NOTHING_SOLD = Sold(0, 0, 0)


def sold_at_old_price(
    connection: Connection, document: Document, branches: Sequence[str],
    between: tuple[date, date] | None = None,
) -> Mapping[tuple[str, str], Sold]:  # fmt: skip
    """By branch and lane, what was sold past a document in these branches, on business dates between two."""
    if document.published is None:
        return {}
    new, line = price_document_row.c, ticket_line.c
    dates = [] if between is None else [ticket.c.business_date.between(*between)]
    query = (
        select(
            ticket.c.branch, ticket.c.lane, func.count(), func.sum(line.quantity),
            func.sum((new.price - line.list_price) * line.quantity),
        )
        .join(ticket_line, line.ticket == ticket.c.uuid)
        .join(
            price_document_row,
            and_(new.document == document.document, new.item == line.item, new.unit == line.unit),
        )
        .outerjoin(price_document, price_document.c.document == line.price_document)
        .where(
            ticket.c.branch.in_(branches), *_in_force(document), *dates, new.tier == "", ~line.voided,
            line.quantity > 0,  # what comes back at the price that was paid is no sale at it
            line.price_document.is_distinct_from(document.document),
            line.list_price != new.price, _does_not_outrank(document),
        )
        .group_by(ticket.c.branch, ticket.c.lane)
    )  # fmt: skip
    return {
        (branch, lane): Sold(lines, int(quantity), divide(int(difference), _THOUSANDTHS))
        for branch, lane, lines, quantity, difference in connection.execute(query)
    }


def _in_force(document: Document) -> list[ColumnElement[bool]]:
    """Committed between the later of start and publication and the earlier of end and withdrawal."""
    since = (
        document.starts if document.published is None else max(document.starts, document.published)
    )
    conditions = [
        ticket.c.committed >= since,
        ticket.c.business_date >= since.date() - _DATES_BEFORE,
    ]
    ends = [one for one in (document.ends, document.withdrawn) if one is not None]
    if ends:
        conditions.append(ticket.c.committed < min(ends))
    return conditions


def _does_not_outrank(document: Document) -> ColumnElement[bool]:
    other = price_document.c
    level = case(
        (other.audience == CHAIN_FEED, 0), (other.audience.like(group_feed("%")), 1), else_=2
    )
    mine = _level(document.audience)
    return or_(
        other.document.is_(None),
        level < mine,
        and_(level == mine, other.publication < document.publication),
    )


def _level(audience: str) -> int:
    if audience == CHAIN_FEED:
        return 0
    return 1 if audience.startswith(group_feed("")) else 2
