"""Journals at rest: a site's own, and the ones it received, in the same table."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text, text

from schemas.tables.base import Big, Instant, metadata

#: One row per stream that this site writes; the row's lock is what serialises its numbers.
stream = Table(
    "stream",
    metadata,
    Column("name", Text, primary_key=True),
    Column("epoch", Text, nullable=False),
    Column("head", Big, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("floor", Big, nullable=False, server_default="0"),
)

#: `standing` of a relayed entry: first of its origin, a repeat of it, or a fork (another hash).
journal_entry = Table(
    "journal_entry",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("epoch", Text, primary_key=True),
    Column("sequence", Big, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("committed", Text, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("origin_stream", Text),
    Column("origin_epoch", Text),
    Column("origin_sequence", Big),
    Column("origin_committed", Text),
    Column("origin_previous", LargeBinary),
    Column("origin_hash", LargeBinary),
    Column("standing", Text, nullable=False, server_default="first"),
    Index(
        "ix_journal_entry_origin",
        "origin_stream",
        "origin_epoch",
        "origin_sequence",
        unique=True,
        postgresql_where=text("origin_stream IS NOT NULL AND standing = 'first'"),
        sqlite_where=text("origin_stream IS NOT NULL AND standing = 'first'"),
    ),
)

#: Epochs of this site's own journal that are over: where each ended, and why a new one began. One that
#: is fetched back from the parent grows here, by the entries that this database had lost.
journal_epoch = Table(
    "journal_epoch",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("epoch", Text, primary_key=True),
    Column("head", Big, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("ended", Instant, nullable=False),
    Column("reason", Text, nullable=False),
)

#: The last entry that was purged of an epoch of this site's own journal: what is left follows it.
journal_anchor = Table(
    "journal_anchor",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("epoch", Text, primary_key=True),
    Column("sequence", Big, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

#: Entries set aside for a person; the entry itself rests in journal_entry.
quarantine = Table(
    "quarantine",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("epoch", Text, primary_key=True),
    Column("sequence", Big, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("since", Instant, nullable=False),
    Column("resolved", Instant),
    Column("resolution", Text),
)
