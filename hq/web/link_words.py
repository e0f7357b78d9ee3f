"""How the pages of the link say ages, instants, skews, rates and alarms; templates get it as `words`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hq.link_alarms import Alarm
from hq.replication_view import SKEW_SHOWN, SiteStanding
from hq.web import alarm_text, way_text
from replication.console import formats
from replication.console.languages import msgid
from replication.console.page import Page
from replication.self_report import WayInUse
from schemas.wire.canonical import parse_instant

_SECONDS, _MINUTES = msgid("%(number)s s ago"), msgid("%(number)s min ago")
_HOURS, _DAYS = msgid("%(number)s h ago"), msgid("%(number)s d ago")
_AGES = (
    (timedelta(minutes=2), timedelta(seconds=1), _SECONDS),
    (timedelta(hours=2), timedelta(minutes=1), _MINUTES),
    (timedelta(days=2), timedelta(hours=1), _HOURS),
)
#: Below this a rate is shown with a decimal.
_FEW = 10


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one request."""

    page: Page

    def age(self, then: datetime) -> str:
        """How long ago that was; a clock that is ahead of ours says it was just now."""
        passed = max(self.page.now - then, timedelta())
        for below, unit, text in _AGES:
            if passed < below:
                return self.page.gettext(text, number=passed // unit)
        return self.page.gettext(_DAYS, number=passed // timedelta(days=1))

    def moment(self, then: datetime, zone: str) -> str:
        """An instant as short as it is clear: of today by its time of day."""
        clock = ZoneInfo(zone)
        if then.astimezone(clock).date() == self.page.now.astimezone(clock).date():
            return formats.clock_time(then, zone)
        return formats.instant(then, zone, self.page.language)

    def committed(self, text: str, zone: str) -> str:
        """An entry's own instant by the branch's clock; as it came when it is none."""
        try:
            return formats.instant(parse_instant(text), zone, self.page.language)
        except ValueError:
            return text

    def rate(self, entries: float) -> str:
        """Entries per minute: few of them with a decimal, so that little is told from nothing."""
        return f"{entries:.1f}" if 0 < entries < _FEW else f"{entries:,.0f}"

    def alarm_name(self, alarm: Alarm) -> str:
        """See `alarm_text.alarm_name`."""
        return alarm_text.alarm_name(self.page, alarm.code)

    def alarm_text(self, alarm: Alarm) -> str:
        """See `alarm_text.alarm_text`."""
        return alarm_text.alarm_text(self.page, alarm)

    def advice(self, alarm: Alarm) -> str:
        """See `alarm_text.alarm_advice`."""
        return alarm_text.alarm_advice(self.page, alarm)

    def allowed(self, alarm: Alarm) -> str:
        """See `alarm_text.allowed`."""
        return alarm_text.allowed(self.page, alarm.deadline)

    def way(self, way: WayInUse, zone: str) -> str:
        """See `way_text.way_in_use`."""
        return way_text.way_in_use(self.page, way, self.moment(way.since, zone))

    def next_exchange(self, one: SiteStanding, zone: str) -> str:
        """When a site that is not heard all the time will speak next; a dash where nobody knows."""
        way = None if one.word is None else one.word.report.way
        if one.word is None or way is None or way.next_seconds is None:
            return "–"
        return self.moment(one.word.received + timedelta(seconds=way.next_seconds), zone)

    def last_exchange(self, one: SiteStanding, zone: str) -> str:
        """What came of its last exchange."""
        way = None if one.word is None else one.word.report.way
        if way is None or way.exchange is None:
            return "–"
        return way_text.exchange(self.page, way.exchange, self.moment(way.exchange.ended, zone))

    def skew(self, skew: timedelta | None) -> int | None:
        """Whole seconds by which a site's clock is ahead, when they are worth a person's attention."""
        if skew is None or abs(skew) < SKEW_SHOWN:
            return None
        return int(skew.total_seconds())
