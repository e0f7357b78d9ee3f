"""A business day's figures, recomputed from the tickets that this database holds.

Branch and headquarters run the same code on what each of them has, so that two results that agree
prove that both have the same. Amounts are of what is posted to the day, corrections included; for a lane's
counts see `lane_audit`.

Whoever needs several of a day's figures in one transaction asks for `day_figures`, which reads each of its
tables once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select

from schemas.domain.day import DayTotals
from schemas.domain.till import NEVER_COUNTED, Movement, expected, moved, over_short
from schemas.domain.till_chain import chains
from schemas.tables.days import COUNTS_IN_ORDER, cash_move, shift, till_count
from schemas.tables.lane_audit import Audited, audit
from schemas.tables.tickets import (
    IS_RECEIPT,
    tender_detail,
    ticket,
    ticket_tender,
)


@dataclass(frozen=True, slots=True)
class TillFigures:
    """One till: what it should hold, what was counted last, what is over or short.

    It is named by its first shift; `shifts` are all of them, `operator` who is at it last. `counted` is None
    until somebody counted after the last; `counts` says how often that happened.
    """

    shift: str
    shifts: tuple[str, ...]
    lane: str
    operator: str
    ended: bool
    float_amount: int
    tickets: int
    expected: Mapping[str, int]
    counted: Mapping[str, int] | None
    counts: int

    @property
    def over_short(self) -> dict[str, int]:
        """Counted less expected, per tender kind and currency; empty while nothing was counted."""
        return {} if self.counted is None else over_short(self.expected, self.counted)


@dataclass(frozen=True, slots=True)
class DayFigures:
    """All that a close asks of a day: each lane's figures, its tills, its control totals."""

    audited: Audited
    tills: tuple[TillFigures, ...]
    totals: DayTotals


#: Per shift: tenders by kind, change given, receipts, gross.
_Taken = Mapping[str, tuple[dict[str, int], int, int, int]]


def day_figures(connection: Connection, branch: str, business_date: date) -> DayFigures:
    """Recompute everything of a day, each of its tables read once."""
    taken = _taken(connection, branch, business_date)
    tills = _tills(connection, branch, business_date, taken)
    audited = audit(connection, branch, business_date)
    return DayFigures(audited, tuple(tills), _totals(taken, tills))


def till_figures(connection: Connection, branch: str, business_date: date) -> list[TillFigures]:
    """Every till of the day, by lane and time of opening."""
    taken = _taken(connection, branch, business_date)
    return _tills(connection, branch, business_date, taken)


def _tills(
    connection: Connection, branch: str, business_date: date, taken: _Taken
) -> list[TillFigures]:
    shifts = connection.execute(
        select(shift)
        .where(shift.c.branch == branch, shift.c.business_date == business_date)
        .order_by(shift.c.lane, shift.c.opened)
    ).all()
    lying = _lying(connection, branch, business_date)
    moves = _moves(connection, branch, business_date)
    counts: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(
        select(till_count)
        .where(till_count.c.branch == branch, till_count.c.business_date == business_date)
        .order_by(*COUNTS_IN_ORDER)
    ):
        counts.setdefault(row.shift, []).append(row)
    figures: list[TillFigures] = []
    for row in shifts:
        by_value, change, tickets, _ = taken.get(row.shift, ({}, 0, 0, 0))
        tenders = _as_counted(by_value, lying.get(row.shift, {}))
        counted = counts.get(row.shift, [])
        figures.append(
            TillFigures(
                row.shift,
                (row.shift,),
                row.lane,
                row.operator,
                row.ended is not None,
                row.float_amount,
                tickets,
                expected(row.float_amount, tenders, change, moved(moves.get(row.shift, ()))),
                counted[-1].counted if counted else None,
                len(counted),
            )
        )
    return _by_till(figures, {row.shift: row.continues for row in shifts})


def _by_till(
    of_shifts: Iterable[TillFigures], continues: Mapping[str, str | None]
) -> list[TillFigures]:
    """The figures of shifts put together by till: what each should hold is the sum, what was counted is that
    of the last (`schemas.domain.till_chain`).
    """
    held = {one.shift: one for one in of_shifts}
    found: list[TillFigures] = []
    for shifts in chains(continues):
        parts = [held[shift] for shift in shifts]
        expected_in_all: dict[str, int] = {}
        for part in parts:
            for key, amount in part.expected.items():
                expected_in_all[key] = expected_in_all.get(key, 0) + amount
        found.append(
            replace(
                parts[-1],
                shift=shifts[0],
                shifts=shifts,
                ended=all(part.ended for part in parts),
                float_amount=sum(part.float_amount for part in parts),
                tickets=sum(part.tickets for part in parts),
                expected=expected_in_all,
            )
        )
    return found


