"""Receipt printers that speak ESC/POS, wherever they are plugged in: the bytes of a receipt, and what
the printer says before and after them.

    when      what the printer does                           state         the receipt
    before    cannot be opened, hangs up                      unplugged     was not begun
              says that it has no paper, is open, is broken   no_paper, cover_open, failed    likewise
              says nothing, or what is no status              no_answer, garbled              likewise
    within    takes no more, hangs up                         unplugged     `uncertain`: half printed
    after     is through with it (GS r is answered in turn)                 printed
              says what is wrong, or nothing, or no status    as above      `uncertain`

A printer that tells its state but has never answered GS r is believed by its state. One that answers
no questions (`answers = false`) is only written to: what it does with a receipt nobody knows.

The status is asked before, because a printer without paper would keep every attempt in its memory and
print them all at last. It is opened for each receipt and closed behind it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from pos_frontend.devices.port import Opener, Port, UnpluggedError
from pos_frontend.status import Trouble

ASK_OFFLINE, ASK_PAPER, ASK_THROUGH = b"\x10\x04\x02", b"\x10\x04\x04", b"\x1dr\x01"
_PIECE = 512
_TURNS = 10
#: What a printer says to a serial line's flow control, and to nobody's question.
_XON_XOFF = b"\x11\x13"
_MOST_PASSED = 64
#: The bits of an answer that are always alike: (mask, their values).
_AT_ONCE, _IN_TURN = (0b1001_0011, 0b0001_0010), (0b1001_0000, 0)
_COVER_OPEN, _PAPER_STOP, _BROKEN, _PAPER_OUT = 0x04, 0x20, 0x40, 0x60
_PAPER_OUT_IN_TURN = 0x0C


class PrinterError(Exception):
    """A receipt was not printed, or not all of it, which `uncertain` says."""

    def __init__(self, message: str, state: Trouble, *, uncertain: bool = False) -> None:
        """Keep what is wrong in one word, and whether paper may have come out."""
        super().__init__(message)
        self.state: Trouble = state
        self.uncertain = uncertain


class Printer(Protocol):
    """What a receipt is printed on."""

    def print(self, name: str, data: bytes) -> None:
        """Print the bytes of the receipt called `name`. Raises PrinterError."""

    def check(self) -> None:
        """Look whether it can print. Raises PrinterError."""


class EscposPrinter:
    """An ESC/POS printer; `where` names it. To be used on the spool's thread: it waits for seconds.

    `turns` is how often the port's wait is spent on a receipt being printed.
    """

    def __init__(
        self, where: str, opener: Opener, *, answers: bool = True, turns: int = _TURNS
    ) -> None:
        self._where = where
        self._opener = opener
        self._answers = answers
        self._turns = turns
        self._confirms: bool | None = None

    def print(self, name: str, data: bytes) -> None:
        """See `Printer`."""
        with self._opened() as port:
            self._print_on(port, name, data)

    def check(self) -> None:
        """See `Printer`."""
        with self._opened() as port:
            if not self._answers:
                return
            try:
                self._must_be_ready(port)
            except UnpluggedError as error:
                raise PrinterError(f"the printer hung up: {error}", "unplugged") from error

    @contextmanager
    def _opened(self) -> Iterator[Port]:
        try:
            port = self._opener()
        except UnpluggedError as error:
            message = f"the printer cannot be reached: {error}"
            raise PrinterError(message, "unplugged") from error
        try:
            yield port
        finally:
            port.close()

    def _print_on(self, port: Port, name: str, data: bytes) -> None:
        begun = False
        try:
            if self._answers:
                self._must_be_ready(port)
            begun = True
            for start in range(0, len(data), _PIECE):
                port.write(data[start : start + _PIECE])
            if self._answers:
                self._must_be_through(port)
        except UnpluggedError as error:
            message = f"the printer broke off at {name}: {error}"
            raise PrinterError(message, "unplugged", uncertain=begun) from error
        except PrinterError as error:
            if not begun:
                raise
            raise PrinterError(f"{name}: {error}", error.state, uncertain=True) from error

    def _must_be_ready(self, port: Port) -> None:
        """Raise PrinterError unless the printer says that it can print."""
        offline = self._asked(port, ASK_OFFLINE)
        if offline & _COVER_OPEN:
            raise PrinterError(f"the printer at {self._where} is open", "cover_open")
        if offline & _PAPER_STOP or self._asked(port, ASK_PAPER) & _PAPER_OUT:
            raise PrinterError(f"the printer at {self._where} has no paper", "no_paper")
        if offline & _BROKEN:
            message = (
                f"the printer at {self._where} reports an error of its own: switch it off and on"
            )
            raise PrinterError(message, "failed")

    def _must_be_through(self, port: Port) -> None:
        """Raise PrinterError unless the printer has printed what it was sent."""
        port.forget()
        port.write(ASK_THROUGH)
        said = _answer(port, self._turns if self._confirms is not False else 1)
        if said is None:
            self._must_be_ready(port)  # says what is wrong, if it can
            if self._confirms:
                raise PrinterError(f"the printer at {self._where} does not finish", "no_answer")
            self._confirms = False
            return
        if said & _IN_TURN[0] != _IN_TURN[1]:
            raise self._garbled(said)
        self._confirms = True
        if said & _PAPER_OUT_IN_TURN:
            raise PrinterError(f"the printer at {self._where} has run out of paper", "no_paper")

    def _asked(self, port: Port, question: bytes) -> int:
        port.forget()
        port.write(question)
        said = _answer(port, 1)
        if said is None:
            message = (
                f"the printer at {self._where} does not answer; if it never does, set "
                "printer.answers = false"
            )
            raise PrinterError(message, "no_answer")
        if said & _AT_ONCE[0] != _AT_ONCE[1]:
            raise self._garbled(said)
        return said

    def _garbled(self, said: int) -> PrinterError:
        message = f"the printer at {self._where} answers {said:#04x}, which is no status"
        return PrinterError(message, "garbled")


def _answer(port: Port, turns: int) -> int | None:
    """The next byte that is no flow control, waited for so many times."""
    passed = 0
    while turns > 0 and passed < _MOST_PASSED:
        said = port.read(1)
        if not said:
            turns -= 1
        elif said in _XON_XOFF:
            passed += 1
        else:
            return said[0]
    return None
