"""Points and stored value as the till's page asks for them and is told of them.

    account    {id, member, offline, points, worth, stored_value}   amounts in minor units, null where
               none is taken; offline: nobody could be asked, this is what the lane's grants have room for
               or {id, error: {code, values}}
    redeemed   {id, ok: true, kind, amount, asked, points, offline, left}, or
               {id, ok: false, error: {code, values}}

The page has the answer to what it asked within 2 s, whatever the line does, and the till goes on meanwhile: a
basket that was sold, or paid otherwise, before the answer came does not take it any more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import structlog

from pos_frontend.errors import TillError
from pos_frontend.redeeming import Redemptions, member_of, wanted_by
from pos_frontend.screen import protocol
from pos_frontend.till import Till
from replication.inquiry_desk import Underway
from replication.messages import InquiryAnswer
from schemas.wire.redemption import ACCOUNT, REDEEM

Json = dict[str, Any]
_log = structlog.get_logger(__name__)
KINDS = frozenset({ACCOUNT, REDEEM})


@dataclass(frozen=True, slots=True)
class Told:
    """The event for who asked, and whether the till changed by it, even to a ticket."""

    event: Json
    changed: bool = False
    committed: bool = False


def asked(
    redemptions: Redemptions, till: Till, request: protocol.Request, *, training: bool
) -> tuple[Underway, Json] | None:
    """Ask for what a request wants, and what its answer says of that; None for any other request.
    Raises TillError.
    """
    if not isinstance(request, protocol.AskAccount | protocol.Redeem):
        return None
    till.must_be_at_work()
    if training:
        raise TillError("redeem_training")
    if isinstance(request, protocol.AskAccount):
        if till.sale is None:
            raise TillError("empty")
        underway = redemptions.ask_account(member_of(till.sale))
        return underway, {"account": {"id": underway.inquiry.uuid}}
    if request.basket != till.basket_uuid:
        raise TillError("other_basket")
    underway = redemptions.ask(wanted_by(till.sale, request.kind, request.amount))
    return underway, {"redeeming": {"id": underway.inquiry.uuid, "kind": request.kind}}


def ended(redemptions: Redemptions, till: Till, underway: Underway, answer: InquiryAnswer) -> Told:
    """What is told when an inquiry of these kinds has ended, after what followed from it. To be called on
    the till's thread.
    """
    if underway.inquiry.kind == ACCOUNT:
        return Told(_told("account", answer, lambda: _account(redemptions, till, underway, answer)))
    committed = False

    def take() -> Json:
        nonlocal committed
        one = redemptions.redeemed(underway, answer, till.sale)
        committed = till.redeem(one)
        return {
            "ok": True, "kind": one.asked.kind, "amount": one.amount, "asked": one.asked.amount,
            "points": one.points, "offline": one.grant is not None, "left": one.left,
        }  # fmt: skip

    event = _told("redeemed", answer, take)
    return Told(event, bool(event["redeemed"]["ok"]), committed)


def _account(
    redemptions: Redemptions, till: Till, underway: Underway, answer: InquiryAnswer
) -> Json:
    return asdict(redemptions.balance(underway, answer, till.sale))


def _told(name: str, answer: InquiryAnswer, work: Callable[[], Json]) -> Json:
    try:
        said = work()
    except TillError as error:
        said = {"ok": False, "error": {"code": error.code, "values": error.values}}
    except ValueError as error:
        _log.warning(
            "an answer about redeeming does not read", by=answer.answered_by, why=str(error)
        )
        said = {"ok": False, "error": {"code": "redeem_unread", "values": {}}}
    return {"event": name, name: {"id": answer.uuid, **said}}
