"""What was handed out of the feeds, noted for the delivery grid before it is answered.

What is not yet on the disk when the machine dies is lost, and nobody needs it: the receivers'
positions are the truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, text

from schemas.tables.base import upsert
from schemas.tables.link import feed_sent
from schemas.wire.batch import peek


def note_sent(engine: Engine, sent: Sequence[tuple[str, bytes]], now: datetime) -> None:
    """Note which batch each site is handed; a newer note of a feed replaces an older."""
    headers = {data: peek(data) for _, data in sent}
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for site, data in sent:
        header = headers[data]
        rows[site, header.stream] = {
            "site": site, "stream": header.stream, "epoch": header.epoch,
            "through": header.through, "sent_at": now,
        }  # fmt: skip
    with engine.begin() as connection:
        # What may be lost need not wait for the disk.
        connection.execute(text("SET LOCAL synchronous_commit = off"))
        # In one order, whoever else notes the same sites.
        upsert(connection, feed_sent, [rows[key] for key in sorted(rows)])
