"""The policy of a branch: which date an instant belongs to, and what its checks are set to."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from schemas.domain.day_check import CHECKS, level_of
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
    chosen = {"till_short": "stop", "lane_silent": "ignore"}
    written = write_checks(chosen)  # type: ignore[arg-type]
    assert written == "lane_silent=ignore till_short=stop"
    assert read_checks(written) == chosen
    assert read_checks("of_a_newer_release=stop till_short=loud parked=ignore") == {}


@pytest.mark.parametrize(
    ("code", "chosen", "excused", "expected"),
    [
        ("till_short", {}, False, "warn"),
        ("till_short", {"till_short": "stop"}, False, "stop"),
        ("parked", {"parked": "ignore"}, False, "stop"),
        ("lane_differs", {}, False, "stop"),
        ("lane_differs", {}, True, "warn"),
        ("lane_differs", {"lane_differs": "stop"}, True, "warn"),
        ("lane_silent", {"lane_silent": "ignore"}, True, "ignore"),
    ],
)
def test_a_finding_is_what_was_chosen_or_its_own(
    code: str, chosen: dict[str, str], excused: bool, expected: str
) -> None:
    assert level_of(code, chosen, excused=excused) == expected  # type: ignore[arg-type]


def test_nothing_that_would_be_lost_is_ever_ignored() -> None:
    for code in ("shift_running", "till_uncounted", "receipts_missing", "parked"):
        assert CHECKS[code].levels == ("stop",)
