"""Goods between three sites: one branch, headquarters' relay, another branch. After every step quantity and value
are what the models say at each, and what was sent and not received is in transit.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from branch.goods import posting
from branch.goods.partners import GoodsError
from hq.goods import relay
from tests.branch.shop import CODE, MakeDatabase
from tests.hq.conftest import ADMIN
from tests.scenarios.places import OTHER, Places, two_places
from tests.scenarios.store import Store


@pytest.fixture
def places(store: Store, new_database: MakeDatabase, tmp_path: Path) -> Iterator[Places]:
    """Give two branches with goods: the first has milk and wine, the second some milk."""
    made = two_places(store, new_database, tmp_path)
    made.gets(CODE, 10_000, milk=30)
    made.gets(CODE, 9_999, wine=7)
    made.gets(OTHER, 1_001, milk=3)
    made.agrees()
    yield made
    made.places[OTHER].engine.dispose()


def test_a_consignment_comes_short_broken_and_in_parts(places: Places) -> None:
    """Twelve bottles of milk and five of wine: four come first, one of them broken; then the rest, two short.

    A second final receipt is refused, and nothing moves.
    """
    one = places.sends(CODE, OTHER, milk=12, wine=5)
    places.agrees()
    assert one.in_transit("milk") == 12_000
    places.receives(one, final=False, milk=(3, 1))
    places.agrees()
    assert one.in_transit("milk") == 8_000
    places.receives(one, milk=(6, 0), wine=(5, 0))
    places.agrees()
    assert places.places[OTHER].model.goods["milk"].quantity == 12_000
    with pytest.raises(GoodsError, match="not expected"):
        places.receives(one, milk=(2, 0))
    places.agrees()


def test_the_line_is_dead_and_two_consignments_cross(places: Places) -> None:
    """The second consignment is received before the first, both while the receiver's line is dead, one of them to
    the last bottle that the branch has not; what left the sender while its line was dead is told when it is back.
    """
    sender, receiver = places.places[CODE], places.places[OTHER]
    first = places.sends(CODE, OTHER, milk=5)
    second = places.sends(CODE, OTHER, milk=4, wine=1)
    places.agrees()
    receiver.line.down = True
    places.receives(second, milk=(4, 0), wine=(0, 0))
    places.receives(first, final=False, milk=(2, 0))
    places.agrees()
    sender.line.down = True
    third = places.sends(CODE, OTHER, wine=2)
    receiver.line.down = False
    places.hears()
    assert not places.knows(third)
    places.receives(first, milk=(4, 0))
    sender.line.down = False
    places.agrees()
    back = places.sends(OTHER, CODE, milk=1)
    places.hears()
    places.receives(third, wine=(2, 0))
    places.receives(back, milk=(1, 0))
    places.agrees()
    assert all(one.done for one in places.consignments)


def test_what_is_left_is_sent_back_while_somebody_counts_it(places: Places) -> None:
    """Headquarters takes a consignment back that was received in part: the draft that somebody began is refused,
    the sender receives the rest, and not a cent is made of the rounding.
    """
    places.gets(CODE, 5, bread=3)
    one = places.sends(CODE, OTHER, bread=3)
    places.hears()
    places.receives(one, final=False, bread=(1, 0))
    places.receives(one, final=False, bread=(1, 0))
    places.agrees()
    draft = places.begins(one, bread=(1, 0))
    with places.headquarters.engine.begin() as connection:
        relay.send_on(connection, one.document, CODE, ADMIN, "sold out here", places.clock())
    one.receiver = CODE
    places.agrees()
    with (
        places.places[OTHER].engine.begin() as connection,
        pytest.raises(GoodsError, match="withdrew"),
    ):
        posting.post_draft(connection, OTHER, draft, posting.Asked("N002-M", places.clock()))
    places.receives(one, bread=(1, 0))
    places.agrees()
    assert one.done
