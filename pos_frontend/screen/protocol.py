"""What is said over the till's WebSocket. Requests are numbered and answered in their order.

    → {"id": 7, "do": "scan", "code": "3*401234500001"}
    ← {"id": 7, "ok": true, "state": {...}}                     the whole till, see `state`
    ← {"id": 7, "ok": false, "error": {"code": "unknown_item", "message": "…", "values": {...}}}

    do            fields                                  what it does
    state                                                 tells the state
    language      language                                switches zh_CN or en
    sign_in       operator, pin
    sign_out                                              leaves the shift open
    open_shift    float                                   amounts are text: "200", "12.50"
    scan          code                                    "code" or "quantity*code"
    unknown_item  code, price, name?                      sold under the unknown-item flag
    present_coupon code                                   to the basket; `scan` does it for what is no item
    take_coupon_off place                                 its place in the basket, from 1
    take_gifts                                            puts in all gifts that are due
    reserve_coupon                                        asks for the next single-use coupon, see `coupons`; the
                                                          answer has {"reserving": {"id", "number"}}
    void_line     line                                    its number in the basket
    override      line, amount, reason, operator?, pin?   the line's amount, or 10% off it; whose authority
    discount      off, reason, operator?, pin?            10% or 2.50 off the whole basket, 0 for none
    reprice_label line, repriced                          a stale label by its weight; false:
                                                          what is printed on it after all
    member        member                                  number, card or phone; "" takes the member off
    register_member phone, name?                          makes them a provisional member of the basket
    tender        kind, amount?, reference?, basket?, currency?   commits by itself when all is paid
    account                                               asks what the basket's member may redeem
    redeem        kind, basket, amount?                   asks for points or stored_value, which then pay; see
                                                          `redeeming` for what is told of both
    refund_in_cash reason, operator?, pin?                the next part of a refund; whose authority
    back                                                  gives the tenders back
    ask_payment                                           asks the terminal now, not after a pause
    cancel_payment                                        has it stop, or give back what it took
    void_payment  reference                               gives an open payment back
    settle_payment reference, reason, operator?, pin?     off the list, by a manager's word
    cancel                                                cancels the basket
    suspend       name?                                   sets the basket aside
    suspended                                             asks which baskets are set aside; the answer
                                                          has {"suspended": …} of this lane's own
    resume        suspended                               asks for one by its uuid, to go on with it
    begin_training operator?, pin?                        practice, on a till of its own, see `training`
    end_training
    move_cash     movement, amount?, reason, operator?, pin?   opens the drawer; whose authority
    reprint                                               the last ticket, as a copy
    doubtful      print                                   copies of what may be printed by half; false:
                                                          it is well as it is
    x_report                                              prints how the shift stands
    end_shift     count?, pieces?                         with what its cashier counted, by tender kind;
                                                          money by denomination too
                                                          and currency; what is missing is nought
    lookup        key, returning?                         begins to look a receipt up; the answer
                                                          has {"lookup": {"id", "key"}}; returning: to
                                                          take goods back, see `returns`
    give_back     line, quantity?, reason?, operator?, pin?   of the sale that was found
    take_back     code, price?, reason, receipt?, operator?, pin?   without a sale to look at
    end_lookup                                            nobody looks: cancels it, forgets it
    print_found                                           the ticket that was found, as a copy
    check_price   code                                    what it costs, see `price_check`: the answer has
                                                          {"price": {...}}, nothing is entered
    acknowledge   message                                 a message of the branch was seen by who is signed in
    check_health  device                                  tries printer, line_display or scale, while
                                                          somebody is signed in; the answer has
                                                          {"health": {"device", "result", "weight"}}

`tender` without an amount pays what is due; see `checkout` for what an amount means to each kind. Where the
customer is paid, it gives back the first part of `state.payment.refund`, whose kind it must name. `basket` is the uuid of the basket that is meant:
naming one that was committed just now is answered with ok and changes nothing, so a key pressed
twice, or a request repeated after a broken connection, makes one ticket. The answer to the tender
that made the ticket has `"committed": true`, and `state.last` is that ticket.

With a payment terminal a tender of the kinds card and qr (whose `reference` is then the customer's
code) only begins: the answer's state is `paying`, and what comes of it is told by the event `state`.

Unasked, the server sends {"event": "state", "state": …} first and whenever another connection
changed the till, and {"event": "status", "status": …} when the line, the unsent count or the
printer changed. A page that asked for them is told {"event": "scanned", "scanned": {"code"}}. Who asked for a look-up is told {"event": "lookup", "lookup": …} when it has ended,
see `found`: within 2 s, whatever the line does, and beside whatever the till does meanwhile. One that
was cancelled is not told. So are the events "suspended" and "resumed" of who asked for that, see
`suspended`, and "account" and "redeemed", see `redeeming`. A refusal changes nothing.
"""

