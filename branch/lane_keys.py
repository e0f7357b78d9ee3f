"""The lanes' keys in the branch's journal, so that another machine of the branch knows its lanes.

    what happens                               what is stated in the journal, in the same transaction
    a lane proves its token                    lane.enrolled, with its public key; refused while the
                                               branch itself has yet to get its journal back
    a person shuts it out                      lane.revoked, with who and why
    the branch starts (`catch_up`)             either, for what was done before branches stated it
    the journal is fetched back (`regain`)     nothing: what was stated becomes the lanes' keys again

A younger enrolment is never undone by an older one that comes back. The journal's lock is taken here,
so stating is the last thing that a transaction does.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, select

from branch.own_journal import state
from replication import recovery
from replication.clock import Clock
from replication.streams import journal_of
from schemas.domain.lane import LaneEnrolled, LaneRevoked
from schemas.tables.base import upsert
from schemas.tables.lane_keys import lane_key
from schemas.tables.link import peer
from schemas.wire.entries import Fact

_BEFORE = "before this release"


def admitted(branch: str, clock: Clock, connection: Connection, lane: str, key: bytes) -> None:
    """State that a lane was let in. Raises RefusedError `busy` where the branch does not know yet all
    that the lane ever sent.
    """
    recovery.require_whole(connection, journal_of(branch))
    now = clock()
    state(connection, branch, LaneEnrolled(branch, lane, key.hex(), now), now)


def revoked(
    connection: Connection, branch: str, lane: str, operator: str, reason: str, now: datetime
) -> None:
    """State that a lane was shut out."""
    state(connection, branch, LaneRevoked(branch, lane, now, operator, reason), now)


def catch_up(engine: Engine, branch: str, clock: Clock) -> int:
    """State what the journal does not say of the lanes yet; how many entries that took."""
    now = clock()
    with engine.begin() as connection:
        facts = [fact for row in _peers(connection, branch) for fact in _unsaid(branch, row)]
        for fact in facts:
            state(connection, branch, fact, now)
    return len(facts)


def regain(connection: Connection, facts: Iterable[Fact]) -> None:
    """Know the lanes again by what the branch stated of them, once that is written."""
    lanes = {one.lane for one in facts if isinstance(one, (LaneEnrolled, LaneRevoked))}
    if not lanes:
        return
    held = {row.site: row for row in connection.execute(select(peer).where(peer.c.site.in_(lanes)))}
    rows = [
        {"site": row.lane, "public_key": bytes(row.public_key), "enrolled": row.enrolled,
         "revoked": row.revoked}
        for row in connection.execute(select(lane_key).where(lane_key.c.lane.in_(lanes)))
        if row.lane not in held or _is_news(row, held[row.lane])
    ]  # fmt: skip
    upsert(connection, peer, rows)


def _is_news(stated: Row[Any], held: Row[Any]) -> bool:
    """Whether what came back is of a younger enrolment, or shuts out the one that is held."""
    if stated.enrolled == held.enrolled:
        return bool(stated.revoked is not None and held.revoked is None)
    return bool(stated.enrolled > held.enrolled)


def _peers(connection: Connection, branch: str) -> list[Row[Any]]:
    query = (
        select(
            peer, lane_key.c.public_key.label("stated"), lane_key.c.revoked.label("stated_revoked")
        )
        .outerjoin(lane_key, lane_key.c.lane == peer.c.site)
        .where(peer.c.site.startswith(f"{branch}.", autoescape=True))
        .order_by(peer.c.site)
    )
    return list(connection.execute(query))


def _unsaid(branch: str, row: Row[Any]) -> Iterable[Fact]:
    key = bytes(row.public_key)
    known = row.stated is not None and bytes(row.stated) == key
    if not known:
        yield LaneEnrolled(branch, row.site, key.hex(), row.enrolled)
    if row.revoked is not None and not (known and row.stated_revoked is not None):
        yield LaneRevoked(branch, row.site, row.revoked, "", _BEFORE)
