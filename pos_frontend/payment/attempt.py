"""One attempt to be paid by a terminal, or to have it give a payment back, and what becomes of it.

    state      what is known                            what is done               goes on as
    asked      written down, perhaps not sent           it is sent, once           pending, unknown, or an end
    pending    the customer is at the terminal          queried                    unknown, or an end
    unknown    an answer was lost: charged or not       queried, never sent again  pending, missing, or an end
    missing    the terminal never heard of it           queried                    the same; a manager may settle it
    approved   the customer has paid                    nothing                    gone with the ticket; voiding
    declined   the customer has not paid                told to the cashier        gone
    voiding    the basket does not want it any more     cancelled, then voided     gone, when the terminal says so

    an end is approved, or declined with why: declined, timed_out, cancelled, voided, and, where nothing
    can have reached the terminal, unplugged or not_saved

What was asked before the process ended may have been sent: it begins as unknown. So no reference is
ever sent twice, and no new one is made while the one before is not at an end or given up. A refund goes
the same way: the customer has been paid where it is approved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from pos_frontend.payment.terminal import Said, Silence, TerminalState
from schemas.domain.ticket import Authorization, TenderKind

AttemptState = Literal["asked", "pending", "unknown", "missing", "approved", "declined", "voiding"]
Why = TerminalState | Silence | Literal["not_saved", ""]

UNDERWAY: frozenset[AttemptState] = frozenset({"asked", "pending", "unknown", "missing"})
TALKED_ABOUT: frozenset[AttemptState] = UNDERWAY | {"voiding"}


@dataclass(frozen=True, slots=True)
class Attempt:
    """A payment that a basket asked for, under a reference made here; `amount` in minor units, above
    nought. A refund names the terminal's reference of the payment that it gives back, `original`.
    """

    reference: str
    basket: str
    kind: TenderKind
    amount: int
    currency: str
    begun: datetime
    state: AttemptState = "asked"
    why: Why = ""
    authorization: Authorization | None = None
    original: str = ""

    @property
    def signed(self) -> int:
        """The amount as a tender has it: below nought where it is given back."""
        return -self.amount if self.original else self.amount


def after(attempt: Attempt, said: Said) -> Attempt | None:
    """Return the attempt after the terminal's word; None when it is settled."""
    if attempt.state == "voiding":
        return attempt if said.state in {"pending", "approved"} else None
    return _informed(attempt, said) if attempt.state in UNDERWAY else attempt


def _informed(attempt: Attempt, said: Said) -> Attempt:
    match said.state:
        case "approved" if said.amount != attempt.amount:
            return silent(attempt, "garbled")
        case "approved":
            authorization = said.authorization or Authorization()
            return replace(attempt, state="approved", why="", authorization=authorization)
        case "pending":
            return replace(attempt, state="pending", why="")
        case "not_found":
            return replace(attempt, state="missing", why="not_found")
        case _:
            return replace(attempt, state="declined", why=said.state)


def silent(attempt: Attempt, why: Silence) -> Attempt:
    """Return the attempt after a question that no answer came to."""
    return replace(
        attempt, state="unknown" if attempt.state in UNDERWAY else attempt.state, why=why
    )


def refused(attempt: Attempt, why: Why) -> Attempt:
    """Return an attempt that never reached the terminal."""
    return replace(attempt, state="declined", why=why)


def resumed(attempt: Attempt) -> Attempt:
    """Return the attempt as it stands after the process ended."""
    return replace(attempt, state="unknown") if attempt.state in {"asked", "pending"} else attempt
