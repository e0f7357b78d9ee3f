"""The slip (拣货单) that lies in an order's crate: its number as a square code, what was ordered and what was found.

    square code           who scans it
    number alone          on the slip: whoever looks for the order on the branch's page
    number.code           what the shop shows its customer: the page has the customer's code with it

The customer's code is on no paper of the branch: it proves who fetches.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from branch.pickups.orders import Order, PickupError
from branch.voice import Voice
from replication.console.languages import msgid
from replication.console.pdf import Block, PdfFacts, PdfSquareCode, PdfTable
from schemas.domain.pickup import Payment
from schemas.domain.quantity import format_quantity

TITLE = msgid("Pick-up slip")
#: How an order is paid.
PAYMENTS: dict[Payment, str] = {
    "online": msgid("Paid online"),
    "till": msgid("To pay at the till"),
}
_HEADER = (msgid("Item"), msgid("Name"), msgid("Unit"), msgid("Ordered"), msgid("Found"))
_REFERENCE = msgid("Customer's reference")
_UNTIL = msgid("To be fetched until")
_PAYMENT = msgid("Payment")
_TOTAL = msgid("Total")
_REMARKS = msgid("Remarks")
_SCANNED = re.compile(r"(?P<order>W[0-9]{12})(?:\.(?P<code>[0-9]{6}))?", re.IGNORECASE)
_NO_ORDER = msgid(
    "“%(scanned)s” is no number of a pick-up order: scan the slip or the customer's screen"
)


@dataclass(frozen=True, slots=True)
class Scanned:
    """What was scanned: an order's number, and the customer's code where the customer showed it."""

    order: str
    code: str


def read(scanned: str) -> Scanned:
    """What a scanner typed. Raises PickupError."""
    found = _SCANNED.fullmatch(scanned.strip())
    if found is None:
        raise PickupError(_NO_ORDER, scanned=scanned.strip()[:40])
    return Scanned(found["order"].upper(), found["code"] or "")


def report(voice: Voice, order: Order) -> list[Block]:
    """The slip of an order as it stands."""
    found = {(one.number, one.item): one.quantity for one in order.settled.lines}
    header = ["#", *(voice.text(text) for text in _HEADER)]
    rows: list[list[str]] = []
    for line in order.lines:
        quantity = found.get((line.number, line.item))
        rows.append(
            [str(line.number), line.item, line.name, line.unit, format_quantity(line.quantity),
             "" if quantity is None else format_quantity(quantity)]
        )  # fmt: skip
        rows += [
            ["", one.item, one.name, "", "", format_quantity(one.quantity)]
            for one in order.settled.lines
            if one.number == line.number and one.item != line.item
        ]
    return [
        PdfSquareCode(order.order),
        PdfFacts(
            [
                (voice.text(_REFERENCE), order.reference),
                (voice.text(_UNTIL), voice.instant(order.until)),
                (voice.text(_PAYMENT), voice.text(PAYMENTS[order.payment])),
                (voice.text(_TOTAL), voice.amount(order.total)),
                (voice.text(_REMARKS), order.note or "–"),
            ]
        ),
        PdfTable(header, rows, frozenset({4, 5}), by_hand=order.state == "to_pick"),
    ]
