"""How often promotions that are limited per member or per day were used at this lane (rule 14).

A use is counted in the commit of the sale that made it, by promotion, member (empty for anybody else)
and business date. A limit per member holds over all dates, one per day over everybody. Other lanes count
by themselves: a lane knows its own uses, and asks nobody while it sells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.sqlite import insert

from pos_frontend.basket import Sale
from schemas.tables.lane import promotion_use


@dataclass(frozen=True, slots=True)
class Used:
    """Uses by promotion: of a member, none of whom is nobody's, and of everybody on a date."""

    by_member: Mapping[str, int] = field(default_factory=dict)
    today: Mapping[str, int] = field(default_factory=dict)


def used(connection: Connection, member: str | None, on: date) -> Used:
    """What was used before."""
    row = promotion_use.c
    count = select(row.promotion, func.sum(row.uses)).group_by(row.promotion)
    today = connection.execute(count.where(row.business_date == on)).all()
    of_member = connection.execute(count.where(row.member == member)).all() if member else []
    return Used({name: int(n) for name, n in of_member}, {name: int(n) for name, n in today})


def add(connection: Connection, sale: Sale) -> None:
    """Count what a sale used."""
    rows = [
        {
            "promotion": promotion, "member": sale.basket.member or "",
            "business_date": sale.terms.business_date, "uses": uses,
        }
        for promotion, uses in sorted(sale.uses.items())
    ]  # fmt: skip
    if rows:
        fresh = insert(promotion_use)
        more = {"uses": promotion_use.c.uses + fresh.excluded.uses}
        keys = [column.name for column in promotion_use.primary_key]
        connection.execute(fresh.on_conflict_do_update(index_elements=keys, set_=more), rows)
