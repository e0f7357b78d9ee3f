"""What headquarters lost with its database and branches told it: taken in as proposals for a person.

    arrives                                      becomes
    a record of an origin that nobody told yet   an undecided proposal
    the same, from another branch                nothing more
    the same origin with another content         a proposal of its own: both are shown
    an older one of a key, of the same epoch     settled: the newer one stands for it
    what is in force here already, or came into  settled: nothing is left to decide
      force since by a person's publishing

Nothing is published here: see `hq.proposal_acceptance`. A branch may tell of the chain's feed, of its
own, and of groups'; which groups it was in is among what headquarters lost.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from replication.console.languages import msgid
from replication.feed import Draft
from replication.streams import CHAIN_FEED, branch_feed, group_feed
from schemas.tables.feed import feed_record
from schemas.tables.headquarters import proposal
from schemas.wire import canonical
from schemas.wire.surplus import FeedSurplus, SurplusRecord

UNDECIDED = "undecided"
SUPERSEDED = msgid("A newer record of this key was told as well.")
EQUAL = msgid("The same is in force at headquarters.")

#: Kinds whose records are decided one by one: each lets somebody in or moves a branch.
SINGLE_KINDS = frozenset({"operator", "branch", "subscription"})

_ORIGIN = ("feed", "epoch", "number", "content")
#: Two branches that tell the same wait for one another. The key is a number of our own choosing.
_LOCK = 8_470_002
_CHUNK = 1_000


class SurplusError(ValueError):
    """A surplus that its writer may not tell; the message names it."""


def bundle_of(kind: str, key: str) -> str:
    """What is decided together: a price change, goods document or pick-up order with its rows, a promotion or another
    single record, or all of a kind.
    """
    if kind in {"price", "price_change"}:
        return f"document:{key.partition('/')[0]}"
    if kind in {"delivery", "delivery_line"}:
        return f"goods:{key.partition('/')[0]}"
    if kind in {"pickup_order", "pickup_line"}:
        return f"pickup:{key.partition('/')[0]}"
    return f"{kind}:{key}" if kind in SINGLE_KINDS or kind == "promotion" else kind


def check_writer(told: FeedSurplus, writer: str, sender: str) -> None:
    """A branch speaks of feeds that it may have followed (invariant 11). Raises SurplusError."""
    feed = told.feed
    its_own = feed in {CHAIN_FEED, branch_feed(writer)} or feed.startswith(group_feed(""))
    if not (told.branch == writer == sender and its_own):
        raise SurplusError(f"{writer} may not tell what {told.branch} holds of {feed}")


def take(connection: Connection, surplus: Sequence[FeedSurplus]) -> None:
    """Keep what branches told, each origin and content once. Raises ValueError for a body that is none."""
    rows = [_row(told, one) for told in surplus for one in told.records]
    if not rows:
        return
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    newest = connection.execute(select(func.coalesce(func.max(proposal.c.id), 0))).scalar_one()
    kept = insert(proposal).on_conflict_do_nothing(index_elements=_ORIGIN)
    connection.execute(kept, rows)
    _supersede(connection, sorted({told.feed for told in surplus}))
    fresh = select(proposal, feed_record.c.body.label("here"), feed_record.c.deleted.label("gone"))
    _settle(
        connection,
        [
            row.id
            for row in connection.execute(
                fresh.outerjoin(
                    feed_record,
                    and_(feed_record.c.stream == proposal.c.feed,
                         feed_record.c.kind == proposal.c.kind,
                         feed_record.c.key == proposal.c.key),
                ).where(proposal.c.id > newest, proposal.c.state == UNDECIDED)
            )
            if _is_in_force(row, None if row.gone is None else (bytes(row.here), row.gone))
        ],
        EQUAL,
    )  # fmt: skip


def settle_published(connection: Connection, drafts: Mapping[str, Sequence[Draft]]) -> None:
    """Settle the undecided proposals of what is just being published with the same content."""
    kinds = {(feed, one.kind) for feed, of_feed in drafts.items() for one in of_feed}
    query = select(proposal).where(
        proposal.c.state == UNDECIDED, tuple_(proposal.c.feed, proposal.c.kind).in_(sorted(kinds))
    )
    waiting = connection.execute(query).all() if kinds else []
    if not waiting:
        return
    told = {(feed, one.kind, one.key): one for feed, of_feed in drafts.items() for one in of_feed}
    done = []
    for row in waiting:
        draft = told.get((row.feed, row.kind, row.key))
        if draft is not None and _is_in_force(row, (draft.body, draft.deleted)):
            done.append(row.id)
    _settle(connection, done, EQUAL)


def same_content(kind: str, one: bytes, other: bytes) -> bool:
    """Whether two bodies say the same. The turn of a price change or a promotion is drawn anew when
    it is published.
    """
    if one == other:
        return True
    if kind not in {"price_change", "promotion"}:
        return False
    try:
        fields = [json.loads(body) for body in (one, other)]
    except ValueError:
        return False
    return all(isinstance(of_one, dict) for of_one in fields) and (
        fields[0] | {"published": 0} == fields[1] | {"published": 0}
    )


def _is_in_force(row: Any, here: tuple[bytes, bool] | None) -> bool:  # noqa: ANN401 - a row of proposal
    """Whether headquarters has it like this: `here` is its record's body, and whether it is none."""
    if row.deleted:
        return here is None or here[1]
    return here is not None and not here[1] and same_content(row.kind, bytes(row.body), here[0])


def _row(told: FeedSurplus, one: SurplusRecord) -> dict[str, Any]:
    body = one.octets
    content = canonical.encode([one.kind, one.key, one.version, one.deleted, body.hex()])
    return {
        "feed": told.feed, "epoch": one.epoch, "number": one.number,
        "content": hashlib.sha256(content).digest(), "bundle": bundle_of(one.kind, one.key),
        "kind": one.kind, "key": one.key, "version": one.version, "body": body,
        "deleted": one.deleted, "reporter": told.branch, "reported": told.told,
    }  # fmt: skip


def _supersede(connection: Connection, feeds: Sequence[str]) -> None:
    newer = proposal.alias("newer")
    connection.execute(
        update(proposal)
        .where(
            proposal.c.state == UNDECIDED, proposal.c.feed.in_(feeds),
            newer.c.feed == proposal.c.feed, newer.c.epoch == proposal.c.epoch,
            newer.c.kind == proposal.c.kind, newer.c.key == proposal.c.key,
            newer.c.number > proposal.c.number,
        )
        .values(state="settled", reason=SUPERSEDED, decided=func.now())
    )  # fmt: skip


def _settle(connection: Connection, ids: Sequence[int], reason: str) -> None:
    for start in range(0, len(ids), _CHUNK):
        connection.execute(
            update(proposal)
            .where(proposal.c.id.in_(ids[start : start + _CHUNK]))
            .values(state="settled", reason=reason, decided=func.now())
        )
