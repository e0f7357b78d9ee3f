"""One moment of the database for everything that a page shows.

Figures, their total and their completeness are several queries; journals go on arriving between
them. In one snapshot they agree, however long the page takes, and nobody is held up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select

_READING = "reading"


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection that reads the database as it stood at its first query, and writes nothing."""
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with (
        engine.execution_options(**options).connect() as connection,
        connection.begin(),
        ExitStack() as reading,
    ):
        connection.info[_READING] = reading
        yield connection


def pages(connection: Connection, query: Select[Any], size: int) -> Iterator[Sequence[Row[Any]]]:
    """The rows of a query, so many at a time, by a cursor of the server. It is closed with the snapshot, of which this
    must be the connection, also where nobody reads to the end.
    """
    options = {"stream_results": True, "yield_per": size}
    reading: ExitStack = connection.info[_READING]
    found = reading.enter_context(connection.execute(query, execution_options=options))
    return found.partitions()
