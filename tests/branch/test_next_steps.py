from __future__ import annotations

from branch.next_steps import next_steps
from tests.branch.shop import CODE, DAY, Shop


def said(shop: Shop) -> list[str]:
    with shop.engine.connect() as connection:
        return [str(step.what) for step in next_steps(connection, CODE, shop.clock())]


def test_the_first_page_leads_through_the_day(shop: Shop) -> None:
    assert said(shop) == ["No business day is open: lanes that sell now go by their own clock."]
    shop.open_day()
    assert said(shop) == ["2026-03-02 is open, and no lane has begun a shift."]
    lane, forgotten = shop.lane(1), shop.lane(2)
    shift = lane.open_shift()
    lane.sell()
    lane.push()
    assert said(shop) == ["2026-03-02: the lanes are selling. Running shifts: 1."]
    lane.end_shift()
    lane.push()
    assert said(shop) == ["2026-03-02: tills to count: 1."]
    shop.count(shift, cash=10_350)
    assert said(shop) == ["2026-03-02: every till is counted. The day can be closed."]
    shop.close_day(DAY, "lane_silent:N001.02")
    forgotten.open_shift()
    forgotten.sell()
    forgotten.push()
    assert said(shop) == [
        "No business day is open: lanes that sell now go by their own clock.",
        "2026-03-02: receipts that arrived after the close: 1. They count already.",
    ]
    shop.reopen_day("a lane was late")
    assert said(shop)[0] == ("2026-03-02 is reopened: correct what was wrong, then close it again.")
