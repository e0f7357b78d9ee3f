"""A day of real grocery baskets through the till comes to what its file comes to."""

from __future__ import annotations

from pathlib import Path

from tests.journeys import control, groceries

DAYS = groceries.WEEK[3:4]


def test_a_day_of_groceries_comes_to_what_its_file_does(tmp_path: Path) -> None:
    done = groceries.run(tmp_path / "lane", DAYS)
    assert done.sums == control.groceries(groceries.transactions_file(), DAYS)
    assert done.tickets == 406
    assert sum(one.coupons for one in done.sums.values()) > 0
    # The price book explains most lines; the others are overrides that say why.
    assert done.did["scanned"] > 6 * done.did["as recorded, override"] > 0
    assert done.did["matched coupon, override"] > 0
