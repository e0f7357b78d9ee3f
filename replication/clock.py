"""The clock as a value that is passed in, so that a demonstration or a test can set its own.

A simulated clock starts at `start` when the real one shows `anchor` and runs `rate` times as fast.
Processes that share the three numbers share the clock.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Clock = Callable[[], datetime]


class ClockSettings(BaseModel):
    """A simulated clock, as it stands in a settings file."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    start: AwareDatetime
    anchor: AwareDatetime
    rate: float = Field(default=1.0, gt=0)


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def clock_of(settings: ClockSettings | None) -> Clock:
    """The system's clock, or the simulated one that the settings describe."""
    if settings is None:
        return system_clock

    def simulated() -> datetime:
        return settings.start.astimezone(UTC) + (system_clock() - settings.anchor) * settings.rate

    return simulated