from __future__ import annotations

from typing import Annotated, Literal

import structlog
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from pos_frontend.errors import TillError
from pos_frontend.health import Device
from pos_frontend.redeeming import RedeemedTender
from pos_frontend.settings import Language
from schemas.domain.ticket import TenderKind
from schemas.domain.till import Movement

_log = structlog.get_logger(__name__)
Words = Annotated[str, Field(max_length=200)]


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    id: int


class Plain(_Request):
    """A request without fields."""

    do: Literal[
        "state",
        "sign_out",
        "back",
        "cancel",
        "reprint",
        "x_report",
        "ask_payment",
        "cancel_payment",
        "end_training",
        "take_gifts",
        "reserve_coupon",
    ]


class LookUp(_Request):
    """A receipt number, in full or short, or a ticket's uuid."""

    do: Literal["lookup"]
    key: Words
    returning: bool = False


class AboutLookup(_Request):
    """What may be done with a look-up."""

    do: Literal["end_lookup", "print_found"]


class GiveBack(_Request):
    """Goods of a line of the found sale; without a quantity, all that is left of it."""

    do: Literal["give_back"]
    line: int
    quantity: Words = ""
    reason: Words = ""
    operator: Words = ""
    pin: Words = ""


class TakeBack(_Request):
    """Goods without a sale to look at; without a price, at what they cost now."""

    do: Literal["take_back"]
    code: Words
    reason: Words
    price: Words = ""
    receipt: Words = ""
    operator: Words = ""
    pin: Words = ""


class Doubtful(_Request):
    """What is done about receipts that broke off within."""

    do: Literal["doubtful"]
    print: bool


class CheckHealth(_Request):
    """A device to try, see `health`."""

    do: Literal["check_health"]
    device: Device


class Acknowledge(_Request):
    """A message of the branch, see `messages`."""

    do: Literal["acknowledge"]
    message: Words


class CheckPrice(_Request):
    """What was scanned or keyed, to know its price."""

    do: Literal["check_price"]
    code: Words


class SwitchLanguage(_Request):
    """Switch the language of the page and of what it is told."""

    do: Literal["language"]
    language: Language


class SignIn(_Request):
    """An operator and their PIN."""

    do: Literal["sign_in"]
    operator: Words
    pin: Words


class OpenShift(_Request):
    """The float in the drawer."""

    do: Literal["open_shift"]
    float: Words


class Scan(_Request):
    """What was scanned or keyed."""

    do: Literal["scan"]
    code: Words


class UnknownItem(_Request):
    """Something without a price in the catalogue; `code` may have a quantity first."""

    do: Literal["unknown_item"]
    code: Words
    price: Words
    name: Words = ""


class PresentCoupon(_Request):
    """The number of a coupon."""

    do: Literal["present_coupon"]
    code: Words


class TakeCouponOff(_Request):
    """A coupon's place in the basket, counted from 1."""

    do: Literal["take_coupon_off"]
    place: int


class VoidLine(_Request):
    """A line's number."""

    do: Literal["void_line"]
    line: int


