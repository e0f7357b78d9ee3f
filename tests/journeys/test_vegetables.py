"""Days of real scans of vegetables through the till come to what their file comes to."""

from __future__ import annotations

from pathlib import Path

from tests.journeys import control, vegetables
from tests.journeys.found import vegetable_files

DAYS = vegetables.MONTH[:3]


def test_days_of_vegetables_come_to_what_their_file_does(tmp_path: Path) -> None:
    sales, items = vegetable_files()
    done = vegetables.run(tmp_path / "lane", sales, items, DAYS)
    assert done.sums == control.vegetables(sales, DAYS)
    assert set(done.did) >= {"weighed", "labelled", "by the piece", "returned"}
    assert sum(one.returned for one in done.sums.values()) == done.did["returned"] > 0
