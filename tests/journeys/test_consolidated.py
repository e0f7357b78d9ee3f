"""Three stores of completejourney come to what their file does, by every dimension, however they are delivered."""

from __future__ import annotations

from random import Random

from hq.consolidation import rebuild
from schemas.tables.base import open_postgres
from tests.journeys import consolidated

STORES = (27, 634, 144)


def test_reports_of_three_stores_are_what_the_file_says(hq_database: str) -> None:
    engine = open_postgres(hq_database)
    lines = consolidated.read(STORES)
    consolidated.found_publish(engine, lines)
    journals, chance = consolidated.stores(lines), Random(3)
    consolidated.deliver(engine, journals, chance)
    assert consolidated.differences(engine, lines) == []
    codes = [one.branch for one in journals]
    assert not any(one.mended for one in rebuild.rebuild(engine, codes))
    consolidated.close_days_again(engine, journals, 5, chance)
    assert consolidated.differences(engine, lines) == []
    assert not list(rebuild.check(engine, codes))
    engine.dispose()
