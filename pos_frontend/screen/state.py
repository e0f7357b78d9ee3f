"""The till as its page shows it: one JSON object, complete, after every answer.

    state      signed_out | opening | selling | tendering | paying
    language   zh_CN | en
    lane       {lane, branch, name, currency, decimals}      name and money null until loaded
    operator   {operator, name, role} or null
    shift      {shift, operator, business_date, float, count: [key], faces: {key: [[face, text]]}} or null
               what its till is counted by, and by which denominations
    drawer     {operator, left} or null   whose drawer the next shift takes up; what was counted in it, null
               when its till goes on as it is
    day        {business_date, provisional} of the basket, or of the next one; null until loaded
    basket     {uuid, lines: [...], member, tier, member_name, points, total, saved, tax, count}   the
               name is masked, the points are what the basket earns as it stands
    payment    {tenders: [{kind, amount, reference, foreign, face_value}], tendered, due, left, rounding,
               foreign: [{currency, decimals, rate, due}], refund: [{kind, amount, of}]}
    terminal   {configured, waiting, refused, open: [...]}   payments {reference, kind, amount, refund,
               state, why, begun}; `waiting` is asked of the terminal, `refused` was not paid, or null; `open`
               are those that no sale holds and that are not settled
    training   whether the till at the page is one that nothing leaves, see `training`
    last       {uuid, receipt, total, tendered, change, tenders, points, business_date} or null
    status     {online, trouble, unsent, loading, day, printer: {waiting, trouble, configured, state,
                doubtful: [name]},   what may be printed by half
                devices: {scale?, line_display?, payment_terminal?: {state, detail}}}   those that are configured

A line is {number, item, name, unit, quantity, list_price, amount, discounts, unknown, voided, returned}.
The last is null, or {receipt, ticket, line, checked} of what a return line gives back, empty as known.
A line of the basket also has {gift}, and the basket {coupons, gifts}, see `promoted`.
A tender's `foreign` is {currency, amount, rate, decimals, local_decimals} or null, that of `payment` what
is taken and how much of it covers what is left. What is left to give back stands in `refund`, part by part:
`of` is null for what no other tender than cash paid.
Amounts are minor units, quantities thousandths, dates ISO. The uuid of an empty basket is the one
that the next sale will have.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from babel.numbers import get_currency_precision

from pos_frontend import checkout, settling
from pos_frontend.basket import Sale
from pos_frontend.day import Terms
from pos_frontend.payment.attempt import Attempt
from pos_frontend.screen.promoted import coupon_pictures, gift_picture
from pos_frontend.settings import Language
from pos_frontend.status import Status
from pos_frontend.till import Till
from schemas.domain.money import format_amount
from schemas.domain.ticket import Returned, SaleLine, TenderLine, Ticket
from schemas.domain.till import is_currency

Json = dict[str, Any]
_PIECE = 1000


def picture(till: Till, now: Terms | None, lane: str, language: Language, status: Status) -> Json:
    """Return the whole state; `now` are the terms that a basket begun now would have."""
    sale = till.sale
    terms = sale.terms if sale else now
    operator, shift = till.operator, till.shift
    return {
        "state": till.state,
        "language": language,
        "lane": _lane(lane, now),
        "operator": operator
        and {"operator": operator.operator, "name": operator.name, "role": operator.role},
        "shift": shift
        and {
            "shift": shift.shift,
            "operator": shift.operator,
            "business_date": shift.business_date.isoformat(),
            "float": shift.float_amount,
            "count": till.count_keys(now) if now else (),
            "faces": _faces(till, now) if now else {},
        },
        "drawer": _drawer(till, now) if now and till.state == "opening" else None,
        "day": terms
        and {
            "business_date": terms.business_date.isoformat(),
            "provisional": terms.provisional,
        },
        "basket": _basket(till, sale),
        "payment": _payment(sale),
        "terminal": {
            "configured": till.has_terminal,
            "waiting": till.waiting_for and _attempt(till.waiting_for),
            "refused": till.refused and _attempt(till.refused),
            "open": [_attempt(one) for one in till.open_payments],
        },
        "last": till.last and _last(till.last),
        "status": status_picture(status),
    }


def _drawer(till: Till, now: Terms) -> Json | None:
    """The drawer that the next shift may take up."""
    held = till.drawer(now)
    return None if held is None else {"operator": held.operator, "left": held.left}


def _faces(till: Till, now: Terms) -> Json:
    """Per key that may be counted by denomination: each face value, and how it reads."""
    told: Json = {}
    for key in till.count_keys(now):
        decimals = get_currency_precision(key) if is_currency(key) else now.decimals
        if held := settling.faces_of(key, now):
            told[key] = [[face, format_amount(face, decimals)] for face in held]
    return told


def status_picture(status: Status) -> Json:
    """Return the part of the state that changes by itself."""
    return {
        "online": status.link.online,
        "trouble": status.link.trouble,
        "unsent": status.unsent,
        "loading": status.loading,
        "day": status.day and status.day.isoformat(),
        "printer": {
            "waiting": status.printer.waiting,
            "trouble": status.printer.trouble,
            "configured": status.printer.configured,
            "state": status.printer.state,
            "doubtful": status.printer.doubtful,
        },
        "devices": {
            name: {"state": one.state, "detail": one.detail} for name, one in status.devices.items()
        },
        "messages": [
            {"message": one.message, "text": one.text, "name": one.name, "at": _instant(one.at)}
            for one in status.messages
        ],
    }


def _lane(lane: str, now: Terms | None) -> Json:
    return {
        "lane": lane,
        "branch": lane.partition(".")[0],
        "name": now and now.name,
        "currency": now and now.currency,
        "decimals": now and now.decimals,
    }


def _basket(till: Till, sale: Sale | None) -> Json:
    if sale is None:
        return {"uuid": till.basket_uuid, "lines": [], "member": None, "tier": "", "member_name": "",
                "points": 0, "total": 0, "saved": 0,
                "tax": 0, "count": 0, "coupons": [], "gifts": []}  # fmt: skip
    lines, totals = sale.lines, sale.totals
    return {
        "uuid": sale.uuid,
        "lines": [line_picture(line) | gift_picture(sale, line) for line in lines],
        "coupons": coupon_pictures(sale),
        "gifts": [asdict(one) for one in till.due_gifts],
        "member": sale.basket.member,
        "tier": sale.basket.tier,
        "member_name": till.member.name if till.member else "",
        "points": till.points,
        "total": totals.total,
        "saved": totals.saved,
        "tax": totals.tax,
        "count": sum(_pieces(line) for line in lines if not line.voided),
    }


def _pieces(line: SaleLine) -> int:
    """What a customer would count on the belt, goods that come back too: whole pieces, and one for
    whatever is weighed.
    """
    return abs(line.quantity) // _PIECE if line.quantity % _PIECE == 0 else 1


def line_picture(line: SaleLine) -> Json:
    """Return a line of a basket or a ticket."""
    return {
        "number": line.number,
        "item": line.item,
        "name": line.name,
        "unit": line.unit,
        "quantity": line.quantity,
        "list_price": line.list_price,
        "amount": line.amount,
        "discounts": [
            {"kind": one.kind, "amount": one.amount, "reason": one.reason,
             "authority": one.authority}
            for one in line.discounts
        ],
        "unknown": line.unknown_item,
        "voided": line.voided,
        "returned": line.returned and _returned(line.returned),
    }  # fmt: skip


def _returned(returned: Returned) -> Json:
    source = returned.original
    return {
        "receipt": source and source.receipt,
        "ticket": source and source.ticket,
        "line": source and source.line,
        "checked": returned.checked,
    }


def _payment(sale: Sale | None) -> Json:
    if sale is None:
        return {"tenders": [], "tendered": 0, "due": 0, "left": 0, "rounding": 0, "foreign": [],
                "refund": []}  # fmt: skip
    paid = checkout.payment(sale)
    return {
        "tenders": tender_pictures(sale.tenders),
        "tendered": paid.tendered,
        "due": paid.due,
        "left": paid.left,
        "rounding": paid.rounding,
        "foreign": [asdict(one) for one in paid.foreign],
        "refund": [
            {"kind": one.kind, "amount": one.amount, "of": one.ticket and one.number}
            for one in paid.refund
        ],
    }


def tender_pictures(tenders: tuple[TenderLine, ...]) -> list[Json]:
    """Return the tenders of a basket or a ticket."""
    return [
        {
            "kind": one.kind,
            "amount": one.amount,
            "reference": one.reference,
            "foreign": one.foreign and asdict(one.foreign),
            "face_value": one.face_value,
        }
        for one in tenders
    ]


def _attempt(one: Attempt) -> Json:
    return {
        "reference": one.reference,
        "kind": one.kind,
        "amount": one.amount,
        "refund": bool(one.original),
        "state": one.state,
        "why": one.why,
        "begun": _instant(one.begun),
    }


def _last(ticket: Ticket) -> Json:
    return {
        "uuid": ticket.uuid,
        "receipt": ticket.receipt,
        "total": ticket.total,
        "rounding": ticket.rounding,
        "tendered": sum(one.amount for one in ticket.tenders),
        "change": ticket.change,
        "tenders": tender_pictures(ticket.tenders),
        "business_date": ticket.business_date.isoformat(),
        "points": sum(one.points for one in ticket.points),
        "committed": _instant(ticket.committed),
    }


def _instant(moment: datetime) -> str:
    return moment.isoformat()
