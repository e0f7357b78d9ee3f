"""What is in transit (在途) between branches: by pair of branches, and each transfer with its age.

Goods on their way for longer than so many days are named; so are those that nobody can receive.
"""

from __future__ import annotations

from datetime import datetime

from starlette.responses import Response

from hq.bootstrap import Headquarters
from hq.closing import closed
from hq.goods.open_goods import on_the_way, pairs
from hq.reports.branches import known_branches
from hq.reports.snapshot import snapshot
from hq.web.goods import READERS
from replication.console.app import Console, Page, PageError
from replication.console.languages import msgid
from replication.console.row_seen import instant_seen

#: From how many days on goods are called long on their way, unless the person says otherwise.
_DAYS = 3
_MOST_DAYS = 366
_ROWS = 100
_NO_DAYS = msgid("“%(text)s” is no number of days between 0 and 366.")


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """The page; it must come before the one of a single document."""

    @console.page("/goods/transit", roles=READERS)
    def transit(page: Page) -> Response:
        days, after = _days(page), _after(page)
        with snapshot(headquarters.engine) as connection:
            scope = page.user.branches
            between = pairs(connection, scope)
            found = on_the_way(connection, scope, after, _ROWS)
            known = {one.branch: one for one in known_branches(connection)}
            over = closed(connection)
        shown = found[:_ROWS]
        ages = {one.document: (page.now - one.sent).days for one in shown}
        stuck = [one for one in shown if one.state == "stopped" or one.branch in over]
        return console.render(
            page, "goods_transit.html", pairs=between, transfers=shown, ages=ages, days=days,
            long=[one for one in shown if ages[one.document] > days], stuck=stuck, known=known,
            pair_ages={(one.sender, one.branch): (page.now - one.since).days for one in between},
            further=shown[-1] if len(found) > _ROWS else None, first=after is None,
            currency=headquarters.settings.currency,
        )  # fmt: skip


def _days(page: Page) -> int:
    text = page.query.get("days", "").strip()
    if not text:
        return _DAYS
    if not text.isdecimal() or int(text) > _MOST_DAYS:
        raise PageError(page.gettext(_NO_DAYS, text=text[:20]))
    return int(text)


def _after(page: Page) -> tuple[datetime, str] | None:
    if "after" not in page.query:
        return None
    return instant_seen(page), page.query["after"]
