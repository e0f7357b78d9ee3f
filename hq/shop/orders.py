"""Orders of online shops that a branch's customer fetches: accepted here, told to the branch, ended by it.

    state here                 what the branch stated  headquarters wants it  goods are kept back
    accepted                   nothing                 yes                    as ordered
    picked, ready              that                    yes                    as picked, with substitutes
    handed_over                that                    yes or not             until its receipt is here
    given_back                 that                    yes                    no
    cancelling, expiring       no end                  no more                as before: the branch answers
    cancelled, expired         given_back              no more                no

A cancellation is told to the branch, which answers by putting the goods back; see `schemas.domain.pickup`
for what holds when the two cross. An order that nobody fetched until its instant expires: headquarters cancels
it (`hq.shop.upkeep`). What is asked wrongly raises ShopError; who cancels is kept beside.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects import postgresql

from hq import publication
from hq.audit import note
from hq.shop import reservations
from hq.shop.clients import Client
from hq.shop.cursor import this_transaction
from hq.shop.wanted import (
    NamedItem,
    ShopError,
    WantedItem,
    check_branch,
    check_items,
    check_until,
    compare,
    keep_back,
)
from replication.console.languages import msgid
from replication.streams import branch_feed
from schemas.domain.pickup import ENDS, Payment, hash_code
from schemas.tables.shop import shop_line, shop_order
from schemas.wire.pickup import PickupLine, PickupOrder

Withdrawn = Literal["", "cancelled", "expired"]

#: How far away the last instant may be at which an order is fetched.
LONGEST = timedelta(days=30)
_HANDED_OVER = msgid("order %(order)s was handed over: there is nothing left to cancel")
_BRING_BACK = msgid("the customer brings the goods back to the branch, as any that were bought")
_UNKNOWN = msgid("%(client)s has no order %(key)s")
_SEE_KEY = msgid("see that the key is what the order was placed with")
_CODE_DIGITS = 6
_NUMBER_DIGITS = 12


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order as it is asked for: of a reservation, or of a branch's goods."""

    until: datetime
    payment: Payment
    total: int
    reference: str
    note: str = ""
    reservation: str = ""
    branch: str = ""
    wanted: Sequence[WantedItem] = ()

    def asked(self) -> dict[str, Any]:
        """What is held against a repetition."""
        return terms_of(self) | {
            "reservation": self.reservation, "branch": self.branch,
            "lines": [[one.item, one.quantity] for one in self.wanted],
        }  # fmt: skip


def terms_of(one: NewOrder | PickupOrder) -> dict[str, Any]:
    """What a branch is told of what was asked."""
    return {
        "until": one.until.astimezone(UTC).isoformat(), "payment": one.payment,
        "total": one.total, "reference": one.reference, "note": one.note,
    }  # fmt: skip


def place(
    connection: Connection, client: Client, key: str, new: NewOrder, now: datetime
) -> tuple[str, bool]:
    """Accept an order, or find the one under the key; its number, and whether it is new. Raises ShopError."""
    # A number that nothing counts: after a restore it meets none that was lost.
    order = f"W{secrets.randbelow(10**_NUMBER_DIGITS):0{_NUMBER_DIGITS}d}"
    code = f"{secrets.randbelow(10**_CODE_DIGITS):0{_CODE_DIGITS}d}"
    asked = new.asked()
    row = {
        "order": order, "client": client.client, "client_key": key, "branch": new.branch,
        "reference": new.reference, "placed": now, "until": new.until, "payment": new.payment,
        "total": new.total, "note": new.note, "code": code, "code_hash": hash_code(order, code),
        "asked": asked, "state": "to_pick", "withdrawn": "", "withdrawn_by": "", "reason": "",
        "number": 0, "changed": this_transaction(),
    }  # fmt: skip
    made = postgresql.insert(shop_order).values(row)
    unique = ["client", "client_key"]
    # Whoever asks at the same time under the same key waits here for the other's end.
    fresh = made.on_conflict_do_nothing(index_elements=unique).returning(shop_order.c.order)
    if connection.execute(fresh).first() is None:
        before = find(connection, client, key)
        compare(asked, before.asked, key)
        return str(before.order), False
    check_until(new.until, now, LONGEST)
    branch, wanted = new.branch, tuple(new.wanted)
    if new.reservation:
        held = reservations.turn_into_order(connection, client, new.reservation, order, now)
        branch, wanted = held.branch, held.lines
    check_branch(connection, client, branch)
    known = check_items(connection, wanted)
    if not new.reservation:
        keep_back(connection, client, order, branch, wanted, None, now)
    number = _tell(connection, row | {"branch": branch}, wanted, known)
    move(connection, order, branch=branch, number=number)
    return order, True


