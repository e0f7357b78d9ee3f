"""One entry's way through the chain, asked for by receipt or by site and number.

N001.01-000123   the ticket with that receipt number
N001 12          entry 12 of a branch's journal
N001.01 12       entry 12 of a lane's journal, as its branch relayed it
"""

from __future__ import annotations

import re

from starlette.responses import Response

from hq.bootstrap import Headquarters
from hq.entry_journey import find_by_number, find_by_receipt
from hq.parked import RELEASERS, RETRIERS
from hq.reports.snapshot import snapshot
from hq.web.asked import OPERATIONS_ROLES, branch_of
from hq.web.link_words import Words
from replication.console.app import Console
from replication.console.languages import msgid
from replication.console.page import Page, PageError

_UNREADABLE = msgid(
    "“%(text)s” is neither a receipt number nor an entry: write N001.01-000123 or N001.01 12."
)
_RECEIPT = re.compile(r"(?P<site>[\w-]+\.[\w-]+)-(?P<number>\d{1,15})")
_NUMBER = re.compile(r"(?P<site>[\w.-]+)(?:\s*#\s*|\s+)(?P<number>\d{1,15})")


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """The page; every entry that is held of what was asked for is on it."""

    @console.page("/replication/entry", roles=OPERATIONS_ROLES)
    def entry(page: Page) -> Response:
        asked = page.query.get("entry", "").strip()
        receipt, number = _RECEIPT.fullmatch(asked), _NUMBER.fullmatch(asked)
        match = receipt or number
        if match is None:
            raise PageError(page.gettext(_UNREADABLE, text=asked[:60]))
        site, count = match["site"], int(match["number"])
        with snapshot(headquarters.engine) as connection:
            branch = branch_of(page, connection, site.partition(".")[0])
            if receipt is not None:
                found = find_by_receipt(connection, site, count)
            else:
                found = find_by_number(connection, site, count, page.query.get("epoch", ""))
        return console.render(
            page,
            "replication_entry.html",
            asked=asked,
            # Whoever may see one branch only must not read another's by a forged origin.
            found=[one for one in found if one.branch == branch.branch],
            zone=branch.zone,
            may_retry=page.user.role in RETRIERS,
            may_release=page.user.role in RELEASERS,
            words=Words(page),
        )
