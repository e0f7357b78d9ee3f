"""What headquarters answers about redeeming; see `schemas.wire.redemption`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from hq.redemption import accounts, coupons, reservations
from hq.redemption.accounts import POINTS, PURSES, STORED_VALUE
from hq.redemption.terms import terms
from replication.clock import Clock
from replication.decision import Claim, Decision
from replication.inquiry import Finding
from schemas.wire.redemption import Account, body_of, read_redeeming


def account(clock: Clock, connection: Connection, body: Mapping[str, Any]) -> Finding:
    """Answer what a member has. Raises ValueError."""
    number = body.get("member")
    if not isinstance(number, str) or not number:
        raise ValueError("name the member whose account is asked for")
    if not accounts.is_member(connection, number):
        return Finding("unknown", certain=True)
    family, now = accounts.family(connection, number), clock()
    told = Account(
        member=number,
        points=reservations.available(connection, POINTS, family, now),
        rate=terms(connection).rate,
        stored_value=reservations.available(connection, STORED_VALUE, family, now),
        coupons=coupons.presentable(connection, family, now),
    )
    return Finding("found", body_of(told), certain=True)


def redeem(connection: Connection, asked: Claim) -> Decision:
    """Reserve for a ticket what is there, or say why nothing is. Raises ValueError."""
    wanted = read_redeeming(asked.body)
    reservations.check(connection, asked, wanted)
    reserve = reservations.reserve_money if wanted.kind in PURSES else coupons.reserve
    return Decision("found", body_of(reserve(connection, asked, wanted)))
