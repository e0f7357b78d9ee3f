"""A branch that is closed for good, and one that was closed too early.

    known ──close──▶ closed ──reopen──▶ known, without a key: its server enrols by a new token

To close a branch is to take in what it still has first: while it or a lane of it last said that
entries are unsent, or a business day of it is not closed, it is refused, unless a person leaves that
behind. Its key and its unused tokens are worth nothing from then on, so there is no further hello;
what it sent stays, its days up to then count as they are, and nothing rings for it any more.

A branch that is renumbered is closed under its old code and added under the new one: journals,
receipts and lanes bear the code, and history is not rewritten.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, delete, insert, or_, select, update

from hq import sites
from hq.audit import note
from hq.refusal import RefusalError
from hq.reports.branches import known_branches
from replication.ledger import Ledger, Line
from replication.messages import SiteStatus
from schemas.tables.days import business_day
from schemas.tables.headquarters import closed_branch
from schemas.tables.link import enrolment_token, peer, site_status

_NO_BRANCH = "there is no branch %(branch)s: `chainwright replication status` names those there are"
_NO_REASON = "%(branch)s is closed only with a reason: say why"
_CLOSED = "%(branch)s is closed already"
_NOT_CLOSED = "%(branch)s is not closed"
_LEFT = (
    "%(branch)s is not done: %(what)s. Let it send and close its days first, or close it with "
    "--leave-behind, and what it did not send stays where it is"
)


class ClosingError(RefusalError):
    """A branch that cannot be closed or opened as asked; the message names it and the way out."""


def close(
    connection: Connection, branch: str, operator: str, reason: str, now: datetime, *,
    ledger: Ledger, leave_behind: bool = False,
) -> None:  # fmt: skip
    """Close a branch. Raises ClosingError."""
    if branch not in {one.branch for one in known_branches(connection)}:
        raise ClosingError(_NO_BRANCH, branch=branch)
    if not reason.strip():
        raise ClosingError(_NO_REASON, branch=branch)
    if branch in closed(connection):
        raise ClosingError(_CLOSED, branch=branch)
    left = list(_left(connection, branch))
    if left and not leave_behind:
        raise ClosingError(_LEFT, branch=branch, what=", ".join(left))
    key = connection.execute(
        update(peer)
        .where(peer.c.site == branch, peer.c.revoked.is_(None))
        .values(revoked=now)
        .returning(peer.c.public_key)
    ).scalar()
    token = enrolment_token.c
    connection.execute(delete(enrolment_token).where(token.site == branch, token.used.is_(None)))
    connection.execute(insert(closed_branch).values(branch=branch, closed=now))
    sites.tell_closed(connection, branch, closed=True)
    note(connection, now, operator, "branch.close", branch, "; ".join([reason.strip(), *left]))
    if key is not None:
        ledger.note(Line("revoked", branch, "", bytes(key), now))


def reopen(connection: Connection, branch: str, operator: str, reason: str, now: datetime) -> None:
    """Let a closed branch come back by a token. Raises ClosingError."""
    if not reason.strip():
        raise ClosingError(_NO_REASON, branch=branch)
    done = connection.execute(delete(closed_branch).where(closed_branch.c.branch == branch))
    if not done.rowcount:
        raise ClosingError(_NOT_CLOSED, branch=branch)
    sites.tell_closed(connection, branch, closed=False)
    note(connection, now, operator, "branch.reopen", branch, reason.strip())


def closed(connection: Connection) -> dict[str, datetime]:
    """The branches that are closed, and since when."""
    return {row.branch: row.closed for row in connection.execute(select(closed_branch))}


def _left(connection: Connection, branch: str) -> Iterator[str]:
    """What the branch would leave behind."""
    of_branch = or_(
        site_status.c.site == branch, site_status.c.site.startswith(f"{branch}.", autoescape=True)
    )
    query = select(site_status.c.status).where(of_branch).order_by(site_status.c.site)
    for said in connection.execute(query).scalars():
        status = SiteStatus.model_validate(said)
        if status.pending:
            yield f"{status.site} last said that {status.pending} entries are unsent"
    days = (
        select(business_day.c.business_date, business_day.c.state)
        .where(business_day.c.branch == branch, business_day.c.state != "closed")
        .order_by(business_day.c.business_date)
    )
    for day in connection.execute(days):
        yield f"{day.business_date} is {day.state}"
