"""Facts of suspended baskets, written at branch and headquarters alike, in any order of their arrival."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection, insert, select, update

from schemas.domain.suspension import BasketResumed, BasketSuspended
from schemas.tables.suspended import resumed_basket, suspended_basket
from schemas.wire.entries import encode

_KEPT = [column.name for column in suspended_basket.columns if column.name != "entry"]


def write(connection: Connection, fact: BasketSuspended | BasketResumed) -> None:
    """Write a fact; the content of a basket that was resumed is not kept any longer."""
    if isinstance(fact, BasketSuspended):
        resumed = select(resumed_basket.c.lane).where(resumed_basket.c.uuid == fact.uuid)
        entry = None if connection.execute(resumed).first() else encode(fact)
        row = {name: getattr(fact, name) for name in _KEPT}
        connection.execute(insert(suspended_basket).values(row | {"entry": entry}))
        return
    connection.execute(insert(resumed_basket).values(asdict(fact)))
    connection.execute(
        update(suspended_basket).where(suspended_basket.c.uuid == fact.uuid).values(entry=None)
    )
