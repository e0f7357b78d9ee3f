"""Price changes (调价单): documents that one person drafts, another approves, and the chain follows.

    draft ──approve──▶ approved ──publish──▶ published ──withdraw──▶ withdrawn
      └───────────────────┴────withdraw: nothing was told, so nothing is taken back────────▲

    step      by whom                        what it writes, in one transaction
    draft     a buyer                        the document and its rows, here alone
    approve   not whoever drafted it         the state; and why, if a price is below cost
    publish   buyer or approver              the rows, then the header, in the audience's feed
    withdraw  buyer or approver, and why     once published: one more header

Rows are inert until their header is applied, so half a change is never in force. `publication`
rises with each that is published and breaks ties between documents of one audience (rule 11);
`number` is that of the newest header in the feed, against which positions are compared.
What is asked wrongly raises PriceChangeError; every step leaves an audit note.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import BigInteger, Connection, cast, func, insert, select, text, update

from hq import price_checks, price_rows, publication, sites
from hq.audit import note
from hq.price_rows import PriceCell
from hq.refusal import RefusalError
from replication.console.languages import msgid
from replication.console.users import User
from replication.streams import CHAIN_FEED, branch_feed, group_feed
from schemas.tables.headquarters import price_document, proposal
from schemas.wire.records import Price, PriceChange

State = Literal["draft", "approved", "published", "withdrawn"]

_UNKNOWN = msgid("There is no price change %(document)s.")
_STATE = msgid("%(document)s is %(state)s, so this cannot be done (any more). Load the page again.")
_SAME_PERSON = msgid(
    "%(document)s was drafted by %(operator)s, who cannot approve it as well: ask somebody else."
)
_NO_ROWS = msgid("A price change needs at least one price.")
_NO_TITLE = msgid("A price change needs a title of up to 200 characters.")
_TWICE = msgid("Item %(item)s, unit %(unit)s stands twice for the same tier: keep one price.")
_BELOW = msgid("The price of item %(item)s is below nought: correct it.")
_UNSOLD = msgid("The catalogue has no item %(item)s sold by %(unit)s: import it, or drop the row.")
_ORDER = msgid("The end of a price change comes after its start.")
_ENDED = msgid("%(document)s would have ended already: draft it anew with a later end.")
_AUDIENCE = msgid("There is no branch or group for “%(audience)s”: choose one of the list.")
_SCOPE = msgid("%(audience)s reaches branches that are not in the care of %(operator)s.")
_BELOW_COST = msgid("%(count)s prices of %(document)s are below cost: say why they are approved.")
_NO_REASON = msgid("Say why %(document)s is withdrawn.")

# Numbers of documents and publications are drawn one after another; the lock ends with the
# transaction. Its key is a number of our own choosing.
_LOCK = 8_470_001
_TITLE_LENGTH = 200


#: The act of approving prices below cost, under which who, when and why are kept.
BELOW_COST = "price_change.approve_below_cost"


class PriceChangeError(RefusalError):
    """A price change that cannot be made or moved on as asked."""


@dataclass(frozen=True, slots=True)
class NewPriceChange:
    """A price change as it is asked for. `audience` is a feed; instants are aware, no end is for good."""

    title: str
    audience: str
    starts: datetime
    ends: datetime | None
    cells: Sequence[PriceCell]


@dataclass(frozen=True, slots=True)
class Document:
    """A price change as it stands."""

    document: str
    title: str
    audience: str
    starts: datetime
    ends: datetime | None
    state: State
    drafted_by: str
    drafted: datetime
    approved_by: str | None
    approved: datetime | None
    published_by: str | None
    published: datetime | None
    publication: int | None
    number: int | None
    withdrawn_by: str | None
    withdrawn: datetime | None
    reason: str | None
    row_count: int


def draft(connection: Connection, new: NewPriceChange, actor: User, at: datetime) -> str:
    """Write a draft and answer its code. Raises PriceChangeError."""
    title = new.title.strip()
    if not 0 < len(title) <= _TITLE_LENGTH:
        raise PriceChangeError(_NO_TITLE)
    if new.ends is not None and new.ends <= new.starts:
        raise PriceChangeError(_ORDER)
    _check_cells(new.cells)
    check_audience(connection, actor, new.audience)
    one_at_a_time(connection)
    document = _next_code(connection)
    connection.execute(
        insert(price_document).values(
            document=document, title=title, audience=new.audience, starts=new.starts,
            ends=new.ends, state="draft", drafted_by=actor.operator, drafted=at,
            row_count=len(new.cells),
        )
    )  # fmt: skip
    price_rows.write(connection, document, new.cells)
    if (missing := price_rows.unsold(connection, document)) is not None:
        raise PriceChangeError(_UNSOLD, item=missing[0], unit=missing[1])
    note(connection, at, actor.operator, "price_change.draft", document)
    return document


def approve(
    connection: Connection, document: str, actor: User, at: datetime, reason: str = ""
) -> None:
    """A second person's word for a draft, who says why if a price is below cost. Raises PriceChangeError."""
    held = _held(connection, document, ("draft",), actor)
    if held.drafted_by == actor.operator:
        raise PriceChangeError(_SAME_PERSON, document=document, operator=actor.operator)
    reached = audience_branches(connection, held.audience)
    below = price_checks.count(price_checks.checks(connection, document, reached)).below
    if below and not reason.strip():
        raise PriceChangeError(_BELOW_COST, document=document, count=below)
    if below:
        note(connection, at, actor.operator, BELOW_COST, document, reason.strip())
    _move(connection, document, state="approved", approved_by=actor.operator, approved=at)
    note(connection, at, actor.operator, "price_change.approve", document)


