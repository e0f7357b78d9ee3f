"""What headquarters knows and what it tells others become true together or not at all."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from hq import publication
from replication.feed import Draft
from replication.streams import CHAIN_FEED
from schemas.tables.catalogue import tax
from schemas.tables.feed import feed_record
from schemas.tables.journal import stream
from schemas.wire.records import RecordBody, Tax
from tests.hq.conftest import Chain


def told(chain: Chain) -> list[tuple[str, bool]]:
    query = select(feed_record.c.key, feed_record.c.deleted).where(feed_record.c.kind == "tax")
    with chain.hq.engine.connect() as connection:
        rows = connection.execute(query.order_by(feed_record.c.number))
        return [(row.key, row.deleted) for row in rows]


def known(chain: Chain) -> dict[str, int]:
    with chain.hq.engine.connect() as connection:
        return {row.tax_code: row.rate for row in connection.execute(select(tax))}


def rates(*codes: str) -> list[Tax]:
    return [Tax(tax_code=code, rate=100) for code in codes]


def test_tables_and_feed_say_the_same(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        number = publication.publish(connection, {CHAIN_FEED: rates("a", "b")})
        head = select(stream.c.head).where(stream.c.name == CHAIN_FEED)
        assert connection.execute(head).scalar_one() == number
    assert known(chain) == {"none": 0, "a": 100, "b": 100}
    assert told(chain) == [("none", False), ("a", False), ("b", False)]


def test_nothing_of_it_is_true_when_its_transaction_fails(chain: Chain) -> None:
    before = told(chain), known(chain)

    class TornError(Exception):
        pass

    def torn() -> None:
        with chain.hq.engine.begin() as connection:
            publication.publish(connection, {CHAIN_FEED: rates(*map(str, range(200)))})
            raise TornError

    with pytest.raises(TornError):
        torn()
    assert (told(chain), known(chain)) == before


def test_of_two_with_one_key_the_later_counts(chain: Chain) -> None:
    gone = [publication.tombstone("tax", code) for code in ("b", "none")]
    changed: list[RecordBody | Draft] = [
        *rates("a"), Tax(tax_code="a", rate=1), gone[0], *rates("b"), gone[1],
    ]  # fmt: skip
    with chain.hq.engine.begin() as connection:
        publication.publish(connection, {CHAIN_FEED: changed})
    assert known(chain) == {"a": 1, "b": 100}
    assert told(chain) == [("a", False), ("b", False), ("none", True)]


def test_nothing_to_publish_draws_no_number(chain: Chain) -> None:
    with chain.hq.engine.begin() as connection:
        assert publication.publish(connection, {CHAIN_FEED: []}) == 0


def test_many_records_replace_those_before_them(chain: Chain) -> None:
    codes = [f"t{n}" for n in range(500)]
    with chain.hq.engine.begin() as connection:
        publication.publish(connection, {CHAIN_FEED: rates(*codes)})
        newer = [Tax(tax_code=code, rate=7) for code in codes[100:]]
        publication.publish(connection, {CHAIN_FEED: newer})
    held = known(chain)
    assert [held[code] for code in ("t99", "t100", "t499")] == [100, 7, 7]
    assert len(told(chain)) == 501
