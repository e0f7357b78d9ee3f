"""The self-checkout's page (`/self`): the till's own engine behind a narrower door, see `attendance`.

    do                                               by whom
    state, language, scan, bags, tender, back,       the customer, while they are served; of tenders card
    cancel_payment, call                             and qr alone, and nothing is keyed with a quantity
    open                                             a person with their PIN, while it is closed
    attend                                           a person with their PIN
    void_line, override, reprice_label,              who attends
    unknown_item, cancel, ask_payment,
    settle_payment, reprint, go_on, sign_out,
    end_shift

Requests and answers are those of `protocol`, but for the state, which is {"event": "self", "self": …}:

    state      closed | serving | called | attended          call       {why, about, code, line, age} or null
    coupons, gifts   as `promoted` has them; of coupons those that may be used any number of times
    basket     {uuid, lines, total, saved, count}            attendant  {name, own} or null
    waiting    {kind, state, amount} or null                 refused    why the last payment was, or null
    due, paid  what is left, what the terminal took          last       {uuid, receipt, total} or null
    bags       whether bags are sold here                    language, usual, shop, currency, decimals

`own` says whether the attendant's own rights suffice for an override.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import Annotated, Literal

import structlog
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from pos_frontend import checkout, presenting
from pos_frontend.attendance import Attendance, Call, Reason
from pos_frontend.authority import may
from pos_frontend.basket import Sale, read_keyed
from pos_frontend.errors import TillError
from pos_frontend.screen import acting, protocol
from pos_frontend.screen.desk import Answer, Desk
from pos_frontend.screen.promoted import coupon_pictures
from pos_frontend.screen.protocol import Words
from pos_frontend.screen.state import Json, line_picture
from pos_frontend.till import Till

_log = structlog.get_logger(__name__)
_RECEIPT = re.compile(r"[^\s(\]-][^\s-]*\.[^\s.-]+-\d{1,12}")
_BY_CUSTOMERS = {"state", "language", "scan", "bags", "tender", "back", "cancel_payment", "call"}
_ALWAYS = {"state", "language", "attend", "open"}
_MOST_BAGS = 20
#: What a scale says that its customer can mend by themselves.
_AT_THE_SCALE = {"scale_weight_zero", "scale_weight_unstable", "scale_under_zero"}


class _Own(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    id: int


class Person(_Own):
    """Somebody of the shop, who opens the checkout or attends."""

    do: Literal["open", "attend"]
    operator: Words
    pin: Words


class Bags(_Own):
    """So many carrier bags."""

    do: Literal["bags"]
    count: int = Field(ge=1, le=_MOST_BAGS)


class CallPerson(_Own):
    """The customer wants somebody."""

    do: Literal["call"]
    why: Literal["help", "remove", "cancel"]


class GoOn(_Own):
    """Who attends lets the customer go on."""

    do: Literal["go_on"]


Request = Annotated[
    protocol.Plain | protocol.SwitchLanguage | protocol.Scan | protocol.Tender | protocol.VoidLine
    | protocol.Override | protocol.RepriceLabel | protocol.UnknownItem | protocol.SettlePayment | protocol.EndShift
    | Person | Bags | CallPerson | GoOn,
    Field(discriminator="do"),
]  # fmt: skip
_REQUEST: TypeAdapter[Request] = TypeAdapter(Request)


class SelfKiosk:
    """What customers sell to themselves."""

    path = "self"

    def __init__(self, desk: Desk, attendance: Attendance) -> None:
        self._desk = desk
        self._till: Till = desk.till
        self._attendance = attendance
        self._told = ""
        self._basket = self._till.basket_uuid

    def hello(self) -> str:
        """See `Kiosk`."""
        return _dump({"event": "self", "self": self.picture()})

    def follow(self) -> str | None:
        """See `Kiosk`."""
        told = self.hello()
        if told == self._told:
            return None
        self._told = told
        return told

    def handle(self, message: str | bytes) -> Answer:
        """See `Kiosk`."""
        number: int | None = None
        request: Request | None = None
        try:
            request = _REQUEST.validate_json(message)
            number = request.id
            self._permit(request)
            self._act(request)
        except ValidationError as error:
            return _refusal(number, TillError("request", reason=error.errors()[0]["msg"]))
        except TillError as error:
            if request is not None:
                self._desk.watch.refused(request.do, getattr(request, "operator", ""), error)
            return _refusal(number, error)
        except Exception:  # noqa: BLE001 - a failure of ours is answered and logged, not a closed till
            _log.exception("a request failed")
            return _refusal(number, TillError("failure"))
        reply = {"id": number, "ok": True, "self": self.picture()}
        return Answer(_dump(reply), None if request.do == "state" else self._desk.hello())

    def _permit(self, request: Request) -> None:
        """Raise TillError unless who stands there may ask this now."""
        state = self._state()
        if request.do in _ALWAYS:
            return
        if state == "closed":
            raise TillError("self_closed")
        if state == "attended":
            attendant = self._attendance.attendant
            if attendant is not None:
                self._attendance.attend(attendant)
            return
        if state == "called" or request.do not in _BY_CUSTOMERS:
            raise TillError("self_attended")

    def _act(self, request: Request) -> None:
        match request:
            case protocol.SwitchLanguage(language=language):
                self._desk.language = language
            case Person(do="open"):
                self._open(request)
            case Person():
                self._attend(request)
            case CallPerson(why=why):
                self._attendance.call(why)
            case GoOn():
                self._attendance.let_go_on(self._till.sale, self._till.refused)
            case Bags(count=count):
                self._till.scan(f"{count}*{self._bags()}")
            case protocol.Scan(code=code):
                self._scan(code)
            case protocol.Tender(kind=kind) if kind not in {"card", "qr"}:
                raise TillError("self_no_cash")
            case _:
                acting.act(self._till, request)
                if request.do in {"sign_out", "end_shift"}:
                    self._attendance.sold()
        self._end_with_the_sale()

    def _open(self, person: Person) -> None:
        if self._state() != "closed":
            raise TillError("not_while_selling")
        self._till.sign_in(person.operator, person.pin)
        if self._till.state == "opening":
            self._till.open_shift("0")

    def _attend(self, person: Person) -> None:
        if self._state() == "closed":
            raise TillError("self_closed")
        operator = self._till.door.admit(person.operator, person.pin)
        self._attendance.attend(operator)
        self._desk.watch.attended(self._called(), operator.operator)

    def _scan(self, code: str) -> None:
        """Enter what a customer scanned; what cannot be, somebody is called for."""
        if self._attendance.attendant is not None:
            self._till.scan(code)
            return
        if _RECEIPT.fullmatch(code):
            self._attendance.call("return", code)
            return
        if read_keyed(code)[0] is not None:
            # A weight that a customer keys is a weight that nobody weighed.
            raise TillError("self_one_by_one")
        try:
            self._till.scan(code)
            self._keep_leaflets_alone()
        except TillError as error:
            if error.code in _AT_THE_SCALE or error.code.startswith(("not_", "self_")):
                raise
            if error.code.startswith("coupon_"):
                raise TillError("self_coupon") from error
            reason: Reason = "scale" if error.code.startswith("scale_") else "code"
            self._attendance.call(reason, error.values.get("name", code), code)

    def _keep_leaflets_alone(self) -> None:
        """Take a coupon off again that headquarters would have to reserve: nobody here could see to that."""
        sale = self._till.sale
        once = presenting.unreserved(sale, self._till.offers) if sale else None
        if once is not None:
            self._till.drop_coupon(once.number)
            raise TillError("self_coupon")

    def _bags(self) -> str:
        if not self._attendance.settings.bags:
            raise TillError("self_no_bags")
        return self._attendance.settings.bags

    def _end_with_the_sale(self) -> None:
        if self._till.basket_uuid != self._basket:
            self._basket = self._till.basket_uuid
            self._attendance.sold()

    def _called(self) -> Call | None:
        till = self._till
        return self._attendance.called(till.sale, till.waiting_for, till.refused)

    def _state(self) -> Literal["closed", "serving", "called", "attended"]:
        if self._till.state in {"signed_out", "opening"}:
            return "closed"
        if self._attendance.attendant is not None:
            return "attended"
        return "called" if self._called() else "serving"

    def picture(self) -> Json:
        """What the page shows."""
        self._end_with_the_sale()
        till, sale, terms = self._till, self._till.sale, self._desk.terms()
        paid = checkout.payment(sale) if sale else None
        waiting, call, attendant = till.waiting_for, self._called(), self._attendance.attendant
        return {
            "state": self._state(),
            "language": self._desk.language,
            "usual": self._desk.usual_language,
            "shop": terms and terms.name,
            "currency": terms and terms.currency,
            "decimals": terms and terms.decimals,
            "basket": _basket(till.basket_uuid, sale),
            "coupons": coupon_pictures(sale) if sale else [],
            "gifts": [asdict(one) for one in till.due_gifts],
            "due": paid.left if paid else 0,
            "paid": paid.tendered if paid else 0,
            "waiting": waiting
            and {
                "kind": waiting.kind,
                "state": waiting.state,
                "amount": waiting.amount,
                "reference": waiting.reference,
            },
            "refused": till.refused and till.refused.why,
            "call": call
            and {
                "why": call.why,
                "about": call.about,
                "code": call.code,
                "line": call.line,
                "age": call.age,
            },
            "attendant": attendant and {"name": attendant.name, "own": may(attendant, "override")},
            "last": till.last
            and {"uuid": till.last.uuid, "receipt": till.last.receipt, "total": till.last.total},
            "bags": bool(self._attendance.settings.bags),
        }


def _basket(uuid: str, sale: Sale | None) -> Json:
    if sale is None:
        return {"uuid": uuid, "lines": [], "total": 0, "saved": 0, "count": 0}
    return {
        "uuid": uuid,
        "lines": [line_picture(line) for line in sale.lines],
        "total": sale.totals.total,
        "saved": sale.totals.saved,
        "count": sum(not line.voided for line in sale.lines),
    }


def _refusal(number: int | None, error: TillError) -> Answer:
    told = {"code": error.code, "values": error.values}
    return Answer(_dump({"id": number, "ok": False, "error": told}), None)


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