def cancel(
    connection: Connection, order: str, why: Withdrawn, operator: str, reason: str, now: datetime
) -> None:
    """Tell the branch that the order is wanted no more; one that is, or has ended, stays as it is.

    Raises ShopError for one that was handed over.
    """
    held = (
        connection.execute(select(shop_order).where(shop_order.c.order == order).with_for_update())
        .mappings()
        .one()
    )
    if held["withdrawn"] or held["state"] == "given_back":
        return
    if held["state"] in ENDS:
        raise ShopError(
            "handed_over", _HANDED_OVER, _BRING_BACK, order=order
        )  # fmt: skip
    told = header_of(held, _rows(connection, order), why)
    number = publication.publish(connection, {branch_feed(held["branch"]): [told]})
    move(
        connection, order, withdrawn=why, withdrawn_at=now, withdrawn_by=operator, reason=reason,
        number=number,
    )  # fmt: skip
    note(connection, now, operator, f"pickup.{why}", order, reason)


def find(connection: Connection, client: Client, key: str) -> Any:  # noqa: ANN401 - a row of shop_order
    """A shop's order by its own key. Raises ShopError."""
    row = shop_order.c
    query = select(shop_order).where(row.client == client.client, row.client_key == key)
    found = connection.execute(query).one_or_none()
    if found is None:
        raise ShopError(
            "unknown_order", _UNKNOWN, _SEE_KEY, client=client.client, key=key
        )  # fmt: skip
    return found


def move(connection: Connection, order: str, **changes: Any) -> None:  # noqa: ANN401 - columns
    """Change what is held of an order, and let its shop be told."""
    connection.execute(
        update(shop_order)
        .where(shop_order.c.order == order)
        .values(**changes, changed=this_transaction())
    )


def header_of(row: Any, rows: int, withdrawn: Withdrawn) -> PickupOrder:  # noqa: ANN401 - a row of shop_order
    """The record that a branch is told."""
    return PickupOrder(
        order=row["order"], client=row["client"], client_key=row["client_key"],
        reference=row["reference"], placed=row["placed"], until=row["until"],
        payment=row["payment"], total=row["total"], rows=rows, note=row["note"],
        code_hash=row["code_hash"], withdrawn=withdrawn,
    )  # fmt: skip


def _tell(
    connection: Connection, row: dict[str, Any], wanted: Sequence[WantedItem],
    known: dict[str, NamedItem],
) -> int:  # fmt: skip
    """Write the lines, and publish them and then the header; the header's number."""
    lines = [
        PickupLine(
            order=row["order"], number=number, item=one.item, name=known[one.item].name,
            unit=known[one.item].unit, quantity=one.quantity,
        )
        for number, one in enumerate(wanted, 1)
    ]  # fmt: skip
    connection.execute(insert(shop_line), [line.model_dump() for line in lines])
    header = header_of(row, len(lines), "")
    return publication.publish(connection, {branch_feed(row["branch"]): [*lines, header]})


def _rows(connection: Connection, order: str) -> int:
    query = select(shop_line.c.number).where(shop_line.c.order == order)
    return len(connection.execute(query).all())
