"""The same basket costs the same, for the same reasons, in the process of every kind of site."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from schemas.tables.base import open_postgres, open_sqlite
from schemas.tables.catalogue_store import CatalogueStore
from schemas.tables.migrate import upgrade_engine
from schemas.wire import canonical
from schemas.wire.promotion_rule import encode_rule
from schemas.wire.records import Promotion
from tests.branch.shop import MakeDatabase
from tests.golden import baskets
from tests.pos_frontend.shop import CHAIN, records_of

#: Sites differ in the order of their hashes, in their time zone and in their language.
_AT = {"hq": "UTC", "branch": "America/New_York", "lane": "Asia/Shanghai"}


def published(database: str, *, sqlite: bool, kind: str) -> str:
    """A site's database that holds the golden promotions, in an order of its own."""
    engine = open_sqlite(database) if sqlite else open_postgres(database)
    if sqlite:
        upgrade_engine(engine, "lane_catalogue")
    bodies = [
        Promotion(promotion=one.id, ends=None, published=1, rule=encode_rule(one))
        for one in baskets.rules()
    ]
    turned = bodies if kind == "hq" else bodies[::-1]
    with engine.begin() as connection:
        CatalogueStore().apply(connection, CHAIN, 1, records_of(turned))
    engine.dispose()
    return database


def started(kind: str, database: str) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ, "PYTHONHASHSEED": str(len(kind)), "TZ": _AT[kind], "LC_ALL": "C.UTF-8",
    }  # fmt: skip
    command = [sys.executable, "-m", "tests.golden.baskets", "price", database]
    return subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)


def test_two_hundred_baskets_cost_the_same_to_the_byte_at_every_site(
    new_database: MakeDatabase, tmp_path: Path
) -> None:
    places = {
        "hq": published(new_database("hq"), sqlite=False, kind="hq"),
        "branch": published(new_database("branch"), sqlite=False, kind="branch"),
        "lane": published(str(tmp_path / "catalogue.db"), sqlite=True, kind="lane"),
    }
    running = {kind: started(kind, place) for kind, place in places.items()}
    said = {kind: process.communicate()[0] for kind, process in running.items()}
    expected = canonical.encode(baskets.golden()["outcomes"])
    assert {kind: len(answer) for kind, answer in said.items()} == dict.fromkeys(_AT, len(expected))
    assert set(said.values()) == {expected}
