"""The simulated terminal's protocol, as the till speaks it: JSON lines over TCP, a connection per question.

    what happens                                    what is raised
    nobody listens, or none takes the line          TerminalUnreachedError
    the line is cut before any answer               TerminalSilentError unplugged
    nothing comes within the wait                   TerminalSilentError no_answer
    half a line, no JSON, about something else      TerminalSilentError garbled

See docs/operating.md, "The simulated terminal's protocol", for the lines themselves.
"""

from __future__ import annotations

import socket
import time
from dataclasses import asdict
from typing import Literal, TypeVar

import msgspec

from pos_frontend.payment.terminal import (
    Charge,
    Refund,
    Said,
    TerminalSilentError,
    TerminalState,
    TerminalUnreachedError,
)
from schemas.domain.ticket import Authorization
from schemas.domain.till_settlement import BatchTotal

_LONGEST = 4096


class Answer(msgspec.Struct, frozen=True):
    """A line of the terminal's; what was not charged has no more than a reference and a state."""

    reference: str
    state: TerminalState
    amount: int = 0
    authorization: Authorization | None = None


class Settled(msgspec.Struct, frozen=True):
    """What its batch came to, by kind."""

    reference: str
    state: Literal["settled"]
    totals: tuple[BatchTotal, ...]


A = TypeVar("A", Answer, Settled)
_DECODER = msgspec.json.Decoder(Answer)
_SETTLED = msgspec.json.Decoder(Settled)


class TerminalLink:
    """A terminal at an address; every question and its answer take `wait` seconds at most."""

    def __init__(self, host: str, port: int, wait: float = 3.0) -> None:
        self._address = (host, port)
        self._wait = wait

    def authorize_sales(self, charge: Charge) -> Said:
        """See `PaymentTerminal`."""
        return self._ask({"do": "authorize_sales", **asdict(charge)})

    def authorize_refund(self, refund: Refund) -> Said:
        """See `PaymentTerminal`."""
        return self._ask({"do": "authorize_refund", **asdict(refund)})

    def query(self, reference: str) -> Said:
        """See `PaymentTerminal`."""
        return self._ask({"do": "query", "reference": reference})

    def cancel(self, reference: str) -> Said:
        """See `PaymentTerminal`."""
        return self._ask({"do": "cancel", "reference": reference})

    def authorize_void(self, reference: str) -> Said:
        """See `PaymentTerminal`."""
        return self._ask({"do": "authorize_void", "reference": reference})

    def settle(self, reference: str) -> tuple[BatchTotal, ...]:
        """See `PaymentTerminal`."""
        said = self._said({"do": "settle", "reference": reference})
        return _read(said, _SETTLED, reference).totals

    def _ask(self, question: dict[str, object]) -> Said:
        answer = _read(self._said(question), _DECODER, str(question["reference"]))
        return Said(answer.state, answer.amount, answer.authorization)

    def _said(self, question: dict[str, object]) -> bytes:
        deadline = time.monotonic() + self._wait
        try:
            line = socket.create_connection(self._address, self._wait)
        except OSError as error:
            raise TerminalUnreachedError(f"{_where(self._address)}: {error}") from error
        with line:
            try:
                line.sendall(msgspec.json.encode(question) + b"\n")
                return _line(line, deadline)
            except TimeoutError as error:
                told = f"{_where(self._address)} said nothing within {self._wait} s"
                raise TerminalSilentError(told, "no_answer") from error
            except OSError as error:
                raise TerminalSilentError(
                    f"{_where(self._address)}: {error}", "unplugged"
                ) from error


def _line(line: socket.socket, deadline: float) -> bytes:
    """What the terminal sends until its line ends, or the connection does."""
    said = b""
    while not said.endswith(b"\n") and len(said) <= _LONGEST:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        line.settimeout(left)
        more = line.recv(_LONGEST)
        if not more:
            break
        said += more
    return said


def _read(said: bytes, decoder: msgspec.json.Decoder[A], reference: str) -> A:
    if not said:
        raise TerminalSilentError("the line was cut before the answer", "unplugged")
    try:
        answer = decoder.decode(said) if said.endswith(b"\n") else None
    except (msgspec.DecodeError, ValueError):
        answer = None
    if answer is None or answer.reference != reference:
        raise TerminalSilentError(f"not an answer about {reference}: {said[:80]!r}", "garbled")
    return answer


def _where(address: tuple[str, int]) -> str:
    return f"{address[0]}:{address[1]}"
