"""Whom a price change addresses, in words, and on which clock its instants are shown."""

from __future__ import annotations

from sqlalchemy import Connection

from hq import price_changes, sites
from replication.console.app import Page
from replication.console.languages import msgid
from replication.streams import CHAIN_FEED, branch_feed, group_feed

_CHAIN = msgid("Whole chain")
_GROUP = msgid("Group %(name)s")
_BRANCH = msgid("Branch %(name)s")


def audience_label(page: Page, audience: str) -> str:
    """A feed as a person calls it."""
    if audience == CHAIN_FEED:
        return page.gettext(_CHAIN)
    name = audience.rpartition(":")[2]
    return page.gettext(_GROUP if audience == group_feed(name) else _BRANCH, name=name)


def audiences(page: Page, connection: Connection) -> list[tuple[str, str]]:
    """What a person may address: every feed whose branches are all in their scope."""
    scope = set(page.user.branches)
    held = sites.branches(connection)
    reach = {CHAIN_FEED: {one.branch.branch for one in held}}
    for one in held:
        for group in one.groups:
            reach.setdefault(group_feed(group), set()).add(one.branch.branch)
    reach |= {branch_feed(one.branch.branch): {one.branch.branch} for one in held}
    return [
        (feed, audience_label(page, feed))
        for feed, branches in reach.items()
        if not scope or branches <= scope
    ]


def zones(connection: Connection) -> list[str]:
    """The zones of the branches, the one that most of them share first."""
    held = [one.branch.zone for one in sites.branches(connection)]
    return sorted(set(held), key=lambda zone: (-held.count(zone), zone))


def zone_of(connection: Connection, audience: str) -> str:
    """The clock on which an audience's instants are shown: its first branch's, else the chain's."""
    reached = set(price_changes.audience_branches(connection, audience))
    for one in sites.branches(connection):
        if one.branch.branch in reached:
            return one.branch.zone
    return "UTC"
