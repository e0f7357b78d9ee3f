"""What headquarters answers to inquiries, by kind; see `schemas.wire.inquiries`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy import Connection

from replication.decision import Decide
from replication.inquiry import Answerer, Finding, Outcome
from schemas.tables import return_lookup, ticket_lookup
from schemas.wire.inquiries import TICKET
from schemas.wire.returns import RETURN, joined, sold_body


def _ticket(connection: Connection, body: Mapping[str, Any]) -> Finding:
    held, answer = ticket_lookup.answer(connection, body)
    return Finding("found" if held else "unknown", answer, certain=held)


def _return(connection: Connection, body: Mapping[str, Any]) -> Finding:
    sold = return_lookup.sold_before(connection, body)
    outcome: Outcome = "found" if sold.held else "unknown"
    return Finding(outcome, sold_body(sold), joined=partial(joined, sold))


#: What is answered by reading, and what is decided here, by kind.
ANSWERERS: Mapping[str, Answerer] = {TICKET: _ticket, RETURN: _return}
DECIDERS: Mapping[str, Decide] = {}
