"""Small sites with real databases for tests of the link: headquarters, branches, lanes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, insert, inspect, select

from replication import identity, incarnation, journal, position
from replication.apply import Arrival, Inbound, Project
from replication.clock import Clock
from replication.identity import Identity
from replication.parent import Parent
from replication.recovery import Recovery
from replication.runner import LinkRunner, Pace, Site
from replication.streams import journal_of
from replication.subscribe import Outlet
from replication.transport.base import Transport
from schemas.tables.base import metadata, open_postgres, open_sqlite, upsert
from schemas.tables.catalogue import OFFICE_KINDS
from schemas.tables.catalogue_store import CatalogueStore
from schemas.tables.journal import journal_entry
from schemas.tables.kinds import DatabaseKind
from schemas.tables.link import peer
from schemas.wire.batch import pack_journal
from schemas.wire.entry import Entry
from schemas.wire.versions import SPOKEN, Versions
from tests import lane_files

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Books:
    """What a site projected, and which bodies it chokes on."""

    applied: list[tuple[str, bytes]] = field(default_factory=list)
    poison: bytes = b"poison"
    restored: list[str] = field(default_factory=list)

    def project(self, connection: Connection, arrivals: Sequence[Arrival]) -> None:
        """Note the arrivals; refuse a run with a poisoned body in it, as a projector would."""
        del connection
        for arrival in arrivals:
            if self.poison in arrival.entry.body:
                message = f"cannot read {arrival.entry.body!r}"
                raise ValueError(message)
        self.applied.extend((arrival.writer, arrival.entry.body) for arrival in arrivals)


#: The rows of every table, per database of a site.
Rows = dict[Table, list[dict[str, Any]]]
Backup = list[tuple[Engine, Rows]]


@dataclass
class SmallSite:
    """One site: its databases, its identity, its serving end, and what it projected."""

    identity: Identity
    journals: Engine
    feeds: Engine
    books: Books
    directory: Path
    parent: Parent | None = None
    clock: Clock = field(default=lambda: NOON)
    spoken: Versions = SPOKEN
    store: CatalogueStore = field(default_factory=CatalogueStore)

    @property
    def name(self) -> str:
        return self.identity.site

    @property
    def stream(self) -> str:
        return journal_of(self.name)

    def serving(self) -> Parent:
        assert self.parent is not None
        return self.parent

    def write(self, *bodies: bytes) -> list[Entry]:
        """Append entries to the site's own journal, in one transaction."""
        with self.journals.begin() as connection:
            drafts = [journal.Draft("note", 1, NOON, body) for body in bodies]
            return journal.append(connection, self.stream, drafts)

    def entries(self, stream: str | None = None) -> list[Entry]:
        """What its journal table holds of a stream, its own unless named."""
        name = stream or self.stream
        with self.journals.connect() as connection:
            query = (
                select(journal_entry)
                .where(journal_entry.c.stream == name)
                .order_by(journal_entry.c.sequence)
            )
            return [journal.entry_of(row) for row in connection.execute(query)]

    def batch(self, after: int = 0) -> bytes:
        """A signed batch of its own journal from `after` on."""
        entries = [entry for entry in self.entries() if entry.sequence > after]
        return pack_journal(entries, self.name, self.identity.sign)

    def stands_at(self, stream: str, epoch: str) -> int:
        with self.feeds.connect() as connection:
            return position.find(connection, stream, epoch).through

    def backup(self) -> Backup:
        """Everything that its databases hold now."""
        return [(engine, rows_of(engine)) for engine in {self.journals, self.feeds}]

    def restore(self, backup: Backup) -> None:
        """Put a backup back, as it was."""
        for engine, held in backup:
            put_back(engine, held)

    def link(self, transport: Transport) -> LinkRunner:
        """A runner whose loops a test calls one by one."""
        outlet = Outlet(self.store, self.clock, self.parent is not None, self.spoken)
        site = Site(self.identity, self.journals, self.feeds, outlet, self.recovery(), dict)
        return LinkRunner(site, transport, Pace(look=0.0, report=0.0, first_pause=0.0))

    def speaks(self, newest: int) -> None:
        """Run it as software whose newest wire version this is."""
        self.spoken = Versions(newest)
        if self.parent is not None:
            inbound = replace(self.parent._inbound, spoken=self.spoken)
            self.parent = Parent(self.parent.engine, self.identity, inbound)

    def recovery(self) -> Recovery:
        """How it gets back what it lost; what comes back goes into its books."""
        mark = self.directory / f"{self.name}.{incarnation.FILE}"
        return Recovery(
            self.journals, self.stream, lambda: NOON, mark,
            epoch_begun=lambda _connection, reason: self.books.restored.append(reason),
            project=self.books.project,
        )  # fmt: skip


