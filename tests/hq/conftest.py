"""Headquarters of a small chain on a real database: two branches in a group, one outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from hq import catalogue_import, founding, sites
from hq.bootstrap import Headquarters, open_headquarters
from hq.settings import HeadquartersSettings
from ops.embedded_postgres import EmbeddedPostgres
from replication.clock import ClockSettings, SimulatedTime
from replication.console.users import User
from schemas.tables.base import open_postgres
from schemas.tables.kinds import DatabaseKind
from schemas.wire.records import Branch
from tests.postgres import fresh_database, prepared

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
ADMIN = User("ADMIN", "Administrator", "administrator")
BUYER = User("BUY", "Buyer", "buyer")
APPROVER = User("APP", "Approver", "approver")

CATEGORIES = "category,name,parent\n01,生鲜,\n01-1,水果,01\n"
ITEMS = (
    "item,name,category,unit,tax_code\n"
    "1001,苹果,01-1,piece,none\n1002,梨,01,piece,none\n1003,茶,01-1,box,\n"
)
OPERATORS = (
    "operator,name,role,branch,pin\n"
    "BUY,Buyer,buyer,,900001\nAPP,Approver,approver,,900002\nREG,Region,regional_ops,N001,900003\n"
    "N001-M,Manager,branch_manager,N001,100001\nN001-C1,Cashier,cashier,N001,1001\n"
)


@dataclass
class Chain:
    """A founded headquarters whose clock stands at noon."""

    hq: Headquarters

    def load(self, kind: str, text: str | bytes, actor: User = ADMIN) -> str | None:
        """Import a file as the command line does."""
        data = text.encode() if isinstance(text, str) else text
        with self.hq.engine.begin() as connection:
            plan = catalogue_import.plan(
                connection, kind, data, member_key=self.hq.member_key, decimals=2
            )
            order = catalogue_import.Order(actor, NOON, kind, NOON)
            return catalogue_import.apply(connection, plan, order)


@pytest.fixture
def chain(
    hq_database_server: EmbeddedPostgres,
    postgres_template: Callable[[DatabaseKind], str],
    meeting: Path,
    tmp_path: Path,
) -> Iterator[Chain]:
    """Give a chain with branches, categories, items and people, but no prices; tests elsewhere take it.

    It is founded once in a run; each test has a copy.
    """
    empty = postgres_template("hq")
    founded_once = prepared(hq_database_server, meeting, "chain", empty, _found)
    with fresh_database(hq_database_server, founded_once) as dsn, _opened(dsn, tmp_path) as made:
        yield made


@contextmanager
def founded(hq_database: str, tmp_path: Path) -> Iterator[Chain]:
    """The same in a database of the caller's, for as long as a test or several want."""
    _found(hq_database)
    with _opened(hq_database, tmp_path) as made:
        yield made


def _found(dsn: str) -> None:
    engine = open_postgres(dsn)
    founding.found(engine, "ADMIN", "Administrator", "secret1", NOON)
    engine.dispose()
    with TemporaryDirectory() as aside, _opened(dsn, Path(aside)) as made:
        with made.hq.engine.begin() as connection:
            for code, groups in (("N001", ["north"]), ("N002", ["north"]), ("N003", [])):
                branch = Branch(
                    branch=code, name=f"店 {code}", zone="Asia/Shanghai", currency="CNY"
                )
                sites.save_branch(connection, branch, groups)
        made.load("categories", CATEGORIES)
        made.load("items", ITEMS)
        made.load("operators", OPERATORS)
        # A copy starts beside an empty directory, so nothing of the founding may stand outside.
        assert not (Path(aside) / "data").exists()


@contextmanager
def _opened(dsn: str, directory: Path) -> Iterator[Chain]:
    stopped = directory / "clock.json"
    SimulatedTime(start=NOON, anchor=NOON, rate=0).write(stopped)
    settings = HeadquartersSettings(
        data=directory / "data", dsn=dsn, clock=ClockSettings(file=stopped)
    )
    headquarters = open_headquarters(settings, dsn)
    yield Chain(headquarters)
    headquarters.close()


@pytest.fixture
def later() -> Callable[[int], datetime]:
    """Give the instant so many minutes after noon."""
    return lambda minutes: NOON + timedelta(minutes=minutes)
