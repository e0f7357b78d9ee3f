"""Facts of tills, written at branch and headquarters alike: the end of a shift, and its counts.

A fact that contradicts what is held, or itself, raises FactError; the caller sets the entry aside.
"""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection, func, insert, select, update

from schemas.domain.denomination import contradicted
from schemas.domain.till import ShiftEnded, TillCounted
from schemas.tables.days import shift, till_count
from schemas.tables.fact_error import FactError


def write(connection: Connection, fact: ShiftEnded | TillCounted) -> None:
    """Write one fact. Raises FactError."""
    match fact:
        case ShiftEnded():
            _end_shift(connection, fact)
        case TillCounted():
            _count(connection, fact)


def _end_shift(connection: Connection, fact: ShiftEnded) -> None:
    done = connection.execute(
        update(shift)
        .where(shift.c.shift == fact.shift, shift.c.lane == fact.lane)
        .values(
            ended=fact.ended, last_counter=fact.last_counter, tickets=fact.tickets,
            gross=fact.gross, grand_total=fact.grand_total,
        )
    ).rowcount  # fmt: skip
    if done != 1:
        message = f"shift {fact.shift} of {fact.lane} ended, but its opening is not held here"
        raise FactError(message)


def _count(connection: Connection, fact: TillCounted) -> None:
    if key := contradicted(fact.counted, fact.denominations):
        message = f"the count of shift {fact.shift}: the pieces of {key} do not come to its amount"
        raise FactError(message)
    before = connection.execute(
        select(func.count()).select_from(till_count).where(till_count.c.shift == fact.shift)
    ).scalar_one()
    row = {**asdict(fact), "counted": dict(fact.counted)}
    connection.execute(insert(till_count).values(number=before + 1, **row))
