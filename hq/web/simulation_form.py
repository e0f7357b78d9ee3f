"""What the form of the simulator shows on the page of a promotion that is not published yet."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from hq import price_changes
from hq.promotions import Document
from hq.reports.branches import known_branches, newest_day
from replication.console.page import Page

#: In these states a promotion can be simulated; later there is its effect.
UNPUBLISHED = frozenset({"draft", "approved"})
#: So many days are asked for unless others are chosen.
DAYS = 7


def simulation_form(page: Page, connection: Connection, held: Document) -> dict[str, object]:
    """The branches to choose from, those that it addresses, and the last days that there are."""
    known = known_branches(connection, page.user.branches)
    addressed = set(price_changes.audience_branches(connection, held.audience))
    chosen = sorted(addressed & {one.branch for one in known})
    last = newest_day(connection, chosen) or page.now.date()
    first = last - timedelta(days=DAYS - 1)
    coupon = held.offer.who.coupon
    return {
        "known": known, "chosen": chosen, "first": first, "last": last, "coupon": coupon,
        "presented": False,
    }  # fmt: skip
