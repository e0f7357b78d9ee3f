"""What a page of what is available reads: as many places as it tells, in a chain of 200,000 of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from hq.shop import availability
from hq.shop.availability import AvailabilityQuery, AvailablePage, Place
from hq.shop.clients import Client
from tests.hq.conftest import NOON, Chain

BRANCHES, ITEMS, CHANGED = 40, 5000, 3000
SCOPE = [f"B{number:03}" for number in range(1, 11)]
LIMIT = 100


@pytest.fixture
def chain(chain: Chain) -> Chain:
    """Give a chain with 200,000 places, of which every branch changed 3,000 since transaction 5."""
    with chain.hq.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO item (stream, key, generation, item, name, category, unit, tax_code)"
                " SELECT 'feed:chain', 'G' || lpad(i::text, 5, '0'), 0, 'G' || lpad(i::text, 5, '0'),"
                " 'Goods', '01', 'piece', '' FROM generate_series(1, :items) AS i"
            ),
            {"items": ITEMS},
        )
        connection.execute(
            text(
                "INSERT INTO stock_on_hand (branch, item, quantity, changed)"
                " SELECT 'B' || lpad(b::text, 3, '0'), 'G' || lpad(i::text, 5, '0'), 1000,"
                " CASE WHEN i <= :changed THEN 5 + i % 1000 ELSE 1 END"
                " FROM generate_series(1, :branches) AS b, generate_series(1, :items) AS i"
            ),
            {"branches": BRANCHES, "items": ITEMS, "changed": CHANGED},
        )
        # Of some the holds changed, too.
        connection.execute(
            text(
                "INSERT INTO shop_item (branch, item, changed)"
                " SELECT 'B' || lpad(b::text, 3, '0'), 'G' || lpad(i::text, 5, '0'), 5 + i % 1000"
                " FROM generate_series(1, 10) AS b, generate_series(2990, 3010) AS i"
            )
        )
    with chain.hq.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE stock_on_hand, shop_item, item"))
    return chain


SHOP = Client("web", "Web", tuple(SCOPE), 0, 1, NOON, NOON, None)


def pages(chain: Chain, changed: int | None) -> list[tuple[AvailablePage, int]]:
    """All pages, each with the blocks that the database looked at for it."""
    found: list[tuple[AvailablePage, int]] = []
    after: Place | None = None
    with chain.hq.engine.connect() as connection:
        while True:
            asked: list[tuple[str, object]] = []

            def note(_: object, __: object, sql: str, params: object, *___: object) -> None:
                asked.append((sql, params))  # noqa: B023 - of this round

            event.listen(connection, "before_cursor_execute", note)
            query = AvailabilityQuery(SCOPE, (), changed, after, LIMIT)
            page = availability.available(connection, SHOP, query, NOON)
            event.remove(connection, "before_cursor_execute", note)
            found.append((page, sum(blocks(connection, *one) for one in asked)))
            after = page.last
            if after is None:
                return found


def blocks(connection: Connection, sql: str, params: Any) -> int:  # noqa: ANN401 - as the driver has them
    """How many blocks a statement reads, and that it does not read the stock from end to end."""
    explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}"
    (told,) = connection.exec_driver_sql(explain, params).scalar_one()
    scans = [one for one in nodes(told["Plan"]) if one["Node Type"] == "Seq Scan"]
    # Of the others there are so few here that reading them whole is the shortest way.
    assert "stock_on_hand" not in {one["Relation Name"] for one in scans}, sql
    return int(told["Plan"]["Shared Hit Blocks"] + told["Plan"]["Shared Read Blocks"])


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A node of a plan and those below it."""
    yield plan
    for one in plan.get("Plans", ()):
        yield from nodes(one)


def test_a_page_reads_what_it_tells_and_no_more(chain: Chain) -> None:
    whole = pages(chain, None)
    told = [(one.branch, one.item) for page, _ in whole for one in page.rows]
    assert told == [(branch, f"G{item:05}") for branch in SCOPE for item in range(1, ITEMS + 1)]
    assert max(read for _, read in whole) < 20 * LIMIT

    changes = pages(chain, 900)
    again = [(one.branch, one.item) for page, _ in changes for one in page.rows]
    wanted = {
        (branch, f"G{item:05}")
        for branch in SCOPE
        for item in range(1, CHANGED + 11)
        if 5 + item % 1000 >= 900 and (item <= CHANGED or item >= 2990)
    }
    assert set(again) == wanted
    assert len(again) < len(wanted) + 100, "few are told twice"
    assert max(read for _, read in changes) < 20 * LIMIT
