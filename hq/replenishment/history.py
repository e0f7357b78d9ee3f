"""What was wanted of each item in a branch, day by day, read out of its stock ledger.

    sold       what tickets moved, less returns and what was taken back; of a distribution centre also what it sent
    short      days on which the balance stood at nought or below at their begin or end
    unknown    days that are missing or not closed, and those before the item was there at all
    promoted   days on which a promotion took something off; where that is more than half of the days that sold,
               promotions are the usual state and none of its days is one

The balance of a past day is what is on hand now less what moved since. A ticket that came late, and a correction,
bear the date to which they belong, so that history is always what headquarters knows now. Of a branch one row for
each item leaves the database, whatever it sold.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, text

from schemas.domain.replenishment.demand import Demand, bits

#: Half a year: weekdays speak for themselves, and a season that is over does not.
DAYS = 182

_MOVES = text("""
    WITH moved AS (
        SELECT item, business_date - CAST(:first AS date) AS day, sum(quantity) AS net,
               coalesce(-sum(quantity) FILTER (WHERE reason = ANY(:sales)), 0) AS sold
        FROM stock_move
        WHERE branch = :branch AND business_date >= :first AND at >= :since AND quantity <> 0
        GROUP BY item, business_date
    )
    SELECT coalesce(moved.item, held.item) AS item, coalesce(max(held.quantity), 0)::bigint AS on_hand,
           array_agg(day ORDER BY day) FILTER (WHERE day IS NOT NULL) AS days,
           array_agg(net::bigint ORDER BY day) FILTER (WHERE day IS NOT NULL) AS net,
           array_agg(sold::bigint ORDER BY day) FILTER (WHERE day IS NOT NULL) AS sold
    FROM moved FULL JOIN (SELECT item, quantity FROM stock_on_hand WHERE branch = :branch) AS held
         ON held.item = moved.item
    GROUP BY 1 ORDER BY 1
""")

_PROMOTED = text("""
    SELECT line.item, array_agg(DISTINCT ticket.business_date - CAST(:first AS date)) AS days
    FROM ticket JOIN ticket_line AS line ON line.ticket = ticket.uuid
    WHERE ticket.branch = :branch AND ticket.business_date >= :first
      AND ticket.business_date < :today AND NOT line.voided
      AND line.discounts @> '[{"kind": "promotion"}]'
    GROUP BY line.item
""")

_SALES = ("sale", "post_void")
#: Goods that leave a distribution centre are what its branches wanted of it.
_CENTRE_SALES = (*_SALES, "transfer_out")


@dataclass(frozen=True, slots=True)
class ItemHistory:
    """An item's stock now and its demand until yesterday; `always_promoted` where promotions are its usual state."""

    item: str
    on_hand: int
    demand: Demand
    always_promoted: bool = False


def histories(
    connection: Connection, branch: str, today: date, unknown: Collection[date], *, centre: bool
) -> Iterator[ItemHistory]:
    """Every item that the branch has or moved within the days before `today`, by its code."""
    first = today - timedelta(days=DAYS)
    promoted = _promoted(connection, branch, first, today)
    missing = bits((day - first).days for day in unknown if first <= day < today)
    asked = {
        "branch": branch, "first": first, "since": first - timedelta(days=7),
        "sales": list(_CENTRE_SALES if centre else _SALES),
    }  # fmt: skip
    for row in connection.execute(_MOVES, asked):
        days = row.days or ()
        demand = _demand(first, row.on_hand, days, row.net or (), row.sold or (), missing)
        on_offer = promoted.get(row.item, 0)
        sold = bits(day for day, _ in demand.sold)
        always = 2 * (on_offer & sold).bit_count() > sold.bit_count()
        if always:
            on_offer = 0
        yield ItemHistory(
            row.item, row.on_hand,
            Demand(first, DAYS, demand.sold, demand.unknown, demand.short, on_offer),
            always,
        )  # fmt: skip


def _demand(
    first: date, on_hand: int, days: Sequence[int], net: Sequence[int], sold: Sequence[int],
    missing: int,
) -> Demand:  # fmt: skip
    """One item's: the balance is followed backwards from now, from move to move."""
    short, balance, through = 0, on_hand, DAYS
    for place in range(len(days) - 1, -1, -1):
        day = days[place]
        if balance <= 0:
            # From this day's close until the next move nothing was there.
            short |= _range(day, min(through, DAYS))
        balance -= net[place]
        if balance <= 0 and day < DAYS:
            short |= 1 << day
        through = day
    absent = 0
    if balance <= 0:
        # Before its first move the item was not sold out but not there: nobody could have wanted it.
        absent = _range(0, min(through, DAYS))
    sales = tuple(
        (day, quantity) for day, quantity in zip(days, sold, strict=True) if quantity and day < DAYS
    )
    return Demand(first, DAYS, sales, missing | absent, short & ~absent)


def _range(first: int, after: int) -> int:
    """The days from one up to another, that one left out."""
    return ((1 << after) - 1) & ~((1 << first) - 1) if after > first else 0


def _promoted(connection: Connection, branch: str, first: date, today: date) -> Mapping[str, int]:
    asked = {"branch": branch, "first": first, "today": today}
    return {row.item: bits(row.days) for row in connection.execute(_PROMOTED, asked)}
