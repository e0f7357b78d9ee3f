"""What of its journal a lane may drop: all that headquarters holds, but for what the till still reads.

    the till reads                          so this stays
    the last ticket, to print it again      from its entry on, in its epoch
    the figures of a shift that is open     what was committed since it was opened
    anything else, such as old receipts     is found at the branch and at headquarters

The sync process does it at night, in small transactions beside the till (`replication.purge`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection, Engine, func, select

from pos_frontend import counters
from replication import journal, outbox
from replication import purge as purging
from replication.purge import Needed
from replication.streams import journal_of
from schemas.tables.base import reading
from schemas.tables.lane import lane_shift


def purge(catalogue: Engine, writer: Engine, lane: str, keep_days: int, now: datetime) -> int:
    """Purge the lane's journal of what is older than that and secured; how many entries went."""
    stream = journal_of(lane)
    with reading(catalogue) as connection:
        secured = outbox.secured_marks(connection, stream)
    before = now - timedelta(days=keep_days)
    return purging.purge(writer, stream, secured, partial(needed, stream, before))


def needed(stream: str, before: datetime, connection: Connection) -> Needed:
    """What stays of a lane's journal although it is older."""
    last = counters.read(connection)
    opened = connection.execute(
        select(func.min(lane_shift.c.opened)).where(lane_shift.c.ended.is_(None))
    ).scalar()
    first: dict[str, int] = {}
    if last.last_sequence is not None:
        epoch = last.last_epoch or journal.head_of(connection, stream).epoch
        first[epoch] = last.last_sequence
    return Needed(before if opened is None else min(before, opened), first)
