"""The link's state as text and as JSON, by the same definition as the page (`hq.link_watch`).

Instants are ISO 8601 in UTC, ages and skews whole seconds; what is not known is null, or a dash.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from hq.link_alarms import Alarm
from hq.link_watch import Watch, WatchedSite
from hq.replication_view import Refusal

_COLUMNS = (
    "site", "state", "contact", "unsent", "oldest", "per min", "held", "feeds behind", "wire",
    "skew", "parked", "alarms",
)  # fmt: skip


def as_json(found: Watch) -> dict[str, Any]:
    """Everything, for a program."""
    return {
        "as_of": found.as_of.isoformat(),
        "alarms": [_alarm(one, found.as_of) for one in found.alarms],
        "sites": [_site(one, found.as_of) for one in found.sites],
        "refusals_of_strangers": [_refusal(one) for one in found.strangers],
    }


def as_text(found: Watch) -> str:
    """A table for a person: the alarms, then every site."""
    heading = f"as of {found.as_of.isoformat(timespec='seconds')}"
    alarms = [f"ALARM  {alarm_line(one, found.as_of)}" for one in found.alarms]
    rows = [_COLUMNS, *(_cells(one, found.as_of) for one in found.sites)]
    return "\n".join([heading, *(alarms or ["no alarm"]), "", *_aligned(rows)])


def alarm_line(alarm: Alarm, now: datetime) -> str:
    """One alarm in a line: site, what, how much of what, since when and how long it may last."""
    parts = [alarm.site, alarm.code]
    if alarm.count != 1:
        parts.append(str(alarm.count))
    parts.append(f"for {span(now - alarm.since)}")
    if alarm.deadline is not None:
        parts.append(f"(deadline {span(alarm.deadline)})")
    return " ".join([*parts, alarm.subject]).strip()


def span(length: timedelta) -> str:
    """A length of time in its largest fitting unit: 45s, 12m, 5h, 3d."""
    seconds = max(int(length.total_seconds()), 0)
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[place]) for row in rows) for place in range(len(_COLUMNS))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _cells(one: WatchedSite, now: datetime) -> tuple[str, ...]:
    held, said = one.standing, _said(one)
    behind = [f"{feed.feed[5:]} {feed.behind}" for feed in held.feeds if feed.behind]
    oldest = said.get("oldest_unsent")
    return (
        held.site,
        held.state,
        "-" if held.heard is None else span(now - held.heard),
        str(said.get("pending", "-")),
        "-" if oldest is None else span(now - datetime.fromisoformat(oldest)),
        f"{held.rate.entries:.1f}",
        str(held.held_through),
        ", ".join(behind) or "-",
        str(said.get("wire", "-")),
        "-" if held.skew is None else f"{held.skew.total_seconds():.0f}s",
        str(held.parked.count),
        ", ".join(dict.fromkeys(alarm.code for alarm in one.alarms)) or "-",
    )


def _site(one: WatchedSite, now: datetime) -> dict[str, Any]:
    held = one.standing
    return {
        "site": held.site,
        "branch": held.branch,
        "state": held.state,
        "last_contact": _instant(held.heard),
        "rate": {"entries_per_minute": held.rate.entries, "bytes_per_minute": held.rate.bytes},
        "clock_skew_seconds": None if held.skew is None else held.skew.total_seconds(),
        "quarantine": {
            "here": held.parked.count,
            "here_since": _instant(held.parked.since),
            "forks": held.parked.forks,
            "there": 0 if held.word is None else held.word.status.quarantine,
        },
        "journals": [
            {"epoch": one.epoch, "through": one.through, "since": _instant(one.at)}
            for one in held.journals
        ],
        "feeds": [
            {"feed": feed.feed, "through": feed.through, "head": feed.head, "behind": feed.behind,
             "since": _instant(feed.since), "lacking_since": _instant(feed.lacking)}
            for feed in held.feeds
        ],
        "refusals": [_refusal(refusal) for refusal in held.refusals],
        "alarms": [_alarm(alarm, now) for alarm in one.alarms],
        **_said(one),
    }  # fmt: skip


def _said(one: WatchedSite) -> Mapping[str, Any]:
    """What the site itself said last; nothing before its first word."""
    word = one.standing.word
    if word is None:
        return {}
    return {
        "pending": word.status.pending,
        "oldest_unsent": _instant(word.status.oldest_unsent),
        "wire": word.status.wire,
        "trouble": word.report.trouble,
        "way": None if word.report.way is None else word.report.way.model_dump(mode="json"),
    }


def _alarm(alarm: Alarm, now: datetime) -> dict[str, Any]:
    deadline = alarm.deadline
    return {
        "alarm": alarm.code,
        "site": alarm.site,
        "since": alarm.since.isoformat(),
        "seconds": int((now - alarm.since).total_seconds()),
        "deadline_seconds": None if deadline is None else int(deadline.total_seconds()),
        "count": alarm.count,
        "subject": alarm.subject,
    }


def _refusal(one: Refusal) -> dict[str, Any]:
    return {
        "site": one.site, "code": one.code, "detail": one.detail, "count": one.count,
        "first": one.first.isoformat(), "last": one.last.isoformat(),
    }  # fmt: skip


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
