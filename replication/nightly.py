"""What a site does by itself at night, and the verification, which is one such work.

The verification is made once a night unless it is told otherwise, at a time of the site's own.

    due ──▶ verify ──▶ the result stands in the site's status, for headquarters' page
             ├─ line or database away   tried again a little later
             └─ refused                 told as the result

The time is `at` on the clock of the site's zone plus a part of `spread_minutes` that follows from the site's
name: a thousand branches do not ask headquarters in the same minute, and each always asks at its own.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta, tzinfo
from typing import Any

import structlog
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import DBAPIError

from replication.clock import Clock
from replication.errors import LinkDownError, RefusedError
from replication.findings import Report
from replication.schedule import part_of

_log = structlog.get_logger(__name__)
_LOOK_SECONDS = 20.0
_RETRY = timedelta(minutes=10)
_MOST_TOLD = 10


class VerifySettings(BaseModel):
    """When a site verifies itself; `repair` mends what is a copy of the parent's records."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    at: time = time(3, 0)
    every_hours: int = Field(default=24, ge=1, le=24 * 7)
    spread_minutes: int = Field(default=120, ge=0, le=24 * 60)
    repair: bool = True


class Nightly(ABC):
    """Work that is due once a night, done on a thread of its own from `start` to `stop`.

    done                          due again `every` later than it was
    line or database away         tried again a little later
    a fault of ours               logged, tried again a little later

    `zone` tells the site's, None while only the machine's is known.
    """

    def __init__(
        self, name: str, clock: Clock, at: time, *, every: timedelta = timedelta(days=1),
        spread: timedelta = timedelta(), zone: Callable[[], tzinfo | None] = lambda: None,
    ) -> None:  # fmt: skip
        self._name = name
        self._clock = clock
        self._at = at
        self._every = every
        self._spread = spread
        self._zone = zone
        self.due = self._next(clock())
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @abstractmethod
    def work(self, now: datetime) -> None:
        """Do it. LinkDownError and DBAPIError put it off."""

    def failed(self) -> None:
        """A fault of ours ended it: called while that is being handled."""
        _log.exception("failed", work=self._name)

    def start(self) -> None:
        """Begin to wait."""
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing more; what is under way ends with the process, whole or not at all."""
        self._stop.set()

    def tick(self) -> None:
        """Do the work if it is due."""
        now = self._clock()
        if now < self.due:
            return
        try:
            self.work(now)
        except LinkDownError as error:
            self.due = now + _RETRY
            _log.info("put off, the line is down", work=self._name, error=str(error))
            return
        except DBAPIError as error:
            self.due = now + _RETRY
            _log.warning("put off, the database is away", work=self._name, error=str(error.orig))
            return
        self.due = self._next(now)

    def _next(self, now: datetime) -> datetime:
        """The first time after `now` that is due."""
        local = now.astimezone(self._zone())
        due = local.replace(hour=self._at.hour, minute=self._at.minute, second=0, microsecond=0)
        due += self._spread - timedelta(days=8)
        while due <= local:
            due += self._every
        return due

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_SECONDS):
            try:
                self.tick()
            except Exception:  # noqa: BLE001 - see below
                # A fault of ours must not end the nightly work for good without a word.
                self.failed()
                self.due = self._clock() + _RETRY


class NightlyCheck(Nightly):
    """Runs `verify` when it is due."""

    def __init__(
        self, verify: Callable[[], Report], settings: VerifySettings, site: str, clock: Clock,
        zone: Callable[[], tzinfo | None] = lambda: None,
    ) -> None:  # fmt: skip
        self._verify = verify
        self._told: Mapping[str, Any] = {}
        super().__init__(
            "nightly-check", clock, settings.at, every=timedelta(hours=settings.every_hours),
            spread=part_of(site, timedelta(minutes=settings.spread_minutes)), zone=zone,
        )  # fmt: skip

    def detail(self) -> Mapping[str, Any]:
        """What the site's status tells of the last verification, nothing before the first."""
        return self._told

    def work(self, now: datetime) -> None:
        """Verify, and keep what came of it."""
        try:
            report = self._verify()
        except RefusedError as error:
            report = Report(skipped=(f"{error.code}: {error}",))
        self._told = {"verified": _summary(report, now)}
        if not report.equal:
            _log.warning("verification found differences", **self._told["verified"])

    def failed(self) -> None:
        """See `Nightly.failed`."""
        super().failed()
        self._told = {"verified": {"failed": True}}


def _summary(report: Report, at: datetime) -> dict[str, Any]:
    told = [f"{one.where}: {one.what}" for one in report.remaining] + list(report.skipped)
    return {
        "at": at.isoformat(),
        "equal": report.equal,
        "found": len(report.found),
        "repaired": len(report.found) - len(report.remaining),
        "remaining": told[:_MOST_TOLD],
    }
