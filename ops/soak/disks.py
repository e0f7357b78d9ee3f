"""The disks of the sites: a database each, put back to a backup or to nothing in a moment.

    site               its database                  a backup is
    headquarters,      a database of the private     another one, cut from it by the server
    branch             PostgreSQL
    lane               two SQLite files              copies of them

A disk keeps its engines for the whole program: what they have compiled is compiled once, and only
their connections end with a site. Beside the database lies the mark of its incarnation.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import psycopg
from psycopg import sql
from sqlalchemy import Engine, create_engine

from ops.embedded_postgres import EmbeddedPostgres
from replication import incarnation
from schemas.tables.base import open_sqlite

LANE_FILES = ("journal.db", "catalogue.db")


class Disk(Protocol):
    """What a site's data rests on. `journals` and `feeds` are one database but at a lane."""

    journals: Engine
    feeds: Engine
    mark: Path

    def close(self) -> None:
        """Let go of every connection, as when the site's process is gone."""

    def keep(self, name: str) -> None:
        """Make a backup under a name, in place of an older one."""

    def put_back(self, name: str, *, journal_only: bool = False) -> None:
        """Put a backup in the place of the database; the mark beside it stays."""

    def forget(self, name: str) -> None:
        """Drop a backup."""


class PostgresDisk:
    """A database of a private server; `administration` is a connection to another one of it."""

    def __init__(
        self, server: EmbeddedPostgres, administration: psycopg.Connection, name: str, mark: Path
    ) -> None:
        self._administration = administration
        self._name = name
        self.mark = mark
        # Not asked whether they live before each use, as a site's are: here they always do, and
        # asking is a quarter of all that is said to the server.
        self.journals = self.feeds = create_engine(server.dsn(name), pool_size=3)

    def close(self) -> None:
        """See `Disk`."""
        self.feeds.dispose()

    def keep(self, name: str) -> None:
        """See `Disk`."""
        self._cut(self._backup(name), self._name)

    def put_back(self, name: str, *, journal_only: bool = False) -> None:
        """See `Disk`."""
        del journal_only  # One database holds all.
        self._cut(self._name, self._backup(name))

    def forget(self, name: str) -> None:
        """See `Disk`."""
        self._drop(self._backup(name))

    def wipe(self, template: str) -> None:
        """Begin with a copy of another database of the server."""
        self._cut(self._name, template)

    def _backup(self, name: str) -> str:
        return f"{self._name}-{name}"

    def _cut(self, to: str, source: str) -> None:
        self.close()
        self._drop(to)
        self._administration.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(to), sql.Identifier(source)
            )
        )

    def _drop(self, name: str) -> None:
        self._administration.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


class LaneDisk:
    """The two files of a lane, in a directory of its own."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self.mark = directory / incarnation.FILE
        self.journals = open_sqlite(str(directory / "journal.db"))
        self.feeds = open_sqlite(str(directory / "catalogue.db"))

    def close(self) -> None:
        """See `Disk`."""
        self.journals.dispose()
        self.feeds.dispose()

    def keep(self, name: str) -> None:
        """See `Disk`."""
        self.close()
        backup = self._directory / name
        shutil.rmtree(backup, ignore_errors=True)
        backup.mkdir()
        for file in self._present():
            shutil.copyfile(file, backup / file.name)

    def put_back(self, name: str, *, journal_only: bool = False) -> None:
        """See `Disk`."""
        self.fill(self._directory / name, journal_only=journal_only)

    def fill(self, source: Path, *, journal_only: bool = False) -> None:
        """Hold the files of another directory."""
        self.close()
        wanted = LANE_FILES[:1] if journal_only else LANE_FILES
        for file in self._present():
            if file.name.startswith(wanted):
                file.unlink()
        for name in wanted:
            shutil.copyfile(source / name, self._directory / name)

    def forget(self, name: str) -> None:
        """See `Disk`."""
        shutil.rmtree(self._directory / name, ignore_errors=True)

    def _present(self) -> list[Path]:
        return [one for one in self._directory.glob("*.db*") if one.is_file()]


@contextmanager
def administration(server: EmbeddedPostgres) -> Iterator[psycopg.Connection]:
    """A connection that makes and drops databases, kept for as long as they are needed."""
    with server.administration() as connection:
        yield connection