class Town:
    """Makes sites that know each other."""

    def __init__(
        self,
        new_database: Callable[[DatabaseKind], str],
        directory: Path,
        clock: Clock = lambda: NOON,
    ) -> None:
        self._new_database = new_database
        self._clock = clock
        self._directory = directory
        self._engines: list[Engine] = []

    def headquarters(self, project: Project | None = None) -> SmallSite:
        engine = self._postgres("hq")
        who = Identity("hq", "hq", None, identity.new_private_key())
        return self._serving(engine, who, project)

    def branch(
        self,
        name: str,
        above: SmallSite,
        roots: tuple[str, ...] = (),
        project: Project | None = None,
    ) -> SmallSite:
        engine = self._postgres("branch")
        who = Identity(name, "branch", above.name, identity.new_private_key(), roots)
        site = self._serving(engine, who, project)
        introduce(site, above)
        return site

    def lane(
        self, name: str, above: SmallSite, roots: tuple[str, ...] = (), disk: str = ""
    ) -> SmallSite:
        """A lane; on another disk it is the same lane with nothing on it."""
        journals, feeds = (
            self._sqlite(f"{name}{disk}-journal", "lane_journal"),
            self._sqlite(f"{name}{disk}-catalogue", "lane_catalogue"),
        )
        site = SmallSite(
            Identity(name, "lane", above.name, identity.new_private_key(), roots),
            journals, feeds, Books(), self._directory, clock=self._clock,
            store=CatalogueStore(OFFICE_KINDS),
        )  # fmt: skip
        with journals.begin() as connection:
            identity.establish(connection, site.identity)
        introduce(site, above)
        return site

    def copy(self, branch: SmallSite) -> SmallSite:
        """A clone of a branch: its database, its mark and its key on a second machine."""
        engine = self._postgres("branch")
        directory = self._directory / "copy"
        directory.mkdir()
        mark = branch.recovery().mark
        (directory / mark.name).write_bytes(mark.read_bytes())
        books = Books()
        inbound = Inbound(books.project, lambda: NOON, branch.stream)
        parent = Parent(engine, branch.identity, inbound)
        clone = SmallSite(branch.identity, engine, engine, books, directory, parent)
        clone.restore([(engine, held) for _, held in branch.backup()])
        return clone

    def close(self) -> None:
        for engine in self._engines:
            engine.dispose()

    def _serving(self, engine: Engine, who: Identity, project: Project | None) -> SmallSite:
        with engine.begin() as connection:
            identity.establish(connection, who)
        books = Books()
        relay = None if who.parent is None else journal_of(who.site)
        inbound = Inbound(project or books.project, self._clock, relay)
        parent = Parent(engine, who, inbound)
        return SmallSite(who, engine, engine, books, self._directory, parent, self._clock)

    def _postgres(self, kind: DatabaseKind) -> Engine:
        engine = open_postgres(self._new_database(kind))
        self._engines.append(engine)
        return engine

    def _sqlite(self, name: str, kind: DatabaseKind) -> Engine:
        path = self._directory / f"{name}.db"
        lane_files.write(path, kind)
        engine = open_sqlite(str(path))
        self._engines.append(engine)
        return engine


def put_back(engine: Engine, held: Rows) -> None:
    """Make a database hold these rows and no others."""
    with engine.begin() as connection:
        for table in held:
            connection.execute(delete(table))
        for table, rows in held.items():
            if rows:
                connection.execute(insert(table), rows)


def rows_of(engine: Engine) -> Rows:
    """Everything that a database holds."""
    here = set(inspect(engine).get_table_names())
    with engine.connect() as connection:
        return {
            table: [dict(row._mapping) for row in connection.execute(select(table))]
            for table in metadata.sorted_tables
            if table.name in here
        }


def introduce(child: SmallSite, above: SmallSite) -> None:
    """Let each know the other's key, as an enrolment does."""
    for holder, known in ((above, child), (child, above)):
        with holder.feeds.begin() as connection:
            row = {
                "site": known.name, "public_key": known.identity.public_key,
                "enrolled": NOON, "revoked": None,
            }  # fmt: skip
            upsert(connection, peer, [row])
