"""Promotions (促销): one person drafts them, another approves them, and the tills they address follow.

    draft ──approve──▶ approved ──publish──▶ published ──withdraw──▶ withdrawn
    └─┘ change  └─────────┴────withdraw: nothing was told, so nothing is taken back────▲

    step      by whom                        what it writes, in one transaction
    draft     a buyer                        the document, here alone
    change    a buyer, who then drafted it   the document; nobody approves what they have not seen
    approve   not whoever drafted it         the state
    publish   buyer or approver              the record, in the audience's feed
    withdraw  buyer or approver, and why     once published: the record again, withdrawn

What contradicts itself, or names what the catalogue has not, is neither drafted nor published.
`publication` rises with each that is published, as tills order two of one number by it. What is asked
wrongly raises PromotionError; every step leaves an audit note.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import BigInteger, Connection, cast, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import JSONB

from hq import promotion_names, publication
from hq.audit import note
from hq.price_changes import check_audience, check_scope
from hq.promotion_refusal import ContradictionError, PromotionError
from replication.console.languages import msgid
from replication.console.users import User
from schemas.domain.promotion.contradiction import validate
from schemas.domain.promotion.promotion import Promotion
from schemas.tables.catalogue import promotion as promotion_table
from schemas.tables.headquarters import promotion_document, proposal
from schemas.wire import records
from schemas.wire.promotion_rule import decode_rule, encode_rule

State = Literal["draft", "approved", "published", "withdrawn"]
STATES: tuple[State, ...] = ("draft", "approved", "published", "withdrawn")

_UNKNOWN = msgid("There is no promotion %(document)s.")
_STATE = msgid("%(document)s is %(state)s, so this cannot be done (any more). Load the page again.")
_SAME_PERSON = msgid(
    "%(document)s was drafted by %(operator)s, who cannot approve it as well: ask somebody else."
)
_CHANGED = msgid(
    "%(document)s was changed since you loaded the page: load it again and look at it."
)
_TITLE = msgid("The title of a promotion has at most %(most)s characters: shorten it.")
_ENDED = msgid("%(document)s would have ended already: change its end, or draft it anew.")
_NO_REASON = msgid("Say why %(document)s is withdrawn.")

# Numbers of promotions and publications are drawn one after another; the lock ends with the
# transaction. Its key is a number of our own choosing.
_LOCK = 8_470_003
#: A receipt prints the title on a line of its own.
TITLE_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Document:
    """A promotion as it stands at headquarters. `audience` is a feed, `drafted_by` who wrote it last."""

    promotion: str
    audience: str
    rule: str
    state: State
    drafted_by: str
    drafted: datetime
    approved_by: str | None
    approved: datetime | None
    published_by: str | None
    published: datetime | None
    publication: int | None
    withdrawn_by: str | None
    withdrawn: datetime | None
    reason: str | None

    @property
    def offer(self) -> Promotion:
        """The promotion itself. Raises UnreadableRuleError."""
        return decode_rule(self.promotion, self.rule)

    @property
    def seen(self) -> str:
        """What a page shows of it, in short: whoever decides names what they have seen."""
        return hashlib.sha256(f"{self.audience}\n{self.rule}".encode()).hexdigest()


def draft(
    connection: Connection, audience: str, offer: Promotion, actor: User, at: datetime
) -> str:
    """Write a draft under the next number, whatever `offer` calls itself. Raises PromotionError."""
    check_audience(connection, actor, audience)
    one_at_a_time(connection)
    number = _next_number(connection)
    numbered = replace(offer, id=number)
    check(connection, numbered)
    connection.execute(
        insert(promotion_document).values(
            promotion=number, audience=audience, rule=encode_rule(numbered), state="draft",
            drafted_by=actor.operator, drafted=at,
        )
    )  # fmt: skip
    note(connection, at, actor.operator, "promotion.draft", number)
    return number


def change(
    connection: Connection, number: str, audience: str, offer: Promotion, actor: User,
    at: datetime, *, seen: str,
) -> None:  # fmt: skip
    """Write a draft anew. Raises PromotionError."""
    _held(connection, number, ("draft",), actor, seen)
    check_audience(connection, actor, audience)
    numbered = replace(offer, id=number)
    check(connection, numbered)
    _move(
        connection, number, audience=audience, rule=encode_rule(numbered),
        drafted_by=actor.operator, drafted=at,
    )  # fmt: skip
    note(connection, at, actor.operator, "promotion.change", number)


def approve(connection: Connection, number: str, actor: User, at: datetime, *, seen: str) -> None:
    """A second person's word for a draft that they have seen. Raises PromotionError."""
    held = _held(connection, number, ("draft",), actor, seen)
    if held.drafted_by == actor.operator:
        raise PromotionError(_SAME_PERSON, document=number, operator=actor.operator)
    check(connection, held.offer)
    _move(connection, number, state="approved", approved_by=actor.operator, approved=at)
    note(connection, at, actor.operator, "promotion.approve", number)