class Override(_Request):
    """A line's amount set by hand; `operator` and `pin` are of whom was called."""

    do: Literal["override"]
    line: int
    amount: Words
    reason: Words
    operator: Words = ""
    pin: Words = ""


class GiveDiscount(_Request):
    """Off the whole basket; `operator` and `pin` are of whom was called."""

    do: Literal["discount"]
    off: Words
    reason: Words
    operator: Words = ""
    pin: Words = ""


class RepriceLabel(_Request):
    """Whether a line with a stale label costs weight × price, or what is printed."""

    do: Literal["reprice_label"]
    line: int
    repriced: bool


class SetMember(_Request):
    """A member's number."""

    do: Literal["member"]
    member: Words


class RegisterMember(_Request):
    """Somebody who becomes a member here."""

    do: Literal["register_member"]
    phone: Words
    name: Words = ""


class MoveCash(_Request):
    """Money through the drawer without a sale; `operator` and `pin` are of whom was called."""

    do: Literal["move_cash"]
    movement: Movement
    amount: Words = ""
    reason: Words
    operator: Words = ""
    pin: Words = ""


class EndShift(_Request):
    """What was counted, as it was keyed; without it the branch counts. `pieces` are by key and face value."""

    do: Literal["end_shift"]
    count: dict[Words, Words] | None = None
    pieces: dict[Words, dict[Words, Words]] = Field(default_factory=dict)


class BeginTraining(_Request):
    """Whose authority, if not that of who is at the till."""

    do: Literal["begin_training"]
    operator: Words = ""
    pin: Words = ""


class Suspend(_Request):
    """A name for the basket, if it is to have one."""

    do: Literal["suspend"]
    name: Words = ""


class ListSuspended(_Request):
    """What is set aside in this branch."""

    do: Literal["suspended"]


class Resume(_Request):
    """A suspension's uuid."""

    do: Literal["resume"]
    suspended: Words


class Tender(_Request):
    """A payment."""

    do: Literal["tender"]
    kind: TenderKind
    amount: Words | None = None
    reference: Words | None = None
    basket: Words | None = None
    currency: Words | None = None


class AskAccount(_Request):
    """What the basket's member may redeem."""

    do: Literal["account"]


class Redeem(_Request):
    """Points or stored value to pay with; without an amount, as much as is due."""

    do: Literal["redeem"]
    kind: RedeemedTender
    basket: Words
    amount: Words = ""


class RefundInCash(_Request):
    """The next part of a refund, in cash; `operator` and `pin` are of whom was called."""

    do: Literal["refund_in_cash"]
    reason: Words
    operator: Words = ""
    pin: Words = ""


class VoidPayment(_Request):
    """A payment that no sale wants."""

    do: Literal["void_payment"]
    reference: Words


class SettlePayment(_Request):
    """A payment that is settled by word; `operator` and `pin` are of whom was called."""

    do: Literal["settle_payment"]
    reference: Words
    reason: Words
    operator: Words = ""
    pin: Words = ""


Request = Annotated[
    Plain | SwitchLanguage | SignIn | OpenShift | Scan | UnknownItem | VoidLine | Override
    | GiveDiscount | RepriceLabel | SetMember | RegisterMember | MoveCash | EndShift | Tender | RefundInCash | VoidPayment | SettlePayment | LookUp | AboutLookup
    | GiveBack | TakeBack | PresentCoupon | TakeCouponOff | CheckHealth | CheckPrice | Doubtful | Suspend | ListSuspended | Resume | BeginTraining
    | AskAccount | Redeem | Acknowledge,
    Field(discriminator="do"),
]  # fmt: skip
_REQUEST: TypeAdapter[Request] = TypeAdapter(Request)


def read(text: str | bytes) -> Request:
    """Return the request in a message. Raises TillError `request`, which names what is wrong."""
    try:
        return _REQUEST.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the message"
        raise TillError("request", reason=f"{where}: {first['msg']}") from error
