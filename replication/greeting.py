"""The first words, the same on every way: who the child is, in which incarnation, where it stands,
and which wire version the two of them speak.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from replication import incarnation, journal
from replication.errors import RefusedError
from replication.identity import Identity
from replication.messages import Hello, JournalHead
from replication.streams import journal_of
from schemas.wire.versions import Versions


def hello_of(
    connection: Connection, identity: Identity, clock: datetime, spoken: Versions
) -> Hello:
    """The hello of a site, by its journal's database."""
    head = journal.head_of(connection, journal_of(identity.site))
    present = incarnation.present(connection, identity.site)
    return Hello(
        site=identity.site,
        wire=spoken.newest,
        clock=clock,
        journal=JournalHead(stream=head.stream, epoch=head.epoch, head=head.sequence),
        incarnation=present.name if present else "",
        follows=present.follows if present else "",
    )


def agreed(peer: str, theirs: int, spoken: Versions) -> int:
    """The version that is spoken with a peer whose newest is `theirs`. Raises RefusedError."""
    if theirs < spoken.oldest:
        message = (
            f"{peer} speaks wire version {theirs}, here {spoken.oldest} to {spoken.newest} are "
            f"spoken: upgrade {peer}, at first to a release that speaks {spoken.oldest}; what it "
            "holds is sent then"
        )
        raise RefusedError("wire_version", message)
    return min(theirs, spoken.newest)
