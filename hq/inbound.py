"""Journals from the branches, projected into headquarters' own tables of tickets, tills and days.

What a writer may not state, what does not read and what contradicts the tables raises here; the
link then parks that one entry with the reason and takes the rest (`replication.apply`).
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from replication.apply import Arrival
from schemas.tables import sales_store
from schemas.wire.entries import Fact, decode


def project(connection: Connection, arrivals: Sequence[Arrival]) -> None:
    """Write the facts of the arrivals in their order. Raises UnreadableEntryError or FactError."""
    facts: list[Fact] = []
    for arrival in arrivals:
        entry = arrival.entry
        fact = decode(entry.kind, entry.version, entry.body)
        sales_store.check_writer(fact, arrival.writer, arrival.sender)
        facts.append(fact)
    sales_store.write(connection, facts)
