"""The table of tiers (会员等级), which headquarters alone keeps.

    typed or imported   one with the same code is changed; what could never be reached is refused
    removed             not while members have it, or promotions and price changes name it
    no tier at all      a member's tier is any code, as before there was a table

What a tier is for a member, `schemas.domain.tier` says; `hq.tier_evaluation` gives them. What is asked
wrongly raises TierError; every change leaves an audit note.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, or_, select, text

from hq.audit import note
from hq.refusal import RefusalError
from replication.console.languages import msgid
from replication.console.users import User
from schemas.domain.promotion.effect import TierPercent
from schemas.domain.promotion.promotion import Promotion
from schemas.domain.tier import Tier
from schemas.tables.base import upsert
from schemas.tables.catalogue import member
from schemas.tables.headquarters import price_document, price_document_row, promotion_document
from schemas.tables.tiers import member_tier, tier_standing
from schemas.wire.promotion_rule import decode_rule

UNKNOWN = msgid("there is no tier %(codes)s; there are %(known)s")
_REFUSED = msgid("There is no tier %(codes)s; there are %(known)s: correct it, or add the tier.")
_NOT_THERE = msgid("There is no tier %(tier)s (any more). Load the page again.")
_THERE = msgid("There is a tier %(tier)s already: change that one, or choose another code.")
_NAMED = msgid(
    "%(tier)s is not removed: %(members)s members have it, and %(documents)s promotions and price changes name"
    " it%(names)s. Give the members another tier, and change or withdraw the others first."
)
_CODE = msgid("a code has no blanks and no commas")
_RANK = msgid("rank %(rank)s is that of %(other)s already; each tier has its own")
_THRESHOLD = msgid("a spend is nought or more, or empty where a person alone gives the tier")
_MONTHS = msgid("months are %(least)s to %(most)s")
_NEVER = msgid(
    "%(other)s ranks higher and asks for no more within as many months, so nobody would ever be %(tier)s"
)

_MOST_MONTHS = 120
_SHOWN = 6
# Whoever changes the table sees the whole of it; the lock ends with the transaction. A number of our own.
_LOCK = 8_470_012


class TierError(RefusalError):
    """Something that cannot be done with tiers as asked."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field of a tier."""

    column: str
    text: str
    params: Mapping[str, object]


def every(connection: Connection) -> tuple[Tier, ...]:
    """The tiers, the lowest rank first."""
    query = select(member_tier).order_by(member_tier.c.rank)
    return tuple(Tier(*row) for row in connection.execute(query))


def check(connection: Connection, codes: Collection[str]) -> None:
    """Raise TierError for codes that the table has not, where there is one."""
    known = [one.code for one in every(connection)]
    missing = sorted(set(codes) - {*known, ""})
    if known and missing:
        raise TierError(_REFUSED, codes=", ".join(missing), known=", ".join(known))


def faults(tier: Tier, tiers: Sequence[Tier]) -> Iterator[Fault]:
    """What is wrong with a tier among all, which it may be one of."""
    if any(char.isspace() or char == "," for char in tier.code):
        yield Fault("tier", _CODE, {})
    if tier.threshold is not None and tier.threshold < 0:
        yield Fault("spend", _THRESHOLD, {})
    for column, least in (("months", 1), ("keep_months", 0)):
        if not least <= getattr(tier, column) <= _MOST_MONTHS:
            yield Fault(column, _MONTHS, {"least": least, "most": _MOST_MONTHS})
    for other in tiers:
        if other.code == tier.code:
            continue
        if other.rank == tier.rank:
            yield Fault("rank", _RANK, {"rank": tier.rank, "other": other.code})
        for below, above in ((tier, other), (other, tier)):
            if _hides(above, below):
                params = {"tier": below.code, "other": above.code}
                yield Fault("spend", _NEVER, params)


def write(connection: Connection, changes: Sequence[Tier]) -> None:
    """Add tiers, or change those of their codes; raises TierError for what does not fit together."""
    lock(connection)
    together = {one.code: one for one in (*every(connection), *changes)}
    for one in changes:
        for fault in faults(one, list(together.values())):
            raise TierError(fault.text, **fault.params)
    columns = [column.name for column in member_tier.columns]
    rows = [dict(zip(columns, asdict(one).values(), strict=True)) for one in changes]
    upsert(connection, member_tier, rows)


def save(connection: Connection, tier: Tier, actor: User, at: datetime, *, is_new: bool) -> None:
    """Add a tier whose code is none's yet, or change the one that has it. Raises TierError."""
    lock(connection)
    if is_new != (tier.code not in {one.code for one in every(connection)}):
        raise TierError(_THERE if is_new else _NOT_THERE, tier=tier.code)
    write(connection, [tier])
    said = "" if tier.threshold is None else f"{tier.threshold}/{tier.months}"
    note(connection, at, actor.operator, "tier.save", tier.code, said)


def remove(connection: Connection, code: str, actor: User, at: datetime) -> None:
    """Take a tier away that nothing names. Raises TierError."""
    lock(connection)
    members = counted(connection).get(code, 0)
    named = [*_promotions(connection, code, at), *_price_changes(connection, code, at)]
    if members or named:
        more = " …" if len(named) > _SHOWN else ""
        names = f" ({', '.join(named[:_SHOWN])}{more})" if named else ""
        raise TierError(_NAMED, tier=code, members=members, documents=len(named), names=names)
    if not connection.execute(delete(member_tier).where(member_tier.c.tier == code)).rowcount:
        raise TierError(_NOT_THERE, tier=code)
    connection.execute(delete(tier_standing).where(tier_standing.c.tier == code))
    note(connection, at, actor.operator, "tier.remove", code)


def counted(connection: Connection) -> dict[str, int]:
    """How many members have which tier, also one that the table has not; who was merged does not count."""
    query = (
        select(member.c.tier, func.count())
        .where(member.c.merged == "", member.c.tier != "")
        .group_by(member.c.tier)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def lock(connection: Connection) -> None:
    """Hold the table as it is until the transaction ends."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def named_by(offer: Promotion) -> set[str]:
    """The tiers that a promotion names."""
    rates = offer.effect.rates if isinstance(offer.effect, TierPercent) else ()
    return {*offer.who.tiers, *(one.tier for one in rates)}


def _hides(above: Tier, below: Tier) -> bool:
    """Whether whoever reaches the lower of two has reached the higher as well."""
    return (
        above.rank > below.rank
        and above.months == below.months
        and above.threshold is not None
        and below.threshold is not None
        and above.threshold <= below.threshold
    )


def _promotions(connection: Connection, code: str, at: datetime) -> Iterator[str]:
    """Those that name it and have not ended."""
    row = promotion_document.c
    query = (
        select(row.promotion, row.rule)
        .where(row.state != "withdrawn", row.rule.contains(f'"{code}"', autoescape=True))
        .order_by(row.promotion)
    )
    for one in connection.execute(query):
        offer = decode_rule(one.promotion, one.rule)
        ended = offer.period.ends is not None and offer.period.ends <= at
        if not ended and code in named_by(offer):
            yield one.promotion


def _price_changes(connection: Connection, code: str, at: datetime) -> Iterator[str]:
    """Those that have prices for it and have not ended."""
    document, row = price_document.c, price_document_row.c
    query = (
        select(document.document)
        .where(document.state != "withdrawn", row.tier == code)
        .join(price_document_row, row.document == document.document)
        .where(or_(document.ends.is_(None), document.ends > at))
        .distinct()
        .order_by(document.document)
    )
    yield from connection.execute(query).scalars()
