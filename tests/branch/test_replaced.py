"""A branch's server replaced by a bare machine: its lanes go on, and nobody touches them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from branch import bootstrap, enrolment, lane_keys, lanes
from branch.bootstrap import Branch
from branch.settings import BranchSettings
from replication import enrolment as tokens
from replication import following, identity, journal, quarantine
from replication.errors import RefusedError
from replication.runner import LinkRunner, Site
from replication.streams import branch_feed, journal_of
from replication.subscribe import Outlet
from replication.testing import MemoryTransport
from schemas.domain.lane import LaneEnrolled
from schemas.tables import sales_store
from schemas.tables.base import open_postgres, reading
from schemas.tables.catalogue import business_day_record
from schemas.tables.catalogue_store import CatalogueStore
from schemas.tables.journal import journal_entry
from schemas.tables.lane_keys import lane_key
from schemas.tables.link import peer
from schemas.wire.batch import pack_journal
from tests.branch.shop import CODE, DAY, MANAGER, QUICK, LaneTill, MakeDatabase, Shop, load, piece
from tests.branch.test_restores import receipts, sold


@contextmanager
def bare_machine(shop: Shop, new_database: MakeDatabase, data: Path) -> Iterator[Branch]:
    """Another machine that enrolled as the branch and fetched its journal back, as the command does."""
    dsn = new_database("branch")
    engine = open_postgres(dsn)
    with shop.headquarters.engine.begin() as connection:
        token = tokens.issue(connection, CODE, [branch_feed(CODE)], shop.clock(), timedelta(days=1))
    line = MemoryTransport(shop.headquarters, CODE)
    enrolment.enrol(engine, line, token, data, shop.clock())
    engine.dispose()
    settings = BranchSettings(data=data, dsn=dsn, parent="http://127.0.0.1:9")
    fresh = bootstrap.connect(settings, dsn, shop.clock)
    runner_of(fresh, shop).fetch_back()
    yield fresh
    fresh.close()


def runner_of(branch: Branch, shop: Shop) -> LinkRunner:
    outlet = Outlet(CatalogueStore(), shop.clock, relays=True)
    site = Site(branch.identity, branch.engine, branch.engine, outlet, branch.site.recovery, dict)
    return LinkRunner(site, MemoryTransport(shop.headquarters, CODE), QUICK)


def settle(up: LinkRunner, tills: Sequence[LaneTill] = ()) -> None:
    """Everything up, and the word of it down."""
    for _ in range(2):
        for lane in tills:
            lane.runner.greet_again()
            lane.push()
        up.greet_again()
        for _ in range(3):
            up.push_once()


def moved(lane: LaneTill, branch: Branch) -> LaneTill:
    """The lane as it was, now talking to the machine that has its branch's address."""
    line = MemoryTransport(branch.link.parent, lane.name)
    runner = LinkRunner(lane.runner.site, line, QUICK)
    return replace(lane, runner=runner, line=line)


def known(engine: Engine) -> dict[str, tuple[bytes, bool]]:
    with engine.connect() as connection:
        rows = connection.execute(select(peer).where(peer.c.site.like(f"{CODE}.%")))
        return {row.site: (bytes(row.public_key), row.revoked is not None) for row in rows}


def enrolled(shop: Shop, lane: str, key: bytes) -> None:
    """Let a key in as a lane, by a token."""
    with shop.engine.begin() as connection:
        token = lanes.issue_token(connection, CODE, lane, MANAGER, shop.clock())
    shop.branch.link.parent.enrol(tokens.ask(token, key))


