"""What the board of lanes knows from the database: read at the start, and when something else changed.

A lane is at work unless it was shut out. The date is the newest that is not closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from branch import day_state, exceptional, messages
from branch.board import LastTicket, OnBoard, Reading
from replication.messages import SiteStatus
from schemas.tables.link import peer, site_status
from schemas.tables.tickets import IS_RECEIPT, ticket


def read(connection: Connection, branch: str, now: datetime, shown: date | None = None) -> Reading:
    """Everything; of the date that is `shown` already, exceptions are not looked for again: they are
    scattered over all of its tickets, and the board hears of the new ones by itself.
    """
    unfinished = day_state.unfinished(connection, branch)
    business_date = unfinished[-1].business_date if unfinished else None
    said = {
        row.site: (row.received, SiteStatus.model_validate(row.status))
        for row in connection.execute(select(site_status).where(site_status.c.parent == branch))
    }
    last = _last_tickets(connection, branch)
    told: Mapping[str, exceptional.Exceptional] = {}
    if business_date is not None and business_date != shown:
        told = exceptional.newest(connection, branch, business_date)
    lanes: dict[str, OnBoard] = {}
    for lane in _at_work(connection, branch):
        heard, status = said.get(lane, (None, None))
        lanes[lane] = OnBoard(
            lane,
            heard=heard,
            operator="" if status is None else str(status.detail.get("operator", "")),
            unsent=0 if status is None else status.pending,
            last=last.get(lane),
            exceptional=told.get(lane),
        )
    return Reading(business_date, lanes, messages.holding(connection, branch, now))


def _at_work(connection: Connection, branch: str) -> list[str]:
    query = select(peer.c.site).where(
        peer.c.site.startswith(f"{branch}.", autoescape=True), peer.c.revoked.is_(None)
    )
    return list(connection.execute(query.order_by(peer.c.site)).scalars())


def _last_tickets(connection: Connection, branch: str) -> dict[str, LastTicket]:
    """Of each lane the last one of the newest date on which any was sold."""
    newest = select(func.max(ticket.c.business_date)).where(ticket.c.branch == branch, IS_RECEIPT)
    rows = connection.execute(
        select(ticket)
        .ext(distinct_on(ticket.c.lane))
        .where(ticket.c.branch == branch, ticket.c.business_date == newest.scalar_subquery())
        .where(IS_RECEIPT)
        .order_by(ticket.c.lane, ticket.c.counter.desc())
    )
    return {
        row.lane: LastTicket(
            row.uuid, f"{row.lane}-{row.counter:06d}", row.counter, row.total, row.committed,
            row.business_date, row.control_tickets, row.control_gross,
        )
        for row in rows
    }  # fmt: skip
