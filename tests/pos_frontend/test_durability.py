"""What a lane keeps when it is killed, and while its catalogue is being written."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from pos_frontend import databases
from pos_frontend.journal import LaneJournal
from replication import journal
from replication.streams import journal_of
from schemas.domain.ticket import Ticket, discrepancies
from schemas.tables.base import open_sqlite, reading
from schemas.tables.catalogue_store import CatalogueStore
from schemas.wire import entries
from schemas.wire.entry import GENESIS, Entry, entry_hash
from schemas.wire.records import Item
from tests.pos_frontend import shop
from tests.pos_frontend.shop import CHAIN, LANE, MILK, Scene


def verify_chain(entries: Sequence[Entry], previous: bytes = GENESIS) -> int | None:
    """The sequence of the first entry that does not follow the one before it, None when all do."""
    for entry in entries:
        digest = entry_hash(
            entry.stream, entry.epoch, entry.sequence, entry.kind, entry.version, entry.committed,
            previous, entry.body, None if entry.origin is None else entry.origin.hash,
        )  # fmt: skip
        if entry.previous != previous or digest != entry.hash:
            return entry.sequence
        previous = entry.hash
    return None


def tickets_after_check(data: Path) -> list[Ticket]:
    """Return the tickets of a lane whose journal is whole and whose counters agree with it."""
    with databases.for_till(data) as both:
        with reading(both.journal) as connection:
            head = journal.head_of(connection, journal_of(LANE))
            found = journal.read(connection, head.stream, head.epoch, 0, 100_000)
        own = LaneJournal(both.journal, LANE)
        counters, used = own.counters(), sum(one.used.total for one in own.grants.held())
    assert verify_chain(found) is None
    assert [one.sequence for one in found] == list(range(1, head.sequence + 1))
    facts = [entries.decode(one.kind, one.version, one.body) for one in found]
    tickets = [fact for fact in facts if isinstance(fact, Ticket)]
    assert [one.counter for one in tickets] == list(range(1, len(tickets) + 1))
    assert [line for one in tickets for line in discrepancies(one)] == []
    assert used == sum(paid.amount for one in tickets for paid in one.tenders if paid.grant)
    if tickets:
        last = tickets[-1]
        assert (counters.receipt, counters.last_basket) == (last.counter, last.uuid)
        kept = (counters.tickets, counters.gross, counters.grand_total)
        assert kept == (last.control.tickets, last.control.gross, last.control.grand_total)
        assert counters.grand_total == sum(one.total for one in tickets)
    return tickets


@pytest.mark.fault("1", "before and after commit")
@pytest.mark.parametrize("seed", range(4))
def test_a_kill_leaves_each_ticket_whole_or_not_at_all(data: Path, seed: int) -> None:
    chance = random.Random(seed)
    told: list[str] = []
    for kills in range(1, 4):
        seller = subprocess.Popen(
            [sys.executable, "-m", "tests.pos_frontend.seller", str(data)], stdout=subprocess.PIPE
        )
        assert seller.stdout is not None
        told.append(seller.stdout.readline().decode().strip())
        time.sleep(chance.uniform(0, 0.05))
        seller.kill()
        told += seller.stdout.read().decode().split()
        seller.wait()
        seller.stdout.close()
        receipts = [one.receipt for one in tickets_after_check(data)]
        assert set(told) <= set(receipts)
        assert len(receipts) - len(told) <= kills  # committed, and killed before it was told


def test_sales_go_on_while_the_catalogue_is_written(scene: Scene) -> None:
    till = scene.ready()
    writing, done = threading.Event(), threading.Event()

    def load() -> None:
        engine = open_sqlite(str(scene.data / "catalogue.db"))
        items = [
            Item(item=f"x{n}", name=f"item {n}", category="x", unit="piece") for n in range(20_000)
        ]
        with engine.begin() as connection:
            CatalogueStore().apply(connection, CHAIN, 1, shop.records_of(items[:100]))
            writing.set()
            CatalogueStore().apply(connection, CHAIN, 1, shop.records_of(items))
            assert done.wait(60)
        engine.dispose()

    loader = threading.Thread(target=load)
    loader.start()
    assert writing.wait(10)
    for _ in range(20):
        till.scan(MILK)
        assert till.tender("cash", "10") is True
    assert scene.catalogue.find("x7") is None  # what is being written is not seen before its commit
    done.set()
    loader.join()
    assert scene.catalogue.find("x7") is not None
    assert len(tickets_after_check(scene.data)) == 20
