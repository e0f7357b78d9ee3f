"""When a state of the link has lasted too long: each alarm on either side of its deadline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from hq.deadlines import Deadlines, ReplicationSettings
from hq.feed_standings import FeedStanding
from hq.link_alarms import alarms_of
from hq.parked import ParkedCount
from hq.replication_view import Held, Refusal, SiteStanding, State, Word
from replication import self_report
from replication.intake import Rate
from replication.messages import SiteStatus
from tests.hq.conftest import NOON

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def site(
    name: str = "N001",
    *,
    state: State = "connected",
    heard: timedelta | None = timedelta(),
    detail: Mapping[str, Any] | None = None,
    **said: Any,  # noqa: ANN401 - fields of a status
) -> SiteStanding:
    status = SiteStatus.model_validate(
        {"site": name, "parent": "hq", "clock": NOON - (heard or MINUTE), "wire": 1, "pending": 0,
         "oldest_unsent": None, "quarantine": 0, "detail": dict(detail or {})} | said
    )  # fmt: skip
    word = None if heard is None else Word(status, self_report.read(status.detail), NOON - heard)
    return SiteStanding(
        site=name, branch=name.partition(".")[0], state=state,
        heard=None if heard is None else NOON - heard, word=word,
        journals=(Held("e", 10, NOON - 2 * DAY),), feeds=(), expected=NOON - 9 * DAY, rate=Rate(),
        parked=ParkedCount(), refusals=(),
    )  # fmt: skip


def rings(
    one: SiteStanding, above: SiteStanding | None = None, deadlines: Deadlines | None = None
) -> list[str]:
    return [alarm.code for alarm in alarms_of(one, deadlines or Deadlines(), NOON, above)]


def feed(lacking: timedelta, *, since: bool = True, through: int = 5) -> FeedStanding:
    return FeedStanding("feed:chain", through, 9, 4, NOON - DAY if since else None, NOON - lacking)


def refusal(code: str, ago: timedelta) -> Refusal:
    return Refusal("N001", code, "why", 3, NOON - 3 * DAY, NOON - ago)


def said(**detail: object) -> dict[str, object]:
    return dict(detail)


def before(ago: timedelta) -> str:
    return (NOON - ago).isoformat()


def loads(ago: timedelta) -> SiteStanding:
    told = {"feed": "feed:chain", "through": 1, "target": 9, "since": before(ago)}
    return replace(site(detail=said(loading=[told])), feeds=(feed(9 * DAY, since=False),))


def lane(unsecured: timedelta, head: int, epoch: str = "e") -> SiteStanding:
    own = {"epoch": epoch, "head": head, "secured": 3}
    return site("N001.01", detail=said(journal=own, unsecured_since=before(unsecured)))


@pytest.mark.parametrize(
    ("make", "in_time", "too_late", "code"),
    [
        (lambda ago: replace(site(state="silent", heard=None), expected=NOON - ago),
         1439 * MINUTE, 1441 * MINUTE, "silent"),
        (lambda ago: site(state="offline", heard=ago), 9 * MINUTE, 11 * MINUTE, "offline"),
        (lambda ago: site("N001.01", state="offline", heard=ago), 47 * 60 * MINUTE,
         49 * 60 * MINUTE, "offline"),
        (lambda ago: site(pending=2, oldest_unsent=NOON - ago), 14 * MINUTE, 16 * MINUTE, "behind"),
        (lambda ago: replace(site(), feeds=(feed(ago),)), 14 * MINUTE, 16 * MINUTE, "lagging"),
        (lambda ago: replace(site(), feeds=(feed(ago, since=False),)), 29 * MINUTE, 31 * MINUTE,
         "loading"),
        (loads, 29 * MINUTE, 31 * MINUTE, "loading"),
        (lambda ago: lane(ago, 11), 59 * MINUTE, 61 * MINUTE, "unsecured"),
        (lambda ago: replace(site(), parked=ParkedCount(1, NOON - ago)), 0.9 * DAY, 1.1 * DAY,
         "quarantined"),
        (lambda ago: site(quarantine=1, detail=said(quarantine_since=before(ago))), 0.9 * DAY,
         1.1 * DAY, "quarantined"),
        (lambda ago: site(clock=NOON + ago), MINUTE, 1.1 * MINUTE, "skewed"),
        (lambda ago: site(clock=NOON - ago), MINUTE, 1.1 * MINUTE, "skewed"),
    ],
)  # fmt: skip
def test_a_state_rings_once_it_outlasts_its_deadline(
    make: Callable[[timedelta], SiteStanding], in_time: timedelta, too_late: timedelta, code: str
) -> None:
    assert rings(make(in_time)) == []
    assert rings(make(too_late)) == [code]


@pytest.mark.parametrize(
    ("one", "codes"),
    [
        (site(), []),
        (replace(site(state="silent", heard=None), expected=None), []),
        (site(detail=said(trouble="chain: it was copied")), ["trouble"]),
        (replace(site(), parked=ParkedCount(2, NOON, 1, NOON)), ["forked"]),
        (replace(site(), refusals=(refusal("chain", DAY),)), ["forked"]),
        (replace(site(), refusals=(refusal("chain", 3 * DAY),)), []),
        (replace(site(), refusals=(refusal("bad_signature", 59 * MINUTE),)), ["refused"]),
        (replace(site(), refusals=(refusal("bad_signature", 61 * MINUTE),)), []),
        (replace(site(), refusals=(refusal("gap", MINUTE),)), []),
        (replace(site(state="revoked", heard=DAY), refusals=(refusal("revoked", MINUTE),)), []),
        (replace(site(state="revoked"), parked=ParkedCount(1, NOON - 2 * DAY)), ["quarantined"]),
        (replace(site(state="closed", heard=9 * DAY), parked=ParkedCount(2, NOON, 1, NOON)), []),
        (site("N001.01", detail=said(grace_days=31)), []),
        (site("N001.01", detail=said(grace_days=30)), ["outrun"]),
        (lane(2 * DAY, 10), []),
        (lane(2 * DAY, 11, "another"), ["unsecured"]),
        (replace(site(state="offline", heard=MINUTE), feeds=(feed(DAY),)), []),
    ],
)
def test_what_needs_a_person_rings_at_once_and_what_heals_does_not(
    one: SiteStanding, codes: list[str]
) -> None:
    assert rings(one) == codes


def test_a_lane_is_not_blamed_for_its_branch() -> None:
    one = replace(site("N001.01"), feeds=(feed(DAY),))
    assert rings(one, replace(site(), feeds=(feed(DAY),))) == []
    assert rings(one, replace(site(), feeds=(feed(DAY, through=9),))) == ["lagging"]
    away = site("N001.01", state="offline", heard=9 * DAY)
    assert rings(away, site(state="offline", heard=9 * DAY)) == []


def test_the_gravest_comes_first() -> None:
    one = site(clock=NOON + DAY, pending=1, oldest_unsent=NOON - DAY)
    assert rings(replace(one, parked=ParkedCount(1, NOON - 2 * DAY, 1, NOON))) == [
        "forked", "behind", "quarantined", "skewed",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "detail",
    [{"journal": "x"}, {"loading": [{"feed": 1}]}, {"unsecured_since": "yesterday"},
     {"trouble": {"a": 1}}, {"quarantine_since": "2026-03-02T04:00:00"}],
)  # fmt: skip
def test_what_a_site_says_wrongly_of_itself_counts_as_unsaid(detail: dict[str, object]) -> None:
    assert self_report.read(detail) == self_report.SelfReport()
    assert rings(site(detail=detail)) == []


def test_a_branch_has_deadlines_of_its_own() -> None:
    settings = ReplicationSettings.model_validate(
        {"behind_minutes": 5, "branches": {"N001": {"offline_minutes": 1560}}}
    )
    nightly = site(state="offline", heard=timedelta(hours=20))
    assert rings(nightly, deadlines=settings.of("N001")) == []
    assert rings(nightly, deadlines=settings.of("N002")) == ["offline"]
    assert settings.of("N001").behind_minutes == settings.of("N002").behind_minutes == 5


def scheduled(
    heard: timedelta,
    next_seconds: int | None,
    mode: str = "nightly",
    **more: Any,  # noqa: ANN401 - fields of a status
) -> SiteStanding:
    """A branch that said in its last word when it would speak next."""
    way = {"name": "sftp", "mode": mode, "since": before(DAY), "next_seconds": next_seconds}
    return site(state="scheduled", heard=heard, detail=said(way=way), **more)


@pytest.mark.parametrize(
    ("one", "codes"),
    [
        (scheduled(20 * 60 * MINUTE, 24 * 3600), []),
        (scheduled(24 * 60 * MINUTE + 9 * MINUTE, 24 * 3600), []),
        (scheduled(24 * 60 * MINUTE + 11 * MINUTE, 24 * 3600), ["offline"]),
        (scheduled(41 * MINUTE, 30 * 60, "interval"), ["offline"]),
        (scheduled(6 * DAY, None, "on_demand"), []),
        (scheduled(8 * DAY, None, "on_demand"), ["offline"]),
        (scheduled(11 * MINUTE, None, "real_time"), ["offline"]),
        (scheduled(DAY / 2, 24 * 3600, pending=3, oldest_unsent=NOON - DAY / 2), []),
        (scheduled(MINUTE, 3600, pending=3, oldest_unsent=NOON - 76 * MINUTE), ["behind"]),
        (replace(scheduled(DAY / 2, 24 * 3600), feeds=(feed(DAY / 2),)), []),
    ],
)
def test_silence_that_was_agreed_is_no_alarm_until_it_lasts_longer(
    one: SiteStanding, codes: list[str]
) -> None:
    assert rings(one) == codes


def test_what_was_agreed_with_a_branch_holds_for_its_lanes() -> None:
    late = lane(90 * MINUTE, 11)
    assert rings(late, site()) == ["unsecured"]
    assert rings(late, scheduled(MINUTE, 3600)) == []
    assert rings(lane(121 * MINUTE, 11), scheduled(MINUTE, 3600)) == ["unsecured"]
