"""What headquarters answers to inquiries, by kind; see `schemas.wire.inquiries`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from replication.inquiry import Answerer, Finding
from schemas.tables import ticket_lookup
from schemas.wire.inquiries import TICKET


def _ticket(connection: Connection, body: Mapping[str, Any]) -> Finding:
    held, answer = ticket_lookup.answer(connection, body)
    return Finding("found" if held else "unknown", answer, certain=held)


ANSWERERS: Mapping[str, Answerer] = {TICKET: _ticket}
