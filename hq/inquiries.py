"""What headquarters answers to inquiries, by kind; see `schemas.wire.inquiries`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy import Connection

from hq.redemption import answers, grants
from replication.clock import Clock
from replication.decision import Decide
from replication.inquiry import Answerer, Finding, Outcome
from schemas.tables import return_lookup, ticket_lookup
from schemas.wire.inquiries import TICKET
from schemas.wire.redemption import ACCOUNT, GRANT, REDEEM
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
DECIDERS: Mapping[str, Decide] = {REDEEM: answers.redeem, GRANT: grants.decide}


def answerers(clock: Clock) -> Mapping[str, Answerer]:
    """All that are answered by reading, those too that depend on the time."""
    return {**ANSWERERS, ACCOUNT: partial(answers.account, clock)}
