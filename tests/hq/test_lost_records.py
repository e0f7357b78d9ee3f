"""Headquarters put back from a backup: what three branches still hold waits once, and comes into force
everywhere again when somebody accepts it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from hq import price_changes, proposal_acceptance, proposals
from hq.delivery import delivery_grid
from hq.link_watch import watch
from hq.lost import Bundle
from hq.price_changes import NewPriceChange
from hq.price_rows import PriceCell
from hq.verify import verify
from replication.streams import CHAIN_FEED, group_feed
from schemas.tables.catalogue import item, price, price_change
from schemas.tables.kinds import DatabaseKind
from schemas.tables.staff import audit
from tests.hq.conftest import APPROVER, BUYER, ITEMS, NOON, Chain
from tests.hq.link_scene import Scene, Shop
from tests.replication.test_surplus import load_all
from tests.sites import Rows, Town, put_back, rows_of

LATER = NOON + timedelta(hours=1)
CODES = ("N001", "N002", "N003")
NORTH = group_feed("north")


@dataclass
class Trade:
    """A chain with three branches, of which one has a lane."""

    chain: Chain
    shops: dict[str, Shop]

    @property
    def engine(self) -> Engine:
        return self.chain.hq.engine

    def publish(self, title: str, audience: str = CHAIN_FEED, price: int = 350) -> str:
        """A price change, drafted by one, approved by another, published."""
        cells = [PriceCell("1001", "piece", "", price), PriceCell("1002", "piece", "", price)]
        with self.engine.begin() as connection:
            new = NewPriceChange(title, audience, NOON, None, cells)
            document = price_changes.draft(connection, new, BUYER, NOON)
            price_changes.approve(connection, document, APPROVER, NOON)
            price_changes.publish(connection, document, BUYER, NOON)
        self.chain.hq.feeds.note()
        return document

    def settle(self, *codes: str) -> None:
        """Everything that can move moves."""
        for code in codes or CODES:
            shop = self.shops[code]
            for link in (shop.up, *shop.lane_links):
                link.greet_again()
                link.push_once()
                load_all(link)
                link.push_once()
            for link in (*shop.lane_links, shop.up):
                link.report_once()

    def restore(self, backup: Rows) -> None:
        put_back(self.engine, backup)
        assert self.chain.hq.feeds.start() is not None

    def waiting(self) -> list[Bundle]:
        with self.engine.connect() as connection:
            return proposals.bundles(connection)

    def accept(self, one: Bundle) -> int:
        with self.engine.begin() as connection:
            return proposal_acceptance.accept(connection, one, (), APPROVER, LATER)

    def dismiss(self, one: Bundle, reason: str) -> int:
        with self.engine.begin() as connection:
            return proposals.dismiss(connection, one, (), APPROVER, reason, LATER)

    def settled(self) -> list[tuple[str, str, str | None]]:
        with self.engine.connect() as connection:
            return sorted(
                (one.bundle, one.state, one.reason) for one in proposals.decided(connection)
            )


def in_force(engine: Engine) -> set[tuple[str, str, int]]:
    """The documents that a site has a header of, with the prices of their rows."""
    of_document = (price.c.document == price_change.c.document) & (
        price.c.stream == price_change.c.stream
    )
    query = select(price_change.c.document, price.c.item, price.c.price).where(
        of_document, ~price_change.c.withdrawn
    )
    with engine.connect() as connection:
        return {(row[0], row[1], row[2]) for row in connection.execute(query)}


@pytest.fixture
def trade(
    chain: Chain, new_database: Callable[[DatabaseKind], str], tmp_path: Path
) -> Iterator[Trade]:
    """Give a chain whose branches are up to date with a first price change."""
    town = Town(new_database, tmp_path, chain.hq.clock)
    scene = Scene(chain, town, tmp_path)
    chain.hq.feeds.start()
    made = Trade(chain, {code: scene.shop(code, lanes=int(code == "N001")) for code in CODES})
    assert made.publish("before", price=300) == "P000001"
    made.settle()
    yield made
    town.close()


def test_what_was_lost_is_told_once_and_in_force_everywhere_once_it_is_accepted(
    trade: Trade,
) -> None:
    backup = rows_of(trade.engine)
    assert trade.publish("lost") == "P000002"
    trade.chain.load("items", ITEMS + "1004,枣,01,piece,none\n")
    assert trade.publish("unwanted", NORTH) == "P000003"
    trade.settle()
    lane = trade.shops["N001"].lanes[0]
    before = {one for one in in_force(lane.feeds) if one[0] != "P000003"}
    assert len(before) == 4

    trade.restore(backup)
    # N003 is dead as it happens, and comes back weeks later.
    trade.settle("N001", "N002")
    assert {document for document, _, _ in in_force(lane.feeds)} == {"P000001"}
    document, goods, unwanted = trade.waiting()
    assert (document.bundle, document.records, document.reporter) == (
        "document:P000002", 3, "N001",
    )  # fmt: skip
    assert (goods.bundle, goods.records) == ("item", 1)
    assert (unwanted.bundle, unwanted.feed, unwanted.records) == ("document:P000003", NORTH, 3)
    with trade.engine.connect() as connection:
        told = proposals.read(connection, document)
        (alarm,) = watch(connection, CODES, LATER, trade.chain.hq.settings.replication).here
    assert [one.kind for one in told] == ["price", "price", "price_change"]
    assert (alarm.code, alarm.site, alarm.count) == ("proposed", "hq", 7)

    # Half of it fails: nothing of it happened.
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr("hq.publication.feed.publish", _fails)
        with pytest.raises(RuntimeError, match="the disk is full"):
            trade.accept(document)
    assert len(trade.waiting()) == 3

    assert trade.accept(document) == 3
    assert trade.accept(goods) == 1
    assert trade.dismiss(unwanted, " never agreed upon ") == 3
    trade.settle("N001", "N002")
    assert in_force(lane.feeds) == before
    # The one that was dead tells what everybody told: nothing new waits, and it has what all have.
    trade.settle()
    assert trade.waiting() == []
    assert ("document:P000003", "dismissed", "never agreed upon") in trade.settled()
    for shop in trade.shops.values():
        assert in_force(shop.site.feeds) == before
        with shop.site.feeds.connect() as connection:
            assert "1004" in set(connection.execute(select(item.c.item)).scalars())
    with trade.engine.connect() as connection:
        held = price_changes.find(connection, "P000002")
        assert (held.state, held.title, held.row_count) == ("published", "lost", 2)
        assert (held.approved_by, held.publication) == ("APP", 2)
        assert delivery_grid(connection, held, LATER).is_complete
        notes = connection.execute(
            select(audit.c.act, audit.c.reason)
            .where(audit.c.operator == "APP", audit.c.act.startswith("proposal."))
            .order_by(audit.c.id)
        ).all()
        assert [tuple(one) for one in notes] == [
            ("proposal.accept", "3"),
            ("proposal.accept", "1"),
            ("proposal.dismiss", "never agreed upon"),
        ]
        assert watch(connection, CODES, LATER, trade.chain.hq.settings.replication).here == ()
    assert verify(trade.engine).found == ()
    # The code of what was dismissed is not given to another: tickets may name it.
    assert trade.publish("next") == "P000004"


def _fails(*_: object) -> None:
    raise RuntimeError("the disk is full")


def test_put_back_twice_what_was_accepted_between_is_lost_too_and_decided_once(
    trade: Trade,
) -> None:
    backup = rows_of(trade.engine)
    trade.publish("lost")
    trade.settle("N001", "N002")
    trade.restore(backup)
    trade.settle("N001")
    (first,) = trade.waiting()
    trade.accept(first)
    trade.settle("N001")

    trade.restore(backup)
    trade.settle("N001", "N002")
    # The decision is lost with the database: the branch's journal tells the first loss again, and what
    # was published upon its acceptance is lost as well.
    again, second = trade.waiting()
    assert (again.bundle, again.epoch) == (first.bundle, first.epoch)
    assert second.bundle == first.bundle
    assert second.epoch != first.epoch
    trade.accept(again)
    assert trade.waiting() == []
    assert trade.settled() == [
        ("document:P000002", "accepted", ""),
        ("document:P000002", "settled", "The same is in force at headquarters."),
    ]
    trade.settle()
    assert trade.waiting() == []
    with trade.engine.connect() as connection:
        everywhere = {one[0] for one in in_force(trade.shops["N003"].site.feeds)}
        assert price_changes.find(connection, "P000002").state == "published"
    assert everywhere == {"P000001", "P000002"}
