"""One moment of the database for everything that a page shows.

Figures, their total and their completeness are several queries; journals go on arriving between
them. In one snapshot they agree, however long the page takes, and nobody is held up.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection that reads the database as it stood at its first query, and writes nothing."""
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.execution_options(**options).connect() as connection, connection.begin():
        yield connection
