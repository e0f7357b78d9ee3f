"""When a device of the lane's fails and is well again, out of how it does from moment to moment.

    it is                              what is told
    bad for two seconds                it began to fail, when it was bad first
    well, and bad again soon           nothing; how often is counted
    well for half a minute             it ended, when it was well again, with how often it failed

A printer that comes and goes with every receipt therefore makes two entries and not a flood.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

_NOTICED = timedelta(seconds=2)
_SETTLED = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is to be told of a device; `at` is the beginning, or the end with `times` it failed."""

    device: str
    cause: str
    detail: str
    result: Literal["began", "ended"]
    since: datetime
    at: datetime
    times: int = 1


@dataclass(frozen=True, slots=True)
class _Failing:
    since: datetime
    cause: str
    detail: str
    told: bool = False
    times: int = 1
    well: datetime | None = None


class DeviceFaults:
    """Follows the devices of one lane."""

    def __init__(self) -> None:
        self._failing: dict[str, _Failing] = {}

    def look(self, bad: Mapping[str, tuple[str, str]], now: datetime) -> list[Fault]:
        """What is to be told now; `bad` are the devices that do not work, each with cause and details."""
        return [*self._begun(bad, now), *self._ended(bad, now)]

    def _begun(self, bad: Mapping[str, tuple[str, str]], now: datetime) -> Iterator[Fault]:
        for device, (cause, detail) in bad.items():
            known = self._failing.get(device) or _Failing(now, cause, detail)
            if known.well is not None:
                known = replace(known, well=None, times=known.times + 1)
            if not known.told and abs(now - known.since) >= _NOTICED:
                known = replace(known, told=True, cause=cause, detail=detail)
                yield Fault(device, cause, detail, "began", known.since, known.since)
            self._failing[device] = known

    def _ended(self, bad: Mapping[str, tuple[str, str]], now: datetime) -> Iterator[Fault]:
        for device, known in list(self._failing.items()):
            if device in bad:
                continue
            if not known.told:
                del self._failing[device]
            elif known.well is None:
                self._failing[device] = replace(known, well=now)
            elif abs(now - known.well) >= _SETTLED:
                del self._failing[device]
                yield Fault(
                    device, known.cause, known.detail, "ended", known.since, known.well, known.times
                )
