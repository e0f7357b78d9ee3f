"""Headquarters' own tables against what it published: whatever differs is named, none is changed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, delete, insert, update

from hq import publication
from hq.verify import verify
from replication.streams import CHAIN_FEED
from schemas.tables.catalogue import tax
from schemas.tables.feed import feed_record
from schemas.wire.records import Tax
from tests.sites import SmallSite, Town


@pytest.fixture
def hq(town: Town) -> SmallSite:
    """Give a headquarters that published two taxes and took a third back."""
    made = town.headquarters()
    with made.feeds.begin() as connection:
        bodies = [Tax(tax_code=f"t{n}", rate=n) for n in (1, 2, 3)]
        publication.publish(connection, {CHAIN_FEED: bodies})
        publication.publish(connection, {CHAIN_FEED: [publication.tombstone("tax", "t3")]})
    return made


def lose(connection: Connection) -> str:
    connection.execute(delete(tax).where(tax.c.key == "t1"))
    return "t1: was published, and is not in the table here"


def add(connection: Connection) -> str:
    row = {"stream": CHAIN_FEED, "key": "t9", "generation": 1, "tax_code": "t9", "rate": 9}
    connection.execute(insert(tax).values(row))
    return "t9: is in the table here, and was never published or was taken back"


def change(connection: Connection) -> str:
    connection.execute(
        update(feed_record)
        .where(feed_record.c.key == "t2")
        .values(body=b'{"tax_code":"t2","rate":1}')
    )
    return "t2: is another in the table here than was published"


@pytest.mark.parametrize("damage", [lose, add, change])
def test_what_differs_from_what_was_published_is_named(
    hq: SmallSite, damage: Callable[[Connection], str]
) -> None:
    assert verify(hq.feeds).equal
    assert verify(hq.feeds).compared["published records"] == 2
    with hq.feeds.begin() as connection:
        expected = damage(connection)
    (found,) = verify(hq.feeds, repair=True).remaining
    assert (found.where, found.what) == ("feed:chain tax", expected)
