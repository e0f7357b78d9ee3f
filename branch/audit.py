"""Who did what, when and why, kept beside what was done and in its transaction (invariant 10)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert

from schemas.tables.staff import audit


def note(
    connection: Connection, at: datetime, operator: str, act: str, subject: str, reason: str = ""
) -> None:
    """Keep one act; `act` reads `<concept>.<verb>`, `subject` names the record."""
    connection.execute(
        insert(audit).values(at=at, operator=operator, act=act, subject=subject, reason=reason)
    )
