"""Requests of the page, done at the till: one act for each."""

from __future__ import annotations

from typing import Any

from pos_frontend.basket import Overriding
from pos_frontend.discounting import Discounting
from pos_frontend.drawer import Moving
from pos_frontend.payment.paying import Settling
from pos_frontend.refunds import InCash
from pos_frontend.returns import TakingBack
from pos_frontend.screen.protocol import (
    AboutLookup,
    AskAccount,
    BeginTraining,
    CheckHealth,
    CheckPrice,
    Doubtful,
    EndShift,
    GiveBack,
    GiveDiscount,
    ListSuspended,
    LookUp,
    MoveCash,
    OpenShift,
    Override,
    Plain,
    PresentCoupon,
    Redeem,
    RefundInCash,
    RegisterMember,
    RepriceLabel,
    Request,
    Resume,
    Scan,
    SetMember,
    SettlePayment,
    SignIn,
    Suspend,
    SwitchLanguage,
    TakeBack,
    TakeCouponOff,
    Tender,
    UnknownItem,
    VoidLine,
    VoidPayment,
)
from pos_frontend.settling import Keyed
from pos_frontend.till import Till


def act(till: Till, request: Request) -> bool:  # noqa: C901, PLR0912 - one case per request
    """Do what is asked. Returns whether a ticket was committed; raises TillError."""
    match request:
        case Plain(do=do):
            _plain(till, do)
        case SignIn(operator=operator, pin=pin):
            till.sign_in(operator, pin)
        case OpenShift(float=amount):
            till.open_shift(amount)
        case Scan(code=code):
            till.scan(code)
        case UnknownItem(code=code, price=price, name=name):
            till.sell_unknown(code, price, name)
        case PresentCoupon(code=code):
            till.present_coupon(code)
        case TakeCouponOff(place=place):
            till.take_coupon_off(place)
        case VoidLine(line=line):
            till.void_line(line)
        case Override():
            till.override(_overriding(request))
        case GiveDiscount(off=off, reason=reason, operator=operator, pin=pin):
            till.discount(Discounting(off, reason, operator, pin))
        case RepriceLabel(line=line, repriced=repriced):
            till.reprice_label(line, repriced=repriced)
        case SetMember(member=number):
            till.set_member(number)
        case RegisterMember(name=name, phone=phone):
            till.register_member(name, phone)
        case EndShift(count=count, pieces=pieces):
            till.end_shift(None if count is None else Keyed(count, pieces))
        case MoveCash():
            till.move_cash(_moving(request))
        case Suspend(name=name):
            till.suspend(name)
        case Tender():
            return till.tender(
                request.kind, request.amount, request.reference, request.basket, request.currency
            )
        case RefundInCash(reason=reason, operator=operator, pin=pin):
            till.refund_in_cash(InCash(reason, operator, pin))
        case TakeBack():
            till.take_back(_taking_back(request))
        case VoidPayment(reference=reference):
            till.void_payment(reference)
        case SettlePayment():
            till.settle_payment(_settling(request))
        case (
            SwitchLanguage() | LookUp() | AboutLookup() | GiveBack() | CheckHealth() | CheckPrice()
            | Doubtful() | ListSuspended() | Resume() | BeginTraining() | AskAccount() | Redeem()
        ):  # fmt: skip
            pass  # the desk's: the till has no language, and waits for nothing from elsewhere
    return False


def _plain(till: Till, do: str) -> None:
    acts: dict[str, Any] = {
        "sign_out": till.sign_out,
        "back": till.back,
        "cancel": till.cancel,
        "reprint": till.reprint,
        "x_report": till.x_report,
        "ask_payment": till.ask_payment,
        "take_gifts": till.take_gifts,
        "cancel_payment": till.cancel_payment,
        "state": lambda: None,
        "reserve_coupon": lambda: None,  # the desk's, which has what asks for it
        "end_training": lambda: None,  # the desk's, which has the till that goes on
    }
    acts[do]()


def _overriding(request: Override) -> Overriding:
    return Overriding(request.line, request.amount, request.reason, request.operator, request.pin)


def _taking_back(request: TakeBack) -> TakingBack:
    return TakingBack(
        request.code, request.reason, request.price, request.receipt, request.operator, request.pin
    )


def _moving(request: MoveCash) -> Moving:
    return Moving(request.movement, request.amount, request.reason, request.operator, request.pin)


def _settling(request: SettlePayment) -> Settling:
    return Settling(request.reference, request.reason, request.operator, request.pin)
