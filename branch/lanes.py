"""The lanes (收银机) of the branch: admitting one, shutting one out, and how each of them stands.

A lane is named `<branch>.<nn>`. It is admitted by a one-time token, and follows two feeds: what
headquarters tells this branch, and what the branch tells its lanes. A revoked lane is refused from
its next request on; what it sent before stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select, update

from branch import audit, lane_keys
from branch.wording import RefusalError
from replication import enrolment, incarnation
from replication.console.languages import msgid
from replication.ledger import Ledger, Line
from replication.messages import SiteStatus
from replication.streams import branch_feed, local_feed
from schemas.tables.days import business_day
from schemas.tables.link import peer, site_status
from schemas.tables.tickets import IS_RECEIPT, ticket

#: How long a token waits for its lane.
TOKEN_VALID = timedelta(hours=24)
_LOOK_BACK_DAYS = 60


class LaneError(RefusalError):
    """A lane that cannot be admitted or shut out; the message names it and the way out."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One lane as its branch knows it; `status` is its own last word, None before it ever spoke.

    `copies` names its incarnations when more than one is alive.
    """

    lane: str
    enrolled: datetime
    revoked: datetime | None
    heard: datetime | None
    status: SiteStatus | None
    last_receipt: str | None
    last_sale: datetime | None
    copies: tuple[str, ...] = ()

    @property
    def unsent(self) -> int:
        """How many entries it had not delivered when it last spoke."""
        return self.status.pending if self.status is not None else 0


def is_lane_name(branch: str, lane: str) -> bool:
    """Whether the name is that of a lane of this branch."""
    return re.fullmatch(rf"{re.escape(branch)}\.[0-9]{{2}}", lane) is not None


def issue_token(
    connection: Connection, branch: str, lane: str, operator: str, now: datetime
) -> str:
    """A one-time token for a lane, shown once. Raises LaneError for a name that is not its own."""
    if not is_lane_name(branch, lane):
        raise LaneError(
            msgid("“%(lane)s” is no lane of %(branch)s: name it %(branch)s.01, %(branch)s.02 …"),
            lane=lane,
            branch=branch,
        )
    roots = [branch_feed(branch), local_feed(branch)]
    token = enrolment.issue(connection, lane, roots, now, TOKEN_VALID)
    audit.note(connection, now, operator, "lane.token", lane)
    return token


def revoke(
    connection: Connection, lane: str, operator: str, reason: str, now: datetime,
    *, ledger: Ledger, act: str = "lane.revoke",
) -> None:  # fmt: skip
    """Shut a lane out, noted as `act`. Raises LaneError when it is not enrolled, or no reason is given."""
    if not reason.strip():
        raise LaneError(msgid("%(lane)s is shut out only with a reason: say why"), lane=lane)
    branch = lane.partition(".")[0]
    key = connection.execute(
        update(peer)
        .where(peer.c.site == lane, peer.c.revoked.is_(None))
        .values(revoked=now)
        .returning(peer.c.public_key)
    ).scalar()
    if key is None or not is_lane_name(branch, lane):
        raise LaneError(msgid("%(lane)s is not enrolled here, or was shut out before"), lane=lane)
    audit.note(connection, now, operator, act, lane, reason.strip())
    lane_keys.revoked(connection, branch, lane, operator, reason.strip(), now)
    ledger.note(Line("revoked", lane, "", bytes(key), now))


def shut_out(
    connection: Connection, lane: str, copy: str, operator: str, reason: str, now: datetime,
    *, ledger: Ledger,
) -> None:  # fmt: skip
    """Refuse one of two copies of a lane from its next hello on; the other goes on. Raises LaneError."""
    if not reason.strip():
        raise LaneError(msgid("%(lane)s is shut out only with a reason: say why"), lane=lane)
    if not incarnation.shut_out(connection, lane, copy, now):
        raise LaneError(
            msgid("%(lane)s never said hello as “%(copy)s”: the page “Lanes” names its copies"),
            lane=lane,
            copy=copy,
        )
    audit.note(connection, now, operator, "lane.shut_out", f"{lane} {copy}", reason.strip())
    ledger.note(Line("shut_out", lane, copy, b"", now))


def lanes(connection: Connection, branch: str) -> list[Lane]:
    """Every lane that was ever admitted, by name."""
    said = {
        row.site: (row.received, SiteStatus.model_validate(row.status))
        for row in connection.execute(select(site_status).where(site_status.c.parent == branch))
    }
    sold = _last_tickets(connection, branch)
    copies = incarnation.alive(connection)
    rows = connection.execute(
        select(peer)
        .where(peer.c.site.startswith(f"{branch}.", autoescape=True))
        .order_by(peer.c.site)
    )
    found: list[Lane] = []
    for row in rows:
        heard, status = said.get(row.site, (None, None))
        receipt, sale = sold.get(row.site, (None, None))
        alive = tuple(copies.get(row.site, ()))
        found.append(Lane(row.site, row.enrolled, row.revoked, heard, status, receipt, sale, alive))
    return found


def _last_tickets(connection: Connection, branch: str) -> Mapping[str, tuple[str, datetime]]:
    """Receipt and instant of each lane's last sale, as far back as anybody asks.

    The bound keeps the page as fast after years as on the first day: tickets are found by date.
    """
    since = select(func.max(business_day.c.business_date) - _LOOK_BACK_DAYS).where(
        business_day.c.branch == branch
    )
    since_then = ticket.c.business_date >= since.scalar_subquery()
    recent = (ticket.c.branch == branch) & since_then & IS_RECEIPT
    newest = (
        select(ticket.c.lane, func.max(ticket.c.counter).label("counter"))
        .where(recent)
        .group_by(ticket.c.lane)
        .subquery()
    )
    query = (
        select(ticket.c.lane, ticket.c.counter, ticket.c.committed)
        .join(newest, (newest.c.lane == ticket.c.lane) & (newest.c.counter == ticket.c.counter))
        .where(recent)
    )
    return {
        row.lane: (f"{row.lane}-{row.counter:06d}", row.committed)
        for row in connection.execute(query)
    }
