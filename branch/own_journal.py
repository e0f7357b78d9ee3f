"""What the branch itself states: written to its tables, told to its lanes, kept in its journal.

All of it is one transaction. The locks follow the order of arrivals from lanes: the day's row, the
feed, the journal; the journal's is taken here, so this is the last thing that a transaction does.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from branch import day_feed
from replication import journal
from replication.streams import journal_of
from schemas.tables import sales_store
from schemas.wire.entries import Fact, encode, kind_of


def state(
    connection: Connection,
    branch: str,
    fact: Fact,
    now: datetime,
    write: Callable[[], None] | None = None,
) -> None:
    """Project a fact of the branch and append it to its journal. Raises FactError."""
    journal.append(connection, journal_of(branch), [project(connection, branch, fact, now, write)])


def project(
    connection: Connection,
    branch: str,
    fact: Fact,
    now: datetime,
    write: Callable[[], None] | None = None,
) -> journal.Draft:
    """Project a fact of the branch and answer what is still to be appended to its journal. Raises FactError.

    `write` projects it in the place of the store that all sites share, where the caller holds already what
    that would compute.
    """
    sales_store.check_writer(fact, branch, branch)
    if write is None:
        sales_store.write(connection, [fact])
    else:
        write()
    day_feed.announce_facts(connection, branch, [fact])
    kind, version = kind_of(fact)
    return journal.Draft(kind, version, now, encode(fact))
