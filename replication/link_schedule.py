"""Has a link use its ways as their schedules say.

    the way in use         the link's loops    exchanges
    real time              run                 none
    interval, nightly      rest                one at the start of the site, then as they fall due
    on demand              rest                when a person says so

    an exchange that fails   is owed until it is made: tried again with growing pauses, by the next way
                             once this one has been down for too long
    a way that is taken      its own schedule holds from then on

The jobs are APScheduler's and run in real time; the times are those of the branch's zone, which is
looked up again every few minutes: a branch learns it from headquarters. Nothing is kept of them: a site
that was switched off when it should have called calls when it is switched on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger

from replication.clock import system_clock
from replication.errors import LinkDownError
from replication.greeting import hello_of
from replication.messages import Hello
from replication.runner import LinkRunner
from replication.self_report import Exchange, WayInUse
from replication.steps import Exchanged
from replication.ways import Ways
from schemas.tables.base import reading

_ZONE_MINUTES = 5
#: Earlier ways are tried at a moment of one's own, up to this share of the interval later.
_JITTER = 0.1


class _Calling(BaseTrigger):  # type: ignore[misc]  # the scheduler ships no types
    """Fires when a function of the present says so."""

    def __init__(self, following: Callable[[datetime], datetime | None]) -> None:
        self._following = following

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime | None:
        """See `BaseTrigger`."""
        del previous
        return self._following(now)


class LinkSchedule:
    """Drives one link, from `start` to `stop`. `zone` is asked for now and then."""

    def __init__(
        self, runner: LinkRunner, ways: Ways, zone: Callable[[], tzinfo], return_after: timedelta
    ) -> None:
        self._runner = runner
        self._ways = ways
        self._find_zone = zone
        self._zone = zone()
        self._return_after = return_after
        self._site = runner.site.identity.site
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        ways.changed = self.plan

    def start(self) -> None:
        """Plan, and owe the first exchange where there are any."""
        self._every("zone", self._look_up_zone, timedelta(minutes=_ZONE_MINUTES))
        if len(self._ways.all) > 1:
            self._every("return", self._try_earlier, self._return_after)
        self.plan()
        if self._ways.in_use.schedule.mode in {"interval", "nightly"}:
            self._runner.owe()
        self._scheduler.start()

    def stop(self) -> None:
        """Owe nothing more; the link itself is stopped by its runner."""
        self._scheduler.shutdown(wait=False)

    def plan(self) -> None:
        """Have the link go by the way in use, and its exchanges fall due."""
        way = self._ways.in_use
        self._runner.use(way.pace, way.rate, live=way.schedule.mode == "real_time")
        self._scheduler.add_job(
            self._runner.owe, _Calling(self._next), id="exchange", replace_existing=True
        )

    def exchange_now(self, name: str = "") -> tuple[str, Exchanged]:
        """Exchange by the way of that name, or by the first that answers; which one, and what came of it.

        Raises LinkDownError when none answers, and RefusedError.
        """
        down: list[str] = []
        for each in [name] if name else [way.name for way in self._ways.all]:
            self._ways.take(each)
            self.plan()
            try:
                return each, self._runner.exchange()
            except LinkDownError as error:
                down.append(f"{each}: {error}")
        raise LinkDownError("; ".join(down))

    def detail(self) -> Mapping[str, Any]:
        """What the site's status tells of the way in use, and of the last exchange."""
        way, now, done = self._ways.in_use, system_clock(), self._runner.exchanged
        due = self._next(now)
        said = WayInUse(
            name=way.name,
            mode=way.schedule.mode,
            since=self._ways.since,
            next_seconds=None if due is None else int((due - now).total_seconds()),
            exchange=None
            if done is None
            else Exchange(
                ended=done.ended, sent=done.sent, received=done.received, regained=done.regained
            ),
        )
        return {"way": said.model_dump(mode="json")}

    def _next(self, after: datetime) -> datetime | None:
        return self._ways.in_use.schedule.next(self._site, self._zone, after)

    def _every(self, name: str, job: Callable[[], None], every: timedelta) -> None:
        seconds = every.total_seconds()
        trigger = IntervalTrigger(seconds=seconds, jitter=seconds * _JITTER, timezone=UTC)
        self._scheduler.add_job(job, trigger, id=name)

    def _look_up_zone(self) -> None:
        found = self._find_zone()
        if found != self._zone:
            self._zone = found
            self.plan()

    def _try_earlier(self) -> None:
        self._ways.try_earlier(self._hello)

    def _hello(self) -> Hello:
        site = self._runner.site
        with reading(site.journals) as connection:
            return hello_of(connection, site.identity, site.outlet.clock(), site.outlet.spoken)
