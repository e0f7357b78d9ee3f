"""What the day close says of stocktakes: each that is still open, with how much it waits for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import Connection, select

from branch.checks import Check, Finding
from replication.console.languages import msgid
from schemas.tables.stocktake import stocktake

_OPEN = Finding(
    "stocktake_open",
    msgid("The stocktake %(name)s is open since %(since)s"),
    msgid(
        "Approve or cancel it; or accept that counting goes on, which closing the day does not hinder"
    ),
    "/stocktakes/%(stocktake)s",
)


def stocktake_checks(
    connection: Connection, branch: str, business_date: date, now: datetime
) -> Iterator[Check]:
    """The open stocktakes, the oldest first."""
    del branch, business_date, now
    query = select(stocktake).where(stocktake.c.state == "open").order_by(stocktake.c.opened)
    for row in connection.execute(query):
        yield _OPEN.warns(row.stocktake, name=row.name, since=row.opened, stocktake=row.stocktake)
