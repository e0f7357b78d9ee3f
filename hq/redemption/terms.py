"""The terms on which the chain redeems, as an administrator sets them.

    term                  default   says
    what points are worth nothing   so many points pay so much; without it the chain takes no points
    reservation days      10        how long a reservation waits for its ticket

A branch whose way is used on demand may be silent for a week (`hq.deadlines`); a reservation outlasts
that by three days, so that nobody redeems again what a ticket on its way has used.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from hq.audit import note
from hq.refusal import RefusalError
from replication.console.languages import msgid
from schemas.domain.redemption import PointsRate
from schemas.tables.base import upsert
from schemas.tables.redemption import redemption_terms

_RATE = msgid("Say both how many points and how much they pay, each more than nought; or neither.")
_DAYS = msgid("A reservation is kept for 1 to 366 days.")
_MOST_DAYS = 366
_ONLY = 1


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds now."""

    rate: PointsRate | None = None
    reservation_days: int = 10

    @property
    def kept(self) -> timedelta:
        """How long a reservation is kept."""
        return timedelta(days=self.reservation_days)


def terms(connection: Connection) -> Terms:
    """The terms that hold."""
    row = connection.execute(select(redemption_terms)).one_or_none()
    if row is None:
        return Terms()
    rate = None if row.points is None else PointsRate(row.points, row.amount)
    return Terms(rate, row.reservation_days)


def set_terms(
    connection: Connection, points: int, amount: int, days: int, operator: str, at: datetime
) -> None:
    """Set them; nought points for nothing takes no points. Raises RefusalError."""
    if min(points, amount) < 0 or (points == 0) != (amount == 0):
        raise RefusalError(_RATE)
    if not 1 <= days <= _MOST_DAYS:
        raise RefusalError(_DAYS)
    row = {
        "id": _ONLY, "points": points or None, "amount": amount or None, "reservation_days": days,
    }  # fmt: skip
    upsert(connection, redemption_terms, [row])
    words = f"{points} points pay {amount}, {days} days"
    note(connection, at, operator, "redemption.terms", "redemption", words)