def publish(connection: Connection, number: str, actor: User, at: datetime) -> int:
    """Tell the audience, and answer the record's number in its feed. Raises PromotionError."""
    held = _held(connection, number, ("approved",), actor)
    check(connection, held.offer)
    if held.offer.period.ends is not None and held.offer.period.ends <= at:
        raise PromotionError(_ENDED, document=number)
    one_at_a_time(connection)
    turn = next_turn(connection)
    place = publication.publish(connection, {held.audience: [record_of(held, turn)]})
    _move(
        connection, number, state="published", published_by=actor.operator, published=at,
        publication=turn,
    )  # fmt: skip
    note(connection, at, actor.operator, "promotion.publish", number)
    return place


def withdraw(connection: Connection, number: str, actor: User, reason: str, at: datetime) -> None:
    """Take a promotion back, or drop one that nobody was told of. Raises PromotionError."""
    held = _held(connection, number, ("draft", "approved", "published"), actor)
    if not reason.strip():
        raise PromotionError(_NO_REASON, document=number)
    if held.publication is not None:
        taken_back = record_of(held, held.publication, withdrawn=True)
        publication.publish(connection, {held.audience: [taken_back]})
    _move(
        connection, number, state="withdrawn", withdrawn_by=actor.operator, withdrawn=at,
        reason=reason.strip(),
    )  # fmt: skip
    note(connection, at, actor.operator, "promotion.withdraw", number, reason.strip())


def find(connection: Connection, number: str) -> Document:
    """One promotion. Raises PromotionError."""
    query = select(promotion_document).where(promotion_document.c.promotion == number)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise PromotionError(_UNKNOWN, document=number)
    return Document(**row)


def newest(
    connection: Connection, limit: int, before: str = "", state: State | None = None
) -> list[Document]:
    """Promotions, the latest first, all or those of a state; further ones come `before` the last."""
    query = select(promotion_document).order_by(promotion_document.c.promotion.desc()).limit(limit)
    if before:
        query = query.where(promotion_document.c.promotion < before)
    if state is not None:
        query = query.where(promotion_document.c.state == state)
    return [Document(**row) for row in connection.execute(query).mappings()]


def giving(connection: Connection) -> frozenset[str]:
    """The numbers of all promotions that ever gave gifts, or may."""
    kind = cast(promotion_document.c.rule, JSONB)["effect"]["kind"].astext
    query = select(promotion_document.c.promotion).where(kind == "spend_gift")
    return frozenset(connection.execute(query).scalars())


def check(connection: Connection, offer: Promotion) -> None:
    """Raise PromotionError or TierError for what contradicts itself or names what is not there."""
    if len(offer.title) > TITLE_LENGTH:
        raise PromotionError(_TITLE, most=TITLE_LENGTH)
    if faults := validate(offer):
        raise ContradictionError(faults)
    promotion_names.check(connection, offer)


def record_of(held: Document, turn: int, *, withdrawn: bool = False) -> records.Promotion:
    """The record that puts a promotion in force, or out of it."""
    return records.Promotion(
        promotion=held.promotion, ends=held.offer.period.ends, published=turn, rule=held.rule,
        withdrawn=withdrawn,
    )  # fmt: skip


def _held(
    connection: Connection, number: str, states: tuple[State, ...], actor: User,
    seen: str | None = None,
) -> Document:  # fmt: skip
    """The document, locked, in one of these states, as it was seen, and within the person's scope."""
    locked = select(promotion_document.c.promotion).where(promotion_document.c.promotion == number)
    connection.execute(locked.with_for_update())
    held = find(connection, number)
    if held.state not in states:
        raise PromotionError(_STATE, document=number, state=held.state)
    if seen is not None and seen != held.seen:
        raise PromotionError(_CHANGED, document=number)
    check_scope(connection, actor, held.audience)
    return held


def _move(connection: Connection, number: str, **changes: Any) -> None:  # noqa: ANN401 - columns
    connection.execute(
        update(promotion_document).where(promotion_document.c.promotion == number).values(**changes)
    )


def _next_number(connection: Connection) -> str:
    """A number that no promotion has, nor one that was lost and may be taken back."""
    lost = select(proposal.c.key).where(proposal.c.kind == "promotion")
    told = select(promotion_table.c.promotion)
    held = select(promotion_document.c.promotion.label("number")).union(lost, told).subquery()
    digits = cast(func.substr(held.c.number, 2), BigInteger)
    query = select(func.max(digits)).where(held.c.number.regexp_match("^S[0-9]{1,15}$"))
    return f"S{(connection.execute(query).scalar() or 0) + 1:06d}"


def next_turn(connection: Connection) -> int:
    """The turn of the next publication. The caller holds `one_at_a_time`."""
    told = connection.execute(select(func.max(promotion_table.c.published))).scalar()
    return (told or 0) + 1


def one_at_a_time(connection: Connection) -> None:
    """Hold up others that draw numbers or turns until this transaction ends."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
