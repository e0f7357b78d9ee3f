"""Coupons that may be used once, as the till's page has them reserved for the basket (rule 18).

    the till is        a coupon that is not reserved yet                                  told as
    live               headquarters is asked; answered: reserved, or off the basket,      {event: coupon}
                       with why. Not answered: out of a grant of the lane, or off
    in a training      is reserved at once: nobody is asked, and nothing leaves the lane  the state

    coupon     {id, ok: true, number, offline}, or {id, ok: false, number, error: {code, values}}

The page asks for one after the other, as long as the state has one that is `unreserved`: presented just now, in
a basket that was resumed, or at the till after it was cut off. The number is told masked.
"""

from __future__ import annotations

from typing import Any

import structlog

from pos_frontend import presenting
from pos_frontend.errors import TillError
from pos_frontend.redeeming import Redemptions
from pos_frontend.screen import protocol
from pos_frontend.till import Till
from replication.inquiry_desk import Underway
from replication.messages import InquiryAnswer
from schemas.domain.coupon import masked, read_coupon
from schemas.wire.redemption import REDEEM, Redeeming, read_redeeming

Json = dict[str, Any]
_log = structlog.get_logger(__name__)


def asked(
    redemptions: Redemptions, till: Till, request: protocol.Request, *, training: bool
) -> tuple[Underway, Json] | None:
    """Ask for the next coupon that is to be reserved, and what the answer says of that; None for any other
    request, and in a training, where none is asked for. Raises TillError.
    """
    if not isinstance(request, protocol.Plain) or request.do != "reserve_coupon":
        return None
    till.must_be_at_work()
    sale = till.sale
    coupon = presenting.unreserved(sale, till.offers) if sale else None
    if sale is None or coupon is None:
        raise TillError("no_coupon")
    if training:
        till.reserve_coupon(coupon.number, "")
        return None
    member = sale.basket.member or ""
    underway = redemptions.ask(Redeeming(sale.uuid, "coupon", coupon.number, member=member))
    return underway, {"reserving": {"id": underway.inquiry.uuid, "number": masked(coupon.number)}}


def is_about_one(underway: Underway) -> bool:
    """Whether an inquiry asked for a coupon."""
    inquiry = underway.inquiry
    return inquiry.kind == REDEEM and read_redeeming(inquiry.body).kind == "coupon"


def ended(redemptions: Redemptions, till: Till, underway: Underway, answer: InquiryAnswer) -> Json:
    """The event that tells how an inquiry for a coupon ended, after what followed from it. To be called on
    the till's thread.
    """
    wanted = read_redeeming(underway.inquiry.body)
    said: Json = {"id": answer.uuid, "number": masked(wanted.account)}
    try:
        grant = _granted(redemptions, till, underway, answer)
        till.reserve_coupon(wanted.account, grant)
    except TillError as error:
        if till.basket_uuid == wanted.ticket:
            till.drop_coupon(wanted.account)
        said |= {"ok": False, "error": {"code": error.code, "values": error.values}}
    else:
        said |= {"ok": True, "offline": bool(grant)}
    return {"event": "coupon", "coupon": said}


def _granted(
    redemptions: Redemptions, till: Till, underway: Underway, answer: InquiryAnswer
) -> str:
    """The grant out of which the coupon was had, empty where headquarters reserved it. Raises TillError,
    also where the basket that it was wanted for has ended.
    """
    if till.basket_uuid != read_redeeming(underway.inquiry.body).ticket:
        raise TillError("redeem_late")
    try:
        had = redemptions.redeemed(underway, answer, till.sale)
    except ValueError as error:
        _log.warning(
            "an answer about a coupon does not read", by=answer.answered_by, why=str(error)
        )
        raise TillError("redeem_unread") from error
    coupon = read_coupon(had.asked.account)
    if had.grant is None and (coupon is None or had.coupon_kind != coupon.kind):
        raise TillError("redeem_unknown_coupon")
    return had.grant or ""
