"""A payment terminal that is not there: for demonstrations, training and tests, on a TCP port.

What it does follows from the last two digits of the amount, or from what it was told to do next:

    behaviour       cents    the customer is charged    what the till hears
    approve         others   yes, at the next question  pending, then approved
    decline         .91      no                         pending, then declined
    time_out        .92      no                         pending, then timed_out
    wait            .93      no                         pending until it is cancelled
    lose_answer     .94      yes                        the line is cut without an answer
    half_a_line     .95      yes                        half an answer
    garbage         .96      yes                        bytes that are no answer
    hang            .97      no, it never noticed       nothing, until the till hangs up

Every later question is answered as it should be. It counts what it charged: `charged` has one amount
per charge, so a double charge would be seen, and `refunded` one per refund. A refund behaves like a
payment; one of more than is left of the payment that it names is declined. `settle` ends its batch.
"""

from __future__ import annotations

import json
import socketserver
import threading
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Behaviour = Literal[
    "approve", "decline", "time_out", "wait", "lose_answer", "half_a_line", "garbage", "hang"
]
BEHAVIOURS: tuple[Behaviour, ...] = get_args(Behaviour)
_BEGIN = {"authorize_sales", "authorize_refund"}
_FIRST_OF_CENTS = 90
_ENDS = {"approve": "approved", "decline": "declined", "time_out": "timed_out"}
_AT_ONCE = {"lose_answer", "half_a_line", "garbage"}
_GARBAGE = b"\x00\xff\x02}{not json\n"


def behaviour_for(amount: int) -> Behaviour:
    """Return how an amount is treated, as in the table above."""
    place = amount % 100 - _FIRST_OF_CENTS
    return BEHAVIOURS[place] if 0 < place < len(BEHAVIOURS) else "approve"


@dataclass
class Payment:
    """What the terminal knows of a reference; `original` is what a refund gives back."""

    amount: int
    kind: str = ""
    ends: str = "pending"
    state: str = "pending"
    slip: int = 0
    original: str = ""
    settled: int = 0

    @property
    def moved(self) -> int:
        """What it came to, below nought for a refund; nothing unless it was approved and stands."""
        if self.state != "approved":
            return 0
        return -self.amount if self.original else self.amount


@dataclass
class SimulatedTerminal:
    """What the terminal remembers; `next` is what it was told to do with the next payment."""

    next: Behaviour | None = None
    payments: dict[str, Payment] = field(default_factory=dict)
    charged: list[tuple[str, int]] = field(default_factory=list)
    refunded: list[tuple[str, int]] = field(default_factory=list)
    voided: list[str] = field(default_factory=list)
    batches: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    #: Set when it ends, so that a question that hangs does not hold it up.
    ending: threading.Event = field(default_factory=threading.Event)

    def answer(self, line: bytes) -> bytes:
        """Return what is sent back for a line; nothing cuts the connection."""
        try:
            asked = json.loads(line)
            do, reference = str(asked["do"]), str(asked["reference"])
        except (ValueError, KeyError, TypeError):
            return b'{"error":"not a question"}\n'
        with self._lock:
            if do == "settle":
                return self._settle(reference)
            if do in _BEGIN and reference not in self.payments:
                behaviour = self.next or behaviour_for(int(asked["amount"]))
                self.next = None
            else:
                behaviour = None
                self._go_on(do, reference)
            if behaviour is not None and behaviour != "hang":
                self._begin(reference, asked, behaviour)
            said = self._told(reference)
        return self._sent(said, behaviour)

    def _settle(self, reference: str) -> bytes:
        """End the batch; one that was ended under the same reference is told again."""
        if reference not in self.batches:
            totals: dict[str, dict[str, Any]] = {}
            for payment in self.payments.values():
                if more := payment.moved - payment.settled:
                    nothing = {"kind": payment.kind, "count": 0, "amount": 0}
                    total = totals.setdefault(payment.kind, nothing)
                    total["count"] += 1
                    total["amount"] += more
                    payment.settled = payment.moved
            self.batches[reference] = [totals[kind] for kind in sorted(totals)]
        told = {"reference": reference, "state": "settled", "totals": self.batches[reference]}
        return json.dumps(told).encode() + b"\n"

    def _begin(self, reference: str, asked: dict[str, Any], behaviour: Behaviour) -> None:
        payment = Payment(int(asked["amount"]), str(asked["kind"]))
        payment.original = str(asked.get("original", ""))
        payment.ends = _ENDS.get(behaviour, "pending")
        self.payments[reference] = payment
        if behaviour in _AT_ONCE:
            self._end(reference, payment, "approved")

    def _left(self, reference: str) -> int:
        """What a payment may still give back."""
        paid = self.payments.get(reference)
        if paid is None or paid.state != "approved" or paid.original:
            return 0
        others = (o for o in self.payments.values() if o.original == reference)
        return paid.amount - sum(o.amount for o in others if o.state == "approved")

    def _go_on(self, do: str, reference: str) -> None:
        payment = self.payments.get(reference)
        if do == "cancel":
            # What it hears of later is refused: the till has been told that it was cancelled.
            payment = self.payments.setdefault(reference, Payment(0))
            if payment.state == "pending":
                payment.state = "cancelled"
        elif payment is None:
            return
        elif do == "authorize_void" and payment.state == "approved":
            payment.state = "voided"
            self.voided.append(reference)
        elif do == "query" and payment.state == "pending" and payment.ends != "pending":
            self._end(reference, payment, payment.ends)

    def _end(self, reference: str, payment: Payment, state: str) -> None:
        if payment.original and payment.amount > self._left(payment.original):
            state = "declined"
        payment.state = state
        if state == "approved":
            done = self.refunded if payment.original else self.charged
            done.append((reference, payment.amount))
            payment.slip = len(self.charged) + len(self.refunded)

    def _told(self, reference: str) -> bytes:
        payment = self.payments.get(reference)
        told: dict[str, object] = {"reference": reference, "state": "not_found"}
        if payment is not None:
            told["state"] = payment.state
        if payment is not None and payment.slip:
            told |= {"amount": payment.amount, "authorization": _authorization(payment)}
        return json.dumps(told).encode() + b"\n"

    def _sent(self, said: bytes, behaviour: Behaviour | None) -> bytes:
        match behaviour:
            case "lose_answer":
                return b""
            case "half_a_line":
                return said[: len(said) // 2]
            case "garbage":
                return _GARBAGE
            case "hang":
                self.ending.wait(60)
                return b""
            case _:
                return said


def _authorization(payment: Payment) -> dict[str, str]:
    by_card = payment.kind == "card"
    return {
        "approval_code": f"{payment.slip:06d}",
        "account_number": "************1234" if by_card else "",
        "card_company": "UnionPay" if by_card else "QR",
        "slip_number": f"S{payment.slip:05d}",
    }


class TerminalServer(socketserver.ThreadingTCPServer):
    """Serves a simulated terminal; a port of 0 takes a free one."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, terminal: SimulatedTerminal, host: str, port: int) -> None:
        self.terminal = terminal
        super().__init__((host, port), _Talk)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])


class _Talk(socketserver.StreamRequestHandler):
    server: TerminalServer

    def handle(self) -> None:
        line = self.rfile.readline(4096)
        if line:
            self.wfile.write(self.server.terminal.answer(line))
