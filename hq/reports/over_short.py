"""What was over or short in every till of a range of dates: counted less expected, as the day's own figures are.

`schemas.tables.day_figures` works out one day for its close; this all of a range at once, by the same rules.
Amounts are minor units by tender kind, of foreign money in its own currency (rule 5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select

from schemas.domain.till import NEVER_COUNTED, expected, moved
from schemas.domain.till import over_short as difference
from schemas.domain.till_chain import chains
from schemas.tables.days import COUNTS_IN_ORDER, cash_move, shift, till_count
from schemas.tables.tickets import tender_detail, ticket, ticket_tender


@dataclass(frozen=True, slots=True)
class TillDifference:
    """One till; `over_short` is empty while nothing was counted after its last shift, `counts` says how often that
    was done. `operator` was at it last.
    """

    branch: str
    business_date: date
    lane: str
    operator: str
    counts: int
    over_short: Mapping[str, int]


def over_short(
    connection: Connection, branches: Sequence[str], first: date, last: date
) -> list[TillDifference]:
    """Every till of these branches and dates; call it in one snapshot."""
    shifts = connection.execute(
        select(shift)
        .where(shift.c.branch.in_(branches), shift.c.business_date.between(first, last))
        .order_by(shift.c.branch, shift.c.business_date, shift.c.lane, shift.c.opened)
    ).all()
    held = _expected(connection, branches, first, last, shifts)
    counts: dict[str, list[Row[Any]]] = {}
    for row in connection.execute(
        select(till_count)
        .where(till_count.c.branch.in_(branches), till_count.c.business_date.between(first, last))
        .order_by(*COUNTS_IN_ORDER)
    ):
        counts.setdefault(row.shift, []).append(row)
    by_code = {row.shift: row for row in shifts}
    found: list[TillDifference] = []
    for till in chains({row.shift: row.continues for row in shifts}):
        end, counted = by_code[till[-1]], counts.get(till[-1], [])
        should: dict[str, int] = {}
        for part in till:
            for key, amount in held[part].items():
                should[key] = should.get(key, 0) + amount
        differs = difference(should, counted[-1].counted) if counted else {}
        found.append(
            TillDifference(
                end.branch, end.business_date, end.lane, end.operator, len(counted), differs
            )
        )
    return found


def _expected(
    connection: Connection, branches: Sequence[str], first: date, last: date,
    shifts: Sequence[Row[Any]],
) -> dict[str, Mapping[str, int]]:  # fmt: skip
    """What each shift's till should hold, by what is counted."""
    posted = and_(ticket.c.branch.in_(branches), ticket.c.posted.between(first, last))
    change: dict[tuple[str, date], int] = {
        (row[0], row[1]): int(row[2])
        for row in connection.execute(
            select(ticket.c.shift, ticket.c.posted, func.sum(ticket.c.change))
            .where(posted)
            .group_by(ticket.c.shift, ticket.c.posted)
        )
    }
    taken = _taken(connection, posted)
    moves: dict[str, list[Any]] = {}
    for row in connection.execute(
        select(cash_move.c.shift, cash_move.c.movement, cash_move.c.amount).where(
            cash_move.c.branch.in_(branches), cash_move.c.business_date.between(first, last)
        )
    ):
        moves.setdefault(row.shift, []).append((row.movement, row.amount))
    return {
        row.shift: expected(
            row.float_amount, taken.get((row.shift, row.business_date), {}),
            change.get((row.shift, row.business_date), 0), moved(moves.get(row.shift, ())),
        )
        for row in shifts
    }  # fmt: skip


def _taken(
    connection: Connection, posted: ColumnElement[bool]
) -> dict[tuple[str, date], dict[str, int]]:
    """Per shift and date what was taken as it is counted: foreign money by currency, vouchers by their face
    value, of points and stored value nothing.
    """
    tender, detail = ticket_tender.c, tender_detail.c
    beside = and_(detail.ticket == tender.ticket, detail.number == tender.number)
    query = (
        select(
            ticket.c.shift, ticket.c.posted, tender.kind, detail.currency, func.sum(tender.amount),
            func.sum(detail.foreign_amount), func.sum(detail.face_value - tender.amount),
        )
        .join_from(ticket, ticket_tender, tender.ticket == ticket.c.uuid)
        .outerjoin(tender_detail, beside)
        .where(posted)
        .group_by(ticket.c.shift, ticket.c.posted, tender.kind, detail.currency)
    )  # fmt: skip
    taken: dict[tuple[str, date], dict[str, int]] = {}
    for code, day, kind, currency, amount, foreign, beyond in connection.execute(query):
        of_shift = taken.setdefault((code, day), {})
        counted = {} if kind in NEVER_COUNTED | {"foreign"} else {kind: amount}
        if currency is not None:
            counted[currency] = foreign if foreign is not None else beyond
        elif beyond is not None:
            counted["voucher"] = counted.get("voucher", 0) + beyond
        for key, value in counted.items():
            of_shift[key] = of_shift.get(key, 0) + int(value)
    return taken
