"""Three stores of completejourney come to what their file does, by every dimension, however they are delivered."""

from __future__ import annotations

from random import Random

from schemas.tables.base import open_postgres
from tests.journeys import chain_file, chain_masters, consolidated
from tests.journeys.chain_answers import definitions, dimensions
from tests.journeys.chain_delivery import close_again, deliver, stores
from tests.journeys.chain_sums import Traded

STORES = (27, 360, 634)


def test_reports_of_three_stores_are_what_the_file_says(hq_database: str) -> None:
    engine = open_postgres(hq_database)
    traded, chance = Traded.of(chain_file.read(STORES)), Random(3)
    chain_masters.publish(engine, traded.lines)
    late = consolidated.choose(traded, 4, chance)
    again = {
        day: one for day, one in consolidated.choose(traded, 6, chance).items() if day not in late
    }
    journals = stores(traded.lines, traded.baskets, late, again)
    list(deliver(engine, journals, chance))
    assert not [one for one in dimensions(engine, traded) if one.differences]
    assert not [one for one in definitions(engine, traded) if one.differences]
    before = consolidated.digests(engine)
    assert consolidated.rebuild_of_nothing(engine, journals)
    assert consolidated.digests(engine) == before
    close_again(engine, journals, again)
    moved = traded.paid_by_card(again)
    assert not [one for one in dimensions(engine, moved) if one.differences]
    first = traded.without(late)
    assert not [one for one in dimensions(engine, first, revision=1) if one.differences]
    engine.dispose()
