"""Sites of different releases side by side: what one does not know yet waits with it, nothing is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from sqlalchemy import Connection, select

from branch import parked as branch_parked
from hq import parked as hq_parked
from replication import feed, journal, quarantine
from replication.errors import RefusedError
from replication.messages import Fetch, Mark, RestartOrder
from replication.runner import LinkRunner
from replication.streams import CHAIN_FEED, branch_feed, group_feed
from replication.testing import MemoryTransport
from replication.verify import compare_feed
from schemas.domain.till import BasketCancelled
from schemas.tables.catalogue import OFFICE_KINDS
from schemas.tables.catalogue_store import CatalogueStore
from schemas.tables.journal import journal_entry
from schemas.tables.journal import quarantine as quarantine_table
from schemas.tables.tickets import ticket
from schemas.wire import canonical, entries
from schemas.wire.batch import pack_journal, peek
from schemas.wire.record import Record
from schemas.wire.records import (
    Barcode,
    Category,
    Item,
    Price,
    PriceChange,
    RecordBody,
    Subscription,
    Tax,
)
from tests.branch.shop import CODE, DAY, Shop
from tests.faults.record_by_record import assert_equal
from tests.replication.test_feed import publish, taxes
from tests.replication.test_recovery import run
from tests.sites import NOON, SmallSite, Town

newer_wire = pytest.mark.fault("8", "a newer wire version")
rolled_back = pytest.mark.fault("8", "rollback after an upgrade")
unknown_kind = pytest.mark.fault("8", "an unknown kind")


class Tapped(MemoryTransport):
    """Notes in which wire version each batch travelled, up and down."""

    def __init__(self, child: SmallSite, above: SmallSite) -> None:
        super().__init__(above.serving(), child.name)
        self.up_wire: list[int] = []
        self.down_wire: list[int] = []

    def push(self, data: bytes) -> Mark:
        self.up_wire.append(peek(data).wire)
        return super().push(data)

    def fetch(self, fetch: Fetch) -> bytes | RestartOrder | None:
        answer = super().fetch(fetch)
        if isinstance(answer, bytes):
            self.down_wire.append(peek(answer).wire)
        return answer


class OlderStore(CatalogueStore):
    """What a release kept that did not know some kinds of record."""

    def __init__(self, *unknown: str) -> None:
        super().__init__(OFFICE_KINDS)
        self._unknown = unknown

    def apply(
        self, connection: Connection, stream: str, generation: int, records: Sequence[Record]
    ) -> None:
        known = [one for one in records if one.kind not in self._unknown]
        super().apply(connection, stream, generation, known)

    def known(self) -> Mapping[str, Sequence[str]]:
        return {kind: names for kind, names in super().known().items() if kind not in self._unknown}


def exchange(child: SmallSite, above: SmallSite) -> Tapped:
    """Everything that can move between the two moves; in which versions it did."""
    line = Tapped(child, above)
    link = child.link(line)
    run(link, turns=4)
    fetched(link)
    return line


def fetched(link: LinkRunner) -> None:
    for _ in range(8):
        link.fetch_once()


def write_raw(site: SmallSite, name: str, body: RecordBody, more: Mapping[str, object]) -> None:
    """Publish a record as a newer release would, with fields that nobody here knows."""
    said = canonical.encode({**body.model_dump(mode="json"), **more})
    with site.feeds.begin() as connection:
        draft = feed.Draft(body.kind, body.record_key(), body.version, said)
        feed.publish(connection, {name: [draft]})


@newer_wire
def test_a_feed_is_written_in_the_oldest_version_that_a_reader_needs_and_newer_after_its_upgrade(
    town: Town,
) -> None:
    hq = town.headquarters()
    hq.speaks(4)
    branches = [town.branch(f"N00{n}", hq, (CHAIN_FEED,)) for n in (1, 2, 3)]
    for branch, newest in zip(branches, (4, 3, 2), strict=True):
        branch.speaks(newest)
    publish(hq, CHAIN_FEED, Tax(tax_code="a", rate=1))
    # Nobody is known yet: each older reader has it written once more.
    assert [exchange(one, hq).down_wire for one in branches] == [[4], [3], [2]]
    encoded = hq.serving().feeds.encoded
    publish(hq, CHAIN_FEED, Tax(tax_code="b", rate=2))
    assert [exchange(one, hq).down_wire for one in branches] == [[2], [2], [2]]
    assert hq.serving().feeds.encoded == encoded + 1, "once for the whole audience"
    branches[2].speaks(4)
    assert exchange(branches[2], hq).down_wire == []
    publish(hq, CHAIN_FEED, Tax(tax_code="c", rate=3))
    assert [exchange(one, hq).down_wire for one in branches] == [[3], [3], [3]]
    for branch in branches:
        branch.write(f"sold at {branch.name}".encode())
        assert exchange(branch, hq).up_wire == [branch.spoken.newest]
        assert_equal(hq, branch)
        assert taxes(branch.feeds) == {"a": 1, "b": 2, "c": 3}


@newer_wire
def test_two_versions_below_are_served_and_an_older_one_is_named_with_the_way_out(
    town: Town,
) -> None:
    hq = town.headquarters()
    branch = town.branch("N001", hq, (CHAIN_FEED,))
    branch.speaks(1)
    branch.write(b"1")
    publish(hq, CHAIN_FEED, Tax(tax_code="a", rate=1))
    hq.speaks(3)
    line = exchange(branch, hq)
    assert (line.up_wire, line.down_wire) == ([1], [1])
    hq.speaks(4)
    branch.write(b"2")
    publish(hq, CHAIN_FEED, Tax(tax_code="b", rate=2))
    with pytest.raises(
        RefusedError, match="upgrade N001, at first to a release that speaks 2"
    ) as no:
        exchange(branch, hq)
    assert (no.value.code, no.value.heals) == ("wire_version", False)
    with pytest.raises(RefusedError, match="upgrade N001"):
        hq.serving().fetch("N001", Fetch(wants=[], wait=0))
    branch.speaks(2)
    line = exchange(branch, hq)
    assert (line.up_wire, line.down_wire) == ([2], [2])
    assert_equal(hq, branch)
    assert hq.books.applied == [("N001", b"1"), ("N001", b"2")]


@newer_wire
def test_children_that_are_newer_than_their_parents_write_down(town: Town) -> None:
    """A lane was upgraded first and headquarters last: the wrong way round, and nothing is lost."""
    hq = town.headquarters()
    branch = town.branch("N001", hq, (branch_feed("N001"),))
    lane = town.lane("N001.01", branch, (branch_feed("N001"),))
    hq.speaks(2)
    branch.speaks(3)
    lane.speaks(4)
    publish(hq, branch_feed("N001"), Subscription(followed=CHAIN_FEED))
    publish(hq, CHAIN_FEED, Tax(tax_code="a", rate=1))
    lane.write(b"1", b"2")
    assert exchange(lane, branch).up_wire == [3]
    assert set(exchange(branch, hq).up_wire) == {2}
    exchange(lane, branch)
    backup = lane.backup()
    lane.write(b"3")
    exchange(lane, branch)
    lane.restore(backup)
    exchange(lane, branch)
    assert [one.body for one in lane.entries()] == [b"1", b"2", b"3"], "recalled in its version"
    hq.speaks(4)
    branch.speaks(4)
    lane.write(b"4")
    assert exchange(lane, branch).up_wire == [4]
    assert exchange(branch, hq).up_wire == [4]
    assert sorted(body for _, body in hq.books.applied) == [b"1", b"2", b"3", b"4"]


@newer_wire
def test_a_batch_in_a_newer_version_is_refused_and_taken_after_the_upgrade(town: Town) -> None:
    """It was packed on a stick, say, for a headquarters that was believed to be upgraded."""
    hq = town.headquarters()
    branch = town.branch("N001", hq)
    branch.speaks(3)
    branch.write(b"1", b"2")
    data = pack_journal(branch.entries(), branch.name, branch.identity.sign, wire=3)
    with pytest.raises(RefusedError, match="upgrade this site before those below it") as refused:
        hq.serving().push(branch.name, data)
    assert refused.value.code == "wire_version"
    assert hq.entries(branch.stream) == []
    hq.speaks(3)
    assert hq.serving().push(branch.name, data).applied == 2
    exchange(branch, hq)
    assert_equal(hq, branch)


@rolled_back
def test_headquarters_rolled_back_is_sent_again_what_it_lost_in_the_version_that_it_reads(
    town: Town,
) -> None:
    """Its database was put back from before the upgrade, because the older software needs that."""
    hq = town.headquarters()
    branch = town.branch("N001", hq, (CHAIN_FEED,))
    hq.speaks(3)
    branch.speaks(3)
    branch.write(b"1")
    publish(hq, CHAIN_FEED, Tax(tax_code="a", rate=1))
    exchange(branch, hq)
    before = hq.backup()
    hq.speaks(4)
    branch.speaks(4)
    branch.write(b"2", b"3")
    publish(hq, CHAIN_FEED, Tax(tax_code="b", rate=2))
    assert exchange(branch, hq).up_wire == [4]
    hq.restore(before)
    hq.books.applied.clear()
    hq.speaks(3)
    branch.write(b"4")
    line = exchange(branch, hq)
    assert set(line.up_wire) == set(line.down_wire) == {3}
    assert [body for _, body in hq.books.applied] == [b"2", b"3", b"4"]
    # With the next exchange goes what the branch holds of the feed that was lost.
    exchange(branch, hq)
    assert_equal(hq, branch)
    hq.speaks(4)
    branch.write(b"5")
    assert exchange(branch, hq).up_wire == [4]
    assert_equal(hq, branch)


@unknown_kind
def test_records_of_an_unknown_kind_pass_through_and_are_applied_by_the_load_after_the_upgrade(
    town: Town,
) -> None:
    hq = town.headquarters()
    own = branch_feed("N001")
    branch = town.branch("N001", hq, (own,))
    older, newer = (town.lane(f"N001.0{n}", branch, (own,)) for n in (1, 2))
    branch.store, older.store = OlderStore("tax"), OlderStore("tax")
    publish(hq, own, Subscription(followed=CHAIN_FEED))
    write_raw(hq, CHAIN_FEED, Tax(tax_code="full", rate=1300), {"since": "2026-03-01"})
    write_raw(hq, CHAIN_FEED, Category(category="fruit", name="水果"), {"icon": "apple"})
    exchange(branch, hq)
    for lane in (older, newer):
        exchange(lane, branch)
    assert (taxes(branch.feeds), taxes(older.feeds)) == ({}, {})
    assert taxes(newer.feeds) == {"full": 1300}, "what the branch does not know it hands on"
    for site in (branch, older):
        site.store = CatalogueStore(OFFICE_KINDS)
    exchange(branch, hq)
    for lane in (older, newer):
        exchange(lane, branch)
    assert_equal(hq, branch, older, newer)
    assert taxes(branch.feeds) == taxes(older.feeds) == {"full": 1300}
    for child, above in ((branch, hq), (older, branch)):
        link = child.link(MemoryTransport(above.serving(), child.name))
        assert compare_feed(
            link.site, MemoryTransport(above.serving(), child.name), CHAIN_FEED
        ).equal
    # It is loaded once: the next start finds that it reads what it read.
    assert exchange(branch, hq).down_wire == []


@unknown_kind
def test_entries_of_an_unknown_kind_wait_at_branch_and_headquarters_and_are_replayed_at_both(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.open_day()
    lane = shop.lane(1)
    lane.open_shift()
    with monkeypatch.context() as older:
        # This release without the kind: as an older one, which a newer lane speaks to.
        cancelled = entries.encode(
            BasketCancelled("b1", CODE, lane.name, DAY, "C1", shop.clock(), 500, 1)
        )
        older.delitem(entries._TYPES, "basket.cancelled")
        older.delitem(entries._DECODERS, "basket.cancelled")
        with lane.journal.begin() as connection:
            draft = journal.Draft("basket.cancelled", 1, shop.clock(), cancelled)
            journal.append(connection, f"journal:{lane.name}", [draft])
        lane.sell()
        lane.push()
        shop.deliver()
    above = shop.headquarters.engine
    for engine in (shop.engine, above):
        with engine.connect() as connection:
            (waiting,) = quarantine.waiting(connection)
            assert "upgrade this site" in waiting.reason
            assert connection.execute(select(ticket.c.uuid)).scalars().all() == ["N001.01-1"]
    assert branch_parked.replay(shop.engine, CODE, shop.clock).applied == 1
    assert hq_parked.replay(above, shop.clock).applied == 1
    for engine in (shop.engine, above):
        with engine.connect() as connection:
            assert quarantine.count_waiting(connection) == 0
            assert connection.execute(select(quarantine_table.c.resolution)).scalars().all() == [
                "retried by the upgrade"
            ]


@newer_wire
def test_fields_that_nobody_knows_yet_reach_headquarters_byte_by_byte(shop: Shop) -> None:
    shop.open_day()
    lane = shop.lane(1)
    lane.open_shift()
    one = lane.ticket()
    said = canonical.encode({**canonical.decode(entries.encode(one)), "carbon": {"grams": 12}})
    with lane.journal.begin() as connection:
        draft = journal.Draft("ticket", 1, shop.clock(), said)
        (written,) = journal.append(connection, f"journal:{lane.name}", [draft])
    lane.push()
    shop.deliver()
    for engine in (shop.engine, shop.headquarters.engine):
        with engine.connect() as connection:
            held = select(journal_entry.c.body).where(journal_entry.c.origin_hash == written.hash)
            assert connection.execute(held).scalars().all() == [said]
            assert connection.execute(select(ticket.c.uuid)).scalars().all() == [one.uuid]


@pytest.mark.fault("8", "a poison entry at the head of the backlog")
@pytest.mark.parametrize("choking", ["branch", "hq"])
def test_a_poison_entry_at_the_head_of_the_backlog_holds_nothing_up(
    town: Town, choking: str
) -> None:
    hq = town.headquarters()
    branch = town.branch("N001", hq)
    lane = town.lane("N001.01", branch)
    sites = {"hq": hq, "branch": branch}
    for name, site in sites.items():
        site.books.poison = b"poison" if name == choking else b"\0"
    lane.write(b"poison", *(f"{n}".encode() for n in range(60)))
    exchange(lane, branch)
    exchange(branch, hq)
    assert_equal(hq, branch, lane)
    expected = [("N001.01", f"{n}".encode()) for n in range(60)]
    for name, site in sites.items():
        assert site.books.applied == [
            *([] if name == choking else [("N001.01", b"poison")]),
            *expected,
        ]
        with site.journals.connect() as connection:
            reasons = [one.reason for one in quarantine.waiting(connection)]
        assert reasons == (["ValueError: cannot read b'poison'"] if name == choking else [])


@pytest.mark.fault("8", "a record whose parent has not arrived")
def test_a_record_whose_parent_has_not_arrived_waits_for_it_and_holds_nothing_up(
    town: Town,
) -> None:
    """Prices and barcodes of an item that the chain's feed has not brought yet, and a price without
    its header: all of it is kept, and complete once the rest is there.
    """
    hq = town.headquarters()
    own, east = branch_feed("N001"), group_feed("east")
    branch = town.branch("N001", hq, (own,))
    lane = town.lane("N001.01", branch, (own,))
    publish(hq, own, Subscription(followed=east))
    publish(
        hq, east, Price(document="P1", item="1001", unit="kg", tier="", price=899),
        Barcode(barcode="4100010000017", item="1001", unit="kg"),
    )  # fmt: skip
    exchange(branch, hq)
    exchange(lane, branch)
    assert_equal(hq, branch, lane)
    header = PriceChange(document="P1", title="t", starts=NOON, ends=None, published=1, rows=1)
    publish(hq, east, header)
    publish(hq, own, Subscription(followed=CHAIN_FEED))
    publish(hq, CHAIN_FEED, Item(item="1001", name="苹果", category="fruit", unit="kg"))
    publish(hq, CHAIN_FEED, Category(category="fruit", name="水果"))
    exchange(branch, hq)
    exchange(lane, branch)
    assert_equal(hq, branch, lane)
