"""The clock as a value that is passed in, so that a demonstration or a test can set its own.

A simulated clock stands in a file that several processes read: it shows `start` when the real one
shows `anchor` and runs `rate` times as fast. Whoever rewrites the file sets all of them at once.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Clock = Callable[[], datetime]


class ClockSettings(BaseModel):
    """Where a simulated clock stands; for demonstrations and tests, never for a shop."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    file: Path


class SimulatedTime(BaseModel):
    """What such a file says."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    start: AwareDatetime
    anchor: AwareDatetime
    rate: float = Field(default=1.0, ge=0)

    def at(self, real: datetime) -> datetime:
        """What the clock shows when the real one shows `real`."""
        return self.start.astimezone(UTC) + (real - self.anchor) * self.rate

    def write(self, file: Path) -> None:
        """Set every clock that reads `file`, at once."""
        fresh = file.with_suffix(".new")
        fresh.write_text(self.model_dump_json(), encoding="utf-8")
        fresh.replace(file)


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def clock_of(settings: ClockSettings | None) -> Clock:
    """The system's clock, or the simulated one that the settings name."""
    return system_clock if settings is None else simulated_clock(settings.file)


def simulated_clock(file: Path) -> Clock:
    """A clock that follows `file`. Raises OSError or ValidationError when there is no such clock."""
    seen: tuple[int, SimulatedTime] | None = None

    def now() -> datetime:
        nonlocal seen
        changed = os.stat(file).st_mtime_ns  # noqa: PTH116 - at every look at the clock, so kept cheap
        if seen is None or seen[0] != changed:
            seen = (changed, SimulatedTime.model_validate_json(file.read_bytes()))
        return seen[1].at(system_clock())

    now()
    return now
