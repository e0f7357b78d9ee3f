"""PostgreSQL's own logical replication, set up as a careful person would: the peer.

Each branch's database publishes the tables of its tickets and of what they moved; one database,
`native`, with the tables and indexes of headquarters, subscribes to all of them. What is inserted at a branch arrives
there in a transaction per transaction. Subscriptions commit as durably as everything else here
(`synchronous_commit = on`; the default, off, forgets the last transactions in a power cut and
fetches them again).

    held       the tables are locked: the senders have read ahead, the appliers wait at their first row
    released   they apply as fast as they can
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Self

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from ops.embedded_postgres import EmbeddedPostgres
from schemas.tables.migrate import upgrade
from schemas.tables.stock import stock_move
from schemas.tables.tickets import ticket, ticket_line, ticket_tender

TABLES = (ticket, ticket_line, ticket_tender, stock_move)
DATABASE = "native"
#: What a server needs for it, beside the defaults. Held appliers say nothing for a while.
SETTINGS = {
    "wal_level": "logical", "max_wal_senders": "20", "max_replication_slots": "20",
    "max_worker_processes": "24", "max_logical_replication_workers": "16",
    "wal_sender_timeout": "0", "wal_receiver_timeout": "0", "max_connections": "200",
}  # fmt: skip
_LOOK = 0.001
_PATIENCE = 600.0


class NotReplicatedError(RuntimeError):
    """The subscription did not bring what it should have."""


def connect(server: EmbeddedPostgres, database: str) -> psycopg.Connection:
    """A plain connection that commits each statement."""
    found = server.dsn(database).replace("postgresql+psycopg", "postgresql")
    return psycopg.connect(found, autocommit=True)


class Native:
    """The subscriber. Use as a context manager."""

    def __init__(self, server: EmbeddedPostgres, branches: Sequence[str]) -> None:
        self._server = server
        self._branches = branches
        server.ensure_database(DATABASE)
        upgrade(server.dsn(DATABASE), "hq")
        self._connection = connect(server, DATABASE)
        for branch in branches:
            self._subscribe(branch)

    def __enter__(self) -> Self:
        """Use it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go."""
        self._connection.close()

    def _subscribe(self, branch: str) -> None:
        names = sql.SQL(", ").join(sql.Identifier(table.name) for table in TABLES)
        with connect(self._server, branch) as source:
            source.execute(sql.SQL("CREATE PUBLICATION tickets FOR TABLE {}").format(names))
            # By hand: a subscription to the same server would wait for itself while it makes one.
            source.execute(
                "SELECT pg_create_logical_replication_slot(%s, 'pgoutput')",
                (f"slot_{branch.lower()}",),
            )
            way = make_conninfo(
                host=source.info.host, user=source.info.user, dbname=source.info.dbname
            )
        self._connection.execute(
            sql.SQL(
                "CREATE SUBSCRIPTION {} CONNECTION {} PUBLICATION tickets WITH (create_slot = false,"
                " copy_data = false, slot_name = {}, synchronous_commit = 'on')"
            ).format(
                sql.Identifier(branch), sql.Literal(way), sql.Identifier(f"slot_{branch.lower()}")
            )
        )

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep the appliers waiting until the block ends."""
        names = sql.SQL(", ").join(sql.Identifier(table.name) for table in TABLES)
        with (
            connect(self._server, DATABASE) as holder,
            holder.transaction(),
        ):
            holder.execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(names))
            yield

    def wait_for(self, uuids: Sequence[str]) -> None:
        """Return when the last rows of these tickets are visible. Raises NotReplicatedError."""
        wait_for(self._connection, uuids)

    def count(self) -> int:
        """How many tickets there are."""
        row = self._connection.execute("SELECT count(*) FROM ticket").fetchone()
        return 0 if row is None else int(row[0])

    def settle(self) -> None:
        """Wait until the senders have read all that was written meanwhile, by whomever."""
        end = self._connection.execute("SELECT pg_current_wal_lsn()").fetchone()
        limit = time.monotonic() + _PATIENCE
        while time.monotonic() < limit:
            behind = self._connection.execute(
                "SELECT count(*) FROM pg_replication_slots WHERE slot_type = 'logical'"
                " AND confirmed_flush_lsn < %s", end
            ).fetchone()  # fmt: skip
            if behind == (0,):
                return
            time.sleep(0.05)
        raise NotReplicatedError("the senders did not catch up")


def wait_for(connection: psycopg.Connection, uuids: Sequence[str]) -> None:
    """Return when all of these tickets are visible. Raises NotReplicatedError."""
    limit = time.monotonic() + _PATIENCE
    wanted = list(uuids)
    while time.monotonic() < limit:
        row = connection.execute(
            "SELECT count(*) FROM ticket WHERE uuid = ANY(%s)", (wanted,)
        ).fetchone()
        if row == (len(wanted),):
            return
        time.sleep(_LOOK)
    raise NotReplicatedError(f"{len(wanted)} tickets did not arrive in {_PATIENCE:.0f} s")
