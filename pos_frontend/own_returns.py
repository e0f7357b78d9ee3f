"""What a lane itself answers about a sale that goods come back from: the sale, if it is its own, and what
it gave back of it, whoever sold it. Both are looked for among the newest entries of its journal; it is
never certain, for another lane may have given back something too.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy import Connection

from pos_frontend.own_tickets import Shop, newest_naming, own_ticket
from replication.inquiry import Answerer, Finding, Outcome
from schemas.domain.refund import refunded_by
from schemas.domain.returning import given_by
from schemas.wire.inquiries import ReceiptNumber, read_key
from schemas.wire.returns import SoldBefore, joined, sold_body


def own_returns(lane: str, shop: Shop) -> Answerer:
    """Return what answers from the lane's own journal."""

    def answer(connection: Connection, body: Mapping[str, Any]) -> Finding:
        key = read_key(body.get("key"))
        mine = _sold_before(connection, lane, key, shop)
        found: Outcome = "found" if mine.held else "unknown"
        return Finding(found, sold_body(mine), joined=partial(joined, mine))

    return answer


def _sold_before(
    connection: Connection, lane: str, key: ReceiptNumber | str, shop: Shop
) -> SoldBefore:
    field = "ticket" if isinstance(key, str) else "receipt"
    named = list(newest_naming(connection, lane, f'"{field}":"{key}"'))
    given = tuple(one for ticket in named for one in given_by(ticket.uuid, ticket.lines, str(key)))
    refunded = tuple(one for ticket in named for one in refunded_by(ticket, str(key)))
    return SoldBefore(own_ticket(connection, lane, key, shop), given, refunded=refunded)
