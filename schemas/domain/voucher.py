"""Vouchers (代金券) that the chain issued: each number is worth its face value once (rule 24).

    uses of one number, in order                 flagged
    50                                           –
    50, 50                                       the second
    50, 20 given back by a return, 20            –
    50, 20 given back, 50                        the last one
    30, 20                                       the second: what is not used up is forfeited

A number that was used again is never refused afterwards: the ticket says it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.domain.money import format_amount


@dataclass(frozen=True, slots=True)
class VoucherUse:
    """Tender `number` of a ticket used a voucher of `worth`; below nought it gave so much of it back."""

    ticket: str
    receipt: str
    number: int
    worth: int


def used_again(uses: Sequence[VoucherUse]) -> dict[tuple[str, int], str]:
    """The uses of one number that it was not worth any more, in words; `uses` stand in their order."""
    found: dict[tuple[str, int], str] = {}
    first, left = "", 0
    for one in uses:
        if one.worth <= 0:
            left -= one.worth
        elif not first:
            first = one.receipt
        elif one.worth > left:
            worth, rest = format_amount(one.worth), format_amount(left)
            found[one.ticket, one.number] = (
                f"used again for {worth}: {first} had taken it, {rest} of it were left"
            )
            left = 0
        else:
            left -= one.worth
    return found
