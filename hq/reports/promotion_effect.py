"""What a promotion did, by branch and business day, read from why sold lines cost what they cost.

    tickets    those with a line of it        discount    what it took off these lines
    quantity   of these lines                 sales       what these lines cost in the end

Lines that were voided count for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Connection, ScalarSelect, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB

from hq.reports.branches import KnownBranch
from hq.reports.in_range import in_range
from schemas.tables.tickets import IS_RECEIPT, ticket, ticket_line


@dataclass(frozen=True, slots=True)
class EffectFigures:
    """Sums; `quantity` is in thousandths, amounts in minor units."""

    tickets: int = 0
    quantity: int = 0
    discount: int = 0
    sales: int = 0


@dataclass(frozen=True, slots=True)
class EffectRow:
    """One branch's business day."""

    branch: str
    business_date: date
    figures: EffectFigures


def promotion_effect(
    connection: Connection, promotion: str, branches: Sequence[KnownBranch], first: date, last: date
) -> list[EffectRow]:
    """The days on which it took something off, by date and branch."""
    line = ticket_line.c
    query = (
        select(
            ticket.c.branch, ticket.c.posted,
            func.count(ticket.c.uuid.distinct()).filter(IS_RECEIPT),
            func.sum(line.quantity), func.sum(_taken_by(promotion)), func.sum(line.amount),
        )
        .join(ticket_line, line.ticket == ticket.c.uuid)
        .where(
            in_range(branches, first, last), ~line.voided,
            line.discounts.op("@>")(cast([_share_of(promotion)], JSONB)),
        )
        .group_by(ticket.c.posted, ticket.c.branch)
        .order_by(ticket.c.posted, ticket.c.branch)
    )  # fmt: skip
    return [
        EffectRow(row[0], row[1], EffectFigures(*(int(one) for one in row[2:])))
        for row in connection.execute(query)
    ]


def summed(rows: Iterable[EffectRow]) -> EffectFigures:
    """All of them together; a ticket is of one branch and one day."""
    figures = [row.figures for row in rows]
    return EffectFigures(
        sum(one.tickets for one in figures), sum(one.quantity for one in figures),
        sum(one.discount for one in figures), sum(one.sales for one in figures),
    )  # fmt: skip


def _share_of(promotion: str) -> dict[str, str]:
    return {"kind": "promotion", "rule": promotion}


def _taken_by(promotion: str) -> ScalarSelect[Any]:
    """What the promotion took off a line."""
    one = func.jsonb_array_elements(ticket_line.c.discounts).column_valued("share")
    amount = cast(one.op("->>")("amount"), BigInteger)
    mine = one.op("@>")(cast(_share_of(promotion), JSONB))
    return select(func.sum(amount)).where(mine).scalar_subquery()
