"""A child's first words, the same on every way: who it is, in which incarnation, where it stands."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from replication import incarnation, journal
from replication.identity import Identity
from replication.messages import Hello, JournalHead
from replication.streams import journal_of
from schemas.wire.batch import WIRE_VERSION


def hello_of(connection: Connection, identity: Identity, clock: datetime) -> Hello:
    """The hello of a site, by its journal's database."""
    head = journal.head_of(connection, journal_of(identity.site))
    present = incarnation.present(connection, identity.site)
    return Hello(
        site=identity.site,
        wire=WIRE_VERSION,
        clock=clock,
        journal=JournalHead(stream=head.stream, epoch=head.epoch, head=head.sequence),
        incarnation=present.name if present else "",
        follows=present.follows if present else "",
    )
