"""What shops ask to be kept back and fetched. Each change is one transaction, and its answer what then stands."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel, TypeAdapter
from sqlalchemy import Connection

from hq.reports.snapshot import snapshot
from hq.shop import cursor, orders, reservations, views
from hq.shop.api import page_mark
from hq.shop.api.asked import (
    CancellationAsked,
    LineAsked,
    OrderOfGoods,
    OrderOfReservation,
    OrdersAsked,
    ReservationAsked,
)
from hq.shop.api.request import Operation, Request
from hq.shop.api.told import (
    CancellationTold,
    LineTold,
    OrderLineTold,
    OrdersTold,
    OrderTold,
    ReservationTold,
    StepTold,
    SubstituteTold,
)
from hq.shop.clients import Client
from hq.shop.orders import NewOrder
from hq.shop.reservations import Reservation
from hq.shop.views import OrderQuery, OrderView
from hq.shop.wanted import WantedItem

if TYPE_CHECKING:
    from collections.abc import Sequence

_CREATED, _OK = 201, 200


def reserve(request: Request) -> tuple[int, BaseModel]:
    """Keep goods back, or answer what stands under the key."""
    asked: ReservationAsked = request.body
    with request.engine.begin() as connection:
        held, is_new = reservations.reserve(
            connection, request.client, request.key, asked.branch, asked.until,
            _wanted(asked.lines), request.now,
        )  # fmt: skip
    return _CREATED if is_new else _OK, _reservation(held)


def reservation(request: Request) -> tuple[int, BaseModel]:
    """A reservation as it stands."""
    with snapshot(request.engine) as connection:
        held = reservations.find(connection, request.client, request.key, request.now)
    return _OK, _reservation(held)


def release(request: Request) -> tuple[int, BaseModel]:
    """Keep nothing back any more."""
    with request.engine.begin() as connection:
        held = reservations.release(connection, request.client, request.key, request.now)
    return _OK, _reservation(held)


def place(request: Request) -> tuple[int, BaseModel]:
    """Accept an order, or answer what stands under the key."""
    with request.engine.begin() as connection:
        _, is_new = orders.place(
            connection, request.client, request.key, _new(request.body), request.now
        )
        told = _found(connection, request.client, request.key)
    return _CREATED if is_new else _OK, told


def order(request: Request) -> tuple[int, BaseModel]:
    """An order as it stands."""
    with snapshot(request.engine) as connection:
        return _OK, _found(connection, request.client, request.key)


def cancel(request: Request) -> tuple[int, BaseModel]:
    """Want an order no more; its branch answers."""
    asked: CancellationAsked = request.body
    with request.engine.begin() as connection:
        held = orders.find(connection, request.client, request.key)
        operator = f"shop:{request.client.client}"
        orders.cancel(connection, held.order, "cancelled", operator, asked.reason, request.now)
        told = _found(connection, request.client, request.key)
    return _OK, told


def every_order(request: Request) -> tuple[int, BaseModel]:
    """A page of the shop's orders, or of those that changed since a cursor."""
    asked: OrdersAsked = request.asked
    after = page_mark.read(asked.page, 3)
    with snapshot(request.engine) as connection:
        changed = (
            None if asked.since is None else cursor.read(connection, request.client, asked.since)
        )
        current = cursor.present(connection, request.client) if after is None else after[0]
        query = OrderQuery(
            request.client.client, (), changed,
            None if after is None else (page_mark.number(after[1]), after[2]), asked.limit,
        )  # fmt: skip
        found = views.by_change(connection, query)
    page = found[: asked.limit]
    further = len(found) > len(page)
    last = page[-1].row if further else None
    mark = None if last is None else page_mark.write(current, str(last.changed), last.order)
    return _OK, OrdersTold(orders=[_order(one) for one in page], cursor=current, next=mark)


def _new(asked: OrderOfReservation | OrderOfGoods) -> NewOrder:
    return NewOrder(
        until=asked.until, payment=asked.payment, total=asked.total, reference=asked.reference,
        note=asked.note,
        reservation="" if isinstance(asked, OrderOfGoods) else asked.reservation,
        branch=asked.branch if isinstance(asked, OrderOfGoods) else "",
        wanted=_wanted(asked.lines) if isinstance(asked, OrderOfGoods) else (),
    )  # fmt: skip


