"""What the branch itself states: written to its tables, told to its lanes, kept in its journal.

All of it is one transaction. The locks follow the order of arrivals from lanes: the day's row, the
feed, the journal; the journal's is taken here, so this is the last thing that a transaction does.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from branch import day_feed
from replication import journal
from replication.streams import journal_of
from schemas.tables import sales_store
from schemas.wire.entries import Fact, encode, kind_of


def state(connection: Connection, branch: str, fact: Fact, now: datetime) -> None:
    """Project a fact of the branch and append it to its journal. Raises FactError."""
    sales_store.check_writer(fact, branch, branch)
    sales_store.write(connection, [fact])
    day_feed.announce_facts(connection, branch, [fact])
    kind, version = kind_of(fact)
    draft = journal.Draft(kind, version, now, encode(fact))
    journal.append(connection, journal_of(branch), [draft])
