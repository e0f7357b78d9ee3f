"""Migrations: they make what the tables say, and nothing starts on a database that lacks them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, text
from sqlalchemy.schema import SchemaItem

from schemas.tables.base import metadata, open_postgres, open_sqlite
from schemas.tables.kinds import TABLES, DatabaseKind
from schemas.tables.migrate import MigrationNeededError, require, upgrade_engine


def differences(engine: Engine, kind: DatabaseKind) -> list[object]:
    """What autogenerate would still change."""
    held = {table.name for table in TABLES[kind]}

    def counts(thing: SchemaItem, name: str | None, type_: str, *_: object) -> bool:
        return name in held if type_ == "table" else thing.info.get("only", kind) == kind

    with engine.connect() as connection:
        options = {"include_object": counts, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, metadata))


@pytest.mark.parametrize("kind", ["hq", "branch"])
def test_a_migrated_server_database_is_what_the_tables_say(
    new_database: Callable[[DatabaseKind], str], kind: DatabaseKind
) -> None:
    engine = open_postgres(new_database(kind))
    assert differences(engine, kind) == []
    require(engine, kind)
    engine.dispose()


@pytest.mark.parametrize("kind", ["lane_journal", "lane_catalogue"])
def test_a_migrated_lane_file_is_what_the_tables_say(tmp_path: Path, kind: DatabaseKind) -> None:
    engine = open_sqlite(str(tmp_path / "lane.db"))
    with pytest.raises(MigrationNeededError, match="chainwright lane migrate"):
        require(engine, kind)
    upgrade_engine(engine, kind)
    assert differences(engine, kind) == []
    require(engine, kind)
    engine.dispose()


@pytest.mark.fault("8", "rollback after an upgrade")
@pytest.mark.parametrize("kind", ["lane_journal", "lane_catalogue"])
def test_a_database_of_a_newer_release_is_neither_served_nor_touched(
    tmp_path: Path, kind: DatabaseKind
) -> None:
    engine = open_sqlite(str(tmp_path / "lane.db"))
    upgrade_engine(engine, kind)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for start in (require, upgrade_engine):
        with pytest.raises(MigrationNeededError, match="9999, which a newer release wrote: start"):
            start(engine, kind)
    engine.dispose()
