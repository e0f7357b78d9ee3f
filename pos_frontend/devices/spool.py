"""The queue between the till and its printer: a sale never waits for paper.

    submit ──▶ waiting ──▶ printed
                  └─ the printer is away: tried again, every few seconds, in order
                     it may have been printed: tried again as a copy (补打)

When more receipts wait than the queue holds, or a receipt cannot be laid out, the receipt is given
up and `state` says which and why; the ticket is safe, and can be printed again.
"""

from __future__ import annotations

import queue
import threading
from dataclasses import replace

import structlog

from pos_frontend.day import Terms
from pos_frontend.devices.layout import Receipt, Style, receipt_bytes
from pos_frontend.devices.printer import Printer, PrinterError
from pos_frontend.devices.self_test import SelfTest, self_test_bytes
from pos_frontend.status import PrinterState
from schemas.domain.ticket import Ticket

_log = structlog.get_logger(__name__)
_ROOM = 200
_PAUSE = 3.0


class Spool:
    """Prints receipts on a thread of its own. Without a printer it prints none."""

    def __init__(
        self, printer: Printer | None, style: Style, *, room: int = _ROOM, pause: float = _PAUSE
    ) -> None:
        self._printer = printer
        self._style = style
        self._pause = pause
        self._queue: queue.Queue[Receipt | SelfTest | None] = queue.Queue(room)
        self._stop = threading.Event()
        self._trouble = ""
        self._thread = threading.Thread(target=self._run, name="printer", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, patience: float = 10.0) -> None:
        """Print what waits, if the printer lets us, and end."""
        if self._trouble:
            self._stop.set()
        try:
            self._queue.put(None, timeout=patience)
        except queue.Full:
            self._stop.set()
        self._thread.join(timeout=patience)
        if self._thread.is_alive():
            _log.warning("receipts were not printed", waiting=self._queue.qsize())

    def submit(self, ticket: Ticket, at: Terms, *, copy: bool) -> None:
        """Queue a receipt; see `Printing`."""
        if self._printer is None:
            return
        self._submit(Receipt(ticket, at.name, at.currency, at.decimals, copy))

    def submit_test(self, test: SelfTest) -> None:
        """Queue a test receipt behind those that wait."""
        self._submit(test)

    def state(self) -> PrinterState:
        """Return how many receipts wait, and what is wrong."""
        return PrinterState(self._queue.qsize(), self._trouble, self._printer is not None)

    def _submit(self, receipt: Receipt | SelfTest) -> None:
        try:
            self._queue.put_nowait(receipt)
        except queue.Full:
            self._give_up(receipt, "too many receipts wait")

    def _run(self) -> None:
        while (receipt := self._queue.get()) is not None:
            self._until_printed(receipt)

    def _until_printed(self, receipt: Receipt | SelfTest) -> None:
        while not self._stop.is_set():
            try:
                self._print(receipt)
            except PrinterError as error:
                self._trouble = str(error)
                _log.warning("not printed", receipt=receipt.name, reason=str(error))
                if isinstance(receipt, Receipt):
                    receipt = replace(receipt, copy=receipt.copy or error.uncertain)
                self._stop.wait(self._pause)
                continue
            except Exception as error:  # noqa: BLE001 - see below
                # One receipt that cannot be laid out must not keep the others from being printed.
                _log.exception("receipt given up", receipt=receipt.name)
                self._give_up(receipt, str(error))
                return
            self._trouble = ""
            return

    def _print(self, receipt: Receipt | SelfTest) -> None:
        if self._printer is None:
            return
        data = (
            receipt_bytes(receipt, self._style)
            if isinstance(receipt, Receipt)
            else self_test_bytes(receipt, self._style)
        )
        self._printer.print(receipt.name, data)

    def _give_up(self, receipt: Receipt | SelfTest, reason: str) -> None:
        self._trouble = f"{receipt.name}: {reason}"
        _log.warning("receipt given up", receipt=receipt.name, reason=reason)
