"""What was wanted of each item in a branch, day by day, read out of its stock ledger.

    sold       what tickets moved, less returns and what was taken back; of a distribution centre also what it sent
    short      days on which the balance stood at nought or below at their begin or end
    unknown    days that are missing or not closed, and those before the item was there at all
    promoted   days on which a promotion took something off; where that is more than half of the days that sold,
               promotions are the usual state and none of its days is one

The balance of a past day is what is on hand now less what moved since. A ticket that came late, and a correction,
bear the date to which they belong, so that history is always what headquarters knows now. Of a branch one row for
each item leaves the database, whatever it sold; its moves are added up here, which costs half of what it costs there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, text

from schemas.domain.replenishment.demand import Demand, bits
from schemas.tables.tickets import IS_PROMOTED

#: Half a year: weekdays speak for themselves, and a season that is over does not.
DAYS = 182

_MOVES = text("""
    WITH moved AS (
        SELECT item, array_agg(business_date - CAST(:first AS date) ORDER BY business_date) AS days,
               array_agg(quantity ORDER BY business_date) AS quantities,
               array_agg(reason = ANY(:sales) ORDER BY business_date) AS sales
        FROM stock_move
        WHERE branch = :branch AND business_date >= :first AND at >= :since AND quantity <> 0
        GROUP BY item
    )
    SELECT coalesce(moved.item, held.item) AS item, coalesce(held.quantity, 0) AS on_hand,
           moved.days, moved.quantities, moved.sales
    FROM moved FULL JOIN (SELECT item, quantity FROM stock_on_hand WHERE branch = :branch) AS held
         ON held.item = moved.item
    ORDER BY 1
""")

# Without its index all lines of the chain would be read for each branch.
_PROMOTED = text(f"""
    SELECT item, array_agg(DISTINCT business_date - CAST(:first AS date)) AS days
    FROM ticket JOIN ticket_line ON ticket_line.ticket = ticket.uuid
    WHERE branch = :branch AND business_date >= :first AND business_date < :today AND {IS_PROMOTED}
    GROUP BY item
""")  # noqa: S608 - words of our own

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
        on_offer = promoted.get(row.item, 0)
        demand = _demand(
            first, row.on_hand, row.days or (), row.quantities or (), row.sales or (), missing, on_offer
        )  # fmt: skip
        always = bool(on_offer) and not demand.promoted
        yield ItemHistory(row.item, row.on_hand, demand, always)


def _demand(
    first: date, on_hand: int, days: Sequence[int], quantities: Sequence[int],
    sales: Sequence[bool], missing: int, on_offer: int,
) -> Demand:  # fmt: skip
    """One item's, of its moves by their days: the balance is followed backwards from now, from day to day."""
    short, selling, balance, through = 0, 0, on_hand, DAYS
    sold: list[tuple[int, int]] = []
    place = len(days) - 1
    while place >= 0:
        day, out = days[place], 0
        if balance <= 0:
            # From this day's close until the next move nothing was there.
            short |= _range(day, min(through, DAYS))
        while place >= 0 and days[place] == day:
            balance -= quantities[place]
            if sales[place]:
                out -= quantities[place]
            place -= 1
        if day < DAYS:
            if balance <= 0:
                short |= 1 << day
            if out:
                sold.append((day, out))
                selling |= 1 << day
        through = day
    absent = 0
    if balance <= 0:
        # Before its first move the item was not sold out but not there: nobody could have wanted it.
        absent = _range(0, min(through, DAYS))
    if 2 * (on_offer & selling).bit_count() > selling.bit_count():
        on_offer = 0
    return Demand(first, DAYS, tuple(reversed(sold)), missing | absent, short & ~absent, on_offer)


def _range(first: int, after: int) -> int:
    """The days from one up to another, that one left out."""
    return ((1 << after) - 1) & ~((1 << first) - 1) if after > first else 0


def _promoted(connection: Connection, branch: str, first: date, today: date) -> Mapping[str, int]:
    asked = {"branch": branch, "first": first, "today": today}
    return {row.item: bits(row.days) for row in connection.execute(_PROMOTED, asked)}
