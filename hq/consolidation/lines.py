"""Answering from the tickets and their lines: what no aggregate holds, such as an operator's items.

    about                              read
    hour, operator, member, tier       tickets, and the sums of their lines
    item, category, supplier besides   lines; a receipt counts once in each row
    promotion, discount besides        lines that something was taken off
    tender, with those of a ticket     payments

The figures are those that the aggregates have. What goods cost is not among them: a move does not say at
which rate of tax its goods were sold.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    select,
    union_all,
)

from hq.consolidation.keys import Keys, Paths, kept_under, places_of
from hq.consolidation.question import KINDS, Question, QuestionError
from hq.reports.in_range import in_range, list_amount
from replication.console.languages import msgid
from schemas.tables.consolidation import FIGURES
from schemas.tables.tickets import IS_RECEIPT, tender_detail, ticket, ticket_line, ticket_tender

_UNLIKE = msgid("Payments are not of %(kind)s: ask for one of the two.")
_TWO_DISCOUNTS = msgid("Promotions and kinds of discount are asked for one at a time.")
_REVISION = msgid("As first closed, only one of these can be asked for at a time: %(kinds)s.")
_OF_TICKET = frozenset({"hour", "operator", "member"})
_OF_LINE = frozenset({"item", "category"})
_OF_DISCOUNT = frozenset({"promotion", "discount"})

_Sums = dict[str, ColumnElement[Any]]


def grouped(question: Question, paths: Paths) -> Select[Any]:
    """The rows of a question, as `k0`, `k1` … and the figures. Raises QuestionError."""
    about = _about(question)
    if question.as_of_revision is not None:
        raise QuestionError(_REVISION, kinds=", ".join(sorted(about)))
    columns: dict[str, ColumnElement[Any]] = {
        "branch": ticket.c.branch, "posted": ticket.c.posted,
        "hour": func.lpad(cast(ticket.c.local_hour, Text), 2, literal("0")),
        "operator": ticket.c.operator, "member": func.coalesce(ticket.c.member, ""),
        "item": ticket_line.c.item, "category": func.coalesce(ticket_line.c.category, ""),
    }  # fmt: skip
    source, sums = _source(about, columns)
    keys = Keys(question, source, columns, paths)
    by = [keys.of(one).label(f"k{number}") for number, one in enumerate(question.by)]
    conditions = [in_range(question.branches, question.first, question.last), *keys.conditions()]
    figures = [
        cast(func.coalesce(sums.get(name, literal(0)), 0), BigInteger).label(name)
        for name in FIGURES
    ]
    return (
        select(*by, *figures).select_from(keys.source).where(*conditions).group_by(*places_of(by))
    )


def _about(question: Question) -> frozenset[str]:
    kinds = [one for one in question.by if one in KINDS]
    about = {kept_under(one) for one in (*kinds, *(one.dimension for one in question.only))}
    if "tender" in about and (others := about & (_OF_LINE | _OF_DISCOUNT)):
        raise QuestionError(_UNLIKE, kind=", ".join(sorted(others)))
    if about >= _OF_DISCOUNT:
        raise QuestionError(_TWO_DISCOUNTS)
    return frozenset(about)


def _source(
    about: frozenset[str], columns: dict[str, ColumnElement[Any]]
) -> tuple[FromClause, _Sums]:
    """What is read for these dimensions, and the figures of it; adds to the columns."""
    if "tender" in about:
        return _payments(columns)
    if about & _OF_DISCOUNT:
        return _discounted(columns, "promotion" if "promotion" in about else "discount")
    return _lines() if about & _OF_LINE else _tickets()


def _tickets() -> tuple[FromClause, _Sums]:
    lines = (
        select(*(made.label(name) for name, made in _of_lines().items()))
        .where(ticket_line.c.ticket == ticket.c.uuid, ~ticket_line.c.voided)
        .correlate(ticket)
        .lateral("of_ticket")
    )
    source = ticket.join(lines, literal(True))
    of_ticket = {name: func.sum(ticket.c[name]) for name in ("total", "rounding", "change")}
    return source, {
        "receipts": func.count().filter(IS_RECEIPT),
        "member_receipts": func.count().filter(and_(IS_RECEIPT, _HAS_MEMBER)),
        **{name: func.sum(lines.c[name]) for name in _of_lines()},
        **of_ticket,
    }


_HAS_MEMBER = func.coalesce(ticket.c.member, "") != ""


def _of_lines() -> _Sums:
    line = ticket_line.c
    return {
        "lines": func.count().filter(IS_RECEIPT),
        "quantity": func.sum(line.quantity),
        "list_amount": func.sum(list_amount()),
        "sales": func.sum(line.amount),
        "tax": func.sum(line.tax),
    }


def _lines() -> tuple[FromClause, _Sums]:
    counts = and_(ticket_line.c.ticket == ticket.c.uuid, ~ticket_line.c.voided)
    each = func.count(ticket.c.uuid.distinct())
    return ticket.join(ticket_line, counts), {
        "receipts": each.filter(IS_RECEIPT),
        "member_receipts": each.filter(and_(IS_RECEIPT, _HAS_MEMBER)),
        **_of_lines(),
    }


def _discounted(columns: dict[str, ColumnElement[Any]], kind: str) -> tuple[FromClause, _Sums]:
    """Each line once for each rule, or each kind of discount, with all that it took off."""
    one = func.jsonb_array_elements(ticket_line.c.discounts).column_valued("one")
    code = one.op("->>")("rule" if kind == "promotion" else "kind")
    if kind == "promotion":
        code = case((one.op("->>")("kind") == "promotion", func.nullif(code, "")))
    taken = (
        select(code.label("code"), func.sum(cast(one.op("->>")("amount"), BigInteger)).label("amount"))
        .select_from(one)
        .correlate(ticket_line)
        .group_by(*places_of([code]))
        .lateral("taken")
    )  # fmt: skip
    source, sums = _lines()
    columns[kind] = taken.c.code
    return source.join(taken, taken.c.code.is_not(None)), {
        **sums, "discount": func.sum(taken.c.amount)
    }  # fmt: skip


def _payments(columns: dict[str, ColumnElement[Any]]) -> tuple[FromClause, _Sums]:
    """Each payment, and the change of a ticket as the cash that it is."""
    tender, detail, nothing = ticket_tender.c, tender_detail.c, literal(0, BigInteger)
    same = and_(detail.ticket == tender.ticket, detail.number == tender.number)
    foreign = (detail.currency.is_not(None), tender.kind + ":" + detail.currency)
    payment = select(
        case(foreign, else_=tender.kind).label("code"), literal(1, BigInteger).label("payments"),
        tender.amount.label("taken"), detail.foreign_amount.label("foreign_amount"),
        nothing.label("change"),
    )  # fmt: skip
    payment = payment.select_from(ticket_tender.outerjoin(tender_detail, same))
    payment = payment.where(tender.ticket == ticket.c.uuid).correlate(ticket)
    change = select(literal("cash"), nothing, nothing, nothing, ticket.c.change)
    change = change.where(ticket.c.change != 0).correlate(ticket)
    paid = union_all(payment, change).lateral("paid")
    columns["tender"] = paid.c.code
    each = func.count(ticket.c.uuid.distinct())
    is_paid = and_(IS_RECEIPT, paid.c.payments > 0)
    summed = ("payments", "taken", "foreign_amount", "change")
    return ticket.join(paid, literal(True)), {
        "receipts": each.filter(is_paid),
        "member_receipts": each.filter(and_(is_paid, _HAS_MEMBER)),
        **{name: func.sum(paid.c[name]) for name in summed},
    }
