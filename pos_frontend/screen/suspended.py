"""Suspended baskets as the till's page asks for them and is told of them.

    suspended   {id, pending, complete, why, lane, baskets: [{uuid, lane, operator, name, at, amount,
                lines, given}]}    newest first; pending: the lane's own, the branch is being asked
    resumed     {id, uuid, ok: true, claimed, repriced, lane, name, before, total}, or
                {id, uuid, ok: false, error: {code, values}}

`given` is the lane that the branch has given a basket to, `before` what it came to when it was suspended.
A basket that the branch gives while the cashier has begun another stays given to this lane, and is
resumed when it is wanted again.
"""

from __future__ import annotations

from typing import Any

import structlog

from pos_frontend.errors import TillError
from pos_frontend.shared_baskets import SharedBaskets
from pos_frontend.till import Till
from replication.inquiry_desk import Underway
from replication.messages import InquiryAnswer
from schemas.wire.suspended import CLAIM, Listing, read_asked

Json = dict[str, Any]
_log = structlog.get_logger(__name__)


def asked(shared: SharedBaskets) -> tuple[Underway, Json]:
    """Ask for the list; what is shown until it is answered."""
    own = shared.own()
    underway = shared.ask()
    return underway, {"id": underway.inquiry.uuid, "pending": True, **_listing(own)}


def ended(
    shared: SharedBaskets, till: Till, underway: Underway, answer: InquiryAnswer
) -> Json | None:
    """The event that tells how an inquiry ended, after what followed from it; None when nobody wants it.

    To be called on the till's thread.
    """
    if underway.inquiry.kind == CLAIM:
        return {"event": "resumed", "resumed": _resumed(shared, till, underway, answer)}
    listing = _taken(shared, underway, answer)
    if listing is None:
        return None
    shown = {
        "id": answer.uuid, "pending": False, "complete": answer.complete, "why": answer.why,
        **_listing(listing),
    }  # fmt: skip
    return {"event": "suspended", "suspended": shown}


def _taken(shared: SharedBaskets, underway: Underway, answer: InquiryAnswer) -> Listing | None:
    try:
        return shared.take(underway, answer)
    except ValueError as error:
        _log.warning("a list of suspended baskets does not read", error=str(error))
        return shared.own()


def _resumed(shared: SharedBaskets, till: Till, underway: Underway, answer: InquiryAnswer) -> Json:
    said = {"id": answer.uuid, "uuid": read_asked(underway.inquiry.body).suspended}
    try:
        resuming = shared.given(underway, answer)
        till.resume(resuming)
    except TillError as error:
        return {**said, "ok": False, "error": {"code": error.code, "values": error.values}}
    except ValueError as error:
        _log.warning("a suspended basket does not read", by=answer.answered_by, error=str(error))
        return {**said, "ok": False, "error": {"code": "suspended_unknown", "values": {}}}
    fact = resuming.fact
    return {
        **said,
        "ok": True,
        "claimed": resuming.claimed,
        "repriced": resuming.current,
        "lane": fact.lane,
        "name": fact.name,
        "before": fact.amount,
        "total": till.sale.totals.total if till.sale else 0,
    }


def _listing(listing: Listing) -> Json:
    baskets = [
        {
            "uuid": one.uuid, "lane": one.lane, "operator": one.operator, "name": one.name,
            "at": one.at.isoformat(), "amount": one.amount, "lines": one.lines, "given": one.given,
        }
        for one in listing.baskets
    ]  # fmt: skip
    return {"baskets": baskets}
