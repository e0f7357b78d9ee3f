"""The inquiry of a till that takes goods back: the sale, and what was given back of it anywhere.

    kind      asked                     answered when found                    when not found
    return    as a ticket is asked for  {"held": the ticket, "given": […],     {"held": null, "given": […],
                                         "refunded": […]}                       "refunded": […],
                                                                                "through": as for a ticket}

`given` is what came back of its lines, `refunded` what was given back of its tenders.

Returns rest where they happened before they arrive above, so no site is certain by itself: each joins
what it knows to the answer from above.

    known here   answer from above   the asker is told
    any          found               that, with the returns that only this site knows
    found        unknown             what is known here, with the returns that are known above: the sale
                                     itself is on its way
    not found    unknown             that, with the returns that only this site knows
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import TypeAdapter

from schemas.domain.refund import Refunded
from schemas.domain.returning import Given
from schemas.wire.inquiries import HeldThrough, HeldTicket

RETURN = "return"

Outcome = Literal["found", "unknown", "refused"]


@dataclass(frozen=True, slots=True)
class SoldBefore:
    """What is known of a sale: the ticket, None when it is not held, and what was given back of its
    lines and of its tenders; a site of an older release says nothing of the latter.
    """

    held: HeldTicket | None
    given: tuple[Given, ...] = ()
    through: HeldThrough | None = None
    refunded: tuple[Refunded, ...] = ()


_SOLD = TypeAdapter(SoldBefore)


def sold_body(sold: SoldBefore) -> dict[str, Any]:
    """The body of an answer."""
    body: dict[str, Any] = _SOLD.dump_python(sold, mode="json")
    return body


def read_sold(body: Mapping[str, Any]) -> SoldBefore:
    """What such a body says. Raises ValueError."""
    return _SOLD.validate_python(dict(body))


def joined(
    mine: SoldBefore, outcome: Outcome, body: Mapping[str, Any]
) -> tuple[Outcome, Mapping[str, Any]]:
    """The outcome and body from above, with what is known here. Raises ValueError when it does not read."""
    if outcome == "refused":
        return outcome, body
    above = read_sold(body) if body else SoldBefore(None)
    held = above.held or mine.held
    together = {(one.ticket, one.number): one for one in (*above.given, *mine.given)}
    refunded = {(one.ticket, one.number): one for one in (*above.refunded, *mine.refunded)}
    told = SoldBefore(held, tuple(together.values()), above.through, tuple(refunded.values()))
    return ("found" if held else "unknown"), sold_body(told)
