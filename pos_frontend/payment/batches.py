"""The terminal's batch, asked for when a shift ends: on the thread of `payments`, never on the till's.

    asked      the shift has ended                       asked again at growing pauses, so many times
    told       the terminal answered, or never did       the till writes `terminal.settled`, and forgets it

The reference is the shift's UUID, so an answer that was lost is told again by the terminal. What was asked and
not told when the process ended is not asked again: its shift has no totals, and the branch sees that.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pos_frontend.payment.terminal import (
    PaymentTerminal,
    TerminalSilentError,
    TerminalUnreachedError,
)
from schemas.domain.till_settlement import BatchState, BatchTotal, TerminalSettled

_TRIES = 3


@dataclass
class Batches:
    """What is asked of one terminal. `turn` is called on the thread, the others on the till's: each takes or
    leaves whole entries.
    """

    asked: dict[str, tuple[TerminalSettled, int]] = field(default_factory=dict)
    told: dict[str, TerminalSettled] = field(default_factory=dict)

    def ask(self, fact: TerminalSettled) -> None:
        """Ask for the totals of an ended shift; `fact` says everything but those."""
        self.asked[fact.shift] = (fact, 0)

    def turn(self, terminal: PaymentTerminal) -> bool:
        """Ask once for each; whether something was told."""
        before = len(self.told)
        for shift, (fact, tries) in list(self.asked.items()):
            state, totals = _settled(terminal, shift)
            if state == "settled" or tries + 1 >= _TRIES:
                self.told[shift] = replace(fact, state=state, totals=totals)
                del self.asked[shift]
            else:
                self.asked[shift] = (fact, tries + 1)
        return len(self.told) > before


def _settled(
    terminal: PaymentTerminal, reference: str
) -> tuple[BatchState, tuple[BatchTotal, ...]]:
    try:
        return "settled", terminal.settle(reference)
    except TerminalUnreachedError:
        return "unplugged", ()
    except TerminalSilentError as error:
        return error.why, ()
