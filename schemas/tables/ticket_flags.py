"""Flags of tickets that are worked out anew when another ticket arrives (rule 24)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, select, update

from schemas.tables.tickets import ticket


def set_flags(connection: Connection, of_this: str, words: Mapping[str, Sequence[str]]) -> None:
    """Set the flags that begin so, by ticket; all others stay."""
    rows = connection.execute(
        select(ticket.c.uuid, ticket.c.flags)
        .where(ticket.c.uuid.in_(sorted(words)))
        .order_by(ticket.c.uuid)
    )
    for row in rows.all():
        others = [flag for flag in row.flags if not flag.startswith(of_this)]
        fresh = [*others, *words[row.uuid]]
        if fresh != row.flags:
            connection.execute(update(ticket).where(ticket.c.uuid == row.uuid).values(flags=fresh))
