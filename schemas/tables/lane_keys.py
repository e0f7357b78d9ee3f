"""The lanes' keys as their branch states them, at the branch and at headquarters alike.

A branch lets its lanes in by its peers; what stands here is what its journal says of them. At
headquarters a lane's key lets nobody in: it is known there so that it survives the branch's machine.
"""

from __future__ import annotations

from sqlalchemy import Column, Connection, LargeBinary, Table, Text, select, update

from schemas.domain.lane import LaneEnrolled, LaneRevoked
from schemas.tables.base import Instant, metadata, upsert

_KEY_BYTES = 32

#: The youngest key of each lane; `revoked` is when it was shut out.
lane_key = Table(
    "lane_key",
    metadata,
    Column("lane", Text, primary_key=True),
    Column("branch", Text, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("enrolled", Instant, nullable=False),
    Column("revoked", Instant),
)


def key_in(fact: LaneEnrolled) -> bytes:
    """The key that a fact names. Raises ValueError unless it is one."""
    key = bytes.fromhex(fact.public_key)
    if len(key) != _KEY_BYTES:
        message = f"the key of {fact.lane} has {len(key)} bytes, a key has {_KEY_BYTES}"
        raise ValueError(message)
    return key


def write(connection: Connection, fact: LaneEnrolled | LaneRevoked) -> None:
    """Write what a branch states of a lane's key, unless it is older than what is held.

    Journals of several epochs may arrive in another order than they were written. Raises ValueError
    for what is no key.
    """
    query = select(lane_key.c.enrolled).where(lane_key.c.lane == fact.lane)
    held = connection.execute(query.with_for_update()).scalar()
    if isinstance(fact, LaneEnrolled):
        key = key_in(fact)
        if held is None or held <= fact.enrolled:
            row = {
                "lane": fact.lane, "branch": fact.branch, "public_key": key,
                "enrolled": fact.enrolled, "revoked": None,
            }  # fmt: skip
            upsert(connection, lane_key, [row])
    elif held is not None and held <= fact.revoked:
        connection.execute(
            update(lane_key).where(lane_key.c.lane == fact.lane).values(revoked=fact.revoked)
        )
