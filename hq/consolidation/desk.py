"""What headquarters does by itself for its aggregates, from minute to minute: takes in what is fresh, and works
out anew what has to be.

It is never waited for: until it is done a question reads what is fresh beside the rest, and the lines of what
was never worked out.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

import structlog
from sqlalchemy import Engine

from hq.consolidation import rebuild, taking
from replication.clock import Clock
from replication.nightly import Nightly

_log = structlog.get_logger(__name__)
_EVERY = timedelta(minutes=1)


class ConsolidationDesk(Nightly):
    """Does so on a thread of its own, every minute of the day."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        super().__init__("consolidation", clock, time(), every=_EVERY)

    def work(self, now: datetime) -> None:
        """Take in, then work out what is due."""
        del now
        taken, anew = taking.take_in(self._engine), rebuild.rebuild_due(self._engine)
        if taken or anew:
            _log.info("consolidated", rows=taken, months_anew=anew)
