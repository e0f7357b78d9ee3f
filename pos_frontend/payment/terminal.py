"""A payment terminal as the till asks it; makers' protocols are adapters to this.

    asked               answered with what has become of the reference
    authorize_sales     pending while the customer acts, or the end at once
    authorize_refund    the same: money goes back of a payment that the terminal took before
    query               pending, an end, or not_found: the terminal never heard of it
    cancel              as query; what was pending or not_found is cancelled, and is never charged
                        from then on, even if the request for it arrives late
    authorize_void      as query; what was approved is voided, a payment or a refund
    settle              the totals of its batch: what it took and gave back, by kind, since it was settled
                        before; under a reference that it was settled under before, the same again

    end                 the customer has paid, or was paid
    approved            yes
    declined, timed_out, cancelled, voided   no

Every call ends within seconds, with an answer or one of the two errors; it is made on the thread of
`payments`, never on the till's. Asking under a reference that is known changes nothing and answers
what became of it, so a terminal charges or refunds a reference once at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from schemas.domain.ticket import Authorization, TenderKind
from schemas.domain.till_settlement import BatchTotal

TerminalState = Literal[
    "pending", "approved", "declined", "timed_out", "cancelled", "voided", "not_found"
]
Silence = Literal["no_answer", "garbled", "unplugged"]


#: What a terminal takes and gives back; everything else the cashier does.
BY_TERMINAL: frozenset[TenderKind] = frozenset({"card", "qr"})


class TerminalUnreachedError(Exception):
    """Nothing of what was asked can have reached the terminal: it may be asked as if anew."""


class TerminalSilentError(Exception):
    """What was asked may have reached the terminal, and no answer that reads came back."""

    def __init__(self, message: str, why: Silence) -> None:
        """Keep how it failed beside the words."""
        super().__init__(message)
        self.why: Silence = why


@dataclass(frozen=True, slots=True)
class Charge:
    """What a terminal is asked to take: minor units of a currency, by card or by a scanned code."""

    reference: str
    kind: TenderKind
    amount: int
    currency: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Refund:
    """What a terminal is asked to give back of the payment that it knows as `original`."""

    reference: str
    original: str
    kind: TenderKind
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a terminal says has become of a reference; the amount is what it charged or gave back."""

    state: TerminalState
    amount: int = 0
    authorization: Authorization | None = None


class PaymentTerminal(Protocol):
    """A terminal beside the till. Every call raises TerminalUnreachedError or TerminalSilentError."""

    def authorize_sales(self, charge: Charge) -> Said:
        """Begin to take a payment."""

    def authorize_refund(self, refund: Refund) -> Said:
        """Begin to give a payment back, or a part of it."""

    def query(self, reference: str) -> Said:
        """Ask what has become of a payment."""

    def cancel(self, reference: str) -> Said:
        """Stop a payment that was not made yet."""

    def authorize_void(self, reference: str) -> Said:
        """Give a payment back."""

    def settle(self, reference: str) -> tuple[BatchTotal, ...]:
        """End the batch and tell what it came to."""
