"""Exceptions where they stand: on tickets and their lines, beside them, and in entries of their own.

    kind               stands in                      subject       cause          amount
    override           a line's discounts             the item      the reason     what it took off
    stale_label        a line's discounts             the item      stale, or repriced
    discount           the lines of a ticket, all                    the reason     what it took off in all
    void_line          a line that was voided         the item                     of the line
    unknown_item       a line sold by a keyed price   the code                     of the line
    unchecked_return   a return line by somebody's    the item      the reason     of the line
                       word, and not by the chain's
    cancelled          a cancelled basket                                          of the basket
    offline_redemption a tender out of a grant       points or     the grant      of the tender
                                                     stored value
    no_sale, paid_out  a movement of cash                           the reason     paid out
    post_void          a correction of a ticket                     the reason     of the ticket
    tender_exchange    a correction of a ticket                     the reason     what was moved
    the others         `till_exception`

A fault of a device, and a call for help, is nobody's doing: who was there is shown, and it is not counted
among theirs. What
lasted has an entry for its beginning and one for its end, and counts as often as it happened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, get_args

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Subquery,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB

from schemas.tables.days import cancelled_basket, cash_move
from schemas.tables.exceptions import till_exception
from schemas.tables.tickets import (
    IS_RECEIPT,
    tender_detail,
    ticket,
    ticket_correction,
    ticket_line,
    ticket_return,
    ticket_tender,
)

Kind = Literal[
    "override", "discount", "void_line", "stale_label", "unknown_item", "unchecked_return", "cancelled",
    "no_sale", "paid_out", "refused", "sign_in", "payment", "device", "copy", "attended",
    "offline_redemption", "post_void", "tender_exchange",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)
_NOTHING = literal("")


@dataclass(frozen=True, slots=True)
class ExceptionQuery:
    """Which exceptions; what is None does not filter. `after` is the place of the last one seen."""

    branches: Sequence[str]
    first: date
    last: date
    operator: str | None = None
    kind: str | None = None
    after: tuple[datetime, str] | None = None
    limit: int | None = None


def doer(told: Any) -> ColumnElement[str]:  # noqa: ANN401 - the union of all sources
    """Whose doing it is; nobody's when a device failed, or a customer called."""
    return case((told.c.kind.in_(("device", "attended")), ""), else_=told.c.operator)


def of_range(columns: Any, query: ExceptionQuery) -> ColumnElement[bool]:  # noqa: ANN401 - of any source
    """What is of the branches and business dates asked for."""
    return and_(
        columns.business_date.between(query.first, query.last),
        columns.branch.in_(query.branches),
    )


def told(query: ExceptionQuery) -> Subquery:
    """Every source that may hold something that fits."""
    sources = [
        make(query) for kinds, make in _SOURCES.items() if query.kind is None or query.kind in kinds
    ]
    if not sources:
        sources = [_entries(query)]
    every = union_all(*sources).subquery("every")
    statement = select(every)
    if query.kind is not None:
        statement = statement.where(every.c.kind == query.kind)
    if query.operator is not None:
        statement = statement.where(doer(every) == query.operator)
    return statement.subquery("told")


def _source(
    kind: ColumnElement[Any],
    table: Any,  # noqa: ANN401 - the columns that every source has under the same names
    at: ColumnElement[Any],
    **more: ColumnElement[Any],
) -> list[ColumnElement[Any]]:
    """The columns of one source, in the order of all."""
    nothing: dict[str, ColumnElement[Any]] = dict.fromkeys(
        ("subject", "cause", "result", "authority", "ticket", "detail"), _NOTHING
    )
    values = nothing | {
        "amount": cast(literal(0), BigInteger), "times": cast(literal(1), Integer), "since": at,
    } | more  # fmt: skip
    first = (
        more["id"].label("id"), at.label("at"), table.branch, table.lane, table.business_date,
        table.operator, kind.label("kind"),
    )  # fmt: skip
    rest = (
        "subject", "cause", "result", "authority", "ticket", "amount", "times", "since", "detail",
    )  # fmt: skip
    return [*first, *(values[name].label(name) for name in rest)]


def _line_id() -> ColumnElement[str]:
    return func.concat(
        ticket_line.c.ticket, ":", func.lpad(cast(ticket_line.c.number, Text), 4, "0")
    )


def _item() -> ColumnElement[str]:
    return func.concat(ticket_line.c.item, " ", ticket_line.c.name)


def _discounts(query: ExceptionQuery) -> Select[Any]:
    share = (
        func.jsonb_array_elements(ticket_line.c.discounts)
        .table_valued("value", with_ordinality="place", joins_implicitly=True)
        .render_derived()
    )
    one = cast(share.c.value, JSONB)
    kind, reason = one["kind"].astext, one["reason"].astext
    columns = _source(
        case((kind == "override", "override"), else_="stale_label"), ticket.c, ticket.c.committed,
        id=func.concat(_line_id(), ":", cast(share.c.place, Text)), subject=_item(), cause=reason,
        authority=func.coalesce(one["authority"].astext, ""), ticket=ticket.c.uuid,
        amount=cast(one["amount"].astext, BigInteger),
    )  # fmt: skip
    stale = and_(kind == "label", reason.in_(("stale", "repriced")))
    return _lines(query, columns).where((kind == "override") | stale)


