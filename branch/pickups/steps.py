"""What the branch does with a pick-up order, each an entry of its journal, on which headquarters waits.

    step         needs                                                  says
    pick         a line for every line ordered; something was found     shortages, and substitutes by their items
    lay ready    it was picked                                          –
    hand over    it lies ready; the customer's code, and the receipt    why, where one of the two does not fit
    put back     a reason, unless headquarters wants it no more         why

What headquarters wants no more is put back, and nothing else: whoever had begun is told. What headquarters
does not want any more and nobody touched the branch answers by itself (`answer_withdrawn`). Refusals are
PickupErrors, and change nothing.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from branch import audit, items, own_journal
from branch.pickups import orders, receipt
from branch.pickups.orders import Order, PickupError
from branch.wording import Wording
from replication.console.languages import msgid
from schemas.domain.pickup import FOLLOWING, Picked, PickupStep, PickupStepped, hash_code
from schemas.domain.stock.posting import base_quantity

#: Who puts back what nobody had picked.
BY_ITSELF = "branch"
_MOST = 999_999_000
_REASON_LENGTH = 500

_STATE = msgid("Order %(order)s was moved on meanwhile: load the page again")
_WITHDRAWN = msgid("Headquarters wants order %(order)s no more: put its goods back")
_LINES = msgid("Order %(order)s has other lines by now: load the page again")
_MORE = msgid("%(item)s: no more than was ordered can be picked")
_NOTHING = msgid("Nothing of order %(order)s was found: put it back instead, with a reason")
_NO_ITEM = msgid("There is no item %(item)s: scan or type what takes its place")
_SERVICE = msgid("%(item)s is a service: nothing of it can be picked")
_CODE = msgid("The code is not that of order %(order)s: ask the customer again")
_NO_REASON = msgid("Say why order %(order)s is put back")
_LONG = msgid("A reason has up to 500 characters")


class MisfitError(PickupError):
    """The code or the receipt does not fit the order: all that is wrong, for a person who may give a reason."""

    def __init__(self, misfits: Sequence[Wording]) -> None:
        super().__init__(misfits[0].text, **misfits[0].values)
        self.misfits = tuple(misfits)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of line `number`, in thousandths of the base unit; `substitute` is a code that was
    scanned or typed, of what lies in the crate in place of the rest, and so much of it in the code's unit.
    """

    number: int
    quantity: int
    substitute: str = ""
    substituted: int = 0


def pick(
    connection: Connection, branch: str, order: str, found: Sequence[Found], operator: str,
    now: datetime,
) -> None:  # fmt: skip
    """Say what lies in the crate. Raises PickupError."""
    held = _begin(connection, order, "picked")
    if sorted(one.number for one in found) != [line.number for line in held.lines]:
        raise PickupError(_LINES, order=order)
    ordered = {line.number: line for line in held.lines}
    lines: list[Picked] = []
    for one in found:
        line = ordered[one.number]
        if not 0 <= one.quantity <= line.quantity:
            raise PickupError(_MORE, item=line.name)
        lines.append(Picked(line.number, line.item, line.name, one.quantity))
        if one.substitute:
            lines.append(_substitute(connection, one))
    if not any(line.quantity for line in lines):
        raise PickupError(_NOTHING, order=order)
    _state(connection, branch, held, "picked", operator, now, lines=tuple(lines))


def lay_ready(
    connection: Connection, branch: str, order: str, operator: str, now: datetime
) -> None:
    """Say that it waits for the customer. Raises PickupError."""
    held = _begin(connection, order, "ready")
    _state(connection, branch, held, "ready", operator, now)


def hand_over(
    connection: Connection, branch: str, order: str, code: str, typed: str, reason: str,
    operator: str, now: datetime,
) -> None:  # fmt: skip
    """Give the customer what they bought on a receipt. Raises PickupError."""
    held = _begin(connection, order, "handed_over")
    against = [] if _is_code(held, code) else [Wording(_CODE, {"order": order})]
    named = receipt.named(connection, branch, held, typed)
    against += named.misfits
    why = _reason(reason)
    if against and not why:
        raise MisfitError(against)
    _state(
        connection, branch, held, "handed_over", operator, now,
        receipt_lane=named.number.lane, receipt_counter=named.number.counter, ticket=named.ticket,
        remark=why if against else "",
    )  # fmt: skip
    if against:
        said = "; ".join([why, *(str(one) for one in against)])
        audit.note(connection, now, operator, "pickup.hand_over", order, said)


def put_back(
    connection: Connection, branch: str, order: str, reason: str, operator: str, now: datetime
) -> None:
    """Put the goods back on the shelves. Raises PickupError."""
    held = _begin(connection, order, "given_back")
    why = _reason(reason)
    if not why and not held.withdrawn:
        raise PickupError(_NO_REASON, order=order)
    _state(connection, branch, held, "given_back", operator, now, remark=why or held.withdrawn)
    if why:
        audit.note(connection, now, operator, "pickup.put_back", order, why)


def answer_withdrawn(engine: Engine, branch: str, now: datetime) -> int:
    """Answer for what headquarters wants no more and nobody touched; of how many orders."""
    with engine.connect() as connection:
        waiting = orders.withdrawn_untouched(connection)
    for order in waiting:
        with engine.begin() as connection:
            held = orders.find(connection, order, lock=True)
            if held.state == "to_pick" and held.withdrawn:
                _state(
                    connection, branch, held, "given_back", BY_ITSELF, now, remark=held.withdrawn
                )
    return len(waiting)


def _begin(connection: Connection, order: str, step: PickupStep) -> Order:
    """The order, held until the transaction ends, if this may be done with it. Raises PickupError."""
    held = orders.find(connection, order, lock=True)
    if step not in FOLLOWING[held.state]:
        raise PickupError(_STATE, order=order)
    if held.withdrawn and step != "given_back":
        raise PickupError(_WITHDRAWN, order=order)
    return held


def _state(
    connection: Connection, branch: str, held: Order, step: PickupStep, operator: str,
    now: datetime, **told: Any,  # noqa: ANN401 - fields of PickupStepped
) -> None:  # fmt: skip
    number = max((one.number for one in held.history), default=0) + 1
    fact = PickupStepped(
        uuid=str(uuid.uuid4()), branch=branch, order=held.order, number=number, step=step,
        operator=operator, at=now, **told,
    )  # fmt: skip
    own_journal.state(connection, branch, fact, now)


def _substitute(connection: Connection, one: Found) -> Picked:
    known = items.find(connection, one.substitute.strip())
    if known is None:
        raise PickupError(_NO_ITEM, item=one.substitute[:40])
    if not known.stocked:
        raise PickupError(_SERVICE, item=known.name)
    if not 0 < one.substituted <= _MOST:
        raise PickupError(_MORE, item=known.name)
    base = base_quantity(one.substituted, known.factor)
    return Picked(one.number, known.item, known.name, base)


def _is_code(held: Order, code: str) -> bool:
    return secrets.compare_digest(hash_code(held.order, code.strip()), held.code_hash)


def _reason(typed: str) -> str:
    reason = typed.strip()
    if len(reason) > _REASON_LENGTH:
        raise PickupError(_LONG)
    return reason