def _wanted(lines: Sequence[LineAsked]) -> list[WantedItem]:
    return [WantedItem(one.item, one.quantity) for one in lines]


def _reservation(held: Reservation) -> ReservationTold:
    return ReservationTold(
        key=held.client_key, branch=held.branch, until=held.until, made=held.made,
        state=held.state,
        lines=[LineTold(item=one.item, quantity=one.quantity) for one in held.lines],
    )  # fmt: skip


def _found(connection: Connection, client: Client, key: str) -> OrderTold:
    (found,) = views.views(connection, [orders.find(connection, client, key)])
    return _order(found)


def _order(one: OrderView) -> OrderTold:
    row = one.row
    return OrderTold(
        key=row.client_key, order=row.order, branch=row.branch, state=one.state,
        reference=row.reference, placed=row.placed, until=row.until, payment=row.payment,
        total=row.total, note=row.note, code=row.code, scan=f"{row.order}.{row.code}", lines=_lines(one),
        cancellation=_cancellation(one, row.withdrawn_at),
        history=[
            StepTold(
                step=of.step, at=of.at, counted=of not in one.settled.beside, remark=of.remark
            )
            for of in one.steps
        ],
        receipt=one.receipt, reached=one.reached, branch_heard=one.heard,
    )  # fmt: skip


def _lines(one: OrderView) -> list[OrderLineTold]:
    return [
        OrderLineTold(
            number=line.number, item=line.item, name=line.name, unit=line.unit,
            quantity=line.quantity, picked=line.picked,
            substitutes=[
                SubstituteTold(item=of.item, name=of.name, quantity=of.quantity)
                for of in line.substitutes
            ],
        )
        for line in one.lines
    ]  # fmt: skip


def _cancellation(one: OrderView, asked: datetime | None) -> CancellationTold | None:
    if one.outcome is None or asked is None:
        return None
    return CancellationTold(
        why=one.row.withdrawn, asked=asked, reason=one.row.reason, outcome=one.outcome
    )


_ORDER: TypeAdapter[OrderOfReservation | OrderOfGoods] = TypeAdapter(
    OrderOfReservation | OrderOfGoods
)
_RESERVATION = "/reservations/{key}"

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "PUT", _RESERVATION, "reserve",
        "Keep goods of a branch back until an instant, all of them or none. Repeated, it answers what stands.",
        reserve, {200: ReservationTold, 201: ReservationTold},
        body=TypeAdapter(ReservationAsked), refusals=(409,),
    ),
    Operation(
        "GET", _RESERVATION, "read_reservation", "A reservation as it stands.",
        reservation, {200: ReservationTold}, refusals=(404,),
    ),
    Operation(
        "DELETE", _RESERVATION, "release_reservation",
        "Keep nothing back any more; repeated, it changes nothing.",
        release, {200: ReservationTold}, refusals=(404,),
    ),
    Operation(
        "GET", "/orders", "list_orders",
        "The shop's orders, all or those that changed since a cursor, the last change at the end.",
        every_order, {200: OrdersTold}, OrdersAsked, refusals=(410,),
    ),
    Operation(
        "PUT", "/orders/{key}", "place_order",
        "Have goods fetched at a branch: what a reservation keeps back, or goods that are there now. Repeated, it"
        " answers what stands.",
        place, {200: OrderTold, 201: OrderTold}, body=_ORDER, refusals=(404, 409),
    ),
    Operation(
        "GET", "/orders/{key}", "read_order", "An order as it stands, with what its branch did.",
        order, {200: OrderTold}, refusals=(404,),
    ),
    Operation(
        "PUT", "/orders/{key}/cancellation", "cancel_order",
        "Want an order no more. The branch decides: what was handed over before it heard stays handed over.",
        cancel, {200: OrderTold}, body=TypeAdapter(CancellationAsked), refusals=(404, 409),
    ),
)  # fmt: skip
