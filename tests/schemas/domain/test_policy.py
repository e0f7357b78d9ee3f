"""The policy of a branch: which date an instant belongs to, and what its checks are set to."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from schemas.domain.day_check import CHECKS, Level, level_of
from schemas.domain.policy import Policy, read_checks, write_checks

SHANGHAI, NEW_YORK = "Asia/Shanghai", "America/New_York"


@pytest.mark.parametrize(
    ("ends", "zone", "clock", "fold", "expected"),
    [
        ("00:00", SHANGHAI, "2026-03-02T00:00", 0, "2026-03-02"),
        ("00:00", SHANGHAI, "2026-03-02T23:59", 0, "2026-03-02"),
        ("03:00", SHANGHAI, "2026-03-02T02:59", 0, "2026-03-01"),
        ("03:00", SHANGHAI, "2026-03-02T03:00", 0, "2026-03-02"),
        ("03:00", SHANGHAI, "2026-03-01T00:30", 0, "2026-02-28"),
        # The clocks go back at two to one: half past one comes twice, and begins the date once.
        ("01:30", NEW_YORK, "2026-11-01T01:29", 0, "2026-10-31"),
        ("01:30", NEW_YORK, "2026-11-01T01:30", 0, "2026-11-01"),
        ("01:30", NEW_YORK, "2026-11-01T01:10", 1, "2026-11-01"),
        # They go forward at two to three: half past two never comes, half past three is as late.
        ("02:30", NEW_YORK, "2026-03-08T01:59", 0, "2026-03-07"),
        ("02:30", NEW_YORK, "2026-03-08T03:29", 0, "2026-03-07"),
        ("02:30", NEW_YORK, "2026-03-08T03:30", 0, "2026-03-08"),
    ],
)
def test_an_instant_belongs_to_a_business_date(
    ends: str, zone: str, clock: str, fold: int, expected: str
) -> None:
    at = datetime.fromisoformat(clock).replace(tzinfo=ZoneInfo(zone), fold=fold)
    assert Policy(day_ends=time.fromisoformat(ends)).date_of(at, zone) == date.fromisoformat(
        expected
    )


def test_chosen_levels_are_written_and_read_back() -> None:
    chosen: dict[str, Level] = {"till_short": "stop", "lane_silent": "ignore"}
    written = write_checks(chosen)
    assert written == "lane_silent=ignore till_short=stop"
    assert read_checks(written) == chosen
    assert read_checks("of_a_newer_release=stop till_short=loud parked=ignore") == {}


@pytest.mark.parametrize(
    ("code", "chosen", "raised", "expected"),
    [
        ("till_short", {}, "warn", "warn"),
        ("till_short", {"till_short": "stop"}, "warn", "stop"),
        ("lane_differs", {}, "stop", "stop"),
        ("lane_differs", {"lane_differs": "warn"}, "stop", "warn"),
        # A lane that was restored in between is excused, whatever was chosen.
        ("lane_differs", {"lane_differs": "stop"}, "warn", "warn"),
        ("lane_silent", {"lane_silent": "ignore"}, "warn", "ignore"),
    ],
)
def test_a_finding_is_what_was_chosen_or_what_it_was_raised_as(
    code: str, chosen: dict[str, Level], raised: Level, expected: Level
) -> None:
    assert level_of(code, chosen, raised) == expected


def test_nothing_that_would_be_lost_is_ever_ignored() -> None:
    for code in ("shift_running", "till_uncounted", "receipts_missing", "parked"):
        assert CHECKS[code].levels == ("stop",)