def _basket_discounts(query: ExceptionQuery) -> Select[Any]:
    """One for a ticket: each of its lines bears a part. A return gives its part back and is none."""
    share = (
        func.jsonb_array_elements(ticket_line.c.discounts)
        .table_valued("value", joins_implicitly=True)
        .render_derived()
    )
    one = cast(share.c.value, JSONB)
    columns = _source(
        literal("discount"), ticket.c, ticket.c.committed, id=func.concat(ticket.c.uuid, ":d"),
        cause=func.min(one["reason"].astext),
        authority=func.coalesce(func.min(one["authority"].astext), ""), ticket=ticket.c.uuid,
        amount=cast(func.sum(cast(one["amount"].astext, BigInteger)), BigInteger),
    )  # fmt: skip
    of_basket = and_(one["kind"].astext == "basket", ticket_line.c.quantity > 0)
    return _lines(query, columns).where(of_basket).group_by(ticket.c.uuid)


def _lines(query: ExceptionQuery, columns: list[ColumnElement[Any]]) -> Select[Any]:
    return (
        select(*columns)
        .select_from(ticket)
        .join(ticket_line, ticket_line.c.ticket == ticket.c.uuid)
        .where(of_range(ticket.c, query), IS_RECEIPT)
    )


def _voided(query: ExceptionQuery) -> Select[Any]:
    columns = _source(
        literal("void_line"), ticket.c, ticket.c.committed, id=func.concat(_line_id(), ":v"),
        subject=_item(), ticket=ticket.c.uuid, amount=ticket_line.c.amount,
    )  # fmt: skip
    return _lines(query, columns).where(ticket_line.c.voided)


def _unknown(query: ExceptionQuery) -> Select[Any]:
    columns = _source(
        literal("unknown_item"), ticket.c, ticket.c.committed, id=func.concat(_line_id(), ":u"),
        subject=_item(), ticket=ticket.c.uuid, amount=ticket_line.c.amount,
    )  # fmt: skip
    return _lines(query, columns).where(ticket_line.c.unknown_item, ~ticket_line.c.voided)


def _unchecked(query: ExceptionQuery) -> Select[Any]:
    columns = _source(
        literal("unchecked_return"), ticket.c, ticket.c.committed, id=func.concat(_line_id(), ":r"),
        subject=_item(), cause=ticket_return.c.reason, authority=ticket_return.c.authority,
        ticket=ticket.c.uuid, amount=ticket_line.c.amount, detail=func.coalesce(ticket_return.c.receipt, ""),
    )  # fmt: skip
    mine = and_(
        ticket_return.c.ticket == ticket_line.c.ticket,
        ticket_return.c.number == ticket_line.c.number,
    )
    return _lines(query, columns).join(ticket_return, mine).where(~ticket_return.c.checked)


def _offline(query: ExceptionQuery) -> Select[Any]:
    one = tender_detail.c
    columns = _source(
        literal("offline_redemption"), ticket.c, ticket.c.committed,
        id=func.concat(one.ticket, ":", func.lpad(cast(one.number, Text), 4, "0"), ":g"),
        subject=ticket_tender.c.kind, cause=one.grant_number, ticket=ticket.c.uuid,
        amount=ticket_tender.c.amount,
    )  # fmt: skip
    same = and_(ticket_tender.c.ticket == one.ticket, ticket_tender.c.number == one.number)
    return (
        select(*columns)
        .select_from(ticket)
        .join(tender_detail, one.ticket == ticket.c.uuid)
        .join(ticket_tender, same)
        .where(of_range(ticket.c, query), one.grant_number.is_not(None))
    )


def _cancelled(query: ExceptionQuery) -> Select[Any]:
    one = cancelled_basket.c
    columns = _source(
        literal("cancelled"), one, one.at, id=one.uuid, amount=one.amount, ticket=one.uuid,
        detail=cast(one.lines, Text),
    )  # fmt: skip
    return select(*columns).where(of_range(one, query))


def _moves(query: ExceptionQuery) -> Select[Any]:
    one = cash_move.c
    columns = _source(
        one.movement, one, one.at, id=one.uuid, cause=one.reason, authority=one.authority,
        amount=one.amount,
    )  # fmt: skip
    return select(*columns).where(of_range(one, query), one.movement.in_(("no_sale", "paid_out")))


def _corrections(query: ExceptionQuery) -> Select[Any]:
    """Whose doing they are says the correction; the ticket's row bears its cashier."""
    made = ticket_correction.c
    moved = (
        select(func.sum(ticket_tender.c.amount))
        .where(ticket_tender.c.ticket == made.uuid, ticket_tender.c.amount > 0)
        .scalar_subquery()
    )
    amount = case((made.kind == "post_void", -ticket.c.total), else_=moved)
    one = (
        select(ticket_correction, ticket.c.lane, cast(amount, BigInteger).label("amount"))
        .join(ticket, ticket.c.uuid == made.uuid)
        .where(of_range(made, query))
        .subquery()
        .c
    )
    columns = _source(
        one.kind, one, one.at, id=one.uuid, cause=one.reason, authority=one.authority,
        ticket=one.ticket, amount=one.amount,
    )  # fmt: skip
    return select(*columns)


def _entries(query: ExceptionQuery) -> Select[Any]:
    one = till_exception.c
    columns = _source(
        one.kind, one, one.at, id=one.uuid, subject=one.subject, cause=one.cause, result=one.result,
        authority=one.authority, ticket=one.basket, amount=one.amount, times=one.times,
        since=one.since, detail=one.detail,
    )  # fmt: skip
    return select(*columns).where(of_range(one, query))


_SOURCES: Mapping[tuple[str, ...], Callable[[ExceptionQuery], Select[Any]]] = {
    ("override", "stale_label"): _discounts,
    ("discount",): _basket_discounts,
    ("void_line",): _voided,
    ("unknown_item",): _unknown,
    ("unchecked_return",): _unchecked,
    ("cancelled",): _cancelled,
    ("offline_redemption",): _offline,
    ("no_sale", "paid_out"): _moves,
    ("post_void", "tender_exchange"): _corrections,
    ("refused", "sign_in", "payment", "device", "copy"): _entries,
}
