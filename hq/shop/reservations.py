"""Reservations: goods of a branch that are kept back for a shop until an instant.

asked under a key that is                    answer
new, and all of it is there                  held: it is kept back
new, and some of it is not                   refused, with what is there of each; nothing is kept
held, released, ordered or lapsed, the same  as it stands now; nothing changes
known, with other content                    refused, with the differences

held ──release──▶ released
├─────order───▶ ordered: from then on its order keeps the goods back
└─until passes▶ lapsed: it keeps nothing back any more, whoever looks
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from hq.shop import holds
from hq.shop.clients import Client
from hq.shop.wanted import ShopError, WantedItem, check_branch, check_items, check_until, compare
from hq.shop.wanted import keep_back as keep_goods_back
from replication.console.languages import msgid
from schemas.tables.shop import shop_reservation

_OVER = msgid("reservation %(key)s is over: it keeps nothing back")
_ANEW = msgid("order with a branch and lines, or reserve anew under another key")
_UNKNOWN = msgid("%(client)s has no reservation %(key)s")
_SEE_KEY = msgid(
    "see that the key is what it was made with; one is forgotten a month after its end"
)

ReservationState = Literal["held", "released", "ordered", "lapsed"]

#: How long goods may be kept back without an order.
LONGEST = timedelta(hours=24)
#: For how long a reservation that is over is remembered, so that its key is known when it is repeated.
_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Reservation:
    """A reservation as it stands."""

    client_key: str
    branch: str
    until: datetime
    made: datetime
    state: ReservationState
    lines: tuple[WantedItem, ...]


def reserve(
    connection: Connection, client: Client, key: str, branch: str, until: datetime,
    wanted: Sequence[WantedItem], now: datetime,
) -> tuple[Reservation, bool]:  # fmt: skip
    """Keep goods back, or answer what stands under the key; whether it is new. Raises ShopError."""
    asked = {
        "branch": branch,
        "until": until.astimezone(UTC).isoformat(),
        "lines": [[one.item, one.quantity] for one in wanted],
    }
    made = insert(shop_reservation).values(
        client=client.client, client_key=key, branch=branch, until=until, made=now, state="held",
        asked=asked,
    )  # fmt: skip
    # Whoever asks at the same time under the same key waits here for the other's end.
    fresh = made.on_conflict_do_nothing().returning(shop_reservation.c.client_key)
    if connection.execute(fresh).first() is None:
        before = _row(connection, client, key)
        compare(asked, before.asked, key)
        return _reservation(before, now), False
    check_until(until, now, LONGEST)
    check_branch(connection, client, branch)
    check_items(connection, wanted)
    keep_goods_back(connection, client, holder(client, key), branch, wanted, until, now)
    return find(connection, client, key, now), True


def find(connection: Connection, client: Client, key: str, now: datetime) -> Reservation:
    """A shop's reservation by its own key. Raises ShopError."""
    return _reservation(_row(connection, client, key), now)


def release(connection: Connection, client: Client, key: str, now: datetime) -> Reservation:
    """Let the goods go; one that keeps nothing back stays as it is. Raises ShopError."""
    held = _reservation(_row(connection, client, key, lock=True), now)
    if held.state in ("held", "lapsed"):
        _move(connection, client, key, "released")
        holds.let_go(connection, holder(client, key))
    return find(connection, client, key, now)


def turn_into_order(
    connection: Connection, client: Client, key: str, order: str, now: datetime
) -> Reservation:
    """Let an order keep back what the reservation did. Raises ShopError."""
    held = _reservation(_row(connection, client, key, lock=True), now)
    handed = held.state == "held" and holds.hand_on(connection, holder(client, key), order)
    if handed != len(held.lines):
        raise ShopError(
            "reservation_over", _OVER, _ANEW, details={"state": held.state}, key=key
        )  # fmt: skip
    _move(connection, client, key, "ordered")
    return held


def holder(client: Client, key: str) -> str:
    """How a reservation is called among the holds."""
    return f"{client.client}/{key}"


def forget(connection: Connection, now: datetime) -> int:
    """The nightly task: forget reservations that have long been over."""
    gone = delete(shop_reservation).where(shop_reservation.c.until < now - _KEPT)
    return connection.execute(gone).rowcount


def _move(connection: Connection, client: Client, key: str, state: str) -> None:
    row = shop_reservation.c
    connection.execute(
        update(shop_reservation)
        .where(row.client == client.client, row.client_key == key)
        .values(state=state)
    )


def _row(connection: Connection, client: Client, key: str, *, lock: bool = False) -> Any:  # noqa: ANN401 - a row
    row = shop_reservation.c
    query = select(shop_reservation).where(row.client == client.client, row.client_key == key)
    found = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if found is None:
        raise ShopError(
            "unknown_reservation", _UNKNOWN, _SEE_KEY, client=client.client, key=key
        )  # fmt: skip
    return found


def _reservation(row: Any, now: datetime) -> Reservation:  # noqa: ANN401 - a row of shop_reservation
    lapsed = row.state == "held" and row.until <= now
    lines = tuple(WantedItem(item, quantity) for item, quantity in row.asked["lines"])
    state: ReservationState = "lapsed" if lapsed else row.state
    return Reservation(row.client_key, row.branch, row.until, row.made, state, lines)
