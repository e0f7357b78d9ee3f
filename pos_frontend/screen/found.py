"""An ended look-up as the till's page shows it.

    id          of the look-up                 key       the receipt number or uuid that was looked up
    outcome     found | unknown | refused      complete  everybody who could know was asked
    by          lane | branch | above: whose answer it is
    answered_by that site                      why       what kept it from asking on, see `inquiry`
    through     the newest receipt of that lane which is held there, or null
    ticket      what was found, or null: {uuid, receipt, shop, currency, decimals, business_date, time,
                operator, member, lines, tenders, total, rounding, change}

Lines and tenders are those of `state`, and what may still be returned of a line is its `left`, in
thousandths, where that was asked; `time` is on the clock of the ticket's branch.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

import structlog
from babel.numbers import get_currency_precision

from pos_frontend.returns import FoundSale
from pos_frontend.screen.state import Json, line_picture, tender_pictures
from replication.messages import InquiryAnswer
from schemas.wire.inquiries import HeldTicket, ReceiptNumber, read_through
from schemas.wire.returns import read_sold

_log = structlog.get_logger(__name__)


def lookup_picture(
    key: str,
    answer: InquiryAnswer,
    found: HeldTicket | None,
    lane: str,
    sold: FoundSale | None = None,
) -> Json:
    """Return the answer to a look-up at `lane`; with what may be returned, where that was asked."""
    by = {lane: "lane", lane.rpartition(".")[0]: "branch"}
    return {
        "id": answer.uuid,
        "key": key,
        "outcome": answer.outcome,
        "complete": answer.complete,
        "by": by.get(answer.answered_by, "above"),
        "answered_by": answer.answered_by,
        "why": answer.why,
        "through": _through(answer) if answer.outcome == "unknown" else None,
        "ticket": found and _ticket(found, sold),
    }


def _through(answer: InquiryAnswer) -> str | None:
    try:
        told = answer.body
        # One that was looked up to be returned is told within more; see `schemas.wire.returns`.
        through = read_sold(told).through if "given" in told else read_through(told)
    except ValueError:
        _log.warning("how far a lane is held cannot be read", body=answer.body)
        return None
    if through is None or through.counter == 0:
        return None
    return str(ReceiptNumber(through.lane, through.counter))


def _ticket(held: HeldTicket, sold: FoundSale | None) -> Json:
    ticket = held.ticket
    local = ticket.committed.astimezone(ZoneInfo(ticket.zone))
    return {
        "uuid": ticket.uuid,
        "receipt": ticket.receipt,
        "shop": held.shop,
        "currency": held.currency,
        "decimals": get_currency_precision(held.currency) if held.currency else None,
        "business_date": ticket.business_date.isoformat(),
        "time": f"{local:%Y-%m-%d %H:%M}",
        "operator": ticket.operator,
        "member": ticket.member,
        "lines": [
            line_picture(line) | ({"left": sold.left(line).quantity} if sold else {})
            for line in ticket.lines
        ],
        "tenders": tender_pictures(ticket.tenders),
        "total": ticket.total,
        "rounding": ticket.rounding,
        "change": ticket.change,
    }
