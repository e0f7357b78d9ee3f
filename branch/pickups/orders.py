"""The pick-up orders of the branch: what headquarters told of each, and what the branch did with it.

An order counts from its header on, when all of its lines are here. How far it is is what its steps come to
(`schemas.domain.pickup`); that headquarters wants it no more stands beside that.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from branch.wording import RefusalError
from replication.console.languages import msgid
from schemas.domain.pickup import ENDS, Payment, PickupState, PickupStepped, Settled, settle
from schemas.tables import pickup_store
from schemas.tables.catalogue import pickup_line, pickup_order
from schemas.tables.pickup_store import pickup_step

_UNKNOWN = msgid("There is no pick-up order %(order)s here")


class PickupError(RefusalError):
    """Something that cannot be done with a pick-up order; the message names it and the way out."""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """What the customer ordered, in thousandths of `unit`."""

    number: int
    item: str
    name: str
    unit: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it stands. `withdrawn` says why headquarters wants it no more."""

    order: str
    client: str
    reference: str
    placed: datetime
    until: datetime
    payment: Payment
    total: int
    note: str
    code_hash: str
    withdrawn: str
    lines: tuple[OrderLine, ...]
    settled: Settled
    history: tuple[PickupStepped, ...]

    @property
    def state(self) -> PickupState:
        """How far it is."""
        return self.settled.state

    @property
    def ended(self) -> bool:
        """Whether nothing is left to do."""
        return self.state in ENDS

    def is_overdue(self, now: datetime) -> bool:
        """Whether the customer did not come in time."""
        return not self.ended and self.until <= now


def waiting(connection: Connection) -> list[Order]:
    """Those that are not over, the one to be fetched first at the top."""
    over = select(pickup_step.c.order).where(pickup_step.c.step.in_(ENDS))
    query = select(pickup_order).where(pickup_order.c.order.not_in(over))
    query = query.order_by(pickup_order.c.until, pickup_order.c.order)
    return [one for one in _read(connection, connection.execute(query).all()) if not one.ended]


def ended(connection: Connection, limit: int) -> list[Order]:
    """Those that ended last."""
    last = func.max(pickup_step.c.at)
    query = (
        select(pickup_order)
        .join(pickup_step, pickup_step.c.order == pickup_order.c.order)
        .where(pickup_step.c.step.in_(ENDS))
        .group_by(pickup_order.c.stream, pickup_order.c.key)
        .order_by(last.desc(), pickup_order.c.order)
        .limit(limit)
    )
    return _read(connection, connection.execute(query).all())


def find(connection: Connection, order: str, *, lock: bool = False) -> Order:
    """One order by its number; with `lock` nobody else steps it meanwhile. Raises PickupError."""
    query = select(pickup_order).where(pickup_order.c.order == order)
    if lock:
        connection.execute(query.with_for_update())
    found = _read(connection, connection.execute(query).all())
    if not found:
        raise PickupError(_UNKNOWN, order=order[:40])
    return found[0]


def withdrawn_untouched(connection: Connection) -> list[str]:
    """Orders that headquarters wants no more and of which nothing was picked: nobody has to put anything back."""
    stepped = select(pickup_step.c.order)
    query = select(pickup_order).where(
        pickup_order.c.withdrawn != "", pickup_order.c.order.not_in(stepped)
    )
    rows = connection.execute(query.order_by(pickup_order.c.order)).all()
    return [one.order for one in _read(connection, rows)]


def _read(connection: Connection, rows: Collection[Row[Any]]) -> list[Order]:
    named = [row.order for row in rows]
    lines: dict[str, list[OrderLine]] = {}
    query = select(pickup_line).where(pickup_line.c.order.in_(named))
    for one in connection.execute(query.order_by(pickup_line.c.order, pickup_line.c.number)):
        line = OrderLine(one.number, one.item, one.name, one.unit, one.quantity)
        lines.setdefault(one.order, []).append(line)
    stated = pickup_store.steps(connection, named)
    return [
        Order(
            row.order, row.client, row.reference, row.placed, row.until, row.payment, row.total,
            row.note, row.code_hash, row.withdrawn, tuple(lines.get(row.order, ())),
            settle(stated.get(row.order, ())), tuple(stated.get(row.order, ())),
        )
        for row in rows
        if len(lines.get(row.order, ())) == row.rows
    ]  # fmt: skip
