"""Migrations per kind of database, applied when a person says so; a site refuses to start without.

`upgrade` brings a database to the newest revision, `require` raises MigrationNeededError unless it
is there already. Each kind has its own versions under `migrations/<kind>/`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from schemas.tables.base import open_postgres, open_sqlite
from schemas.tables.kinds import DatabaseKind

_HOME = Path(__file__).parent / "migrations"


class MigrationNeededError(RuntimeError):
    """The database is not at the revision that this software needs."""


def configuration(kind: DatabaseKind) -> Config:
    """Alembic's configuration for one kind of database."""
    config = Config()
    config.set_main_option("script_location", str(_HOME))
    config.set_main_option("version_locations", str(_HOME / kind))
    config.set_main_option("path_separator", "newline")
    config.attributes["kind"] = kind
    return config


def upgrade_engine(engine: Engine, kind: DatabaseKind) -> None:
    """Bring the database behind `engine` to the newest revision of its kind.

    Raises MigrationNeededError when a newer release wrote it.
    """
    config = configuration(kind)
    with engine.begin() as connection:
        _must_be_known(connection, kind)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def upgrade(dsn: str, kind: DatabaseKind) -> None:
    """The same for a database by its URL, or by its path when it is a lane's file."""
    engine = open_sqlite(dsn) if kind.startswith("lane") else open_postgres(dsn)
    try:
        upgrade_engine(engine, kind)
    finally:
        engine.dispose()


def require(engine: Engine, kind: DatabaseKind) -> None:
    """Raise MigrationNeededError unless the database is at the newest revision of its kind."""
    newest = _revisions(kind)[0]
    with engine.connect() as connection:
        current = _must_be_known(connection, kind)
    if current != newest:
        site = kind.partition("_")[0]
        message = (
            f"the {kind} database is at revision {current or 'none'}, this software needs {newest}: "
            f"run `chainwright {site} migrate` first"
        )
        raise MigrationNeededError(message)


@cache
def _revisions(kind: DatabaseKind) -> tuple[str, ...]:
    """Every revision of a kind, the newest first; to read them compiles each of their files."""
    known = ScriptDirectory.from_config(configuration(kind)).walk_revisions()
    return tuple(one.revision for one in known)


def _must_be_known(connection: Connection, kind: DatabaseKind) -> str | None:
    """The revision of a database; raises MigrationNeededError for one that is not known here."""
    current = MigrationContext.configure(connection).get_current_revision()
    if current is None or current in _revisions(kind):
        return current
    message = (
        f"the {kind} database is at revision {current}, which a newer release wrote: start that "
        "release again, or put back the backup from before its upgrade; what was sent since comes "
        "back by itself"
    )
    raise MigrationNeededError(message)
