"""What headquarters lost and its branches still hold, as a person meets it, and the two ways out.

    undecided ──accept──▶ accepted: published again, see `hq.proposal_acceptance`
        ├─────dismiss───▶ dismissed, by whom and why; it stays on record
        └─by itself─────▶ settled, see `hq.surplus`

A bundle is what is decided together: a price change with its rows, one operator, branch or
subscription, or what was lost of a feed in one kind, of which a person may choose some. It is named by
the number of its first proposal.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select, update

from hq import audit
from hq.lost import Bundle, Decided, Lost
from hq.refusal import RefusalError
from hq.surplus import SINGLE_KINDS, UNDECIDED
from replication import feed
from replication.console.languages import msgid
from replication.console.users import User
from replication.streams import branch_feed
from schemas.tables.feed import feed_record
from schemas.tables.headquarters import proposal

#: Who may decide. Who works where and which branches there are is an administrator's matter.
DECIDERS = frozenset({"approver", "administrator"})
_ADMINISTRATORS = frozenset({"administrator"})

_NOT_THERE = msgid("There is no proposal %(number)s to decide (any more): load the list again.")
_NOT_YOURS = msgid("%(operator)s may not decide on proposal %(number)s: ask an administrator.")
_NO_REASON = msgid("Proposal %(number)s is dismissed only with a reason: say why.")
_FOREIGN = msgid("These records do not belong to proposal %(number)s: load the page again.")


class ProposalError(RefusalError):
    """A proposal that cannot be decided as asked; the message names it and the way out."""


def bundles(connection: Connection, branches: Sequence[str] = ()) -> list[Bundle]:
    """What waits for a decision, oldest first; with `branches`, of their own feeds alone."""
    return _bundles(connection, *_within(branches))


def find(connection: Connection, number: int, actor: User) -> Bundle:
    """One bundle, by the number of any of its proposals. Raises ProposalError."""
    row = connection.execute(
        select(proposal.c.feed, proposal.c.epoch, proposal.c.bundle).where(
            proposal.c.id == number, proposal.c.state == UNDECIDED, *_within(actor.branches)
        )
    ).one_or_none()
    if row is None:
        raise ProposalError(_NOT_THERE, number=number)
    (found,) = _bundles(
        connection, proposal.c.feed == row.feed, proposal.c.epoch == row.epoch,
        proposal.c.bundle == row.bundle,
    )  # fmt: skip
    return found


def waiting(connection: Connection) -> tuple[int, datetime | None]:
    """How many records wait for a decision, and since when the oldest does."""
    query = select(func.count(), func.min(proposal.c.reported)).where(proposal.c.state == UNDECIDED)
    count, since = connection.execute(query).one()
    return count, since


def read(
    connection: Connection,
    one: Bundle,
    *,
    limit: int | None = None,
    ids: Collection[int] = (),
    lock: bool = False,
) -> list[Lost]:
    """The records of a bundle in their order, all of them unless named; `lock` keeps them still."""
    since = max((end for _, end in feed.history(connection).past), default=0)
    twins = _twins(connection, one)
    query = (
        select(proposal, feed_record.c.body.label("here"), feed_record.c.deleted.label("gone"),
               feed_record.c.number.label("here_number"))
        .outerjoin(
            feed_record,
            and_(feed_record.c.stream == proposal.c.feed, feed_record.c.kind == proposal.c.kind,
                 feed_record.c.key == proposal.c.key),
        )
        .where(*_of(one))
        .order_by(proposal.c.number, proposal.c.id)
        .limit(limit)
    )  # fmt: skip
    if ids:
        query = query.where(proposal.c.id.in_(ids))
    if lock:
        query = query.with_for_update(of=proposal)
    return [_lost(row, since, twins) for row in connection.execute(query)]


def dismiss(
    connection: Connection,
    one: Bundle,
    ids: Collection[int],
    actor: User,
    reason: str,
    at: datetime,
) -> int:
    """Set records of a bundle down for good, all unless named; how many. Raises ProposalError."""
    must_may(one, actor)
    if not reason.strip():
        raise ProposalError(_NO_REASON, number=one.number)
    chosen = choose(connection, one, ids)
    decide(connection, chosen, "dismissed", actor, at, reason.strip())
    audit.note(connection, at, actor.operator, "proposal.dismiss", name_of(one), reason.strip())
    return len(chosen)


def decided(connection: Connection, branches: Sequence[str] = (), limit: int = 50) -> list[Decided]:
    """What was decided or settled last."""
    columns = (
        proposal.c.feed, proposal.c.bundle, proposal.c.state, proposal.c.decided,
        proposal.c.decided_by, proposal.c.reason,
    )  # fmt: skip
    query = (
        select(*columns, func.count().label("records"))
        .where(proposal.c.state != UNDECIDED, *_within(branches))
        .group_by(*columns)
        .order_by(proposal.c.decided.desc(), proposal.c.bundle)
        .limit(limit)
    )
    return [
        Decided(
            row.feed, row.bundle, row.state, row.records, row.decided, row.decided_by, row.reason
        )
        for row in connection.execute(query)
    ]


def must_may(one: Bundle, actor: User) -> None:
    """Raises ProposalError unless this person may decide on a bundle."""
    roles = _ADMINISTRATORS if one.kind in SINGLE_KINDS else DECIDERS
    scope = {branch_feed(code) for code in actor.branches}
    if actor.role not in roles or (scope and one.feed not in scope):
        raise ProposalError(_NOT_YOURS, operator=actor.operator, number=one.number)


def choose(connection: Connection, one: Bundle, ids: Collection[int]) -> list[Lost]:
    """The records of a bundle that are to be decided, locked. Raises ProposalError."""
    chosen = read(connection, one, ids=ids, lock=True)
    if not chosen or (ids and len(chosen) != len(set(ids))):
        raise ProposalError(_FOREIGN, number=one.number)
    return chosen


def decide(
    connection: Connection, chosen: Sequence[Lost], state: str, actor: User, at: datetime,
    reason: str = "",
) -> None:  # fmt: skip
    """Keep a decision on records that are locked."""
    connection.execute(
        update(proposal)
        .where(proposal.c.id.in_([one.id for one in chosen]))
        .values(state=state, decided=at, decided_by=actor.operator, reason=reason)
    )


def name_of(one: Bundle) -> str:
    """A bundle as the audit names it."""
    return f"{one.feed} {one.bundle} ({one.epoch} {one.first}–{one.last})"


def _within(branches: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    feeds = [branch_feed(one) for one in branches]
    return (proposal.c.feed.in_(feeds),) if feeds else ()


def _of(one: Bundle) -> tuple[ColumnElement[bool], ...]:
    return (
        proposal.c.state == UNDECIDED, proposal.c.feed == one.feed,
        proposal.c.epoch == one.epoch, proposal.c.bundle == one.bundle,
    )  # fmt: skip


def _bundles(connection: Connection, *where: ColumnElement[bool]) -> list[Bundle]:
    named = (proposal.c.feed, proposal.c.epoch, proposal.c.bundle)
    query = (
        select(
            *named, func.min(proposal.c.id).label("id"), func.count().label("records"),
            func.min(proposal.c.number).label("first"), func.max(proposal.c.number).label("last"),
            func.min(proposal.c.reported).label("since"),
            func.min(proposal.c.reporter).label("reporter"),
            (func.count() > func.count(proposal.c.number.distinct())).label("differing"),
        )
        .where(proposal.c.state == UNDECIDED, *where)
        .group_by(*named)
        .order_by("since", "id")
    )  # fmt: skip
    return [
        Bundle(row.id, row.feed, row.epoch, row.bundle, row.records, row.first, row.last, row.since,
               row.reporter, row.differing)
        for row in connection.execute(query)
    ]  # fmt: skip


def _twins(connection: Connection, one: Bundle) -> set[int]:
    """The numbers for which branches told different contents."""
    query = (
        select(proposal.c.number)
        .where(*_of(one))
        .group_by(proposal.c.number)
        .having(func.count() > 1)
    )
    return set(connection.execute(query).scalars())


def _lost(row: Row[Any], since: int, twins: Collection[int]) -> Lost:
    there = row.gone is False
    return Lost(
        row.id, row.number, row.kind, row.key, row.version, bytes(row.body), row.deleted,
        row.reporter, bytes(row.here) if there else None,
        row.here_number is not None and row.here_number > since, row.number in twins,
    )  # fmt: skip
