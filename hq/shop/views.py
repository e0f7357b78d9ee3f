"""An order as a shop and a person see it: headquarters' wish and the branch's word put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, and_, func, select, tuple_

from replication.streams import branch_feed
from schemas.domain.pickup import Picked, PickupStepped, Settled, settle
from schemas.tables import pickup_store
from schemas.tables.journal import stream
from schemas.tables.link import position_report, site_status
from schemas.tables.shop import shop_line, shop_order

OrderState = Literal[
    "accepted", "picked", "ready", "handed_over", "given_back", "cancelling", "cancelled",
    "expiring", "expired",
]  # fmt: skip
Outcome = Literal["waiting", "done", "too_late"]


@dataclass(frozen=True, slots=True)
class ViewLine:
    """A line with what was found of it, None before anybody looked, and what lies there in its place."""

    number: int
    item: str
    name: str
    unit: str
    quantity: int
    picked: int | None
    substitutes: tuple[Picked, ...]


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order: `row` is its row, `steps` all that the branch stated, `settled` what that comes to."""

    row: Row[Any]
    lines: tuple[ViewLine, ...]
    steps: tuple[PickupStepped, ...]
    settled: Settled
    reached: bool
    heard: datetime | None

    @property
    def state(self) -> OrderState:
        """Where it is, in one word."""
        state = self.settled.state
        if self.row.withdrawn and state != "handed_over":
            over, underway = _GONE[self.row.withdrawn]
            return over if state == "given_back" else underway
        return "accepted" if state == "to_pick" else state

    @property
    def outcome(self) -> Outcome | None:
        """What came of a cancellation, None where there is none."""
        if not self.row.withdrawn:
            return None
        if self.settled.state == "handed_over":
            return "too_late"
        return "done" if self.settled.state == "given_back" else "waiting"

    @property
    def receipt(self) -> str | None:
        """The receipt on which it was handed over."""
        last = self.settled.last
        if last is None or not last.receipt_lane:
            return None
        return f"{last.receipt_lane}-{last.receipt_counter:06d}"


_GONE: dict[str, tuple[OrderState, OrderState]] = {
    "cancelled": ("cancelled", "cancelling"),
    "expired": ("expired", "expiring"),
}


@dataclass(frozen=True, slots=True)
class OrderQuery:
    """Which orders: of a shop or all, of these branches or all; `changed` and `after` as a cursor tells."""

    client: str = ""
    branches: Sequence[str] = ()
    changed: int | None = None
    after: tuple[int, str] | None = None
    limit: int = 500


def by_change(connection: Connection, query: OrderQuery) -> list[OrderView]:
    """One more than a page of orders, those that changed last at the end."""
    row = shop_order.c
    statement = select(shop_order).order_by(row.changed, row.order).limit(query.limit + 1)
    if query.changed is not None:
        statement = statement.where(row.changed >= query.changed)
    if query.after is not None:
        statement = statement.where(tuple_(row.changed, row.order) > query.after)
    if query.client:
        statement = statement.where(row.client == query.client)
    return views(connection, connection.execute(statement).all())


def newest(
    connection: Connection, query: OrderQuery, before: tuple[datetime, str] | None, *, over: bool
) -> list[OrderView]:
    """One more than a page of orders, the youngest first: those that are over, or those that are not."""
    row = shop_order.c
    done = row.state.in_(("handed_over", "given_back"))
    statement = select(shop_order).where(done if over else ~done)
    if query.branches:
        statement = statement.where(row.branch.in_(query.branches))
    if query.client:
        statement = statement.where(row.client == query.client)
    if before is not None:
        statement = statement.where(tuple_(row.placed, row.order) < before)
    statement = statement.order_by(row.placed.desc(), row.order.desc()).limit(query.limit + 1)
    return views(connection, connection.execute(statement).all())


def views(connection: Connection, rows: Sequence[Row[Any]]) -> list[OrderView]:
    """These orders with all that belongs to them."""
    named = [row.order for row in rows]
    stated = pickup_store.steps(connection, named)
    lines: dict[str, list[Row[Any]]] = {}
    query = select(shop_line).where(shop_line.c.order.in_(named))
    for line in connection.execute(query.order_by(shop_line.c.order, shop_line.c.number)):
        lines.setdefault(line.order, []).append(line)
    reached, heard = _reached(connection, named), _heard(connection, {row.branch for row in rows})
    found = []
    for row in rows:
        own = tuple(one for one in stated.get(row.order, ()) if one.branch == row.branch)
        settled = settle(own)
        shown = tuple(_line(line, settled) for line in lines.get(row.order, ()))
        found.append(
            OrderView(row, shown, own, settled, row.order in reached or bool(own),
                      heard.get(row.branch))
        )  # fmt: skip
    return found


def _line(line: Row[Any], settled: Settled) -> ViewLine:
    of_line = [one for one in settled.lines if one.number == line.number]
    picked = next((one.quantity for one in of_line if one.item == line.item), None)
    others = tuple(one for one in of_line if one.item != line.item)
    return ViewLine(
        line.number, line.item, line.name, line.unit, line.quantity, picked, others
    )  # fmt: skip


def _reached(connection: Connection, orders: Sequence[str]) -> set[str]:
    """Those that their branch has, by its own position in its feed."""
    report, held = position_report.c, shop_order.c
    feed = func.concat(branch_feed(""), held.branch)
    query = (
        select(held.order)
        .join(stream, stream.c.name == feed)
        .join(
            position_report,
            and_(report.site == held.branch, report.stream == feed,
                 report.epoch == stream.c.epoch, report.through >= held.number),
        )
        .where(held.order.in_(orders))
    )  # fmt: skip
    return set(connection.execute(query).scalars())


def _heard(connection: Connection, branches: set[str]) -> dict[str, datetime]:
    query = select(site_status.c.site, site_status.c.received)
    rows = connection.execute(query.where(site_status.c.site.in_(sorted(branches))))
    return {row.site: row.received for row in rows}
