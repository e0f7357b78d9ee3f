"""Till settlement (交班对账): a blind count per shift, and only then what should have been there.

    running ──ends at the lane──▶ to count ──counted──▶ settled ──counted again, with a reason──▶ settled
            ──ends at the lane, counted by its cashier there─────────▶ settled

`expected` and `over_short` are None until somebody has counted, so that no page can show them by
mistake. A count is an entry of the branch's own journal; a second one of the same till is a
correction, says why, and counts instead of the first, which stays. Only an open or a reopened day
takes counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, select

from branch import currencies, own_journal
from branch.day_state import DayError, lock_day
from branch.wording import RefusalError
from replication.console.languages import msgid
from schemas.domain.denomination import Pieces, contradicted
from schemas.domain.till import COUNTED_KINDS, Movement, TillCounted, is_money, local_difference
from schemas.tables.day_figures import TillFigures, till_figures
from schemas.tables.days import COUNTS_IN_ORDER, cash_move, till_count
from schemas.tables.days import shift as shift_table

TillState = Literal["running", "to_count", "settled"]


class TillError(RefusalError):
    """A count that cannot be taken; the message names the till and the way out."""


@dataclass(frozen=True, slots=True)
class Count:
    """One count of a till, per tender kind and foreign currency, in minor units of either."""

    number: int
    counted: Mapping[str, int]
    operator: str
    at: datetime
    reason: str
    pieces: tuple[Pieces, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """What went through a drawer without a sale, in minor units; nought when it was opened only."""

    movement: Movement
    amount: int
    operator: str
    authority: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Till:
    """One shift's till, blind until it was counted; `keys` are what is counted: kinds and currencies."""

    shift: str
    lane: str
    operator: str
    business_date: date
    opened: datetime
    ended: datetime | None
    float_amount: int
    tickets: int
    expected: Mapping[str, int] | None
    over_short: Mapping[str, int] | None
    counts: tuple[Count, ...]
    moves: tuple[Move, ...]
    keys: tuple[str, ...] = COUNTED_KINDS

    @property
    def state(self) -> TillState:
        """Where the till stands on its way to being settled."""
        if self.counts:
            return "settled"
        return "running" if self.ended is None else "to_count"

    @property
    def difference(self) -> int:
        """Over (above nought) or short in local money; nought while nothing was counted."""
        return local_difference(self.over_short or {})


def tills(connection: Connection, branch: str, business_date: date) -> list[Till]:
    """Every till of the day, by lane and opening."""
    shifts = {
        row.shift: row
        for row in connection.execute(
            select(shift_table).where(
                shift_table.c.branch == branch, shift_table.c.business_date == business_date
            )
        )
    }
    counts: dict[str, list[Count]] = {}
    for row in connection.execute(
        select(till_count)
        .where(till_count.c.branch == branch, till_count.c.business_date == business_date)
        .order_by(*COUNTS_IN_ORDER)
    ):
        counts.setdefault(row.shift, []).append(
            Count(row.number, row.counted, row.operator, row.at, row.reason, _pieces(row))
        )
    moves = _moves(connection, branch, business_date)
    held = till_figures(connection, branch, business_date)
    keys = (
        *COUNTED_KINDS,
        *currencies.counted_in(connection, branch, (one.expected for one in held)),
    )
    return [
        replace(
            _till(
                figures,
                shifts[figures.shift],
                tuple(counts.get(figures.shift, ())),
                tuple(moves.get(figures.shift, ())),
            ),
            keys=keys,
        )
        for figures in held
    ]


def find_till(connection: Connection, branch: str, shift: str) -> Till:
    """One till. Raises TillError when this branch has no such shift."""
    business_date = connection.execute(
        select(shift_table.c.business_date).where(
            shift_table.c.shift == shift, shift_table.c.branch == branch
        )
    ).scalar()
    if business_date is None:
        raise TillError(msgid("There is no shift %(shift)s: choose a till of the day"), shift=shift)
    return next(one for one in tills(connection, branch, business_date) if one.shift == shift)


def count(
    connection: Connection,
    branch: str,
    shift: str,
    counted: Mapping[str, int],
    operator: str,
    now: datetime,
    reason: str = "",
    pieces: Sequence[Pieces] = (),
) -> TillCounted:
    """Keep a count of a shift's till. Raises TillError or DayError; nothing is written then.

    `pieces` are those of the keys that were counted by denomination; they come to the amounts.
    """
    till = find_till(connection, branch, shift)
    day = lock_day(connection, branch, till.business_date)
    if day.state == "closed":
        raise DayError(
            msgid("%(date)s is closed: re-open the day, then count %(lane)s again"),
            date=till.business_date,
            lane=till.lane,
        )
    # Read again under the day's lock: of two counts at once, the later one is a correction.
    till = find_till(connection, branch, shift)
    if till.ended is None:
        raise TillError(
            msgid("The shift of %(operator)s at %(lane)s is still running: end it there first"),
            operator=till.operator,
            lane=till.lane,
        )
    if set(counted) != set(till.keys) or any(
        counted[key] < 0 for key in till.keys if is_money(key)
    ):
        raise TillError(
            msgid("The count of %(lane)s must name every tender, and no money below nought"),
            lane=till.lane,
        )
    if till.counts and not reason.strip():
        raise TillError(
            msgid("The till of %(lane)s was counted before: say why it is counted again"),
            lane=till.lane,
        )
    if key := contradicted(counted, pieces):
        raise TillError(
            msgid("The pieces of %(key)s do not come to its amount: count %(lane)s again"),
            key=key,
            lane=till.lane,
        )
    fact = TillCounted(
        shift, branch, till.lane, till.business_date, dict(counted), operator, now,
        correction=bool(till.counts), reason=reason.strip(), denominations=tuple(pieces),
    )  # fmt: skip
    own_journal.state(connection, branch, fact, now)
    return fact


def _moves(connection: Connection, branch: str, business_date: date) -> dict[str, list[Move]]:
    """Per shift, what went through its drawer without a sale, in the order in which it did."""
    moves: dict[str, list[Move]] = {}
    for row in connection.execute(
        select(cash_move)
        .where(cash_move.c.branch == branch, cash_move.c.business_date == business_date)
        .order_by(cash_move.c.at, cash_move.c.uuid)
    ):
        move = Move(row.movement, row.amount, row.operator, row.authority, row.reason, row.at)
        moves.setdefault(row.shift, []).append(move)
    return moves


def _pieces(row: Row[Any]) -> tuple[Pieces, ...]:
    return tuple(Pieces(**one) for one in row.denominations or ())


def _till(
    figures: TillFigures, row: Row[Any], counts: tuple[Count, ...], moves: tuple[Move, ...]
) -> Till:
    counted = bool(counts)
    return Till(
        shift=figures.shift,
        lane=figures.lane,
        operator=figures.operator,
        business_date=row.business_date,
        opened=row.opened,
        ended=row.ended,
        float_amount=figures.float_amount,
        tickets=figures.tickets,
        expected=figures.expected if counted else None,
        over_short=figures.over_short if counted else None,
        counts=counts,
        moves=moves,
    )
