"""The one MetaData, the column types that both databases read alike, and engines to reach them.

PostgreSQL holds headquarters and branches, SQLite a lane's two files. Instants are aware in both.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    Table,
    create_engine,
    event,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeDecorator

from schemas.tables import driver

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: 64-bit everywhere; SQLite numbers a primary key by itself only when it is called INTEGER.
Big = BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
Json = JSON().with_variant(postgresql.JSONB(), "postgresql")


class Instant(TypeDecorator[datetime]):
    """An aware instant: timestamptz in PostgreSQL, UTC text in SQLite. A naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC on the way in."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"the instant {value.isoformat()} has no zone: pass an aware datetime"
            raise ValueError(message)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC on the way out."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def open_postgres(dsn: str, *, pool_size: int = 10) -> Engine:
    """An engine whose dead connections are found before they are used (a server may restart)."""
    return create_engine(
        dsn, pool_size=pool_size, max_overflow=20, pool_pre_ping=True,
        # The standard library's takes several times as long.
        json_deserializer=msgspec.json.decode,
    )  # fmt: skip


def open_sqlite(path: str, *, attach: dict[str, str] | None = None) -> Engine:
    """An engine on one SQLite file: WAL, FULL, and transactions that begin when we say so.

    `attach` names further files that are read beside it, schema name to path.
    """
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 10})

    @event.listens_for(engine, "connect")
    def configure(connection: Any, record: object) -> None:  # noqa: ANN401 - a DBAPI connection
        del record
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        # 64 MiB at most: a whole catalogue's indexes fit, and loading one takes a third less.
        cursor.execute("PRAGMA cache_size=-65536")
        for schema, file in (attach or {}).items():
            cursor.execute(f"ATTACH DATABASE ? AS {schema}", (file,))
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # IMMEDIATE takes the write lock at once: a read that later writes could not be made to wait.
        mode = connection.get_execution_options().get("sqlite_begin", "IMMEDIATE")
        driver.run(connection, f"BEGIN {mode}")

    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection for reading: on SQLite it takes no write lock, so it holds up no commit."""
    with (
        engine.connect() as connection,
        connection.execution_options(sqlite_begin="DEFERRED").begin(),
    ):
        yield connection


def upsert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert rows, replacing those with the same primary key, in either database."""
    if not rows:
        return
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert
    statement: Any = insert(table)
    keys = [column.name for column in table.primary_key]
    changes = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    if changes:
        statement = statement.on_conflict_do_update(index_elements=keys, set_=changes)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    connection.execute(statement, rows)
