"""Answering the inquiry for a sale that goods come back from, at branch and headquarters alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from schemas.tables.returns_store import given_back
from schemas.tables.tender_store import refunded
from schemas.tables.ticket_lookup import find_ticket, held_through
from schemas.wire.inquiries import read_key
from schemas.wire.returns import SoldBefore


def sold_before(connection: Connection, body: Mapping[str, Any]) -> SoldBefore:
    """What is held here of the asked sale. Raises ValueError."""
    key = read_key(body.get("key"))
    held = find_ticket(connection, key)
    given = given_back(connection, key)
    through = None
    if held is None and not isinstance(key, str):
        through = held_through(connection, key)
    return SoldBefore(held, given, through, refunded(connection, str(key)))
