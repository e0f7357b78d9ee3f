"""Suspended baskets at the branch: which are open, and which lane one is given to.

    the branch holds of a basket                 a lane that claims it is told
    its suspension                               it is given to you, and its content
    that, given to the same lane                 the same, as often as it asks
    that, given to another lane                  that lane has it, since when
    a resumption, whatever else                  that lane has it, since when
    nothing, and the lane suspended it itself    it is given to you: its entry is on its way
    nothing                                      it is unknown here

What is given stays given: a lane that was given a basket and broke down before it resumed it gets it again,
and a person who wants those goods sold elsewhere scans them anew. A resumption that the branch did not
allow, of a lane that could not ask it, wins over what it gave (`suspended_checks` shows both).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, Select, select
from sqlalchemy.dialects.postgresql import insert

from replication.decision import Claim, Decision
from replication.inquiry import Finding
from schemas.tables.suspended import resumed_basket, suspended_basket, suspended_claim
from schemas.wire import canonical
from schemas.wire.suspended import (
    Given,
    Listed,
    Listing,
    Own,
    given_body,
    listing_body,
    read_asked,
    read_own,
)

#: More than a shop sets aside: what is older has been forgotten, and is found by its own lane.
_MOST = 60


def listing(connection: Connection, body: Mapping[str, Any]) -> Finding:
    """Answer which baskets are open here, and who has those that a lane believes to be its own."""
    own = read_own(body)
    open_ = [_listed(row) for row in connection.execute(open_baskets().limit(_MOST))]
    told = Listing(tuple(open_), _gone(connection, own))
    return Finding("found", listing_body(told), certain=True)


def open_baskets() -> Select[Any]:
    """The baskets that nobody resumed, newest first, each with the lane that it was given to, if any."""
    resumed = select(resumed_basket.c.uuid).where(resumed_basket.c.uuid == suspended_basket.c.uuid)
    given = suspended_basket.outerjoin(
        suspended_claim, suspended_claim.c.suspended == suspended_basket.c.uuid
    )
    return (
        select(suspended_basket, suspended_claim.c.lane.label("given"))
        .select_from(given)
        .where(~resumed.exists())
        .order_by(suspended_basket.c.at.desc(), suspended_basket.c.uuid)
    )


def claim(connection: Connection, asked: Claim) -> Decision:
    """Give a basket to the lane that asks, or say who has it. Raises ValueError."""
    wanted, lane = read_asked(asked.body), asked.asked_by
    if "." not in lane:
        raise ValueError(f"{lane} is no lane: a basket is resumed at one")
    row = connection.execute(
        select(suspended_basket.c.entry, suspended_basket.c.lane)
        .where(suspended_basket.c.uuid == wanted.suspended)
        .with_for_update()
    ).one_or_none()
    resumed = connection.execute(_resumptions(wanted.suspended)).first()
    if resumed is not None:
        return Decision("found", given_body(Given(resumed.lane, resumed.at, resumed=True)))
    if row is None and lane != wanted.lane:
        return Decision("unknown")
    mine = {"suspended": wanted.suspended, "lane": lane, "at": asked.at}
    connection.execute(insert(suspended_claim).values(mine).on_conflict_do_nothing())
    given = connection.execute(
        select(suspended_claim).where(suspended_claim.c.suspended == wanted.suspended)
    ).one()
    if given.lane != lane:
        return Decision("found", given_body(Given(given.lane, given.at)))
    entry = None if row is None or row.entry is None else canonical.decode(bytes(row.entry))
    return Decision("found", given_body(Given(lane, given.at, basket=entry)))


def _resumptions(uuid: str) -> Select[Any]:
    return (
        select(resumed_basket.c.lane, resumed_basket.c.at)
        .where(resumed_basket.c.uuid == uuid)
        .order_by(resumed_basket.c.at)
    )


def _listed(row: Row[Any]) -> Listed:
    return Listed(
        row.uuid, row.lane, row.operator, row.name, row.at, row.amount, row.lines, row.given or ""
    )


def _gone(connection: Connection, own: Own) -> dict[str, str]:
    """Which of a lane's are given to another, or resumed: at that lane too, if a restore made it forget."""
    given = select(suspended_claim.c.suspended, suspended_claim.c.lane).where(
        suspended_claim.c.suspended.in_(own.suspended), suspended_claim.c.lane != own.lane
    )
    resumed = (
        select(resumed_basket.c.uuid, resumed_basket.c.lane)
        .where(resumed_basket.c.uuid.in_(own.suspended))
        .order_by(resumed_basket.c.at.desc())
    )
    return {row[0]: row[1] for query in (given, resumed) for row in connection.execute(query)}
