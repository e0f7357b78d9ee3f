"""Stock variance: gains and losses that no sale and no delivery explains, by branch, reason and item."""

from __future__ import annotations

from sqlalchemy import Connection
from starlette.responses import Response

from hq.bootstrap import Headquarters
from hq.completeness import assess
from hq.goods.lines import item_names
from hq.reports.snapshot import snapshot
from hq.reports.stock_variance import REASONS, VarianceQuery, variance
from hq.web.asked import REPORT_ROLES, Asked, read_asked
from hq.web.completeness_text import cell, extent, heading, told
from hq.web.stock_export import Exported, export
from replication.console import formats
from replication.console.app import Console
from replication.console.languages import msgid
from replication.console.page import Page
from replication.console.stock_words import move_words
from schemas.domain.money import format_amount
from schemas.domain.quantity import format_quantity

_TITLE = msgid("Stock variance")
_ROWS = 100
_KEYS = 3
#: Without dates, so many days up to the newest.
_DAYS = 31


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """The report and its export."""

    @console.page("/stock/variance", roles=REPORT_ROLES)
    def report(page: Page) -> Response:
        with snapshot(headquarters.engine) as connection:
            asked = read_asked(page, connection, headquarters.settings.currency, _DAYS)
            query = _query(page, asked, _ROWS)
            found = variance(connection, query)
            names = item_names(connection, {one.item for one in found.rows})
            completeness = assess(connection, asked.branches, asked.first, asked.last, page.now)
        kept = {"reason": query.reason, "item": query.item or None}
        return console.render(
            page, "stock_variance.html", asked=asked, query=query, found=found, names=names,
            first=asked.address("/stock/variance", kept),
            csv=asked.address("/stock/variance.csv", kept),
            pdf=asked.address("/stock/variance.pdf", kept), currency=asked.currency,
            reasons=[(one, move_words(page, one)) for one in REASONS],
            reason_words=lambda reason: move_words(page, reason),
            completeness=completeness, heading=heading(page, completeness),
            extent=extent(page, completeness, asked.zone), told=told(page, completeness),
        )  # fmt: skip

    @console.page("/stock/variance.csv", roles=REPORT_ROLES)
    @console.page("/stock/variance.pdf", roles=REPORT_ROLES)
    def exported(page: Page) -> Response:
        with snapshot(headquarters.engine) as connection:
            asked = read_asked(page, connection, headquarters.settings.currency, _DAYS)
            return export(page, _exported(page, connection, asked))


def _query(page: Page, asked: Asked, limit: int | None) -> VarianceQuery:
    chosen = page.query.get("reason", "")
    reason = next((one for one in REASONS if one == chosen), None)
    place = page.query_list("after")
    after = (place[0], place[1], place[2]) if limit is not None and len(place) == _KEYS else None
    return VarianceQuery(
        asked.branches, asked.first, asked.last, reason, page.query.get("item", "").strip(), after,
        limit,
    )  # fmt: skip


def _exported(page: Page, connection: Connection, asked: Asked) -> Exported:
    """All rows; each says what its branch's figures are missing."""
    found = variance(connection, _query(page, asked, None))
    names = item_names(connection, {one.item for one in found.rows})
    completeness = assess(connection, asked.branches, asked.first, asked.last, page.now)
    decimals = formats.decimals_of(asked.currency)
    header = [
        page.gettext(text)
        for text in ("Branch", "Reason", "Item", "Name", "Moves", "Quantity", "Gain", "Loss",
                     "Moves of unknown cost")
    ]  # fmt: skip
    rows = [
        [
            one.branch, move_words(page, one.reason), one.item, names.get(one.item, ""),
            str(one.moves), format_quantity(one.quantity), format_amount(one.gain, decimals),
            format_amount(one.loss, decimals), str(one.unvalued),
            cell(page, completeness.narrowed(branch=one.branch)),
        ]
        for one in found.rows
    ]  # fmt: skip
    return Exported(
        page.gettext(_TITLE), asked.first, asked.last, header, rows,
        frozenset(range(4, len(header))), 0, asked, completeness,
    )  # fmt: skip
