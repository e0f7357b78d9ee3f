"""A promotion that headquarters lost with its database, taken back from its branches.

    here                  was told            what is done, in the caller's transaction
    unknown               published           the document is written as published, and published again
    unknown               withdrawn           the same, as withdrawn: its number and its reason to end are kept
    draft or approved     the same promotion  it is published; the acceptance stands for its approval
    published             its withdrawal      it is withdrawn
    otherwise                                 refused: LostPromotionError names the way out

Who drafted and approved it was lost with the audit: whoever accepts it answers for both.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from hq import promotions, publication, sites
from hq.audit import note
from hq.promotion_refusal import PromotionError
from replication.console.languages import msgid
from replication.console.users import User
from schemas.tables.headquarters import promotion_document
from schemas.wire import records
from schemas.wire.promotion_rule import UnreadableRuleError, decode_rule

_OTHER = msgid(
    "%(document)s is another promotion here by now (%(state)s): draft a new one like this, then dismiss this."
)
_NOBODY = msgid("No branch follows %(audience)s here: accept the subscriptions to it first.")
_UNREADABLE = msgid(
    "Promotion %(document)s does not read here, as a newer release wrote it: upgrade headquarters first."
)
_WITHDRAWN = msgid("It had been withdrawn before the database was put back.")


class LostPromotionError(PromotionError):
    """A promotion that cannot be taken back as it was told."""


def take_back(
    connection: Connection, audience: str, told: records.Promotion, actor: User, at: datetime
) -> int:
    """Publish it again, and answer its number in the feed. Raises PromotionError."""
    number = told.promotion
    promotions.one_at_a_time(connection)
    if not sites.followers(connection, audience):
        raise LostPromotionError(_NOBODY, audience=audience.removeprefix("feed:"))
    state = connection.execute(
        select(promotion_document.c.state).where(promotion_document.c.promotion == number)
    ).scalar()
    if state is None:
        _write(connection, audience, told, actor, at)
    elif not _is_the_same(connection, audience, told, state):
        raise LostPromotionError(_OTHER, document=number, state=state)
    turn = promotions.next_turn(connection)
    held = promotions.find(connection, number)
    if held.publication is not None:
        turn = held.publication
    elif not told.withdrawn:
        promotions.check(connection, held.offer)
    record = promotions.record_of(held, turn, withdrawn=told.withdrawn)
    place = publication.publish(connection, {audience: [record]})
    done: dict[str, object] = {"state": "published", "publication": turn}
    if held.publication is None:
        done |= {"approved_by": actor.operator, "approved": at}
        done |= {"published_by": actor.operator, "published": at}
    if told.withdrawn:
        done |= {"state": "withdrawn", "withdrawn_by": actor.operator, "withdrawn": at}
        done["reason"] = _WITHDRAWN
    connection.execute(
        update(promotion_document).where(promotion_document.c.promotion == number).values(**done)
    )
    note(connection, at, actor.operator, "promotion.take_back", number)
    return place


def _write(
    connection: Connection, audience: str, told: records.Promotion, actor: User, at: datetime
) -> None:
    try:
        decode_rule(told.promotion, told.rule)
    except UnreadableRuleError as error:
        raise LostPromotionError(_UNREADABLE, document=told.promotion) from error
    connection.execute(
        insert(promotion_document).values(
            promotion=told.promotion, audience=audience, rule=told.rule, state="approved",
            drafted_by=actor.operator, drafted=at,
        )
    )  # fmt: skip


def _is_the_same(
    connection: Connection, audience: str, told: records.Promotion, state: str
) -> bool:
    """Whether what was told is a later step of the promotion that is here."""
    here = promotions.find(connection, told.promotion)
    if (here.audience, here.rule) != (audience, told.rule):
        return False
    return state in {"draft", "approved"} or (state == "published" and told.withdrawn)
