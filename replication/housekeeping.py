"""What a site does by itself once a night beside verifying: work that nobody waits for.

A task tells what it did in the log alone; what it may remove is its own business. One that finds the
database away puts itself and those after it off (see `replication.nightly`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time

import structlog

from replication.clock import Clock
from replication.nightly import Nightly

_log = structlog.get_logger(__name__)
_AT = time(2, 30)


class Housekeeping(Nightly):
    """Does its tasks once a night, in turn. A task answers how many records it removed or changed."""

    def __init__(
        self, tasks: Mapping[str, Callable[[datetime], int]], clock: Clock, at: time = _AT
    ) -> None:
        self._tasks = tasks
        super().__init__("housekeeping", clock, at)

    def work(self, now: datetime) -> None:
        """Do every task."""
        for name, task in self._tasks.items():
            _log.info("housekeeping", task=name, records=task(now))
