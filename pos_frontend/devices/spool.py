"""The queue between the till and its printer: a sale never waits for paper.

    submit ──▶ waiting ──▶ printed
                  ├─ the printer is away, has no paper, …: nothing came out, tried again every few
                  │  seconds, in order; the drawer is not opened when it comes back much later.
                  │  While nothing waits it is looked at likewise
                  └─ it broke off within, cannot be laid out, too many wait: doubtful, and the next
                     one's turn; printed as a copy (补打) when somebody asks for it, see `doubtful`

`state` says what is wrong in one word and in detail; the ticket is safe whatever becomes of its paper.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from pos_frontend.day import Terms
from pos_frontend.devices.doubtful import Doubtful
from pos_frontend.devices.layout import Receipt
from pos_frontend.devices.printer import Printer, PrinterError
from pos_frontend.devices.self_test import SelfTest
from pos_frontend.devices.sheet import DRAWER, Printable, Style
from pos_frontend.devices.shift_sheet import ShiftSheet
from pos_frontend.devices.slip import Slip
from pos_frontend.settling import ShiftReport
from pos_frontend.status import PrinterState, Trouble
from schemas.domain.ticket import TenderKind, Ticket
from schemas.domain.till import CashMoved

_log = structlog.get_logger(__name__)
_ROOM = 200
_PAUSE = 3.0
_IDLE = 15.0
#: A drawer that springs open minutes after the sale, with nobody at it, is an invitation.
_DRAWER_WAITS = 20.0


@dataclass(frozen=True, slots=True)
class _Waiting:
    one: Printable
    since: float


class Spool:
    """Prints receipts on a thread of its own. Without a printer it prints none.

    `clock` counts seconds and never goes back.
    """

    def __init__(
        self,
        printer: Printer | None,
        style: Style,
        *,
        room: int = _ROOM,
        pause: float = _PAUSE,
        doubtful: Doubtful | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._printer = printer
        self._style = style
        self._pause = pause
        self._clock = clock
        self._queue: queue.Queue[_Waiting | None] = queue.Queue(room)
        self._stop = threading.Event()
        self._trouble: tuple[Trouble, str] | None = None
        self._thread = threading.Thread(target=self._run, name="printer", daemon=True)
        self.doubtful = Doubtful() if doubtful is None else doubtful

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

    def submit(
        self, ticket: Ticket, at: Terms, *, copy: bool, left: Mapping[TenderKind, int] | None = None
    ) -> None:
        """Queue a receipt; see `Printing`."""
        self._submit(Receipt.made(ticket, at, copy=copy, left=left))

    def submit_slip(self, moved: CashMoved, at: Terms) -> None:
        """Queue a slip; see `Printing`."""
        self._submit(Slip.made(moved, at))

    def submit_report(self, report: ShiftReport, at: Terms) -> None:
        """Queue an X or a Z; see `Printing`."""
        self._submit(ShiftSheet.made(report, at))

    def submit_test(self, test: SelfTest) -> None:
        """Queue a test receipt behind those that wait."""
        self._submit(test)

    def submit_sheet(self, sheet: Printable) -> None:
        """Queue any sheet behind those that wait."""
        self._submit(sheet)

    def settle_doubtful(self, *, copies: bool) -> None:
        """Queue a copy of everything that is doubtful, or take somebody's word that it is well."""
        for one in self.doubtful.take():
            if copies:
                self._submit(one)

    def state(self) -> PrinterState:
        """Return how many receipts wait, what is wrong, and what is doubtful."""
        state, why = self._trouble or ("ready", "")
        configured = self._printer is not None
        return PrinterState(self._queue.qsize(), why, configured, state, self.doubtful.names())

    def _submit(self, one: Printable) -> None:
        if self._printer is None:
            return
        try:
            self._queue.put_nowait(_Waiting(one, self._clock()))
        except queue.Full:
            self._give_up(one, "too many receipts wait")

    def _run(self) -> None:
        while True:
            try:
                waiting = self._queue.get(timeout=self._pause if self._trouble else _IDLE)
            except queue.Empty:
                self._look()
                continue
            if waiting is None:
                return
            if self._is_through(waiting):
                self.doubtful.note(waiting.one)

    def _look(self) -> None:
        """See how the printer does while nothing waits, so that nobody finds out by a receipt."""
        if self._printer is None:
            return
        try:
            self._printer.check()
        except PrinterError as error:
            self._fails(error)
        else:
            self._trouble = None

    def _fails(self, error: PrinterError) -> None:
        if self._trouble is None or self._trouble[0] != error.state:
            _log.warning("the printer does not print", state=error.state, reason=str(error))
        self._trouble = (error.state, str(error))

    def _is_through(self, waiting: _Waiting) -> bool:
        """Print until it is on paper or doubtful; False when the till ends before that."""
        one = waiting.one
        while not self._stop.is_set():
            try:
                self._print(waiting)
            except PrinterError as error:
                self._fails(error)
                if error.uncertain:
                    _log.warning("a receipt broke off", receipt=one.name)
                    self.doubtful.add(one)
                    return True
                self._stop.wait(self._pause)
                continue
            except Exception as error:  # noqa: BLE001 - see below
                # One receipt that cannot be laid out must not keep the others from being printed.
                _log.exception("receipt given up", receipt=one.name)
                self._give_up(one, str(error))
                return True
            self._trouble = None
            self.doubtful.printed(one)
            return True
        return False

    def _print(self, waiting: _Waiting) -> None:
        data = waiting.one.lay_out(self._style)
        if self._clock() - waiting.since > _DRAWER_WAITS:
            data = data.removesuffix(DRAWER)
        if self._printer is not None:
            self._printer.print(waiting.one.name, data)

    def _give_up(self, one: Printable, reason: str) -> None:
        self._trouble = ("failed", f"{one.name}: {reason}")
        _log.warning("receipt given up", receipt=one.name, reason=reason)
        self.doubtful.add(one)
