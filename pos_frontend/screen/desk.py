"""The till behind its sockets: one request at a time, on one thread, each answered with the state.

Whatever goes wrong in an act is answered: a refusal with its words, a failure of ours with
`failure`, which is logged. Either leaves the till as it was before.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from typing import Any

import structlog

from pos_frontend.attendance import Attendance
from pos_frontend.customer import CustomerSide, Shown, page_picture
from pos_frontend.day import Terms
from pos_frontend.devices.opening import Counter
from pos_frontend.errors import TillError
from pos_frontend.exceptions.watch import ExceptionWatch
from pos_frontend.health import Health, HealthCheck
from pos_frontend.language import text
from pos_frontend.momentary import Momentary
from pos_frontend.price_check import CheckedPrice, check_price
from pos_frontend.returns import GivingBack
from pos_frontend.screen import acting, coupons, protocol, redeeming, suspended
from pos_frontend.screen.found import lookup_picture
from pos_frontend.screen.state import picture, status_picture
from pos_frontend.settings import Language
from pos_frontend.status import Status, StatusBoard
from pos_frontend.training import Station, Training
from replication.inquiry_desk import Underway
from replication.messages import InquiryAnswer
from schemas.wire.inquiries import TICKET
from schemas.wire.returns import RETURN
from schemas.wire.suspended import CLAIM, SUSPENDED

_log = structlog.get_logger(__name__)
#: What changes nothing that other pages show.
_QUIET = (
    protocol.LookUp, protocol.AboutLookup, protocol.CheckHealth, protocol.CheckPrice,
    protocol.Doubtful, protocol.ListSuspended, protocol.Resume, protocol.AskAccount, protocol.Redeem,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """The message for who asked, and for everybody else, when something changed; and what was begun
    to be looked up, which is waited for elsewhere.
    """

    reply: str
    event: str | None
    lookup: Underway | None = None


class Desk:
    """Takes requests as text and gives answers as text."""

    def __init__(
        self,
        station: Station,
        board: StatusBoard,
        language: Language,
        counter: Counter,
        health: HealthCheck,
        training: Training,
        momentary: Momentary,
    ) -> None:
        self._live = station
        self._training = training
        self._stand_at(station)
        self._board = board
        self.language = self.usual_language = language
        self._counter = counter
        self._health = health
        self._momentary = momentary
        self._customer = CustomerSide(counter.display)
        self._status = board.look()
        self.watch = ExceptionWatch(station.lane, station.till)
        self.thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="till")

    @property
    def attendance(self) -> Attendance | None:
        """Who watches over customers, at a self-checkout."""
        return self._lane.attendance

    @property
    def has_display(self) -> bool:
        """Whether there is something for the customer to see without a page."""
        return self._counter.display is not None

    def handle(self, message: str | bytes) -> Answer:
        """Do what a message asks. To be called on the till's thread."""
        number: int | None = None
        request: protocol.Request | None = None
        try:
            request = protocol.read(message)
            number = request.id
            if isinstance(request, protocol.SwitchLanguage):
                self.language = request.language
            self._train(request)
            begun = self._about_suspended(request)
            training = self._training.on
            asked = redeeming.asked(self._redemptions, self.till, request, training=training)
            asked = asked or coupons.asked(self._redemptions, self.till, request, training=training)
            lookup = self._look_up(request)
            health = self._see_to_devices(request)
            price = self._price(request)
            self._acknowledge(request)
            committed = acting.act(self.till, request)
            if committed:
                self._lookups.forget_sold()
            self._note_copy(request)
        except TillError as error:
            self._refused(request, error)
            return Answer(self._refusal(number, error), None)
        except Exception:  # noqa: BLE001 - a failure of ours is answered and logged, not a closed till
            _log.exception("a request failed")
            return Answer(self._refusal(number, TillError("failure")), None)
        state = self.state()
        told = {
            "committed": committed or None,
            "lookup": None if lookup is None else _begun(lookup),
            "health": None if health is None else asdict(health),
            "price": None if price is None else asdict(price),
        }
        reply = {"id": number, "ok": True, "state": state}
        reply |= {name: value for name, value in told.items() if value is not None}
        if begun is not None:
            lookup, reply["suspended"] = begun
        if asked is not None:
            lookup, said = asked
            reply |= said
        quiet = isinstance(request, _QUIET) or request.do == "state"
        event = None if quiet else _dump({"event": "state", "state": state})
        return Answer(_dump(reply), event, lookup)

    def when_paid(self, call: Callable[[], None]) -> None:
        """Have something called, on another thread, when the terminal has said something."""
        self._training.heard = call
        if self._live.lane.payments is not None:
            self._live.lane.payments.heard = call

    def when_scanned(self, call: Callable[[str], None]) -> None:
        """Have something called, on another thread, with the event of each code that is scanned."""
        if self._counter.scanner is not None:
            self._counter.scanner.heard = lambda code: call(
                _dump({"event": "scanned", "scanned": {"code": code}})
            )

    def follow_payments(self) -> str:
        """Take what the terminal has said; the event to send. To be called on the till's thread."""
        for till in {self._live.till, self.till}:
            try:
                till.follow_payments()
            except TillError as error:
                # The payment stands in the sale, and the cashier's next act tells what is wrong.
                _log.warning("a paid sale is not committed yet", why=error.code)
        return self.hello()

    def hello(self) -> str:
        """The first message on a new connection. To be called on the till's thread."""
        return _dump({"event": "state", "state": self.state()})

    def state(self) -> dict[str, Any]:
        """The till as its page shows it."""
        shown = picture(self.till, self.terms(), self._lane.site, self.language, self._status)
        return shown | {"training": self._training.on}

    def follow(self) -> str | None:
        """Bring the customer's side up to date; the event to send to its pages when it changed.

        To be called on the till's thread, after an act and now and then.
        """
        shown = self._customer.follow(
            self.till, self.terms(), self.language, self._lane.clock(), training=self._training.on
        )
        return None if shown is None else _customer_event(shown)

    def hello_customer(self) -> str:
        """The first message to a customer's page. To be called on the till's thread."""
        self.follow()
        shown = self._customer.shown
        return "" if shown is None else _customer_event(shown)

    def look(self) -> str | None:
        """The event to send when the status has changed since it was looked at before."""
        self._lookups.keep_counts()
        status: Status = self._board.look()
        self.watch.look(status)
        if status == self._status:
            return None
        self._status = status
        return _dump({"event": "status", "status": status_picture(status)})

    def ended(self, underway: Underway, answer: InquiryAnswer) -> tuple[str | None, str | None]:
        """The event for who asked, when an inquiry has ended, and the one for everybody, when the till
        changed by it. To be called on the till's thread.
        """
        if coupons.is_about_one(underway):
            reserved = coupons.ended(self._redemptions, self.till, underway, answer)
            return _dump(reserved), self.hello()
        if underway.inquiry.kind in redeeming.KINDS:
            return self._redeemed(underway, answer)
        if underway.inquiry.kind not in {SUSPENDED, CLAIM}:
            return self._looked_up(underway, answer), None
        told = suspended.ended(self._shared, self.till, underway, answer)
        changed = None if told is None or told["event"] != "resumed" else self.hello()
        return None if told is None else _dump(told), changed

    def _redeemed(self, underway: Underway, answer: InquiryAnswer) -> tuple[str, str | None]:
        told = redeeming.ended(self._redemptions, self.till, underway, answer)
        if told.committed:
            self._lookups.forget_sold()
        return _dump(told.event), self.hello() if told.changed else None

    def tell_moment(self) -> None:
        """Let the branch see how the till stands. To be called on the till's thread, now and then."""
        self._momentary.look(self.till, self._status, training=self._training.on)

    def see_to_grants(self) -> None:
        """Keep the lane in grants. To be called on the till's thread, now and then."""
        if self._live.renewal is not None:
            self._live.renewal.turn(line_up=self._status.link.online, sale=self._live.till.sale)

    def _looked_up(self, underway: Underway, answer: InquiryAnswer) -> str | None:
        """The event to send when a look-up has ended; None when nobody looks any longer."""
        try:
            if not self._lookups.take(underway, answer):
                return None
        except ValueError as error:
            _log.warning("a found ticket cannot be read", by=answer.answered_by, error=str(error))
            unread = {"outcome": "unknown", "complete": False, "why": "not_understood", "body": {}}
            answer = answer.model_copy(update=unread)
        found = self._lookups.found
        key = str(underway.inquiry.body["key"])
        shown = lookup_picture(key, answer, found, self._lane.site, self._lookups.sold)
        return _dump({"event": "lookup", "lookup": shown})

    def price_of(self, code: str) -> CheckedPrice:
        """What something costs now, whoever is at the till. Raises TillError."""
        now = self._lane.clock()
        return check_price(self._lane.catalogue, self.till.offers, code, self.till.terms(now), now)

    def close(self) -> None:
        """Finish what is being done and take no more."""
        self.thread.shutdown()
        self.watch.close()
        self._training.end()
        self._live.lookups.close()

    def _look_up(self, request: protocol.Request) -> Underway | None:
        """Do what a request wants of a look-up; the till's own state does not change by it."""
        match request:
            case protocol.LookUp(key=key, returning=returning):
                self.till.must_be_at_work()
                return self._lookups.begin(key, RETURN if returning else TICKET)
            case protocol.GiveBack():
                self.till.give_back(self._lookups.sold_before(), _giving_back(request))
            case protocol.AboutLookup(do="end_lookup"):
                self._lookups.end()
            case protocol.AboutLookup(do="print_found"):
                held = self._lookups.found
                if held is None:
                    raise TillError("no_ticket")
                self.till.print_copy(held.ticket, held.shop, held.currency)
            case _:
                pass
        return None

    def _refused(self, request: protocol.Request | None, error: TillError) -> None:
        if request is not None and not self._training.on:
            self.watch.refused(request.do, getattr(request, "operator", ""), error)

    def _note_copy(self, request: protocol.Request) -> None:
        if self._training.on:
            return
        if request.do == "reprint" and self.till.last is not None:
            self.watch.copied(self.till.last, "reprint")
        elif request.do == "print_found" and self._lookups.found is not None:
            self.watch.copied(self._lookups.found.ticket, "looked_up")

    def _train(self, request: protocol.Request) -> None:
        """Have another till at the page, or the lane's own again with nobody at it."""
        match request:
            case protocol.BeginTraining(operator=operator, pin=pin):
                if self._training.on:
                    raise TillError("in_training")
                present = self.till.may_train(operator, pin)
                self._stand_at(self._training.begin(present))
                self._live.lookups.end()
                self._live.till.sign_out()
            case protocol.Plain(do="end_training") if self._training.on:
                self._stand_at(self._live)
                self._training.end()
            case _:
                pass

    def _stand_at(self, station: Station) -> None:
        """Have this till at the page."""
        self._lane, self.till = station.lane, station.till
        self._lookups, self._shared = station.lookups, station.shared
        self._redemptions = station.redemptions

    def _about_suspended(self, request: protocol.Request) -> tuple[Underway, dict[str, Any]] | None:
        """Ask the branch what a request wants to know of suspended baskets, and tell what is known here."""
        match request:
            case protocol.ListSuspended():
                self.till.must_be_between_baskets()
                return suspended.asked(self._shared)
            case protocol.Resume(suspended=uuid):
                self.till.must_be_between_baskets()
                claim = self._shared.claim(uuid)
                return claim, {"id": claim.inquiry.uuid, "uuid": uuid}
            case _:
                return None

    def _price(self, request: protocol.Request) -> CheckedPrice | None:
        return self.price_of(request.code) if isinstance(request, protocol.CheckPrice) else None

    def _acknowledge(self, request: protocol.Request) -> None:
        """Note that a message was seen, and show it no longer."""
        if not isinstance(request, protocol.Acknowledge):
            return
        if self.till.operator is None:
            raise TillError("not_while_signed_out")
        self._board.messages.acknowledge(request.message, self.till.operator.operator)
        left = tuple(one for one in self._status.messages if one.message != request.message)
        self._status = replace(self._status, messages=left)

    def _see_to_devices(self, request: protocol.Request) -> Health | None:
        match request:
            case protocol.Doubtful(print=copies):
                self._live.till.must_be_at_work()
                self._health.spool.settle_doubtful(copies=copies)
            case protocol.CheckHealth(device=device):
                if self.till.operator is None:
                    raise TillError("not_while_signed_out")
                return self._health.check(device, self.language, self.terms())
            case _:
                pass
        return None

    def terms(self) -> Terms | None:
        """What the basket, or the next one, is made under; None before the catalogue has arrived."""
        if self.till.sale is not None:
            return self.till.sale.terms
        try:
            return self.till.terms(self._lane.clock())
        except TillError:
            return None  # not loaded yet: the page says so

    def _refusal(self, number: int | None, error: TillError) -> str:
        words = text(self.language, f"error.{error.code}", **error.values)
        return _dump(
            {
                "id": number,
                "ok": False,
                "error": {"code": error.code, "message": words, "values": error.values},
            }
        )


def _giving_back(request: protocol.GiveBack) -> GivingBack:
    return GivingBack(request.line, request.quantity, request.reason, request.operator, request.pin)


def _begun(lookup: Underway) -> dict[str, object]:
    return {"id": lookup.inquiry.uuid, "key": lookup.inquiry.body["key"]}


def _customer_event(shown: Shown) -> str:
    return _dump({"event": "customer", "customer": page_picture(shown)})


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
