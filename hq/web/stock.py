"""The ledger of one item: what moved it where and why, and what lies of it."""

from __future__ import annotations

from datetime import datetime

from starlette.responses import Response

from hq.bootstrap import Headquarters
from hq.goods.lines import item_names
from hq.reports.snapshot import snapshot
from hq.reports.stock import StockQuery, stock
from hq.reports.stock_ledger import ledger
from hq.web.asked import REPORT_ROLES, Asked, read_asked
from replication.console.app import Console
from replication.console.page import Page
from replication.console.row_seen import instant_seen, number_seen
from replication.console.stock_words import move_words

_ROWS = 100


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """The page."""

    @console.page("/stock/items/{item}", roles=REPORT_ROLES)
    def item(page: Page) -> Response:
        code = page.path["item"]
        with snapshot(headquarters.engine) as connection:
            asked = read_asked(page, connection, headquarters.settings.currency)
            rows = ledger(connection, asked.branches, code, _place(page), _ROWS)
            held = stock(connection, StockQuery(asked.branches, item=code, limit=None))
            name = item_names(connection, [code]).get(code, code)
        shown = rows[:_ROWS]
        return console.render(
            page, "stock_item.html", asked=asked, item=code, name=name, rows=shown, held=held,
            further=shown[-1].place if len(rows) > _ROWS else None,
            first=_address(asked, f"/stock/items/{code}", {}), is_first="after" not in page.query,
            zones={one.branch: one.zone for one in asked.known}, currency=asked.currency,
            reason_words=lambda reason: move_words(page, reason),
        )  # fmt: skip


def _address(asked: Asked, path: str, kept: dict[str, str | None]) -> str:
    """The same branches; stock is as of now, so no dates."""
    return asked.address(path, {"from": None, "to": None, **kept})


def _place(page: Page) -> tuple[datetime, str, int] | None:
    if "after" not in page.query:
        return None
    return instant_seen(page), page.query["after"], number_seen(page, "number")
