"""The till's payments at the terminal: all talk is on a thread of its own, the till looks at what it knows.

    the till           begin ─ ask_again ─ give_up ─ forget       return at once
    the thread         write the book ─ ask the terminal ─ write ─ `heard`

An attempt that cannot be written down is not asked for. While the terminal is silent it is asked at
growing pauses; whatever the till does asks it at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace

import structlog

from pos_frontend.payment.attempt import (
    TALKED_ABOUT,
    UNDERWAY,
    Attempt,
    after,
    refused,
    resumed,
    silent,
)
from pos_frontend.payment.batches import Batches
from pos_frontend.payment.book import PaymentBook
from pos_frontend.payment.terminal import (
    Charge,
    PaymentTerminal,
    Refund,
    Said,
    Silence,
    TerminalSilentError,
    TerminalUnreachedError,
)
from pos_frontend.status import Condition
from schemas.domain.till_settlement import TerminalSettled

_log = structlog.get_logger(__name__)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 4.0
_PATIENCE = 6.0
#: What a terminal is asked about to see whether it answers.
_NO_PAYMENT = "self-test"


class Payments:
    """The attempts of one till. `heard` is called, on the thread, when something has changed, and
    `unpaid` with what was declined, or given up and confirmed.
    """

    def __init__(
        self, book: PaymentBook, terminal: PaymentTerminal, pause: float = _FIRST_PAUSE
    ) -> None:
        self._book = book
        self._terminal = terminal
        self._changed = threading.Condition()
        self._attempts = {one.reference: resumed(one) for one in book.read()}
        self._batches = Batches()
        # A code is worth nothing after a minute, and money until then: it is not written down.
        self._codes: dict[str, str] = {}
        self._unwritten = self._woken = self._ending = self._checking = False
        self._first_pause = self._pause = pause
        self._condition = Condition("ready")
        self._thread = threading.Thread(target=self._run, name="payments", daemon=True)
        self.heard: Callable[[], None] = lambda: None
        self.unpaid: Callable[[Attempt], None] = lambda _attempt: None

    # --- for the till; nothing here waits ---

    def begin(self, attempt: Attempt, code: str = "") -> None:
        """Ask the terminal for a payment as soon as it is written down."""
        with self._changed:
            self._codes[attempt.reference] = code
            self._keep(attempt)

    def ask_again(self) -> None:
        """Ask the terminal now, not after the pause."""
        with self._changed:
            self._wake()

    def give_up(self, reference: str) -> None:
        """Have a payment stopped, or given back: no basket wants it any more."""
        with self._changed:
            known = self._attempts.get(reference)
            if known is not None:
                self._keep(replace(known, state="voiding"))

    def forget(self, references: Iterable[str]) -> None:
        """Take attempts off the list: a ticket holds them, or somebody has settled them."""
        with self._changed:
            for reference in references:
                self._unwritten |= self._attempts.pop(reference, None) is not None
            self._wake()

    def settle(self, fact: TerminalSettled) -> None:
        """Have the terminal asked for its batch, see `batches`."""
        with self._changed:
            self._batches.ask(fact)
            self._wake()

    def settlements(self) -> tuple[TerminalSettled, ...]:
        """What came of that, until it is forgotten."""
        with self._changed:
            return tuple(self._batches.told.values())

    def forget_settlement(self, shift: str) -> None:
        """Take one off the list: it is written."""
        with self._changed:
            self._batches.told.pop(shift, None)

    def all(self) -> tuple[Attempt, ...]:
        """Every attempt that is not settled, oldest first."""
        with self._changed:
            return tuple(self._attempts.values())

    def underway(self, basket: str) -> Attempt | None:
        """The attempt that a basket waits for."""
        return next((o for o in self.all() if o.basket == basket and o.state in UNDERWAY), None)

    def check(self) -> None:
        """Have the terminal asked about a payment that never was, to see whether it answers."""
        with self._changed:
            self._checking = True
            self._wake()

    def condition(self) -> Condition:
        """How the terminal answered last."""
        return self._condition

    # --- the thread ---

    def start(self) -> None:
        """Begin to talk to the terminal."""
        self._thread.start()

    def stop(self) -> None:
        """Write what is not written, and end."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        self._thread.join(_PATIENCE)

    def turn(self) -> None:
        """Write what is not written, then ask about everything that is not at an end, once.

        Who waits comes first. A terminal that says nothing to one question is not asked the next.
        """
        before = self.all()
        known = self._written()
        if known is None:
            self._refuse_what_is_not_written()
            known = self.all()
        talked = [one for one in known if one.state in TALKED_ABOUT]
        talked.sort(key=lambda one: one.state == "voiding")
        answers = all(self._asked(one) for one in talked)
        if self._checking:
            self._checking = False
            self._checked()
        self._written()
        self._pause = self._first_pause if answers else min(self._pause * 2, _LONGEST_PAUSE)
        told = self._batches.turn(self._terminal)
        if told or self.all() != before:
            self.heard()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._woken or self._ending, self._wait())
                ending, self._woken = self._ending, False
            if ending:
                self._written()
                return
            self.turn()

    def _wait(self) -> float | None:
        talked = any(one.state in TALKED_ABOUT for one in self._attempts.values())
        return self._pause if talked or self._unwritten or self._batches.asked else None

    def _asked(self, attempt: Attempt) -> bool:
        """Ask about one attempt; whether the terminal answers, though perhaps not what can be read."""
        try:
            said = self._ask(attempt)
        except TerminalUnreachedError as error:
            self._silence(attempt, "unplugged", str(error))
            never_sent = attempt.state == "asked"
            fresh = refused if never_sent else silent
            self._take(attempt.reference, lambda one: fresh(one, "unplugged"))
            return False
        except TerminalSilentError as error:
            why = error.why
            self._silence(attempt, why, str(error))
            self._take(attempt.reference, lambda one: silent(one, why))
            return why == "garbled"
        self._condition = Condition("ready")
        self._take(attempt.reference, lambda one: after(one, said))
        return True

    def _checked(self) -> None:
        try:
            self._terminal.query(_NO_PAYMENT)
        except TerminalUnreachedError as error:
            self._condition = Condition("unplugged", str(error))
        except TerminalSilentError as error:
            self._condition = Condition(error.why, str(error))
        else:
            self._condition = Condition("ready")

    def _ask(self, attempt: Attempt) -> Said:
        terminal, reference = self._terminal, attempt.reference
        if attempt.state == "asked":
            code = self._codes.pop(reference, "")
            if attempt.original:
                return terminal.authorize_refund(
                    Refund(
                        reference, attempt.original, attempt.kind, attempt.amount, attempt.currency
                    )
                )
            return terminal.authorize_sales(
                Charge(reference, attempt.kind, attempt.amount, attempt.currency, code)
            )
        if attempt.state == "voiding":
            said = terminal.cancel(reference)
            return terminal.authorize_void(reference) if said.state == "approved" else said
        return terminal.query(reference)

    def _silence(self, attempt: Attempt, why: Silence, detail: str) -> None:
        if self._condition.state == "ready":
            _log.warning("the payment terminal", state=why, detail=detail, of=attempt.reference)
        self._condition = Condition(why, detail)

    def _take(self, reference: str, change: Callable[[Attempt], Attempt | None]) -> None:
        """Change an attempt as it stands now; the till may have given it up or forgotten it."""
        with self._changed:
            known = self._attempts.get(reference)
            fresh = None if known is None else change(known)
            if known is None or known == fresh:
                return
            self._unwritten = True
            if fresh is None:
                del self._attempts[reference]
            else:
                self._attempts[reference] = fresh
        if fresh is None or fresh.state == "declined":
            self.unpaid(fresh or known)

    def _written(self) -> tuple[Attempt, ...] | None:
        """Write the book if it is behind; what it holds now, None when the disk refuses."""
        with self._changed:
            behind, self._unwritten = self._unwritten, False
            attempts = tuple(self._attempts.values())
        if not behind:
            return attempts
        try:
            self._book.write(attempts)
        except OSError as error:
            _log.warning("the open payments cannot be written", error=str(error))
            self._unwritten = True
            return None
        return attempts

    def _refuse_what_is_not_written(self) -> None:
        for attempt in self.all():
            if attempt.state == "asked":
                self._take(attempt.reference, lambda one: refused(one, "not_saved"))

    def _keep(self, attempt: Attempt) -> None:
        self._attempts[attempt.reference] = attempt
        self._unwritten = True
        self._wake()

    def _wake(self) -> None:
        self._pause = self._first_pause
        self._woken = True
        self._changed.notify()
