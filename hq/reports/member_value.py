"""Members by recency, frequency and money (RFM): who bought in a range, how lately, how often, for how much.

    recency      days from the last date of the range back to the member's last receipt in it
    frequency    receipts
    money        what they came to, returns taken off
    scores       1 to 5 in each: fifths of the members who bought, 5 the most lately, the most often, the most

    segment      recency   frequency
    best         4, 5      4, 5
    loyal        3         4, 5
    new          4, 5      1, 2
    promising    4, 5      3        and 3 with 1 to 3
    at_risk      1, 2      3 to 5
    lost         1, 2      1, 2

Purchases under a record that was merged count for the member it was merged into. Those of equal figures get
equal scores, so fifths are not always equally large.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from sqlalchemy import Connection, and_, case, func, select
from sqlalchemy.orm import aliased

from replication.streams import CHAIN_FEED
from schemas.tables.catalogue import member as member_table
from schemas.tables.tickets import IS_RECEIPT, ticket

Segment = Literal["best", "loyal", "new", "promising", "at_risk", "lost"]
SEGMENTS: tuple[Segment, ...] = get_args(Segment)
_FIFTHS = 5
_HIGH, _MIDDLE, _LOW = 4, 3, 2


@dataclass(frozen=True, slots=True)
class MemberValue:
    """One member; `tier` is the one they have now."""

    member: str
    tier: str
    recency: int
    frequency: int
    money: int
    scores: tuple[int, int, int]

    @property
    def segment(self) -> Segment:
        """See above."""
        recency, frequency, _ = self.scores
        if recency >= _HIGH:
            if frequency >= _HIGH:
                return "best"
            return "new" if frequency <= _LOW else "promising"
        if recency == _MIDDLE:
            return "loyal" if frequency >= _HIGH else "promising"
        return "at_risk" if frequency >= _MIDDLE else "lost"


def member_values(
    connection: Connection, branches: Sequence[str], first: date, last: date
) -> list[MemberValue]:
    """Every member who bought, by their codes."""
    known = aliased(member_table)
    merged = func.nullif(known.c.merged, "")
    code = func.coalesce(merged, ticket.c.member)
    receipts = case((IS_RECEIPT, 1), else_=0)
    bought = (
        select(
            code.label("member"),
            func.max(ticket.c.posted).filter(IS_RECEIPT).label("last"),
            func.sum(receipts).label("frequency"),
            func.sum(ticket.c.total).label("money"),
        )
        .outerjoin(
            known, and_(known.c.stream == CHAIN_FEED, known.c.member == ticket.c.member)
        )
        .where(
            ticket.c.branch.in_(branches), ticket.c.posted.between(first, last),
            ticket.c.member.is_not(None),
        )
        .group_by(code)
        .having(func.sum(receipts) > 0)
        .subquery("bought")
    )  # fmt: skip
    tier = func.coalesce(member_table.c.tier, "")
    query = (
        select(bought.c.member, tier, bought.c.last, bought.c.frequency, bought.c.money)
        .outerjoin(
            member_table,
            and_(member_table.c.stream == CHAIN_FEED, member_table.c.member == bought.c.member),
        )
        .order_by(bought.c.member)
    )
    rows = connection.execute(query).all()
    lately = sorted(row.last for row in rows)
    often = sorted(int(row.frequency) for row in rows)
    much = sorted(int(row.money) for row in rows)
    return [
        MemberValue(
            row.member, row[1], (last - row.last).days, int(row.frequency), int(row.money),
            (
                _fifth(bisect_left(lately, row.last), len(rows)),
                _fifth(bisect_left(often, int(row.frequency)), len(rows)),
                _fifth(bisect_left(much, int(row.money)), len(rows)),
            ),
        )
        for row in rows
    ]  # fmt: skip


def _fifth(below: int, members: int) -> int:
    """1 to 5, by how many have less."""
    return below * _FIFTHS // members + 1
