"""Days of real scans of vegetables through the till, its branch and headquarters come to what their files do."""

from __future__ import annotations

from pathlib import Path

from tests.branch.shop import MakeDatabase, make_shop
from tests.journeys import books, control, vegetables
from tests.journeys.found import vegetable_files
from tests.journeys.store import Store

DAYS = vegetables.MONTH[:3]


def test_days_of_vegetables_come_to_what_their_files_do(
    new_database: MakeDatabase, tmp_path: Path
) -> None:
    """Sales by day; margin by item and day, stock and what a stocktake misses, at branch and headquarters."""
    files = vegetable_files()
    store = Store(make_shop(new_database, tmp_path))
    try:
        done = vegetables.run(tmp_path / "lane", files, DAYS, store)
        assert done.sums == control.vegetables(files.sales, DAYS)
        assert set(done.did) >= {"weighed", "labelled", "by the piece", "returned"}
        assert sum(one.returned for one in done.sums.values()) == done.did["returned"] > 0
        expected = control.stock(files, DAYS)
        assert books.at_branch(store.shop.engine) == expected
        above = store.shop.headquarters.engine
        assert books.at_headquarters(above, DAYS, store.shop.clock()) == expected
        assert all(lost < 0 for lost, _ in expected.shrinkage.values())
    finally:
        store.shop.engine.dispose()
        store.shop.headquarters.engine.dispose()
