"""Branches, the groups they are in, and the feeds that each of them follows.

    a branch            a `branch` record in the chain's feed: every site knows every branch
    a group (门店组)     rows of `branch_group_member`, and the feed that the members follow
    what it follows     `subscription` records in the branch's own feed: the chain's, its groups'

A branch is told of its new group and loads that group's feed by itself; leaving sweeps it there.
What a person asks wrongly raises SiteError with the record and the way out.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, delete, func, insert, select, update

from hq import publication
from hq.audit import note
from hq.refusal import RefusalError
from replication import enrolment, incarnation
from replication.feed import Draft
from replication.ledger import Ledger, Line
from replication.streams import CHAIN_FEED, branch_feed, group_feed
from schemas.tables.catalogue import branch as branch_table
from schemas.tables.catalogue import subscription
from schemas.tables.headquarters import branch_group_member, closed_branch
from schemas.tables.link import peer
from schemas.wire.records import Branch, BranchKind, RecordBody, Subscription

_NO_CODE = "“%(code)s” is no code: use up to 20 letters, digits, hyphens or underscores"
_NO_ZONE = "%(branch)s: “%(zone)s” is no time zone; write one like Asia/Shanghai"
_NO_BRANCH = "there is no branch %(branch)s: add it with `chainwright hq branch` first"
_NO_COPY = "%(site)s never said hello as “%(copy)s”: `chainwright hq copies` lists those that did"
_NO_KIND = "%(branch)s: “%(kind)s” is no kind of branch; write %(kinds)s"
_IS_CLOSED = "%(branch)s is closed: take it back with `chainwright hq reopen` first"
_NO_KEY = "%(site)s has no key here that could be revoked: see the replication page"

#: How long an enrolment token can be used.
TOKEN_VALID = timedelta(days=7)

# A point joins a branch and its lanes in a site's name, a colon a stream's parts.
_CODE = re.compile(r"[A-Za-z0-9_-]{1,20}")


class SiteError(RefusalError):
    """A branch or a group that cannot be as asked; the message names it and the way out."""


@dataclass(frozen=True, slots=True)
class BranchInGroups:
    """A branch and the groups it is in."""

    branch: Branch
    groups: tuple[str, ...]


def save_branch(connection: Connection, branch: Branch, groups: Collection[str]) -> None:
    """Add a branch or change it, and put it into exactly these groups. Raises SiteError."""
    for code in (branch.branch, *groups):
        if not _CODE.fullmatch(code):
            raise SiteError(_NO_CODE, code=code)
    try:
        ZoneInfo(branch.zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SiteError(_NO_ZONE, branch=branch.branch, zone=branch.zone) from error
    member = branch_group_member.c
    connection.execute(delete(branch_group_member).where(member.branch == branch.branch))
    if groups:
        rows = [{"branch_group": one, "branch": branch.branch} for one in sorted(set(groups))]
        connection.execute(insert(branch_group_member), rows)
    feed = branch_feed(branch.branch)
    wanted = {CHAIN_FEED, *(group_feed(one) for one in groups)}
    held = followed_by(connection, branch.branch)
    changes: list[RecordBody | Draft] = [
        *(Subscription(followed=one) for one in sorted(wanted - held)),
        *(publication.tombstone("subscription", one) for one in sorted(held - wanted)),
    ]
    gone = select(closed_branch.c.branch).where(closed_branch.c.branch == branch.branch)
    closed = connection.execute(gone).first() is not None
    told = branch.model_copy(update={"closed": closed})
    publication.publish(connection, {CHAIN_FEED: [told], feed: changes})


def tell_closed(connection: Connection, code: str, *, closed: bool) -> None:
    """Tell every site whether a branch is closed for good: nobody sends goods there."""
    held = next((one.branch for one in branches(connection) if one.branch.branch == code), None)
    if held is not None:
        told = held.model_copy(update={"closed": closed})
        publication.publish(connection, {CHAIN_FEED: [told]})


def kind_of(connection: Connection, branch: str, wanted: str | None) -> BranchKind:
    """The kind that a branch is to be of: what is wanted, else what it is already. Raises SiteError."""
    if wanted is None:
        wanted = connection.execute(
            select(branch_table.c.branch_kind).where(branch_table.c.branch == branch)
        ).scalar()
    for one in get_args(BranchKind):
        if one == (wanted or "own"):
            return cast("BranchKind", one)
    raise SiteError(_NO_KIND, branch=branch, kind=wanted, kinds=", ".join(get_args(BranchKind)))


def followed_by(connection: Connection, branch: str) -> set[str]:
    """The feeds that a branch was told to follow beside its own."""
    query = select(subscription.c.followed).where(subscription.c.stream == branch_feed(branch))
    return set(connection.execute(query).scalars())


def followers(connection: Connection, feed: str) -> set[str]:
    """The branches that follow a feed: their own, which they never leave, or one they were told of."""
    query = select(branch_table.c.branch, subscription.c.followed).outerjoin(
        subscription,
        (subscription.c.stream == func.concat(branch_feed(""), branch_table.c.branch))
        & (subscription.c.followed == feed),
    )
    return {
        branch
        for branch, followed in connection.execute(query)
        if followed is not None or feed == branch_feed(branch)
    }


def branches(connection: Connection) -> list[BranchInGroups]:
    """Every branch by its code, with its groups."""
    groups: dict[str, list[str]] = {}
    query = select(branch_group_member).order_by(branch_group_member.c.branch_group)
    for row in connection.execute(query):
        groups.setdefault(row.branch, []).append(row.branch_group)
    fields = [branch_table.c[name] for name in Branch.model_fields]
    rows = connection.execute(select(*fields).order_by(branch_table.c.branch)).mappings()
    return [BranchInGroups(Branch(**row), tuple(groups.get(row["branch"], ()))) for row in rows]


def groups(connection: Connection) -> list[str]:
    """The names of the groups that have a branch."""
    query = select(branch_group_member.c.branch_group).distinct()
    return list(connection.execute(query.order_by(branch_group_member.c.branch_group)).scalars())


def issue_token(connection: Connection, code: str, operator: str, now: datetime) -> str:
    """A one-time token with which a branch's server enrols; shown once. Raises SiteError."""
    if code not in {one.branch.branch for one in branches(connection)}:
        raise SiteError(_NO_BRANCH, branch=code)
    if connection.execute(select(closed_branch).where(closed_branch.c.branch == code)).first():
        raise SiteError(_IS_CLOSED, branch=code)
    note(connection, now, operator, "site.token", code)
    return enrolment.issue(connection, code, [branch_feed(code)], now, TOKEN_VALID)


def revoke(
    connection: Connection, site: str, operator: str, reason: str, now: datetime, *, ledger: Ledger
) -> None:  # fmt: skip
    """Stop a site's key at once and for good; it comes back by a new token. Raises SiteError."""
    key = connection.execute(
        update(peer)
        .where(peer.c.site == site, peer.c.revoked.is_(None))
        .values(revoked=now)
        .returning(peer.c.public_key)
    ).scalar()
    if key is None:
        raise SiteError(_NO_KEY, site=site)
    note(connection, now, operator, "site.revoke", site, reason)
    ledger.note(Line("revoked", site, "", bytes(key), now))


def shut_out(
    connection: Connection, site: str, copy: str, operator: str, reason: str, now: datetime,
    *, ledger: Ledger,
) -> None:  # fmt: skip
    """Refuse one of the copies of a forked site from its next hello on. Raises SiteError."""
    if not incarnation.shut_out(connection, site, copy, now):
        raise SiteError(_NO_COPY, site=site, copy=copy)
    note(connection, now, operator, "site.shut_out", f"{site} {copy}", reason)
    ledger.note(Line("shut_out", site, copy, b"", now))
