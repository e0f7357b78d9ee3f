"""Digests: whatever differs is found by its key, and repaired with everything else left alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest
from sqlalchemy import Connection, Engine, Table, delete, insert, select, update

from replication import position
from replication.digest import Held, cut, digests
from replication.digest_messages import Asked
from replication.errors import RefusedError
from replication.repair import drop_unfollowed, repair_feed
from replication.runner import Site
from replication.streams import CHAIN_FEED, branch_feed
from replication.subscribe import receive
from replication.testing import Faults, MemoryTransport
from replication.transport.http import HttpTransport
from replication.verify import FeedFinding, compare_feed, followed, unfollowed
from schemas.tables.catalogue import OFFICE_KINDS, TABLES, item, tax
from schemas.tables.catalogue_store import CatalogueStore
from schemas.tables.feed import feed_record
from schemas.tables.journal import stream as stream_table
from schemas.tables.link import position as position_table
from schemas.wire.batch import open_batch, pack_repair, read_records
from schemas.wire.record import Record
from schemas.wire.records import (
    Barcode,
    Branch,
    BusinessDay,
    Category,
    Item,
    Member,
    Operator,
    Price,
    PriceChange,
    RecordBody,
    Subscription,
    Tax,
    Unit,
)
from tests.replication.test_feed import Chain, publish, settle, withdraw
from tests.sites import NOON, SmallSite, Town

#: Two records of every kind there is, but subscriptions, which the chain brings with it.
EVERYTHING: tuple[RecordBody, ...] = tuple(
    body
    for n in (1, 2)
    for body in (
        Category(category=f"c{n}", name=f"类{n}"),
        Item(item=f"i{n}", name=f"牛奶{n}", category="c1", unit="piece"),
        Unit(item=f"i{n}", unit="case", factor=12_000),
        Barcode(barcode=f"69000000000{n}", item=f"i{n}", unit="piece"),
        Tax(tax_code=f"t{n}", rate=1300),
        Price(document="d1", item=f"i{n}", unit="piece", tier="", price=350),
        PriceChange(document=f"d{n}", title="x", starts=NOON, ends=None, published=n, rows=2),
        Member(member=f"m{n}", tier="gold", sealed="…"),
        Operator(operator=f"o{n}", name="收银员", role="cashier", pin_hash="h"),
        Branch(branch=f"N00{n}", name="店", zone="Asia/Shanghai", currency="CNY"),
        BusinessDay(business_date=NOON.date().replace(day=n), state="open"),
    )
)
NO_LINE = HttpTransport("http://127.0.0.1:9", None)
KINDS = sorted({body.kind for body in EVERYTHING})


def as_site(one: SmallSite) -> Site:
    """The site as its own link has it."""
    return one.link(NO_LINE).site


@dataclass
class Pair:
    """A site and the line to its parent, greeted."""

    child: SmallSite
    above: SmallSite

    @property
    def site(self) -> Site:
        return as_site(self.child)

    @property
    def line(self) -> MemoryTransport:
        return MemoryTransport(self.above.serving(), self.child.name)

    def compare(self, stream: str = CHAIN_FEED) -> FeedFinding:
        return compare_feed(self.site, self.line, stream)

    def repair(self) -> int:
        return repair_feed(self.site, self.line, self.compare())


@pytest.fixture
def chain(town: Town) -> Chain:
    """Headquarters, a branch and its lane, which hold records of every kind."""
    hq = town.headquarters()
    roots = (branch_feed("N001"),)
    branch = town.branch("N001", hq, roots)
    publish(hq, branch_feed("N001"), Subscription(followed=CHAIN_FEED))
    publish(hq, CHAIN_FEED, *EVERYTHING)
    lane = town.lane("N001.01", branch, roots)
    settle(branch, hq)
    settle(lane, branch)
    return hq, branch, lane


@pytest.fixture(params=["lane", "branch"])
def pair(request: pytest.FixtureRequest, chain: Chain) -> Pair:
    hq, branch, lane = chain
    return Pair(lane, branch) if request.param == "lane" else Pair(branch, hq)


def dump(engine: Engine, table: Table) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return sorted((tuple(row) for row in connection.execute(select(table))), key=repr)


def everything(site: SmallSite) -> dict[str, list[tuple[object, ...]]]:
    kept = [one for kind, one in TABLES.items() if kind not in OFFICE_KINDS]
    tables = [*kept, position_table]
    if site.parent is not None:
        tables.append(feed_record)
    return {table.name: dump(site.feeds, table) for table in tables}


def rows_of(connection: Connection, kind: str) -> list[dict[str, object]]:
    query = select(TABLES[kind]).where(TABLES[kind].c.stream == CHAIN_FEED)
    return [dict(row) for row in connection.execute(query.order_by(TABLES[kind].c.key)).mappings()]


def changed_value(value: object) -> object:
    """Another value of the same type."""
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else f"{value}?"


def field_to_change(kind: str) -> str:
    """A field that may hold anything of its type, and is no part of a time."""
    plain = {"price_change": "title", "business_day": "state"}
    table = TABLES[kind]
    return plain.get(kind, [column.name for column in table.columns][-1])


def lose(connection: Connection, kind: str) -> set[str]:
    key = rows_of(connection, kind)[0]["key"]
    connection.execute(delete(TABLES[kind]).where(TABLES[kind].c.key == key))
    return {f"missing {key}"}


def change(connection: Connection, kind: str) -> set[str]:
    row, name = rows_of(connection, kind)[1], field_to_change(kind)
    connection.execute(
        update(TABLES[kind])
        .where(TABLES[kind].c.key == row["key"])
        .values({name: changed_value(row[name])})
    )
    return {f"changed {row['key']}"}


def add(connection: Connection, kind: str) -> set[str]:
    row = rows_of(connection, kind)[0]
    connection.execute(insert(TABLES[kind]).values(row | {"key": "zz"}))
    return {"surplus zz"}


def swap(connection: Connection, kind: str) -> set[str]:
    """One lost and another added: every count matches."""
    return lose(connection, kind) | add(connection, kind)


Damage = Callable[[Connection, str], set[str]]


@pytest.mark.parametrize("damage", [lose, change, add, swap])
def test_damage_to_any_table_is_named_and_repaired_and_nothing_else_is_touched(
    pair: Pair, damage: Damage
) -> None:
    before = everything(pair.child)
    for kind in KINDS:
        with pair.child.feeds.begin() as connection:
            expected = damage(connection, kind)
        found = pair.compare()
        assert {f"{one.problem} {one.key}" for one in found.differences} == expected, kind
        assert {(one.view, one.kind) for one in found.differences} == {("applied", kind)}
        assert pair.repair() == len(expected)
        assert pair.compare().equal
    after = everything(pair.child)
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {}


def test_what_is_equal_costs_one_question_per_view(pair: Pair) -> None:
    found = pair.compare()
    assert found.equal
    assert found.questions == (2 if pair.child.parent is not None else 1)
    assert followed(pair.site) == sorted([branch_feed("N001"), CHAIN_FEED])


@pytest.mark.parametrize("damage", ["lost", "changed", "added", "swapped"])
def test_what_a_branch_keeps_for_its_lanes_is_compared_and_repaired_too(
    chain: Chain, damage: str
) -> None:
    hq, branch, lane = chain
    pair = Pair(branch, hq)
    before = everything(branch)
    first = feed_record.c.key == "t1"
    with branch.feeds.begin() as connection:
        row = dict(connection.execute(select(feed_record).where(first)).mappings().one())
        if damage in ("lost", "swapped"):
            connection.execute(delete(feed_record).where(first))
        if damage == "changed":
            connection.execute(update(feed_record).where(first).values(body=b'{"rate":1}'))
        if damage == "added":
            connection.execute(
                insert(feed_record).values(row | {"key": "zz", "number": row["number"] + 10**6})
            )
        if damage == "swapped":
            connection.execute(insert(feed_record).values(row | {"key": "zz"}))
    found = {(one.view, one.problem, one.key) for one in pair.compare().differences}
    assert found == {
        ("relayed", problem, key)
        for problem, key in {
            "lost": [("missing", "t1")],
            "changed": [("changed", "t1")],
            "added": [("surplus", "zz")],
            "swapped": [("missing", "t1"), ("surplus", "zz")],
        }[damage]
    }
    pair.repair()
    assert pair.compare().equal
    assert everything(branch) == before
    settle(lane, branch)
    assert Pair(lane, branch).compare().equal


@pytest.mark.fault("1", "in a repair")
def test_a_kill_in_the_middle_of_a_repair_changes_nothing_halfway(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pair.child.feeds.begin() as connection:
        connection.execute(delete(TABLES["tax"]))
        connection.execute(delete(TABLES["price"]))
    damaged = everything(pair.child)
    site, killed = pair.site, RuntimeError("killed")

    class Killed(CatalogueStore):
        def apply(self, *given: object) -> None:
            super().apply(*given)  # type: ignore[arg-type]
            raise killed

    dying = replace(site, outlet=replace(site.outlet, applier=Killed(OFFICE_KINDS)))
    with pytest.raises(RuntimeError, match="killed"):
        repair_feed(dying, pair.line, pair.compare())
    assert everything(pair.child) == damaged
    assert pair.repair() == 4
    assert pair.compare().equal


class Arriving(MemoryTransport):
    """A line on which something is published before every question."""

    def __init__(self, pair: Pair, publish_next: Callable[[], None]) -> None:
        super().__init__(pair.above.serving(), pair.child.name)
        self._publish_next = publish_next

    def ask(self, asked: Asked) -> bytes:
        self._publish_next()
        return super().ask(asked)


def test_a_comparison_while_prices_arrive_finds_only_what_is_wrong(chain: Chain) -> None:
    hq, branch, _ = chain
    pair = Pair(branch, hq)
    prices = iter(range(10**6))

    def more() -> None:
        n = next(prices)
        publish(hq, CHAIN_FEED,
                Price(document="d1", item="i1", unit="piece", tier="", price=n),
                Price(document="d3", item=f"new{n}", unit="piece", tier="", price=n))  # fmt: skip
        withdraw(hq, CHAIN_FEED, Category(category="c2", name=""))

    line = Arriving(pair, more)
    assert compare_feed(pair.site, line, CHAIN_FEED).equal
    with branch.feeds.begin() as connection:
        connection.execute(delete(TABLES["price"]).where(TABLES["price"].c.item == "i2"))
    found = compare_feed(pair.site, line, CHAIN_FEED)
    assert [(one.problem, one.key) for one in found.differences] == [("missing", "d1/i2/piece/")]
    assert repair_feed(pair.site, line, found) == 1
    settle(branch, hq)
    assert pair.compare().equal


def test_a_repair_writes_nothing_that_is_still_on_its_way(chain: Chain) -> None:
    """The lost record changed meanwhile: its new state arrives in its turn, not before."""
    hq, branch, _ = chain
    pair = Pair(branch, hq)
    with branch.feeds.begin() as connection:
        connection.execute(delete(tax).where(tax.c.key == "t1"))
    found = pair.compare()
    publish(hq, CHAIN_FEED, Tax(tax_code="t1", rate=9))
    assert repair_feed(pair.site, pair.line, found) == 0
    settle(branch, hq)
    assert pair.compare().equal


def test_a_repair_that_was_overtaken_is_asked_for_again(chain: Chain) -> None:
    """Between the answer and the transaction the site moved on: an old record may not come back."""
    hq, branch, _ = chain
    pair = Pair(branch, hq)
    with branch.feeds.begin() as connection:
        connection.execute(update(tax).where(tax.c.key == "t1").values(rate=1))
    found = pair.compare()
    answered: list[bytes] = []

    class Overtaken(MemoryTransport):
        def ask(self, asked: Asked) -> bytes:
            answered.append(super().ask(asked))
            if len(answered) == 1:
                publish(hq, CHAIN_FEED, Tax(tax_code="t1", rate=77))
                settle(branch, hq)
            return answered[-1]

    repair_feed(pair.site, Overtaken(hq.serving(), branch.name), found)
    assert len(answered) == 2
    with branch.feeds.connect() as connection:
        assert connection.execute(select(tax.c.rate).where(tax.c.key == "t1")).scalar() == 77


def test_a_repair_batch_is_no_feed_batch(chain: Chain) -> None:
    """It is signed by the same key and would otherwise pass for all that the feed holds."""
    hq, branch, _ = chain
    record = Record(3, "tax", "t1", 1, Tax(tax_code="t1", rate=0).encode())
    with branch.feeds.begin() as connection:
        at = next(one for one in position.all_feeds(connection) if one.stream == CHAIN_FEED)
        data = pack_repair(CHAIN_FEED, at.epoch, at.through + 9, [record], "hq", hq.identity.sign)
        header, payload = open_batch(data, lambda *_: True)
        with pytest.raises(RefusedError, match="repair batch"):
            receive(connection, header, read_records(header, payload), as_site(branch).outlet)


def test_a_repair_that_was_changed_on_its_way_is_refused(chain: Chain) -> None:
    hq, branch, _ = chain
    pair = Pair(branch, hq)
    with branch.feeds.begin() as connection:
        connection.execute(delete(tax))
    found = pair.compare()

    class Changing(MemoryTransport):
        def ask(self, asked: Asked) -> bytes:
            data = bytearray(super().ask(asked))
            data[-70] ^= 1
            return bytes(data)

    with pytest.raises(RefusedError) as refused:
        repair_feed(pair.site, Changing(hq.serving(), branch.name), found)
    assert refused.value.code == "bad_signature"
    assert pair.compare().differences == found.differences


@pytest.mark.fault("8", "a newer wire version")
def test_fields_that_only_a_newer_producer_writes_are_no_difference(chain: Chain) -> None:
    hq, branch, lane = chain
    body = b'{"colour":"red","item":"i9","name":"x","category":"c1","unit":"piece","tax_code":""}'
    with hq.feeds.begin() as connection:
        connection.execute(
            update(feed_record)
            .where(feed_record.c.kind == "item", feed_record.c.key == "i1")
            .values(body=body.replace(b"i9", b"i1"))
        )
    with lane.feeds.begin() as connection:
        connection.execute(update(item).where(item.c.key == "i1").values(name="x"))
    assert {one.view for one in Pair(branch, hq).compare().differences} == {"applied", "relayed"}
    Pair(branch, hq).repair()
    assert Pair(branch, hq).compare().equal
    assert Pair(lane, branch).compare().equal


@pytest.mark.parametrize(
    ("column", "value", "why"),
    [("epoch", "another", "epoch"), ("head", 1, "ahead"), ("floor", 10**6, "restart")],
)
def test_a_parent_that_stands_elsewhere_is_not_compared_with(
    pair: Pair, column: str, value: object, why: str
) -> None:
    with pair.above.feeds.begin() as connection:
        connection.execute(
            update(stream_table).where(stream_table.c.name == CHAIN_FEED).values({column: value})
        )
    found = pair.compare()
    assert not found.equal
    assert found.obstacle == f"parent: {why}"


def test_a_feed_that_is_being_loaded_is_not_compared(chain: Chain) -> None:
    hq, branch, lane = chain
    with branch.feeds.begin() as connection:
        connection.execute(
            update(position_table).where(position_table.c.stream == CHAIN_FEED).values(target=10**6)
        )
    assert Pair(branch, hq).compare().obstacle == "loading here"
    assert Pair(lane, branch).compare().obstacle == "parent: loading"
    assert Pair(branch, hq).compare("feed:group:none").obstacle == "not read yet"


def test_rows_of_a_feed_that_is_not_read_are_found_and_dropped(pair: Pair) -> None:
    with pair.child.feeds.begin() as connection:
        row = rows_of(connection, "tax")[0] | {"stream": "feed:group:left"}
        connection.execute(insert(tax).values(row))
    assert unfollowed(pair.site) == ["feed:group:left"]
    drop_unfollowed(pair.site, "feed:group:left")
    drop_unfollowed(pair.site, CHAIN_FEED)
    assert unfollowed(pair.site) == []
    assert pair.compare().equal


def test_20_000_items_are_compared_in_a_few_questions(chain: Chain) -> None:
    hq, branch, lane = chain
    items = [
        Item(item=f"{n:05d}", name=f"商品 {n}", category="c1", unit="piece") for n in range(20_000)
    ]
    publish(hq, CHAIN_FEED, *items)
    settle(branch, hq)
    settle(lane, branch)
    pair = Pair(lane, branch)
    with lane.feeds.begin() as connection:
        connection.execute(delete(item).where(item.c.key.in_(["00007", "19999"])))
        connection.execute(update(item).where(item.c.key == "10000").values(name="?"))
    found = pair.compare()
    assert {one.key for one in found.differences} == {"00007", "19999", "10000"}
    assert found.questions == 2
    assert found.records > 19_990
    with lane.feeds.begin() as connection:
        connection.execute(delete(item))
    assert pair.repair() == 20_002
    assert pair.compare().equal


def test_ranges_cover_every_key_there_could_be() -> None:
    rows = [Held(f"{n:04d}", b"x") for n in range(1000)]
    theirs = cut("item", rows)
    assert (theirs[0].low, theirs[-1].high) == ("", None)
    assert all(one.high == after.low for one, after in pairwise(theirs))
    lows = [one.low for one in theirs]
    for extra in ("", "0", "0500x", "zz"):
        more = sorted([*rows, Held(extra, b"x")], key=lambda one: one.key)
        differing = [
            one for one, other in zip(theirs, digests("item", more, lows), strict=True)
            if one.digest != other.digest
        ]  # fmt: skip
        (found,) = differing
        assert found.low <= extra
        assert found.high is None or extra < found.high


def test_an_answer_that_does_not_read_is_refused(pair: Pair) -> None:
    line = MemoryTransport(pair.above.serving(), pair.child.name, Faults(cut=1.0), seed=1)
    with pytest.raises(RefusedError) as refused:
        compare_feed(pair.site, line, CHAIN_FEED)
    assert refused.value.code == "malformed"
