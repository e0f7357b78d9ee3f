"""What a till hands to SQLite itself is in the same transaction, and fails as everything else does."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from schemas.tables import driver
from schemas.tables.base import open_sqlite, reading


def test_what_fails_raises_what_the_database_layer_raises_and_undoes_the_rest(
    tmp_path: Path,
) -> None:
    engine = open_sqlite(str(tmp_path / "file.db"))
    with engine.begin() as connection:
        driver.run(connection, "CREATE TABLE thing (name TEXT PRIMARY KEY)")
        driver.run_each(connection, "INSERT INTO thing VALUES (:name)", [{"name": "kept"}])
    rows = [("lost",), ("kept",)]
    for kind, statement in (
        (IntegrityError, "INSERT INTO thing VALUES (?)"),
        (OperationalError, "INSERT INTO nothing VALUES (?)"),
    ):
        with pytest.raises(kind) as raised, engine.begin() as connection:
            driver.run_each(connection, statement, rows)
        assert isinstance(raised.value, DBAPIError)
        with pytest.raises(kind), engine.begin() as connection:
            driver.run(connection, statement, rows[1])
    with reading(engine) as connection:
        assert driver.run(connection, "SELECT name FROM thing").fetchall() == [("kept",)]
    engine.dispose()


def test_a_transaction_that_cannot_begin_says_so_as_ever(tmp_path: Path) -> None:
    engine, second = (open_sqlite(str(tmp_path / "file.db")) for _ in range(2))
    with second.connect() as connection:
        driver.run(connection, "PRAGMA busy_timeout=0")
    with engine.begin(), pytest.raises(OperationalError, match="locked"), second.begin():
        pass
    for one in (engine, second):
        one.dispose()
