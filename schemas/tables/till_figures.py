"""What each till should hold, what was counted in it, what is over or short: of a day, or of a range at once.

Branch and headquarters run the same code on what each of them has. A till holds what is posted to the date of
its shifts, corrections included; what is posted elsewhere counts in that day's totals alone. Amounts are minor
units by tender kind, of foreign money in its own currency (rule 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, and_, func, select

from schemas.domain.till import NEVER_COUNTED, Movement, expected, moved, over_short
from schemas.domain.till_chain import chains
from schemas.tables.days import COUNTS_IN_ORDER, cash_move, shift, till_count
from schemas.tables.tickets import IS_RECEIPT, tender_detail, ticket, ticket_tender

_COUNTED_OTHERWISE = NEVER_COUNTED | {"foreign"}


@dataclass(frozen=True, slots=True)
class TillFigures:
    """One till: what it should hold, what was counted last, what is over or short.

    It is named by its first shift; `shifts` are all of them, `operator` who is at it last. `counted` is None
    until somebody counted after the last; `counts` says how often that happened.
    """

    branch: str
    business_date: date
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
class Span:
    """The dates of some branches, the first and the last among them."""

    branches: Sequence[str]
    first: date
    last: date

    def holds(self, branch: Column[str], on: Column[date]) -> ColumnElement[bool]:
        """Whether a row lies in it."""
        if self.first == self.last:
            return and_(branch.in_(self.branches), on == self.first)
        return and_(branch.in_(self.branches), on.between(self.first, self.last))


@dataclass(slots=True)
class Taken:
    """What was sold in a shift and posted to one date. `tenders` are by kind, in local money; `counted` is
    the same as it is counted: foreign money by currency, vouchers by their face value, of points and stored
    value nothing.
    """

    change: int
    tickets: int
    gross: int
    tenders: dict[str, int] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)


_NOTHING = Taken(0, 0, 0)


def till_figures(connection: Connection, branch: str, business_date: date) -> list[TillFigures]:
    """Every till of a day, by lane and time of opening."""
    return tills_in(connection, Span((branch,), business_date, business_date))


def tills_in(connection: Connection, span: Span) -> list[TillFigures]:
    """Every till of some branches' days, by branch, date, lane and time of opening."""
    return tills(connection, span, taken(connection, span))


def taken(connection: Connection, span: Span) -> dict[tuple[str, date], Taken]:
    """By shift and the date that it is posted to."""
    posted = span.holds(ticket.c.branch, ticket.c.posted)
    found = {
        (row.shift, row.posted): Taken(int(row.change), row.tickets, int(row.gross))
        for row in connection.execute(
            select(
                ticket.c.shift, ticket.c.posted, func.sum(ticket.c.change).label("change"),
                func.count().filter(IS_RECEIPT).label("tickets"),
                func.sum(ticket.c.total).label("gross"),
            )
            .where(posted)
            .group_by(ticket.c.shift, ticket.c.posted)
        )
    }  # fmt: skip
    tender, detail = ticket_tender.c, tender_detail.c
    query = (
        select(
            ticket.c.shift, ticket.c.posted, tender.kind, detail.currency,
            func.sum(tender.amount).label("amount"),
            func.sum(func.coalesce(detail.foreign_amount, detail.face_value - tender.amount))
            .label("beside"),
        )
        .join_from(ticket, ticket_tender, tender.ticket == ticket.c.uuid)
        .outerjoin(
            tender_detail, and_(detail.ticket == tender.ticket, detail.number == tender.number)
        )
        .where(posted)
        .group_by(ticket.c.shift, ticket.c.posted, tender.kind, detail.currency)
    )  # fmt: skip
    for row in connection.execute(query):
        one = found[row.shift, row.posted]
        _add(one.tenders, row.kind, row.amount)
        if row.kind not in _COUNTED_OTHERWISE:
            _add(one.counted, row.kind, row.amount)
        if row.beside is not None:
            # Beyond what it paid, a voucher is worth the rest of its face value.
            _add(one.counted, row.currency or "voucher", row.beside)
    return found


def tills(
    connection: Connection, span: Span, sold: Mapping[tuple[str, date], Taken]
) -> list[TillFigures]:
    """The tills of these days, after what was `taken` in them."""
    shifts = connection.execute(
        select(shift)
        .where(span.holds(shift.c.branch, shift.c.business_date))
        .order_by(shift.c.branch, shift.c.business_date, shift.c.lane, shift.c.opened)
    ).all()
    moves = _moves(connection, span)
    counts = _counts(connection, span)
    of_shifts = [
        _of_shift(
            row, sold.get((row.shift, row.business_date), _NOTHING), moves.get(row.shift, ()),
            counts.get(row.shift, ()),
        )
        for row in shifts
    ]  # fmt: skip
    return _by_till(of_shifts, {row.shift: row.continues for row in shifts})


def _of_shift(
    row: Row[Any], sold: Taken, moves: Iterable[tuple[Movement, int]],
    counts: Sequence[Mapping[str, int]],
) -> TillFigures:  # fmt: skip
    return TillFigures(
        branch=row.branch,
        business_date=row.business_date,
        shift=row.shift,
        shifts=(row.shift,),
        lane=row.lane,
        operator=row.operator,
        ended=row.ended is not None,
        float_amount=row.float_amount,
        tickets=sold.tickets,
        expected=expected(row.float_amount, sold.counted, sold.change, moved(moves)),
        counted=counts[-1] if counts else None,
        counts=len(counts),
    )


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
                _add(expected_in_all, key, amount)
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


def _moves(connection: Connection, span: Span) -> dict[str, list[tuple[Movement, int]]]:
    """Per shift, what went through the drawer without a sale."""
    moves: dict[str, list[tuple[Movement, int]]] = {}
    query = select(cash_move.c.shift, cash_move.c.movement, cash_move.c.amount).where(
        span.holds(cash_move.c.branch, cash_move.c.business_date)
    )
    for row in connection.execute(query):
        moves.setdefault(row.shift, []).append((row.movement, row.amount))
    return moves


def _counts(connection: Connection, span: Span) -> dict[str, list[Mapping[str, int]]]:
    """Per shift, what was counted after it, the last count last."""
    counts: dict[str, list[Mapping[str, int]]] = {}
    query = (
        select(till_count)
        .where(span.holds(till_count.c.branch, till_count.c.business_date))
        .order_by(*COUNTS_IN_ORDER)
    )
    for row in connection.execute(query):
        counts.setdefault(row.shift, []).append(row.counted)
    return counts


def _add(sums: dict[str, int], key: str, amount: int) -> None:
    sums[key] = sums.get(key, 0) + int(amount)
