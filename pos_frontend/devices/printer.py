"""Printers: what takes the bytes of a receipt, and what it says when it cannot.

A network printer is opened for each receipt and given three seconds. A broken connection often
shows only after the bytes were written, so its status is asked afterwards; when that fails the
receipt may or may not be on paper (`uncertain`), and is printed again as a copy.
"""

from __future__ import annotations

import socket
from typing import Protocol

from escpos.constants import RT_STATUS_PAPER
from escpos.exceptions import Error as EscposError
from escpos.printer import Network

_TIMEOUT = 3.0
_PAPER_OUT = 0b0110_0000


class PrinterError(Exception):
    """A receipt was not printed; it stays queued. `uncertain` says that it may have been."""

    def __init__(self, message: str, state: str = "failed", *, uncertain: bool = False) -> None:
        """Keep what is wrong in one word, and whether paper may have come out."""
        super().__init__(message)
        self.state = state
        self.uncertain = uncertain


class Printer(Protocol):
    """What a receipt is printed on."""

    def print(self, name: str, data: bytes) -> None:
        """Print the bytes of the receipt called `name`. Raises PrinterError."""


class NetworkPrinter:
    """An ESC/POS printer at a host and port."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port

    def print(self, name: str, data: bytes) -> None:
        """Send one receipt and ask whether it went through."""
        device = Network(self._host, self._port, timeout=_TIMEOUT)
        where = f"the printer at {self._host}:{self._port}"
        try:
            # Opened here: when there is no answer, python-escpos leaves its socket to the collector.
            device.device = socket.create_connection((self._host, self._port), _TIMEOUT)
        except OSError as error:
            raise PrinterError(f"{where} cannot be reached: {error}") from error
        try:
            device._raw(data)  # noqa: SLF001 - the way python-escpos has for raw bytes
            status = _status(device)
        except (EscposError, OSError) as error:
            message = f"{where} broke off at receipt {name}: {error}"
            raise PrinterError(message, uncertain=True) from error
        finally:
            device.close()
        if status is not None and status & _PAPER_OUT:
            raise PrinterError(f"{where} has no paper", uncertain=True)


def _status(device: Network) -> int | None:
    """Return the paper sensor's byte; None from a printer that answers no questions."""
    try:
        answer = device.query_status(RT_STATUS_PAPER)
    except TimeoutError:
        return None
    if not answer:
        raise OSError("the connection was closed")
    return int(answer[0])