def kinds(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        query = select(journal_entry.c.kind).where(
            journal_entry.c.stream == journal_of(CODE), journal_entry.c.kind.like("lane.%")
        )
        return list(connection.execute(query.order_by(journal_entry.c.sequence)).scalars())


def test_two_lanes_with_unsent_sales_go_on_without_a_token(
    shop: Shop, new_database: MakeDatabase, tmp_path: Path
) -> None:
    shop.open_day()
    tills = [shop.lane(1), shop.lane(2)]
    assert lane_keys.catch_up(shop.engine, CODE, shop.clock) == 2
    for lane in tills:
        lane.open_shift()
        lane.sell(piece("milk", 350))
    settle(shop.runner, tills)
    load(tills[0].runner)
    load(tills[1].runner)
    for lane in tills:
        lane.sell(piece("bread", 420))
    tills[0].push()
    tills[0].sell(piece("wine", 900))

    with bare_machine(shop, new_database, tmp_path / "new") as fresh:
        assert known(fresh.engine) == known(shop.engine)
        up = runner_of(fresh, shop)
        settle(up)
        load(up)
        now = [moved(lane, fresh) for lane in tills]
        settle(up, now)
        for lane in now:
            load(lane.runner)
            lane.sell(piece("milk", 350))
        settle(up, now)
        everything = sold([ticket for lane in tills for ticket in lane.sold])
        assert len(everything) == 7
        assert receipts(fresh.engine) == receipts(shop.headquarters.engine) == everything
        for lane in now:
            assert lane.runner.trouble is None
            with reading(lane.catalogue) as connection:
                key = following.parent_key(connection, lane.runner.site.identity)
                days = (
                    connection.execute(select(business_day_record.c.business_date)).scalars().all()
                )
            assert key == fresh.identity.public_key != shop.branch.identity.public_key
            assert days == [DAY]
        for engine in (fresh.engine, shop.headquarters.engine):
            with engine.connect() as connection:
                assert quarantine.count_waiting(connection) == 0
    # The machine that was replaced is refused at once, above and below.
    with pytest.raises(RefusedError, match="signature"):
        shop.headquarters.push(CODE, _batch(shop))


def _batch(shop: Shop) -> bytes:
    with shop.engine.connect() as connection:
        head = journal.head_of(connection, journal_of(CODE))
        entries = journal.read(connection, head.stream, head.epoch, head.sequence - 1, 1)
    return pack_journal(entries, CODE, shop.branch.identity.sign)


def test_a_lane_that_was_shut_out_stays_shut_out_on_the_new_machine(
    shop: Shop, new_database: MakeDatabase, tmp_path: Path
) -> None:
    keys = [identity.new_private_key() for _ in range(3)]
    enrolled(shop, "N001.01", keys[0])
    enrolled(shop, "N001.02", keys[1])
    with shop.engine.begin() as connection:
        lanes.revoke(connection, "N001.01", MANAGER, "stolen", shop.clock())
    shop.clock.pass_minutes(1)
    enrolled(shop, "N001.02", keys[2])
    assert kinds(shop.engine) == ["lane.enrolled"] * 2 + ["lane.revoked", "lane.enrolled"]
    assert lane_keys.catch_up(shop.engine, CODE, shop.clock) == 0
    settle(shop.runner)
    with bare_machine(shop, new_database, tmp_path / "new") as fresh:
        there = {"N001.01": (keys[0], True), "N001.02": (keys[2], False)}
        assert known(fresh.engine) == known(shop.engine) == there
        assert lane_keys.catch_up(fresh.engine, CODE, shop.clock) == 0
    with shop.headquarters.engine.connect() as connection:
        rows = connection.execute(select(lane_key).order_by(lane_key.c.lane)).all()
        assert quarantine.count_waiting(connection) == 0
        # They are known above, but let nobody in there.
        assert connection.execute(select(peer.c.site)).scalars().all() == [CODE]
    assert [(row.lane, bytes(row.public_key), row.revoked is not None) for row in rows] == [
        ("N001.01", keys[0], True),
        ("N001.02", keys[2], False),
    ]


def test_lanes_of_an_earlier_release_are_stated_once_and_the_revoked_with_them(shop: Shop) -> None:
    shop.lane(1)
    shop.lane(2)
    with shop.engine.begin() as connection:
        connection.execute(
            peer.update().where(peer.c.site == "N001.02").values(revoked=shop.clock())
        )
    assert lane_keys.catch_up(shop.engine, CODE, shop.clock) == 3
    assert kinds(shop.engine) == ["lane.enrolled", "lane.enrolled", "lane.revoked"]
    assert lane_keys.catch_up(shop.engine, CODE, shop.clock) == 0


def test_a_lane_that_was_enrolled_meanwhile_keeps_its_younger_key(shop: Shop) -> None:
    old, young = identity.new_private_key(), identity.new_private_key()
    fact = LaneEnrolled(CODE, "N001.01", old.hex(), shop.clock())
    shop.clock.pass_minutes(5)
    enrolled(shop, "N001.01", young)
    with shop.engine.begin() as connection:
        sales_store.write(connection, [fact])
        lane_keys.regain(connection, [fact])
    assert known(shop.engine) == {"N001.01": (young, False)}
    assert lane_keys.catch_up(shop.engine, CODE, shop.clock) == 0
