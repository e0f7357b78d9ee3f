"""What branches did with pick-up orders, at rest at the branch and at headquarters alike.

A step is kept whether or not its order is known here, and in whatever order it came: what the steps of an
order come to is `schemas.domain.pickup.settle`'s to say.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from sqlalchemy import Column, Connection, Integer, Row, Table, Text, select
from sqlalchemy.dialects.postgresql import insert

from schemas.domain.pickup import Picked, PickupStepped
from schemas.tables.base import Instant, Json, metadata

pickup_step = Table(
    "pickup_step",
    metadata,
    Column("uuid", Text, primary_key=True),
    Column("branch", Text, nullable=False),
    Column("order", Text, nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("step", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("lines", Json, nullable=False),
    Column("receipt_lane", Text, nullable=False),
    Column("receipt_counter", Integer, nullable=False),
    Column("ticket", Text, nullable=False),
    Column("remark", Text, nullable=False),
)


def write(connection: Connection, fact: PickupStepped) -> None:
    """Keep a step; one that is held already says the same."""
    row = asdict(fact) | {"lines": [asdict(line) for line in fact.lines]}
    connection.execute(insert(pickup_step).values(row).on_conflict_do_nothing())


def steps(connection: Connection, orders: Collection[str]) -> dict[str, list[PickupStepped]]:
    """What branches did with each of these orders; of one that nobody touched, nothing."""
    found: dict[str, list[PickupStepped]] = {}
    query = select(pickup_step).where(pickup_step.c.order.in_(sorted(orders)))
    for row in connection.execute(query.order_by(pickup_step.c.number, pickup_step.c.at)):
        found.setdefault(row.order, []).append(_step(row))
    return found


def _step(row: Row[Any]) -> PickupStepped:
    lines = tuple(Picked(**line) for line in row.lines)
    return PickupStepped(**{**row._asdict(), "lines": lines})