def publish(connection: Connection, document: str, actor: User, at: datetime) -> int:
    """Tell the audience, and answer the header's number in its feed. Raises PriceChangeError."""
    held = _held(connection, document, ("approved",), actor)
    if held.ends is not None and held.ends <= at:
        raise PriceChangeError(_ENDED, document=document)
    one_at_a_time(connection)
    turn = next_turn(connection)
    rows = [
        Price(document=document, item=one.item, unit=one.unit, tier=one.tier, price=one.price)
        for one in price_rows.read(connection, document)
    ]
    number = publication.publish(
        connection, {held.audience: [*rows, header_of(held, turn, withdrawn=False)]}
    )
    _move(
        connection, document, state="published", published_by=actor.operator, published=at,
        publication=turn, number=number,
    )  # fmt: skip
    note(connection, at, actor.operator, "price_change.publish", document)
    return number


def withdraw(connection: Connection, document: str, actor: User, reason: str, at: datetime) -> None:
    """Take a price change back, or drop one that nobody was told of. Raises PriceChangeError."""
    held = _held(connection, document, ("draft", "approved", "published"), actor)
    if not reason.strip():
        raise PriceChangeError(_NO_REASON, document=document)
    number = held.number
    if held.publication is not None:
        header = header_of(held, held.publication, withdrawn=True)
        number = publication.publish(connection, {held.audience: [header]})
    _move(
        connection, document, state="withdrawn", withdrawn_by=actor.operator, withdrawn=at,
        reason=reason.strip(), number=number,
    )  # fmt: skip
    note(connection, at, actor.operator, "price_change.withdraw", document, reason.strip())


def find(connection: Connection, document: str) -> Document:
    """One price change. Raises PriceChangeError."""
    query = select(price_document).where(price_document.c.document == document)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise PriceChangeError(_UNKNOWN, document=document)
    return Document(**row)


def newest(connection: Connection, limit: int, before: str = "") -> list[Document]:
    """Price changes, the latest drafted first; further ones come `before` the last one's code."""
    query = select(price_document).order_by(price_document.c.document.desc()).limit(limit)
    if before:
        query = query.where(price_document.c.document < before)
    return [Document(**row) for row in connection.execute(query).mappings()]


