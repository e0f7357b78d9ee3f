"""Till settlement (交班对账): a blind count per till, and only then what should have been there.

    running ──ends at the lane──▶ to count ──counted──▶ settled ──counted again, with a reason──▶ settled
            ──ends at the lane, counted by its cashier there─────────▶ settled
            ◀──the next shift continues it── to count, settled

A till is a shift, or a chain of them where headquarters' policy says that it belongs to its lane
(`schemas.domain.till_chain`); it is named by the first. `expected` and `over_short` are None until somebody
has counted, so that no page can show them by mistake. A count is an entry of the branch's own journal; a
second one of the same till is a correction, says why, and counts instead of the first, which stays. Only an
open or a reopened day takes counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Connection, select

from branch import cash_order, currencies, own_journal, till_parts
from branch.day_state import DayError, lock_day
from branch.till_parts import Acceptance, Batch, Count, Move, TillShift
from branch.wording import RefusalError
from replication.console.languages import msgid
from schemas.domain.denomination import Pieces, contradicted
from schemas.domain.till import COUNTED_KINDS, TillCounted, is_money, local_difference
from schemas.domain.till_settlement import stated, terminal_differences
from schemas.tables.days import shift as shift_table
from schemas.tables.till_figures import TillFigures, till_figures

TillState = Literal["running", "to_count", "settled"]


class TillError(RefusalError):
    """A count that cannot be taken; the message names the till and the way out."""


@dataclass(frozen=True, slots=True)
class Till:
    """One till, blind until it was counted; `keys` are what is counted: kinds and currencies.

    `shift` is its first shift, `operator` who is at it last. `readings` are counts that were made before it
    went on. `taken_over_from` and `handed_over_to` name the operators before and after it at the drawer.
    """

    shift: str
    shifts: tuple[TillShift, ...]
    lane: str
    business_date: date
    float_amount: int
    tickets: int
    expected: Mapping[str, int] | None
    over_short: Mapping[str, int] | None
    counts: tuple[Count, ...]
    readings: tuple[Count, ...]
    moves: tuple[Move, ...]
    batches: tuple[Batch, ...]
    acceptance: Acceptance | None
    taken_over_from: str | None
    handed_over_to: str | None
    keys: tuple[str, ...] = COUNTED_KINDS

    @property
    def last(self) -> TillShift:
        """The shift that it is at, or was counted after."""
        return self.shifts[-1]

    @property
    def operator(self) -> str:
        """Who is at it, or was last."""
        return self.last.operator

    @property
    def operators(self) -> tuple[str, ...]:
        """Everybody who was at it, in their order."""
        return tuple(dict.fromkeys(one.operator for one in self.shifts))

    @property
    def opened(self) -> datetime:
        """When its first shift began."""
        return self.shifts[0].opened

    @property
    def ended(self) -> datetime | None:
        """When its last shift ended; None while one is running."""
        if any(one.ended is None for one in self.shifts):
            return None
        return self.last.ended

    @property
    def state(self) -> TillState:
        """Where the till stands on its way to being settled."""
        if self.ended is None:
            return "running"
        return "settled" if self.counts else "to_count"

    @property
    def difference(self) -> int:
        """Over (above nought) or short in local money; nought while nothing was counted."""
        return local_difference(self.over_short or {})

    @property
    def is_accepted(self) -> bool:
        """Whether a second person accepted just these differences of the last count."""
        held = self.acceptance
        return (
            held is not None
            and held.number == len(self.counts)
            and dict(held.differences) == stated(self.over_short or {})
        )

    @property
    def terminal(self) -> dict[str, int] | None:
        """What the payment terminal took by kind; None unless it told for every shift."""
        settled = [one for one in self.batches if one.state == "settled"]
        if len(settled) < len(self.shifts):
            return None
        told: dict[str, int] = {}
        for batch in settled:
            for kind, amount in batch.totals.items():
                told[kind] = told.get(kind, 0) + amount
        return told

    @property
    def terminal_differences(self) -> dict[str, tuple[int, int, int]]:
        """By kind: taken at the lane, told by its terminal, counted as slips; only where the first two differ."""
        told = self.terminal
        if told is None or not self.counts:
            return {}
        return terminal_differences(self.expected or {}, told, self.counts[-1].counted)


def tills(
    connection: Connection,
    branch: str,
    business_date: date,
    figures: Sequence[TillFigures] | None = None,
) -> list[Till]:
    """Every till of the day, by lane and opening. `figures` are theirs, if they were computed already."""
    held = till_figures(connection, branch, business_date) if figures is None else figures
    keys = (
        *COUNTED_KINDS,
        *currencies.counted_in(connection, branch, (one.expected for one in held)),
    )
    shifts = till_parts.shifts(connection, branch, business_date)
    counts = till_parts.counts(connection, branch, business_date)
    moves = till_parts.moves(connection, branch, business_date)
    batches = till_parts.batches(connection, branch, business_date)
    acceptances = till_parts.acceptances(connection, branch, business_date)
    after = {one.handed_over_from: one.operator for one in shifts.values() if one.handed_over_from}
    found: list[Till] = []
    for one in held:
        *before, last = one.shifts
        first = shifts[one.shift]
        settled = tuple(counts.get(last, ()))
        found.append(
            Till(
                shift=one.shift,
                shifts=tuple(shifts[shift] for shift in one.shifts),
                lane=one.lane,
                business_date=business_date,
                float_amount=one.float_amount,
                tickets=one.tickets,
                expected=one.expected if settled else None,
                over_short=one.over_short if settled else None,
                counts=settled,
                readings=tuple(count for shift in before for count in counts.get(shift, ())),
                moves=tuple(move for shift in one.shifts for move in moves.get(shift, ())),
                batches=tuple(batches[shift] for shift in one.shifts if shift in batches),
                acceptance=acceptances.get(one.shift),
                taken_over_from=_operator_of(first.handed_over_from, shifts),
                handed_over_to=after.get(last),
                keys=keys,
            )
        )
    return found


def _operator_of(shift: str | None, shifts: Mapping[str, TillShift]) -> str | None:
    return shifts[shift].operator if shift is not None and shift in shifts else shift


def find_till(connection: Connection, branch: str, shift: str) -> Till:
    """The till of a shift. Raises TillError when this branch has no such shift."""
    business_date = connection.execute(
        select(shift_table.c.business_date).where(
            shift_table.c.shift == shift, shift_table.c.branch == branch
        )
    ).scalar()
    if business_date is None:
        raise TillError(msgid("There is no shift %(shift)s: choose a till of the day"), shift=shift)
    return next(
        till
        for till in tills(connection, branch, business_date)
        if any(one.shift == shift for one in till.shifts)
    )


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
    """Keep a count of the till of a shift. Raises TillError or DayError; nothing is written then.

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
    if day.state == "reopened":
        cash_order.require(connection, branch, till.business_date)
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
    if till.handed_over_to and till.counts[-1].counted["cash"] != counted["cash"]:
        raise TillError(
            msgid(
                "%(operator)s took the drawer of %(lane)s over as it was counted: leave its cash as it is"
            ),
            operator=till.handed_over_to,
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
        till.last.shift, branch, till.lane, till.business_date, dict(counted), operator, now,
        correction=bool(till.counts), reason=reason.strip(), denominations=tuple(pieces),
    )  # fmt: skip
    own_journal.state(connection, branch, fact, now)
    return fact
