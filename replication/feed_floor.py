"""What a feed forgets: tombstones older than its retention, and with them the readers from before.

    tombstones up to the newest publication before then     are deleted
    the floor                                               rises to the last of them
    a reader below the floor                                is told to load a new generation
    publications from before then                           are deleted, the newest of a feed aside

The same at the site that produces a feed and at those that relay it, each by its own record of when
a head was reached. A reader that never read anything is below no floor: it loads the feed anyway.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, Engine, delete, func, select, update

from schemas.tables.feed import feed_publication, feed_record
from schemas.tables.journal import stream as stream_table


class FeedRetention(BaseModel):
    """For how long a site's feeds remember what was deleted."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    keep_days: int = Field(default=90, ge=1)


def forgetting(engine: Engine, retention: FeedRetention) -> Callable[[datetime], int]:
    """The nightly task of a site that serves feeds."""

    def task(now: datetime) -> int:
        del now  # When something was published is noted by the database's own clock.
        with engine.begin() as connection:
            return forget(connection, timedelta(days=retention.keep_days))

    return task


def forget(connection: Connection, keep: timedelta) -> int:
    """Forget what was deleted longer ago than that, by the database's clock, in every feed here; how
    many tombstones that were.
    """
    before = func.now() - keep
    published = feed_publication.c
    reached = (
        select(published.stream, func.max(published.number).label("number"))
        .join(stream_table, stream_table.c.name == published.stream)
        # A higher number is of an epoch that is over: there numbers were drawn that are drawn anew.
        .where(published.published < before, published.number <= stream_table.c.head)
        .group_by(published.stream)
    )
    gone = 0
    for row in connection.execute(reached).all():
        gone += _forget(connection, row.stream, row.number)
        connection.execute(
            delete(feed_publication).where(
                published.stream == row.stream, published.number != row.number,
                published.published < before,
            )
        )  # fmt: skip
    return gone


def _forget(connection: Connection, name: str, through: int) -> int:
    # Records before the stream's row, as a publication takes them.
    record = feed_record.c
    old = delete(feed_record).where(record.stream == name, record.deleted, record.number <= through)
    dropped = connection.execute(old.returning(record.number)).scalars().all()
    if dropped:
        floor = func.greatest(stream_table.c.floor, max(dropped))
        connection.execute(
            update(stream_table).where(stream_table.c.name == name).values(floor=floor)
        )
    return len(dropped)
