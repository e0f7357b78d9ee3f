"""What a lane asks its branch beside its link, and what it answers by itself when nobody else can."""

from __future__ import annotations

from pathlib import Path

from pos_frontend import databases
from pos_frontend.day import Terms, terms
from pos_frontend.errors import TillError
from pos_frontend.lane import Lane
from pos_frontend.own_returns import own_returns
from pos_frontend.own_tickets import own_tickets
from pos_frontend.suspended_baskets import own_suspended
from replication.inquiry import Above
from replication.inquiry_desk import InquiryDesk
from schemas.wire.inquiries import TICKET
from schemas.wire.returns import RETURN
from schemas.wire.suspended import SUSPENDED


def inquiry_desk(lane: Lane, data: Path, above: Above | None) -> InquiryDesk:
    """The inquiries of a lane whose journal is in `data`; without anybody `above` it knows its own alone."""

    def shop() -> Terms | None:
        try:
            return terms(lane.catalogue, lane.branch, lane.clock())
        except TillError:
            return None  # not loaded yet

    return InquiryDesk(
        lane.site,
        databases.journal_reader(data),
        {
            TICKET: own_tickets(lane.site, shop),
            RETURN: own_returns(lane.site, shop),
            SUSPENDED: own_suspended(),
        },
        above,
    )
