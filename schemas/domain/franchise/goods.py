"""Terms of goods: a delivery is a sale on the day on which it left, and what did not arrive is credited (rule 28).

    of a line of a delivery note          term       on the day of
    what was sent                         delivery   the dispatch
    what a receipt refuses as damaged     damaged    that receipt
    what is missing once one is final     short      the first receipt that is final
    what came beyond what was sent        over       the last receipt
    what a franchise sent back, and its   returned   that receipt
    receiver took in in good order

A part is worth its part of the line. Parts are cut from the running sum, so that those of a line never come to
more than the line itself: 1.00 for 3, of which 1 is damaged and 2 are short, is 0.33 and 0.67.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from schemas.domain.franchise.rule import Agreement, RuleKind
from schemas.domain.franchise.term import WHOLE, Kind, Term
from schemas.domain.money import divide


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one document of the receiver says of a line, in base units."""

    answer: str
    on: date
    quantity: int
    damaged: int
    final: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """A line of a delivery note: what was sold to a franchise, or what one sent back, for `value` in all."""

    document: str
    number: int
    item: str
    on: date
    quantity: int
    value: int | None
    receipts: Sequence[Receipt]

    def part(self, quantity: int, share: int = WHOLE) -> int:
        """What so much of the line is worth, or a share of that; nought where nobody knows."""
        if self.value is None or not self.quantity:
            return 0
        return divide(self.value * quantity * share, self.quantity * WHOLE)


def delivered(line: Sent, agreed: Agreement) -> list[Term]:
    """The terms of a line that was sold to a franchise."""
    terms = [_term("delivery", line, line.value or 0, line.on, line.quantity)]
    damaged = 0
    for one in line.receipts:
        if one.damaged:
            share = _share(agreed, "damaged", one.on)
            value = line.part(damaged + one.damaged, share) - line.part(damaged, share)
            damaged += one.damaged
            terms.append(_term("damaged", line, -value, one.on, one.damaged, one, share))
    return terms + list(_unlike_sent(line, agreed, damaged))


def _unlike_sent(line: Sent, agreed: Agreement, damaged: int) -> Iterator[Term]:
    missing = line.quantity - sum(one.quantity for one in line.receipts) - damaged
    final = next((one for one in line.receipts if one.final), None)
    if missing > 0 and final is not None:
        share = _share(agreed, "short", final.on)
        value = line.part(damaged + missing, share) - line.part(damaged, share)
        yield _term("short", line, -value, final.on, missing, final, share)
    if missing < 0:
        last = line.receipts[-1]
        yield _term("over", line, line.part(-missing), last.on, -missing, last)


def returned(line: Sent, agreed: Agreement) -> list[Term]:
    """The terms of a line that a franchise sent back."""
    terms: list[Term] = []
    came = 0
    for one in line.receipts:
        if one.quantity:
            share = _share(agreed, "returned", one.on)
            value = line.part(came + one.quantity, share) - line.part(came, share)
            came += one.quantity
            terms.append(_term("returned", line, -value, one.on, one.quantity, one, share))
    return terms


def _share(agreed: Agreement, kind: RuleKind, on: date) -> int:
    found = agreed.of(kind, on)
    return WHOLE if found is None else found.rate


def _term(
    kind: Kind, line: Sent, amount: int, on: date, quantity: int,
    receipt: Receipt | None = None, rate: int = 0,
) -> Term:  # fmt: skip
    answer = "" if receipt is None else receipt.answer
    # What has changed its day is another thing: it leaves one statement and comes into another.
    key = ":".join([kind, line.document, str(line.number), answer, str(on)])
    return Term(
        kind, key, amount, line.document, answer, on, line.item, quantity, rate=rate,
        priced=line.value is not None,
    )  # fmt: skip
