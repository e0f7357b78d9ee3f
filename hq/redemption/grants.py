"""Grants (离线授权额度): what lanes may redeem while they can ask nobody, and what the chain risks (rule 18).

    a lane asks, in an epoch of its journal     of its grants of that epoch          of older epochs
    names one that it is done with              is ended, used as it says            stays as it is
    has one open of a kind that is offered      answered                             left behind: at risk
                                                                                     until it expires
    has none open of that kind                  one is opened, and answered          the same
    of a kind that is not offered (any more)    answered until it expires            the same

    a grant is     when                                           the chain risks of it
    open           its lane may use it                            its amount, less what tickets used
    left_behind    its lane was put back: what it used before     the same
                   is not known
    ended          its lane is done with it                       what it says it used, less the same:
                                                                  tickets on their way
    expired        its end has passed                             nothing more

What a grant of points or coupons offers is as the policy was when it was opened; a branch's own policy
takes the place of the chain's, of nought too. Without any there are no grants, which is the default.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Row, Select, func, insert, select, union_all, update

from hq.redemption import accounts, policies
from hq.redemption.terms import terms
from replication.decision import Claim, Decision
from schemas.domain.redemption import Grant, PointsRate, RedeemedKind
from schemas.tables.redemption import coupon_use, redemption_grant
from schemas.tables.tickets import tender_detail, ticket_tender
from schemas.wire.redemption import Ended, Grants, body_of, read_wanted

State = Literal["open", "left_behind", "ended"]
_GRANT = redemption_grant.c


@dataclass(frozen=True, slots=True)
class Risked:
    """A grant that may still cost the chain something: so much was used of it, so much is at risk."""

    grant: Grant
    branch: str
    state: State
    used: int
    risk: int


def decide(connection: Connection, asked: Claim) -> Decision:
    """Take what a lane says of its grants, and answer those that it may use. Raises ValueError."""
    wanted, lane = read_wanted(asked.body), asked.asked_by
    if "." not in lane or not wanted.epoch:
        raise ValueError(
            f"{lane} is no lane in an epoch of its journal: grants are handed to those"
        )
    accounts.hold(connection, "grant", [lane])
    for one in wanted.ended:
        _end(connection, lane, wanted.epoch, one, asked.at)
    connection.execute(
        update(redemption_grant)
        .where(_GRANT.lane == lane, _GRANT.epoch != wanted.epoch)
        .where(_GRANT.left_behind.is_(None), _GRANT.ended.is_(None))
        .values(left_behind=asked.at)
    )
    own = select(redemption_grant).where(
        _GRANT.lane == lane, _GRANT.epoch == wanted.epoch, _GRANT.ended.is_(None),
        _GRANT.until > asked.at,
    )  # fmt: skip
    held = [_grant(row) for row in connection.execute(own)]
    held += _opened(connection, asked, wanted.epoch, {one.kind for one in held})
    told = sorted(held, key=lambda one: (one.kind, one.until, one.number))
    return Decision("found", body_of(Grants(tuple(told))))


def risked(connection: Connection, now: datetime, branches: Sequence[str] = ()) -> list[Risked]:
    """The grants that may still cost something, by branch, lane, kind and their end."""
    query = select(redemption_grant).where(_GRANT.until > now)
    if branches:
        query = query.where(_GRANT.branch.in_(branches))
    order = (_GRANT.branch, _GRANT.lane, _GRANT.kind, _GRANT.until, _GRANT.number)
    rows = connection.execute(query.order_by(*order)).all()
    used = used_of(connection, [row.number for row in rows])
    found: list[Risked] = []
    for row in rows:
        state: State = "open" if row.left_behind is None else "left_behind"
        state = state if row.ended is None else "ended"
        most = row.amount if row.ended is None else row.reported
        risk = max(0, most - used.get(row.number, 0))
        if risk or state != "ended":
            found.append(Risked(_grant(row), row.branch, state, used.get(row.number, 0), risk))
    return found


def at_risk(found: Iterable[Risked]) -> dict[RedeemedKind, int]:
    """What the chain risks of each kind: money, of coupons how many."""
    risk: dict[RedeemedKind, int] = {"stored_value": 0, "points": 0, "coupon": 0}
    for one in found:
        risk[one.grant.kind] += one.risk
    return risk


def used_of(connection: Connection, numbers: Sequence[str]) -> dict[str, int]:
    """What the tickets that are here used of grants."""
    tenders = select(tender_detail.c.grant_number, ticket_tender.c.amount).join(
        ticket_tender,
        (ticket_tender.c.ticket == tender_detail.c.ticket)
        & (ticket_tender.c.number == tender_detail.c.number),
    )
    uses = select(coupon_use.c.grant_number, func.count())
    of_tenders = tenders.where(tender_detail.c.grant_number.in_(numbers))
    of_coupons = uses.where(coupon_use.c.grant_number.in_(numbers))
    every = union_all(of_tenders, of_coupons.group_by(coupon_use.c.grant_number)).subquery()
    query: Select[Any] = select(every.c.grant_number, func.sum(every.c.amount))
    found = connection.execute(query.group_by(every.c.grant_number))
    return {number: int(amount) for number, amount in found}


def _end(connection: Connection, lane: str, epoch: str, one: Ended, at: datetime) -> None:
    """End a grant as its lane says, once. Of one that is not the lane's, or of another epoch, the lane
    cannot know what was used.
    """
    if one.used < 0:
        raise ValueError(f"{lane} used {one.used} of grant {one.number}, which nobody can")
    connection.execute(
        update(redemption_grant)
        .where(_GRANT.number == one.number, _GRANT.lane == lane, _GRANT.epoch == epoch)
        .where(_GRANT.ended.is_(None))
        .values(ended=at, reported=one.used)
    )


def _opened(
    connection: Connection, asked: Claim, epoch: str, held: set[RedeemedKind]
) -> list[Grant]:
    """Open a grant of each kind that is offered at the lane and that it holds none of."""
    branch, rate = asked.asked_by.rpartition(".")[0], terms(connection).rate
    made: list[Grant] = []
    for one in policies.offered(connection, branch):
        if one.kind in held or (one.kind == "points" and rate is None):
            continue
        grant = Grant(
            f"G{uuid.uuid4().hex[:12].upper()}", one.kind, asked.asked_by, epoch, one.amount,
            one.cap, asked.at + timedelta(days=one.days), rate if one.kind == "points" else None,
        )  # fmt: skip
        connection.execute(insert(redemption_grant).values(_row(grant, branch, asked.at)))
        made.append(grant)
    return made


def _row(grant: Grant, branch: str, at: datetime) -> dict[str, Any]:
    return {
        "number": grant.number, "kind": grant.kind, "lane": grant.lane, "branch": branch,
        "epoch": grant.epoch, "amount": grant.amount, "cap": grant.cap, "opened": at,
        "until": grant.until, "rate_points": grant.rate and grant.rate.points,
        "rate_amount": grant.rate and grant.rate.amount,
    }  # fmt: skip


def _grant(row: Row[Any]) -> Grant:
    rate = None if row.rate_points is None else PointsRate(row.rate_points, row.rate_amount)
    return Grant(row.number, row.kind, row.lane, row.epoch, row.amount, row.cap, row.until, rate)
