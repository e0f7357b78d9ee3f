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

import structlog

from pos_frontend.day import Terms
from pos_frontend.devices.layout import Receipt
from pos_frontend.devices.printer import Printer, PrinterError
from pos_frontend.devices.self_test import SelfTest
from pos_frontend.devices.sheet import Printable, Style
from pos_frontend.devices.slip import Slip
from pos_frontend.status import PrinterState
from schemas.domain.ticket import Ticket
from schemas.domain.till import CashMoved

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
        self._queue: queue.Queue[Printable | None] = queue.Queue(room)
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
        self._submit(Receipt(ticket, at.name, at.currency, at.decimals, copy))

    def submit_slip(self, moved: CashMoved, at: Terms) -> None:
        """Queue a slip; see `Printing`."""
        self._submit(Slip(moved, at.name, at.zone, at.decimals))

    def submit_test(self, test: SelfTest) -> None:
        """Queue a test receipt behind those that wait."""
        self._submit(test)

    def submit_sheet(self, sheet: Printable) -> None:
        """Queue any sheet behind those that wait."""
        self._submit(sheet)

    def state(self) -> PrinterState:
        """Return how many receipts wait, and what is wrong."""
        return PrinterState(self._queue.qsize(), self._trouble, self._printer is not None)

    def _submit(self, one: Printable) -> None:
        if self._printer is None:
            return
        try:
            self._queue.put_nowait(one)
        except queue.Full:
            self._give_up(one, "too many receipts wait")

    def _run(self) -> None:
        while (one := self._queue.get()) is not None:
            self._until_printed(one)

    def _until_printed(self, one: Printable) -> None:
        while not self._stop.is_set():
            try:
                self._print(one)
            except PrinterError as error:
                self._trouble = str(error)
                _log.warning("not printed", receipt=one.name, reason=str(error))
                if error.uncertain:
                    one = one.as_copy()
                self._stop.wait(self._pause)
                continue
            except Exception as error:  # noqa: BLE001 - see below
                # One receipt that cannot be laid out must not keep the others from being printed.
                _log.exception("receipt given up", receipt=one.name)
                self._give_up(one, str(error))
                return
            self._trouble = ""
            return

    def _print(self, one: Printable) -> None:
        if self._printer is not None:
            self._printer.print(one.name, one.lay_out(self._style))

    def _give_up(self, one: Printable, reason: str) -> None:
        self._trouble = f"{one.name}: {reason}"
        _log.warning("receipt given up", receipt=one.name, reason=reason)
