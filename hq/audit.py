"""Who did what, when and why, kept beside what was done and in its transaction (invariant 10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from schemas.tables.staff import audit


@dataclass(frozen=True, slots=True)
class Note:
    """One act that was kept."""

    at: datetime
    operator: str
    act: str
    reason: str


def note(
    connection: Connection, at: datetime, operator: str, act: str, subject: str, reason: str = ""
) -> None:
    """Keep one act; `act` reads `<concept>.<verb>`, `subject` names the record."""
    connection.execute(
        insert(audit).values(at=at, operator=operator, act=act, subject=subject, reason=reason)
    )


def notes_on(connection: Connection, concept: str, subject: str) -> list[Note]:
    """What was done with a record, in order; `concept` is how the acts begin, with the point."""
    row = audit.c
    query = (
        select(row.at, row.operator, row.act, row.reason)
        .where(row.subject == subject, row.act.startswith(concept, autoescape=True))
        .order_by(row.id)
    )
    return [Note(*values) for values in connection.execute(query)]