def published_by(
    connection: Connection, since: datetime, until: datetime, limit: int
) -> list[Document]:
    """Those that were published and in force at some time from `since` to `until`, the latest first."""
    held = price_document.c
    query = (
        select(price_document)
        .where(
            held.published <= until, held.starts <= until,
            func.coalesce(held.ends, since) >= since, func.coalesce(held.withdrawn, since) >= since,
        )
        .order_by(held.starts.desc(), held.document.desc())
        .limit(limit)
    )  # fmt: skip
    return [Document(**row) for row in connection.execute(query).mappings()]


def audience_branches(connection: Connection, audience: str) -> list[str]:
    """The branches that an audience reaches now, by code: none, once the last has left a group."""
    every = sites.branches(connection)
    if audience == CHAIN_FEED:
        return [one.branch.branch for one in every]
    return [
        one.branch.branch
        for one in every
        if audience in {branch_feed(one.branch.branch), *map(group_feed, one.groups)}
    ]


def next_turn(connection: Connection) -> int:
    """The turn of the next publication, which wins a tie. The caller holds `one_at_a_time`."""
    newest = connection.execute(select(func.max(price_document.c.publication))).scalar()
    return (newest or 0) + 1


def header_of(held: Document, turn: int, *, withdrawn: bool) -> PriceChange:
    """The record that puts the rows of a document in force, or out of it."""
    return PriceChange(
        document=held.document, title=held.title, starts=held.starts, ends=held.ends,
        published=turn, rows=held.row_count, withdrawn=withdrawn,
    )  # fmt: skip


def _held(
    connection: Connection, document: str, states: tuple[State, ...], actor: User
) -> Document:
    """The document, locked, in one of these states and within the person's scope."""
    locked = select(price_document.c.document).where(price_document.c.document == document)
    connection.execute(locked.with_for_update())
    held = find(connection, document)
    if held.state not in states:
        raise PriceChangeError(_STATE, document=document, state=held.state)
    check_scope(connection, actor, held.audience)
    return held


def _move(connection: Connection, document: str, **changes: Any) -> None:  # noqa: ANN401 - columns
    connection.execute(
        update(price_document).where(price_document.c.document == document).values(**changes)
    )


def _next_code(connection: Connection) -> str:
    """A code that no document has, nor one that was lost and may be taken back."""
    lost = select(func.split_part(proposal.c.key, "/", 1)).where(
        proposal.c.kind.in_(("price", "price_change"))
    )
    codes = select(price_document.c.document).union(lost).subquery()
    number = cast(func.substr(codes.c.document, 2), BigInteger)
    query = select(func.max(number)).where(codes.c.document.regexp_match("^P[0-9]{1,15}$"))
    return f"P{(connection.execute(query).scalar() or 0) + 1:06d}"


def one_at_a_time(connection: Connection) -> None:
    """Hold up others that draw codes or turns until this transaction ends."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _check_cells(cells: Sequence[PriceCell]) -> None:
    if not cells:
        raise PriceChangeError(_NO_ROWS)
    seen: set[tuple[str, str, str]] = set()
    for one in cells:
        if one.price < 0:
            raise PriceChangeError(_BELOW, item=one.item)
        key = (one.item, one.unit, one.tier)
        if key in seen:
            raise PriceChangeError(_TWICE, item=one.item, unit=one.unit)
        seen.add(key)


def check_audience(connection: Connection, actor: User, audience: str) -> None:
    """What is drafted addresses a branch, and none beyond a person's scope. Raises PriceChangeError."""
    if not check_scope(connection, actor, audience):
        raise PriceChangeError(_AUDIENCE, audience=audience)


def check_scope(connection: Connection, actor: User, audience: str) -> list[str]:
    """A person whose scope is some branches addresses no others; the branches that are reached. Raises
    PriceChangeError.

    A group that has lost its last branch is within everyone's: what was told to it can still be
    withdrawn, before a branch that joins takes it over.
    """
    reached = audience_branches(connection, audience)
    if actor.branches and not set(reached) <= set(actor.branches):
        raise PriceChangeError(_SCOPE, audience=audience, operator=actor.operator)
    return reached
