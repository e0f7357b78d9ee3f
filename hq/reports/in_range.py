"""What every report reads of tickets and their lines alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import BigInteger, ColumnElement, and_, case, func

from hq.reports.branches import KnownBranch
from schemas.tables.tickets import ticket, ticket_line


def in_range(branches: Sequence[KnownBranch], first: date, last: date) -> ColumnElement[bool]:
    """The tickets, and their corrections, that are posted to these dates of these branches."""
    return and_(
        ticket.c.posted.between(first, last),
        ticket.c.branch.in_([one.branch for one in branches]),
    )


def list_amount() -> ColumnElement[int]:
    """List price × quantity ÷ 1000, half away from zero (rule 1).

    In whole numbers throughout: PostgreSQL's own `sign` of one is a float, and its `round` halves
    to even on those.
    """
    product = ticket_line.c.list_price * ticket_line.c.quantity
    rounded = (2 * func.abs(product, type_=BigInteger) + 1000) // 2000
    return case((product < 0, -rounded), else_=rounded)
