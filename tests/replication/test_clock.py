"""A simulated clock follows its file, in every process that reads it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from replication.clock import ClockSettings, SimulatedTime, clock_of, system_clock

NIGHT = datetime(2017, 1, 4, 23, tzinfo=UTC)


def test_a_clock_is_set_and_set_again_while_it_runs(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    SimulatedTime(start=NIGHT, anchor=system_clock(), rate=0).write(file)
    clock = clock_of(ClockSettings(file=file))
    assert clock() == clock() == NIGHT
    SimulatedTime(start=NIGHT, anchor=system_clock() - timedelta(hours=1), rate=2).write(file)
    assert timedelta(hours=2) <= clock() - NIGHT < timedelta(hours=2, minutes=2)


def test_a_clock_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        clock_of(ClockSettings(file=tmp_path / "none.json"))


def test_a_clock_without_a_zone_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    file.write_text('{"start": "2017-01-04T23:00:00", "anchor": "2017-01-04T23:00:00"}')
    with pytest.raises(ValueError, match="timezone"):
        clock_of(ClockSettings(file=file))
