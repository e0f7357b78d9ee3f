"""The lane's two files, and who may write which.

    file           till process   sync process   holds
    journal.db     writes         reads          the journal, the counters, the shift, who we are
    catalogue.db   reads          writes         master data, positions, the parent's marks and key

Each file has one writer (but see `pos_frontend.recovery`), so that no catalogue update ever stands between a sale and its disk. The
reader's engine refuses to write (`query_only`) and never takes a write lock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from schemas.tables import migrate
from schemas.tables.base import open_sqlite
from schemas.tables.kinds import DatabaseKind

#: What a reader keeps of a file, in KiB: the upper levels of every index of a million items. Four times as
#: much finds an item no sooner, and a till has little memory.
_READERS_CACHE = 16 * 1024

KINDS: dict[str, DatabaseKind] = {"journal.db": "lane_journal", "catalogue.db": "lane_catalogue"}


@dataclass(frozen=True, slots=True)
class Databases:
    """Engines on the two files; which of them writes depends on the process."""

    journal: Engine
    catalogue: Engine


def create(data: Path) -> None:
    """Create the directory and both files, or bring them to the newest revision."""
    data.mkdir(parents=True, exist_ok=True)
    for name, kind in KINDS.items():
        migrate.upgrade(str(data / name), kind)


@contextmanager
def for_till(data: Path) -> Iterator[Databases]:
    """The files as the till opens them. Raises MigrationNeededError."""
    with _opened(Databases(_writer(data, "journal.db"), _reader(data, "catalogue.db"))) as both:
        yield both


@contextmanager
def for_sync(data: Path) -> Iterator[Databases]:
    """The files as the sync process opens them. Raises MigrationNeededError."""
    with _opened(Databases(_reader(data, "journal.db"), _writer(data, "catalogue.db"))) as both:
        yield both


def journal_reader(data: Path) -> Engine:
    """The journal for reading beside the till; whoever opens it disposes it."""
    return _reader(data, "journal.db")


@contextmanager
def journal_writer(data: Path) -> Iterator[Engine]:
    """A second writer of journal.db, for the sync process to put back what the lane lost."""
    engine = _writer(data, "journal.db")
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _opened(both: Databases) -> Iterator[Databases]:
    try:
        migrate.require(both.journal, "lane_journal")
        migrate.require(both.catalogue, "lane_catalogue")
        yield both
    finally:
        both.journal.dispose()
        both.catalogue.dispose()


def _writer(data: Path, name: str) -> Engine:
    return open_sqlite(str(_present(data, name)))


def _reader(data: Path, name: str) -> Engine:
    engine = open_sqlite(str(_present(data, name)))

    @event.listens_for(engine, "connect")
    def read_only(connection: Any, record: object) -> None:  # noqa: ANN401 - a DBAPI connection
        del record
        connection.execute("PRAGMA query_only=ON")
        connection.execute(f"PRAGMA cache_size=-{_READERS_CACHE}")

    return engine.execution_options(sqlite_begin="DEFERRED")


def _present(data: Path, name: str) -> Path:
    """Return the file's path; SQLite would make a missing one, and a lane begin from nothing."""
    path = data / name
    if not path.exists():
        message = f"{path} does not exist: run `chainwright lane enrol` first"
        raise migrate.MigrationNeededError(message)
    return path
