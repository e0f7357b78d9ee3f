"""Forgetting the demand that old proposals rested on: their arithmetic stays, the days behind it go.

A line keeps half a year of its item's days so that the next proposal can say which of them changed. After as many
days as proposals are compared with, nothing reads them any more.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Engine, cast, select, update
from sqlalchemy.dialects.postgresql import JSONB

from hq.replenishment.settling import LAST_DAYS
from schemas.tables.replenishment import replenishment_line, replenishment_proposal

_AT_ONCE = 200


def forget(engine: Engine, now: datetime) -> int:
    """Empty the histories of decided proposals that are old; how many proposals that were."""
    row, line = replenishment_proposal.c, replenishment_line.c
    before, forgotten, after = now - timedelta(days=LAST_DAYS), 0, 0
    held = line.history != cast({}, JSONB)
    while True:
        with engine.begin() as connection:
            query = select(row.proposal).where(
                row.revised < before, row.state != "open", row.proposal > after,
                select(line.item).where(line.proposal == row.proposal, held).exists(),
            ).order_by(row.proposal).limit(_AT_ONCE)  # fmt: skip
            some = list(connection.execute(query).scalars())
            if not some:
                return forgotten
            mine = line.proposal.in_(some)
            connection.execute(update(replenishment_line).where(mine, held).values(history={}))
        forgotten += len(some)
        after = some[-1]
