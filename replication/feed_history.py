"""The epochs that a producer's feeds went through, by the one counter that numbers them all.

    C1 ──100──┬──▶ 120   lost when the backup of 100 was put back
              └─ C2 ──▶ 103

    what a reader was told       what its parent says now        what the reader holds beyond
    C1                           C1 through 100, C2              100 is lost there
    C1 through 100, C2           the same                        anything is on its way, nothing lost
    C1 through 100, C2           C1 through 100, C3              100 is lost there, in C2
    C1 through 100, C2           C1 through 60, C4               60 is lost there, of C1 and of C2

The histories alone tell how far two databases are one: no clock, and no memory of who asked when.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from schemas.tables.base import upsert
from schemas.tables.feed import feed_history

#: The end of an epoch that goes on.
_OPEN = 2**63 - 1


@dataclass(frozen=True, slots=True)
class History:
    """`past` are the epochs that are over, oldest first, each with the last number drawn in it."""

    past: tuple[tuple[str, int], ...]
    present: str

    @property
    def stretches(self) -> tuple[tuple[str, int], ...]:
        """Every epoch with its end, the present one last."""
        return (*self.past, (self.present, _OPEN))

    def epoch_of(self, number: int) -> str:
        """The epoch in which a number was drawn."""
        return next(epoch for epoch, end in self.stretches if number <= end)

    def closed(self, through: int, fresh: str) -> History:
        """The same after its present epoch ended with a number, and another began."""
        return History((*self.past, (self.present, through)), fresh)


def parted_after(mine: History, theirs: History) -> int | None:
    """The last number that both histories have alike; None when they are one."""
    alike = 0
    for (epoch, end), (other, other_end) in zip(mine.stretches, theirs.stretches, strict=False):
        if epoch != other:
            return alike
        if end != other_end:
            return min(end, other_end)
        alike = end
    return None


def find(connection: Connection, stream: str) -> History | None:
    """The history that is kept under a stream's name; None when nobody told it yet."""
    query = select(feed_history).where(feed_history.c.stream == stream)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return History(tuple((epoch, end) for epoch, end in row.past), row.present)


def keep(connection: Connection, stream: str, history: History) -> None:
    """Keep a history in place of the older one."""
    past = [list(one) for one in history.past]
    upsert(connection, feed_history, [{"stream": stream, "past": past, "present": history.present}])


def forget(connection: Connection, stream: str) -> None:
    """Drop the history of a feed that is followed no more."""
    connection.execute(delete(feed_history).where(feed_history.c.stream == stream))
