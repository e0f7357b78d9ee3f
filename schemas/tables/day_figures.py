"""A business day's figures, recomputed from the tickets that this database holds.

Branch and headquarters run the same code on what each of them has, so that two results that agree
prove that both have the same. Amounts are of what is posted to the day, corrections included; for a lane's
counts see `lane_audit`, for its tills `till_figures`.

Whoever needs several of a day's figures in one transaction asks for `day_figures`, which reads each of its
tables once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from schemas.domain.day import DayTotals
from schemas.tables.lane_audit import Audited, audit
from schemas.tables.till_figures import Span, Taken, TillFigures, taken, tills


@dataclass(frozen=True, slots=True)
class DayFigures:
    """All that a close asks of a day: each lane's figures, its tills, its control totals."""

    audited: Audited
    tills: tuple[TillFigures, ...]
    totals: DayTotals


def day_figures(connection: Connection, branch: str, business_date: date) -> DayFigures:
    """Recompute everything of a day, each of its tables read once."""
    span = Span((branch,), business_date, business_date)
    sold = taken(connection, span)
    of_day = tills(connection, span, sold)
    audited = audit(connection, branch, business_date)
    return DayFigures(audited, tuple(of_day), _totals(sold.values(), of_day))


def day_totals(connection: Connection, branch: str, business_date: date) -> DayTotals:
    """The control totals of a day: tickets, gross, tenders (cash net of change), over and short."""
    span = Span((branch,), business_date, business_date)
    sold = taken(connection, span)
    return _totals(sold.values(), tills(connection, span, sold))


def _totals(sold: Iterable[Taken], of_day: Iterable[TillFigures]) -> DayTotals:
    tickets, gross = 0, 0
    tenders: dict[str, int] = {"cash": 0}
    for one in sold:
        tickets, gross = tickets + one.tickets, gross + one.gross
        for kind, amount in one.tenders.items():
            tenders[kind] = tenders.get(kind, 0) + amount
        tenders["cash"] -= one.change
    differences: dict[str, int] = {}
    for till in of_day:
        for kind, amount in till.over_short.items():
            differences[kind] = differences.get(kind, 0) + amount
    return DayTotals(tickets, gross, tenders, differences)
