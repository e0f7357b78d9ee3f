"""How branches keep their day: one policy for the chain, for a group or for a branch (门店制度).

    publish    the record of that audience, whole, from now on; an audit note tells what became of what
    withdraw   the audience goes by the next wider one's again

What each field means, `schemas.domain.policy` says. What is asked wrongly raises PolicyError.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import Connection

from hq import publication, sites
from hq.audit import note
from hq.price_changes import audience_branches
from hq.refusal import RefusalError
from replication.console.languages import msgid
from replication.console.users import User
from replication.streams import CHAIN_FEED, branch_feed
from schemas.domain.day_check import CHECKS
from schemas.domain.policy import LATEST_END, Policy, write_checks
from schemas.tables.policy_store import find_policy, policies
from schemas.wire.records import BranchPolicy

_AUDIENCE = msgid("%(audience)s reaches no branch: choose another audience.")
_SCOPE = msgid("%(operator)s may not set the policy of branches outside their own: %(audience)s.")
_CHECK = msgid("The check %(code)s cannot be set to %(level)s: choose one of the levels offered.")
_LATE = msgid("A day ends at %(latest)s at the latest: %(ends)s is beyond.")
_TOLERANCE = msgid("A tolerance is nought or more.")
_NONE = msgid("%(audience)s has no policy of its own (any more). Load the page again.")


class PolicyError(RefusalError):
    """A policy that cannot be set as asked."""


def in_force(connection: Connection, branch: str) -> Policy:
    """The policy that a branch is to go by."""
    return find_policy(connection, {branch_feed(branch), *sites.followed_by(connection, branch)})


def every_in_force(connection: Connection) -> Mapping[str, Policy]:
    """The policies that branches are to go by; a branch that is not named has the product's own values."""
    found: dict[str, Policy] = {}
    for feed, one in policies(connection).items():
        found.update(dict.fromkeys(sites.followers(connection, feed), one))
    return found


def proposed(connection: Connection, audience: str) -> Policy:
    """What an audience's own policy is, or would begin with: what holds there already."""
    if audience.startswith(branch_feed("")):
        return in_force(connection, audience.removeprefix(branch_feed("")))
    return find_policy(connection, {CHAIN_FEED, audience})


def publish(
    connection: Connection,
    audience: str,
    policy: Policy,
    actor: User,
    now: datetime,
    reason: str = "",
) -> None:
    """Set the policy of a feed's branches. Raises PolicyError."""
    _check_scope(connection, actor, audience)
    _check(policy)
    before = policies(connection).get(audience)
    record = BranchPolicy(
        checks=write_checks(policy.checks), day_ends=policy.day_ends.isoformat("minutes"),
        till_by=policy.till_by, tolerance=policy.tolerance, count_safe=policy.count_safe,
        absent_lane_authority=policy.absent_lane_authority, published=now,
    )  # fmt: skip
    publication.publish(connection, {audience: [record]})
    said = "; ".join([*_changes(before or Policy(), policy), *([reason] if reason else [])])
    note(connection, now, actor.operator, "policy.publish", audience, said)


def withdraw(connection: Connection, audience: str, actor: User, now: datetime) -> None:
    """Let the branches of a feed go by the next wider policy. Raises PolicyError."""
    _check_scope(connection, actor, audience)
    if audience not in policies(connection):
        raise PolicyError(_NONE, audience=audience)
    gone = publication.tombstone(BranchPolicy.kind, "branch")
    publication.publish(connection, {audience: [gone]})
    note(connection, now, actor.operator, "policy.withdraw", audience)


def _check_scope(connection: Connection, actor: User, audience: str) -> None:
    reached = audience_branches(connection, audience)
    if actor.branches and not set(reached) <= set(actor.branches):
        raise PolicyError(_SCOPE, audience=audience, operator=actor.operator)
    if not reached:
        raise PolicyError(_AUDIENCE, audience=audience)


def _check(policy: Policy) -> None:
    for code, level in policy.checks.items():
        if code not in CHECKS or level not in CHECKS[code].levels:
            raise PolicyError(_CHECK, code=code, level=level)
    if policy.day_ends > LATEST_END:
        ends, latest = (one.isoformat("minutes") for one in (policy.day_ends, LATEST_END))
        raise PolicyError(_LATE, ends=ends, latest=latest)
    if policy.tolerance < 0:
        raise PolicyError(_TOLERANCE)


def _changes(before: Policy, after: Policy) -> Iterator[str]:
    """What became of what, as the audit keeps it."""
    for name in ("day_ends", "till_by", "tolerance", "count_safe", "absent_lane_authority"):
        was, now = getattr(before, name), getattr(after, name)
        if was != now:
            yield f"{name} {was} → {now}"
    for code, check in CHECKS.items():
        levels = before.checks.get(code, check.own), after.checks.get(code, check.own)
        if levels[0] != levels[1]:
            yield f"{code} {levels[0]} → {levels[1]}"