def day_totals(connection: Connection, branch: str, business_date: date) -> DayTotals:
    """The control totals of a day: tickets, gross, tenders (cash net of change), over and short."""
    taken = _taken(connection, branch, business_date)
    return _totals(taken, _tills(connection, branch, business_date, taken))


def _totals(taken: _Taken, tills: Iterable[TillFigures]) -> DayTotals:
    tickets, gross = 0, 0
    tenders: dict[str, int] = {"cash": 0}
    for kinds, change, receipts, amount_of_shift in taken.values():
        tickets, gross = tickets + receipts, gross + amount_of_shift
        for kind, amount in kinds.items():
            tenders[kind] = tenders.get(kind, 0) + amount
        tenders["cash"] -= change
    differences: dict[str, int] = {}
    for till in tills:
        for kind, amount in till.over_short.items():
            differences[kind] = differences.get(kind, 0) + amount
    return DayTotals(tickets, gross, tenders, differences)


def _taken(connection: Connection, branch: str, business_date: date) -> _Taken:
    taken: dict[str, tuple[dict[str, int], int, int, int]] = {}
    for row in connection.execute(
        select(
            ticket.c.shift, func.sum(ticket.c.change).label("change"),
            func.count().filter(IS_RECEIPT).label("n"), func.sum(ticket.c.total).label("gross"),
        )
        .where(_of(branch, business_date))
        .group_by(ticket.c.shift)
    ):  # fmt: skip
        taken[row.shift] = ({}, int(row.change), row.n, int(row.gross))
    for row in connection.execute(
        select(ticket.c.shift, ticket_tender.c.kind, func.sum(ticket_tender.c.amount).label("sum"))
        .join(ticket, ticket.c.uuid == ticket_tender.c.ticket)
        .where(_of(branch, business_date))
        .group_by(ticket.c.shift, ticket_tender.c.kind)
    ):
        taken[row.shift][0][row.kind] = int(row.sum)
    return taken


def _lying(connection: Connection, branch: str, business_date: date) -> dict[str, dict[str, int]]:
    """Per shift: foreign money by currency, and what vouchers are worth beyond what they paid."""
    detail = tender_detail.c
    key = func.coalesce(detail.currency, "voucher")
    amount = func.coalesce(detail.foreign_amount, detail.face_value - ticket_tender.c.amount)
    query = (
        select(ticket.c.shift, key.label("key"), func.sum(amount).label("sum"))
        .join_from(ticket, tender_detail, detail.ticket == ticket.c.uuid)
        .join(
            ticket_tender,
            and_(ticket_tender.c.ticket == detail.ticket, ticket_tender.c.number == detail.number),
        )
        .where(
            _of(branch, business_date),
            or_(detail.currency.is_not(None), detail.face_value.is_not(None)),
        )
        .group_by(ticket.c.shift, key)
    )
    lying: dict[str, dict[str, int]] = {}
    for row in connection.execute(query):
        lying.setdefault(row.shift, {})[row.key] = int(row.sum)
    return lying


def _as_counted(by_value: Mapping[str, int], lying: Mapping[str, int]) -> dict[str, int]:
    """What was taken, as it is counted: foreign money by currency, vouchers by their face value; of points
    and stored value nothing.
    """
    left_out = NEVER_COUNTED | {"foreign"}
    counted = {kind: amount for kind, amount in by_value.items() if kind not in left_out}
    for key, amount in lying.items():
        counted[key] = counted.get(key, 0) + amount
    return counted


def _moves(
    connection: Connection, branch: str, business_date: date
) -> dict[str, list[tuple[Movement, int]]]:
    """Per shift, what went through the drawer without a sale."""
    moves: dict[str, list[tuple[Movement, int]]] = {}
    query = select(cash_move.c.shift, cash_move.c.movement, cash_move.c.amount).where(
        cash_move.c.branch == branch, cash_move.c.business_date == business_date
    )
    for row in connection.execute(query):
        moves.setdefault(row.shift, []).append((row.movement, row.amount))
    return moves


def _of(branch: str, business_date: date) -> Any:  # noqa: ANN401 - an SQL condition
    """What counts in a day's figures: its own tickets, and what came too late for a locked date."""
    return and_(ticket.c.branch == branch, ticket.c.posted == business_date)
