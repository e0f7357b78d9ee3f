"""The mark of a site that produces feeds and has no parent: how headquarters notices that it was put
back, and how it keeps the mark up to date.

    at its start        the mark says another incarnation, or a higher number ─ every feed begins a
                        new epoch, so that its readers load them anew; else nothing
    while it serves     the last number drawn is noted after each publication
    a command that      notes it when it is done, whether headquarters serves or not
    publishes

Readers that are ahead of the head give a restore away as well (`replication.feed`); but not once new
publications have drawn the numbers anew, and so the mark is looked at first.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from replication import feed, incarnation
from replication.incarnation import Mark


class ProducedFeeds:
    """The feeds of a site, watched over by a mark outside its database."""

    def __init__(self, engine: Engine, site: str, mark: Path) -> None:
        self._engine = engine
        self._site = site
        self._mark = mark

    def start(self) -> str | None:
        """Begin a start of the site; why its database is taken for a restored one."""
        mark = incarnation.read_mark(self._mark)
        with self._engine.begin() as connection:
            head = feed.counter_of(connection)
            restored = incarnation.what_was_restored(connection, self._site, mark, head)
            if restored is not None:
                feed.renew(connection)
            feed.begin_followed(connection)
            incarnation.begin(connection, self._site)
        self.note()
        return restored

    def note(self) -> None:
        """Note how far the numbers have come."""
        with self._engine.begin() as connection:
            present = incarnation.present(connection, self._site)
            head = feed.counter_of(connection)
        if present is None:
            return
        noted = incarnation.read_mark(self._mark)
        now = Mark(present.name, head.epoch, head.sequence)
        if now != noted:
            incarnation.write_mark(self._mark, now)
