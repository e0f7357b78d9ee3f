"""How often promotions that are limited per member or per day were used at this lane (rule 14).

A use is counted in the commit of the sale that made it, by promotion, member (empty for anybody else)
and business date. A limit per member holds over all dates, one per day over everybody. Other lanes count
by themselves: a lane knows its own uses, and asks nobody while it sells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection

from pos_frontend.basket import Sale
from schemas.tables import driver

# A till waits for these with a scan or a sale.
_TODAY = "SELECT promotion, sum(uses) FROM promotion_use WHERE business_date = ? GROUP BY promotion"
_OF_MEMBER = "SELECT promotion, sum(uses) FROM promotion_use WHERE member = ? GROUP BY promotion"
_ADD = (
    "INSERT INTO promotion_use (promotion, member, business_date, uses) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (promotion, member, business_date) DO UPDATE SET uses = uses + excluded.uses"
)


@dataclass(frozen=True, slots=True)
class Used:
    """Uses by promotion: of a member, none of whom is nobody's, and of everybody on a date."""

    by_member: Mapping[str, int] = field(default_factory=dict)
    today: Mapping[str, int] = field(default_factory=dict)


def used(connection: Connection, member: str | None, on: date) -> Used:
    """What was used before."""
    today = driver.run(connection, _TODAY, (on.isoformat(),)).fetchall()
    of_member = driver.run(connection, _OF_MEMBER, (member,)).fetchall() if member else []
    return Used({name: int(n) for name, n in of_member}, {name: int(n) for name, n in today})


def add(connection: Connection, sale: Sale) -> None:
    """Count what a sale used; most use nothing that is limited, and cost nothing."""
    if not sale.uses:
        return
    member, on = sale.basket.member or "", sale.terms.business_date.isoformat()
    rows = [(promotion, member, on, uses) for promotion, uses in sorted(sale.uses.items())]
    driver.run_each(connection, _ADD, rows)
