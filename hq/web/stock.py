"""Stock over branches: what lies where, what it is worth, what is expected; and the ledger of an item.

How complete that is stands above it: the days of the last week, and how far each branch's journal is held here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Connection
from starlette.responses import Response

from hq.bootstrap import Headquarters
from hq.completeness import Completeness, assess
from hq.goods.lines import item_names
from hq.reports.snapshot import snapshot
from hq.reports.stock import Only, StockPage, StockQuery, positions, stock
from hq.reports.stock_ledger import ledger
from hq.web.asked import REPORT_ROLES, Asked, read_asked
from hq.web.completeness_text import cell, extent, heading, told
from hq.web.stock_export import Exported, export
from replication.console import formats
from replication.console.app import Console
from replication.console.languages import msgid
from replication.console.page import Page
from replication.console.row_seen import instant_seen, number_seen
from replication.console.stock_words import move_words
from schemas.domain.money import format_amount
from schemas.domain.quantity import format_quantity

_UNCOSTED = msgid("Without a known cost")
ONLY = {
    "": msgid("All items"),
    "negative": msgid("Below nought"),
    "uncosted": _UNCOSTED,
    "expected": msgid("Something expected"),
}
_TITLE = msgid("Stock")
_ROWS = 100
#: The business days whose completeness stands above what lies there now.
_WEEK = timedelta(days=6)


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """The list, its exports, and the ledger of one item."""
    pages = _StockPages(console, headquarters)
    console.page("/stock", roles=REPORT_ROLES)(pages.every)
    console.page("/stock.csv", roles=REPORT_ROLES)(pages.exported)
    console.page("/stock.pdf", roles=REPORT_ROLES)(pages.exported)
    console.page("/stock/items/{item}", roles=REPORT_ROLES)(pages.item)


class _StockPages:
    def __init__(self, console: Console, headquarters: Headquarters) -> None:
        self._console = console
        self._hq = headquarters

    def every(self, page: Page) -> Response:
        """What lies where."""
        with snapshot(self._hq.engine) as connection:
            asked = read_asked(page, connection, self._hq.settings.currency)
            query = _query(page, asked, _ROWS)
            found = stock(connection, query)
            held = positions(connection, asked.branches)
            completeness = _assessed(connection, asked, page.now)
        kept = {"find": query.find or None, "only": query.only or None}
        return self._console.render(
            page, "stock.html", asked=asked, query=query, found=found, positions=held,
            zones={one.branch: one.zone for one in asked.known},
            names={one.branch: one.name for one in asked.known},
            kinds={one.branch: one.kind for one in asked.known},
            only=[(code, page.gettext(text)) for code, text in ONLY.items()],
            first=_address(asked, "/stock", kept), csv=_address(asked, "/stock.csv", kept),
            pdf=_address(asked, "/stock.pdf", kept),
            currency=asked.currency, completeness=completeness,
            heading=heading(page, completeness), extent=extent(page, completeness, asked.zone),
            told=told(page, completeness),
        )  # fmt: skip

    def exported(self, page: Page) -> Response:
        """All of it to take away; each row says whether its value is known, and its branch complete."""
        with snapshot(self._hq.engine) as connection:
            asked = read_asked(page, connection, self._hq.settings.currency)
            found = stock(connection, _query(page, asked, None))
            completeness = _assessed(connection, asked, page.now)
        header = [
            page.gettext(text)
            for text in ("Branch", "Item", "Name", "Unit", "On hand", "Value without tax",
                         "Value with tax", "In transit", "On order", "Remarks")
        ]  # fmt: skip
        made = Exported(
            page.gettext(_TITLE), page.now.date(), page.now.date(), header,
            _written(page, found, asked.currency, completeness), frozenset(range(4, 9)), 0, asked,
            completeness,
        )  # fmt: skip
        return export(page, made)

    def item(self, page: Page) -> Response:
        """The ledger of one item, and what lies of it where."""
        code = page.path["item"]
        with snapshot(self._hq.engine) as connection:
            asked = read_asked(page, connection, self._hq.settings.currency)
            rows = ledger(connection, asked.branches, code, _place(page), _ROWS)
            held = stock(connection, StockQuery(asked.branches, item=code, limit=None))
            name = item_names(connection, [code]).get(code, code)
        shown = rows[:_ROWS]
        return self._console.render(
            page, "stock_item.html", asked=asked, item=code, name=name, rows=shown, held=held,
            further=shown[-1].place if len(rows) > _ROWS else None,
            first=_address(asked, f"/stock/items/{code}", {}), is_first="after" not in page.query,
            zones={one.branch: one.zone for one in asked.known}, currency=asked.currency,
            reason_words=lambda reason: move_words(page, reason),
        )  # fmt: skip


def _query(page: Page, asked: Asked, limit: int | None) -> StockQuery:
    only, find = page.query.get("only", ""), page.query.get("find", "").strip()
    after = None
    if limit is not None and "after" in page.query:
        after = (page.query.get("at", ""), page.query["after"])
    chosen = cast("Only", only if only in ONLY else "")
    return StockQuery(asked.branches, find, "", chosen, after, limit)


def _assessed(connection: Connection, asked: Asked, now: datetime) -> Completeness:
    """What the days of the last week lack, up to today."""
    last = max(now.date(), asked.last)
    return assess(connection, asked.branches, last - _WEEK, last, now)


def _address(asked: Asked, path: str, kept: dict[str, str | None]) -> str:
    """The same branches; stock is as of now, so no dates."""
    return asked.address(path, {"from": None, "to": None} | kept)


def _place(page: Page) -> tuple[datetime, str, int] | None:
    if "after" not in page.query:
        return None
    return instant_seen(page), page.query["after"], number_seen(page, "number")


def _written(
    page: Page, found: StockPage, currency: str, completeness: Completeness
) -> list[list[str]]:
    decimals = formats.decimals_of(currency)
    unknown = page.gettext(_UNCOSTED)
    verdicts = {
        branch: cell(page, completeness.narrowed(branch=branch)) for branch in completeness.branches
    }
    return [
        [
            one.branch, one.item, one.name, one.unit, format_quantity(one.quantity),
            format_amount(one.value, decimals), format_amount(one.with_tax, decimals),
            format_quantity(one.in_transit), format_quantity(one.on_order),
            "" if one.costed or not one.quantity else unknown, verdicts[one.branch],
        ]
        for one in found.rows
    ]  # fmt: skip
