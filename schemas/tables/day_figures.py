"""A business day's figures, recomputed from the tickets that this database holds.

Branch and headquarters run the same code on what each of them has, so that two results that agree
prove that both have the same. Amounts are of what is posted to the day, corrections included; a lane's
counts are of its receipts by their own date, which is how the lane counted them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, and_, exists, func, or_, select, true

from schemas.domain.day import ControlledTicket, DayTotals, LaneTotals, audit_lane
from schemas.domain.ticket import Control
from schemas.domain.till import NEVER_COUNTED, Movement, expected, moved, over_short
from schemas.domain.till_chain import chains
from schemas.tables.days import COUNTS_IN_ORDER, cash_move, counter_move, shift, till_count
from schemas.tables.periods import ticket_posting
from schemas.tables.tickets import (
    IS_RECEIPT,
    tender_detail,
    ticket,
    ticket_line,
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


def lane_audits(
    connection: Connection, branch: str, business_date: date, *, as_closed: bool = False
) -> tuple[tuple[LaneTotals, ...], tuple[str, ...]]:
    """Each lane's figures from its tickets, and the tickets that do not fit their lane's counts.

    `as_closed` leaves out what came for a locked date and is posted to a later one.
    """
    # Ticket by ticket, through the key of its lines: right without statistics, which a table that has grown
    # by a whole backlog does not have yet, and a third of what joining and sorting all lines of a day takes.
    lines = (
        select(func.coalesce(func.sum(ticket_line.c.amount), 0))
        .where(ticket_line.c.ticket == ticket.c.uuid, ~ticket_line.c.voided)
        .scalar_subquery()
    )
    query = (
        select(
            ticket.c.lane, ticket.c.counter, ticket.c.total, ticket.c.control_tickets,
            ticket.c.control_gross, ticket.c.control_grand_total, lines.label("lines"),
        )
        .where(ticket.c.branch == branch, ticket.c.business_date == business_date, IS_RECEIPT)
        .where(~exists().where(ticket_posting.c.ticket == ticket.c.uuid) if as_closed else true())
        .order_by(ticket.c.lane, ticket.c.counter)
    )  # fmt: skip
    moved: dict[str, list[int]] = {}
    for move in connection.execute(
        select(counter_move.c.lane, counter_move.c.last).where(counter_move.c.branch == branch)
    ):
        moved.setdefault(move.lane, []).append(move.last)
    totals: list[LaneTotals] = []
    problems: list[str] = []
    rows_of_day: Iterable[Row[Any]] = connection.execute(query)
    for lane, rows in groupby(rows_of_day, key=lambda row: str(row.lane)):
        figures, found = audit_lane(lane, map(_controlled, rows), moved.get(lane, ()))
        totals.append(figures)
        problems.extend(found)
    return tuple(totals), tuple(problems)


def till_figures(connection: Connection, branch: str, business_date: date) -> list[TillFigures]:
    """Every till of the day, by lane and time of opening."""
    shifts = connection.execute(
        select(shift)
        .where(shift.c.branch == branch, shift.c.business_date == business_date)
        .order_by(shift.c.lane, shift.c.opened)
    ).all()
    taken = _taken(connection, branch, business_date)
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
        by_value, change, tickets = taken.get(row.shift, ({}, 0, 0))
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
    tickets, gross = connection.execute(
        select(func.count().filter(IS_RECEIPT), func.coalesce(func.sum(ticket.c.total), 0)).where(
            _of(branch, business_date)
        )
    ).one()
    tenders: dict[str, int] = {"cash": 0}
    for kinds, change, _ in _taken(connection, branch, business_date).values():
        for kind, amount in kinds.items():
            tenders[kind] = tenders.get(kind, 0) + amount
        tenders["cash"] -= change
    differences: dict[str, int] = {}
    for till in till_figures(connection, branch, business_date):
        for kind, amount in till.over_short.items():
            differences[kind] = differences.get(kind, 0) + amount
    return DayTotals(tickets, int(gross), tenders, differences)


def _taken(
    connection: Connection, branch: str, business_date: date
) -> dict[str, tuple[dict[str, int], int, int]]:
    """Per shift: tenders by kind, change given, tickets."""
    taken: dict[str, tuple[dict[str, int], int, int]] = {}
    for row in connection.execute(
        select(
            ticket.c.shift, func.sum(ticket.c.change).label("change"),
            func.count().filter(IS_RECEIPT).label("n"),
        )
        .where(_of(branch, business_date))
        .group_by(ticket.c.shift)
    ):  # fmt: skip
        taken[row.shift] = ({}, int(row.change), row.n)
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


def _controlled(row: Row[Any]) -> ControlledTicket:
    control = Control(row.control_tickets, row.control_gross, row.control_grand_total)
    return ControlledTicket(
        f"{row.lane}-{row.counter:06d}", row.counter, row.total, int(row.lines), control
    )
