"""Importing least quantities (最低库存): `audience,item,minimum`, below which a branch is told that an item is low.

    audience,item,minimum
    chain,1001,12              every branch is told below 12 of the base unit
    group:city,1001,24         those of a group below 24
    branch:N001,1001,0         this branch is told nothing of it

That of the branch itself holds before a group's before the chain's. One line per audience and item.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from hq import sites
from hq.import_kinds import Reading, unique
from hq.publication import draft_of
from hq.references import References
from replication.console.csv_file import Row
from replication.console.languages import msgid
from replication.feed import Draft
from replication.streams import CHAIN_FEED, branch_feed, group_feed
from schemas.tables.feed import feed_record
from schemas.wire.delivery import StockMinimum

COLUMNS = ("audience", "item", "minimum")

_NO_ITEM = msgid("there is no item %(value)s; import items first")
_NO_AUDIENCE = msgid(
    "%(value)s is no audience; write chain, group:<name> or branch:<code> of one that there is"
)
_NEGATIVE = msgid("a least quantity is not below nought")

#: A feed and a record of it.
Addressed = tuple[str, Draft]


def read_minimums(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Least quantities; see the top of this module."""
    unique(rows, "item", lambda row: f"{row.cells['audience'].strip()} {row.cells['item'].strip()}")
    groups = set(sites.groups(connection))
    held = _held(connection)
    changes: list[Addressed] = []
    new = 0
    for row in rows:
        feed = _feed(row, known.branches, groups)
        item, minimum = row.code("item"), row.number("minimum", 3)
        if item not in known.items:
            row.refuse("item", _NO_ITEM, value=item)
        if minimum < 0:
            row.refuse("minimum", _NEGATIVE)
        if row.problems:
            continue
        draft = draft_of(StockMinimum(item=item, minimum=minimum))
        before = held.get((feed, item))
        if before != draft.body:
            changes.append((feed, draft))
            new += before is None
    return Reading(changes, new, len(changes) - new, len(rows) - len(changes))


def by_feed(changes: Iterable[Addressed]) -> dict[str, list[Draft]]:
    """The records by the feed that they go to."""
    feeds: dict[str, list[Draft]] = {}
    for feed, draft in changes:
        feeds.setdefault(feed, []).append(draft)
    return feeds


def _feed(row: Row, branches: Iterable[str], groups: Iterable[str]) -> str:
    written = row.text("audience")
    kind, _, code = written.partition(":")
    if written == "chain":
        return CHAIN_FEED
    if kind == "branch" and code in branches:
        return branch_feed(code)
    if kind == "group" and code in groups:
        return group_feed(code)
    row.refuse("audience", _NO_AUDIENCE, value=written[:40])
    return CHAIN_FEED


def _held(connection: Connection) -> dict[tuple[str, str], bytes]:
    query = select(feed_record.c.stream, feed_record.c.key, feed_record.c.body).where(
        feed_record.c.kind == StockMinimum.kind, ~feed_record.c.deleted
    )
    return {(row.stream, row.key): bytes(row.body) for row in connection.execute(query)}
