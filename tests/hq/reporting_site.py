"""Headquarters' console over a made-up week, for the tests of its reports."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, select

from hq import staff
from hq.bootstrap import Headquarters
from hq.inbound import project
from hq.settings import HeadquartersSettings
from hq.web.app import build_console
from replication import feed, position, quarantine
from replication import journal as journals
from replication.apply import Inbound
from replication.console.app import Console
from replication.feed import Draft
from replication.identity import Identity, new_epoch, new_private_key
from replication.ledger import Ledger
from replication.parent import Parent
from replication.position import Report
from replication.produced import ProducedFeeds
from replication.sealing import MEMBER_KEY, new_key
from replication.transport.http_server import LinkServer
from schemas.domain.ticket import TenderLine
from schemas.tables.catalogue import subscription
from schemas.tables.journal import stream
from schemas.tables.link import peer, refusal
from schemas.wire.entry import Entry
from tests.hq.day_builder import (
    MONDAY,
    BranchDay,
    dates,
    describe,
    hear,
    keep_journals,
    lanes_of,
    line,
    state,
)
from tests.quick_hash import hashed

BRANCHES = ("N001", "N002", "N003")
NOW = datetime(2026, 3, 4, 14, 30, tzinfo=UTC)
PASSWORD = "a long password"
ROLES = ("regional_ops", "administrator", "buyer", "approver", "branch_manager")
_GOODS = (
    ("1001", "红富士苹果 Apples", 899, "01-001-001"), ("1002", "菠菜 Spinach", 459, "01-002"),
    ("1003", "龙井茶 Longjing tea", 12800, "02-001"), ("1004", "乌龙茶 Oolong tea", 3990, "02-001"),
)  # fmt: skip


def headquarters(engine: Engine) -> Headquarters:
    """Headquarters on a migrated database, on a clock that stands still."""
    identity = Identity("hq", "hq", None, new_private_key(), secrets={MEMBER_KEY: new_key()})

    def clock() -> datetime:
        return NOW

    settings = HeadquartersSettings(data=Path("var"), title="Chainwright")
    parent = Parent(engine, identity, Inbound(project, clock))
    feeds = ProducedFeeds(engine, "hq", Path("var") / "incarnation.json")
    ledger = Ledger(Path("var") / "trust.jsonl")
    return Headquarters(engine, identity, clock, settings, LinkServer(parent), feeds, ledger)


def console(engine: Engine) -> Console:
    """The console, with a person of each role; `scoped` sees N001 alone."""
    password = hashed(PASSWORD)
    people = [staff.Employee(role, role.title(), role, password_hash=password) for role in ROLES]  # type: ignore[arg-type]
    people.append(staff.Employee("scoped", "赵敏", "regional_ops", ("N001",), "", password))
    with engine.begin() as connection:
        staff.save(connection, people)
    return build_console(headquarters(engine))


def live_a_week(engine: Engine) -> list[BranchDay]:
    """Three branches, three days: one re-closed, one with a late ticket, one open, one not heard."""
    chance = random.Random(7)
    lanes = {branch: lanes_of(branch, 3) for branch in BRANCHES}
    with engine.begin() as connection:
        describe(connection, *BRANCHES, "N004")
    lived: list[BranchDay] = []
    for business_date in dates(MONDAY, 3):
        for branch in BRANCHES:
            day = BranchDay(branch, business_date, lanes[branch])
            _trade(day, chance)
            if business_date < MONDAY + timedelta(days=2):
                day.count(short=500 if branch == "N002" else 0)
                day.close()
            lived.append(day)
    state(engine, *lived)
    lived[0].reopen("现金点错 counted wrongly")
    lived[0].count(correction=True, reason="again")
    lived[0].sell(0, line("1004", 3990, category="02-001", name="乌龙茶 Oolong tea"), hour=20)
    lived[0].close()
    lived[4].sell(1, line("1001", 899, name="红富士苹果 Apples"), hour=20)
    state(engine, lived[0], lived[4])
    with engine.begin() as connection:
        keep_journals(connection, *lived)
    return lived


def _trade(day: BranchDay, chance: random.Random) -> None:
    for hour in range(8, 21):
        for _ in range(chance.randrange(1, 4)):
            goods = chance.sample(_GOODS, chance.randrange(1, 4))
            lines = [
                line(item, price, quantity=1000 * chance.randrange(1, 4), category=category,
                     off=chance.choice((0, 0, 50)), name=name)
                for item, name, price, category in goods
            ]  # fmt: skip
            total = sum(one.amount for one in lines)
            card = (TenderLine("card", total),)
            day.sell(
                chance.randrange(3), *lines, hour=hour, minute=chance.randrange(60),
                tenders=card if chance.random() < 0.6 else None,
            )  # fmt: skip


def speak(engine: Engine) -> None:
    """Sites say how they are: one is behind, one offline, one clock is wrong; one was refused."""
    with engine.begin() as connection:
        for site in (*BRANCHES, "N004"):
            row = {"site": site, "public_key": b"", "enrolled": NOW - timedelta(days=30)}
            connection.execute(insert(peer).values(**row))
            followed = {"stream": f"feed:branch:{site}", "key": "feed:chain", "generation": 1}
            connection.execute(insert(subscription).values(**followed, followed="feed:chain"))
        recent = NOW - timedelta(seconds=2)
        hear(connection, "N001", recent, clock=(recent + timedelta(seconds=42)).isoformat())
        hear(connection, "N001.01", recent)
        hear(connection, "N002", recent, pending=37, quarantine=1,
             oldest_unsent=(NOW - timedelta(minutes=9)).isoformat())  # fmt: skip
        hear(connection, "N002.01", recent)
        hear(connection, "N003", NOW - timedelta(hours=3))
        drafts = [Draft("tax", f"t{number}", 1, b"{}") for number in range(9)]
        head = feed.publish(connection, {"feed:chain": drafts})
        epoch = _epoch(connection, "feed:chain")
        reports = [
            Report(site, "feed:chain", epoch, head - behind, NOW - timedelta(hours=1))
            for site, behind in (("N001", 0), ("N001.01", 0), ("N002", 4), ("N003", 0))
        ]
        position.report(connection, reports, recent)
        _park(connection)
        connection.execute(
            insert(refusal).values(site="N009", code="unknown_site", detail="N009 is not enrolled here",
                                   count=12, first=NOW - timedelta(days=1), last=recent)
        )  # fmt: skip


def _epoch(connection: Connection, name: str) -> str:
    query = select(stream.c.epoch).where(stream.c.name == name)
    return str(connection.execute(query).scalar_one())


def _park(connection: Connection) -> None:
    body = '{"business_date":"2026-03-03","note":"读不懂"}'.encode()
    entry = Entry("journal:N002", new_epoch(), 900, "ticket", 9, "", b"", body, b"")
    journals.store(connection, [entry], ["first"])
    quarantine.park(
        connection, entry, "ticket in version 9 is newer than 1: upgrade this site, then retry", NOW
    )
