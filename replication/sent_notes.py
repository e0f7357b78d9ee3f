"""What was handed out of the feeds, noted for the delivery grid.

A lone note is written before its batch is answered. Of a thousand that come at once one caller
writes for all, a few transactions instead of a thousand; the others go on. What is not written when
the process ends is lost, and nobody needs it: the receivers' positions are the truth.
"""

from __future__ import annotations

import threading
from typing import Any

from sqlalchemy import Engine, text

from schemas.tables.base import upsert
from schemas.tables.link import feed_sent


class SentNotes:
    """Writes rows of `feed_sent`. Safe among threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._waiting: dict[tuple[str, str], dict[str, Any]] = {}
        self._writing = False

    def note(self, row: dict[str, Any]) -> None:
        """Note what a site was handed of a stream; a newer note replaces an older."""
        with self._lock:
            self._waiting[row["site"], row["stream"]] = row
            if self._writing:
                return
            self._writing = True
        try:
            while rows := self._take():
                with self._engine.begin() as connection:
                    # What may be lost need not wait for the disk.
                    connection.execute(text("SET LOCAL synchronous_commit = off"))
                    upsert(connection, feed_sent, rows)
        except BaseException:
            with self._lock:
                self._writing = False
            raise

    def _take(self) -> list[dict[str, Any]]:
        with self._lock:
            rows = list(self._waiting.values())
            self._waiting.clear()
            self._writing = bool(rows)
            return rows
