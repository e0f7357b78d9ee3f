"""Facts of tills and of the safe, written at branch and headquarters alike.

A fact that contradicts what is held, or itself, raises FactError; the caller sets the entry aside.
"""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects import postgresql

from schemas.domain.denomination import contradicted
from schemas.domain.safe import SafeCounted, SafeMoved
from schemas.domain.till import ShiftEnded, TillCounted
from schemas.domain.till_settlement import TerminalSettled, TillAccepted
from schemas.tables.days import shift, till_count
from schemas.tables.fact_error import FactError
from schemas.tables.tills import safe_count, safe_move, terminal_batch, till_acceptance

_Fact = ShiftEnded | TillCounted | TillAccepted | TerminalSettled | SafeMoved | SafeCounted


def write(connection: Connection, fact: _Fact) -> None:
    """Write one fact. Raises FactError."""
    match fact:
        case ShiftEnded():
            _end_shift(connection, fact)
        case TillCounted():
            _count(connection, fact)
        case TillAccepted():
            connection.execute(insert(till_acceptance).values(asdict(fact)))
        case TerminalSettled():
            # A lane that was killed may have asked again, and tells the same.
            connection.execute(
                postgresql.insert(terminal_batch).values(asdict(fact)).on_conflict_do_nothing()
            )
        case SafeMoved():
            connection.execute(insert(safe_move).values(asdict(fact)))
        case SafeCounted():
            _check_pieces(f"the count of the safe of {fact.branch}", fact)
            connection.execute(insert(safe_count).values(asdict(fact)))


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
    _check_pieces(f"the count of shift {fact.shift}", fact)
    before = connection.execute(
        select(func.count()).select_from(till_count).where(till_count.c.shift == fact.shift)
    ).scalar_one()
    row = {**asdict(fact), "counted": dict(fact.counted)}
    connection.execute(insert(till_count).values(number=before + 1, **row))


def _check_pieces(what: str, fact: TillCounted | SafeCounted) -> None:
    if key := contradicted(fact.counted, fact.denominations):
        message = f"{what}: the pieces of {key} do not come to its amount"
        raise FactError(message)
