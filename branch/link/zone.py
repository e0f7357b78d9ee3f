"""The zone by which a branch's schedules and rates run: headquarters' word, else the machine's own.

The record comes down a feed, so a new branch has none, and it may change: it is looked up again now and
then, not at every look at the clock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from branch import profile
from schemas.tables.base import reading

_KEPT_SECONDS = 60.0


def zone_of(engine: Engine, branch: str) -> Callable[[], tzinfo]:
    """What tells the branch's present zone."""
    lock = threading.Lock()
    known: tuple[float, tzinfo] | None = None

    def zone() -> tzinfo:
        nonlocal known
        with lock:
            if known is None or time.monotonic() - known[0] > _KEPT_SECONDS:
                known = time.monotonic(), _look(engine, branch)
            return known[1]

    return zone


def _look(engine: Engine, branch: str) -> tzinfo:
    with reading(engine) as connection:
        found = profile.find(connection, branch)
    if found is not None:
        return ZoneInfo(found.zone)
    machine = datetime.now(UTC).astimezone().tzinfo
    return UTC if machine is None else machine
