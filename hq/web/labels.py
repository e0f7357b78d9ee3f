"""Labels for shelves as PDF: of a price change at a branch, or of chosen items."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection
from starlette.responses import Response

from hq import price_changes, shelf_labels
from hq.bootstrap import Headquarters
from hq.price_changes import Document
from hq.refusal import RefusalError
from hq.reports.branches import known_branches
from hq.shelf_labels import LabelError
from hq.web.asked import REPORT_ROLES, branch_of
from replication.console.app import Console, Page, PageError
from replication.console.labels.layout import LAYOUTS
from replication.console.labels.sheet import ShelfLabel, build_labels
from replication.console.labels.words import LAYOUT_NAMES, label_of
from replication.console.languages import msgid
from replication.console.refusal import RefusalError as ConsoleRefusal
from replication.console.table_export import download
from schemas.domain.barcode import written
from schemas.tables.shelf_prices import ShelfPrice

_NO_ITEMS = msgid("Name the items: their codes, with blanks between them.")
_NOTHING = msgid("No list price changes at this branch by it, so there is no label to print.")
_NO_PRICE = msgid("There is no price for %(items)s.")
_NO_LAYOUT = msgid("There is no label “%(layout)s”.")
_TITLE = msgid("Labels")


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """Declare the page and its file."""
    pages = _LabelPages(console, headquarters)
    console.page("/labels", roles=REPORT_ROLES)(pages.show)
    console.page("/labels.pdf", roles=REPORT_ROLES)(pages.file)


class _LabelPages:
    def __init__(self, console: Console, headquarters: Headquarters) -> None:
        self._console = console
        self._hq = headquarters

    def show(self, page: Page) -> Response:
        """What would be printed, and how it is cut."""
        with self._hq.engine.connect() as connection:
            held = _document(page, connection)
            branches = _branches(page, connection, held)
            branch = page.query.get("branch", branches[0][0] if held and branches else "")
            problem, prices = "", list[ShelfPrice]()
            try:
                if held or page.query.get("items", "").strip():
                    prices, missing = self._prices(page, connection, held, branch)
                    problem = page.gettext(_NO_PRICE, items=", ".join(missing)) if missing else ""
            except RefusalError as error:
                problem = error.said_on(page)
        return self._console.render(
            page, "labels.html", document=held, branches=branches, branch=branch, prices=prices,
            written=written, problem=problem, items=page.query.get("items", ""), currency=self._hq.settings.currency,
            layouts=[(one, page.gettext(LAYOUT_NAMES[one])) for one in LAYOUTS],
            layout=page.query.get("layout", next(iter(LAYOUTS))),
        )  # fmt: skip

    def file(self, page: Page) -> Response:
        """The labels."""
        layout = page.query.get("layout", "")
        if layout not in LAYOUTS:
            raise PageError(page.gettext(_NO_LAYOUT, layout=layout), 404)
        branch = page.query.get("branch", "")
        try:
            with self._hq.engine.connect() as connection:
                held = _document(page, connection)
                prices, missing = self._prices(page, connection, held, branch)
                zone = branch_of(page, connection, branch).zone if branch else "UTC"
            if missing:
                raise LabelError(_NO_PRICE, items=", ".join(missing))
            if not prices:
                raise LabelError(_NOTHING)
            since = (held.starts, zone) if held else None
            data = build_labels(
                page.gettext(_TITLE), LAYOUTS[layout], self._labels(page, prices, since)
            )
        except ConsoleRefusal as error:
            raise PageError(error.said_on(page)) from error
        name = "-".join(filter(None, ("labels", held.document if held else "", branch)))
        return download(f"{name}.pdf", "application/pdf", data)

    def _labels(
        self, page: Page, prices: Sequence[ShelfPrice], since: tuple[datetime, str] | None
    ) -> list[ShelfLabel]:
        currency = self._hq.settings.currency
        return [label_of(one, currency, page.language, page.translations, since) for one in prices]

    def _prices(
        self, page: Page, connection: Connection, held: Document | None, branch: str
    ) -> tuple[list[ShelfPrice], list[str]]:
        if branch:
            branch_of(page, connection, branch)
        if held is not None:
            return shelf_labels.for_change(connection, held, branch), []
        codes = list(dict.fromkeys(re.split(r"[\s,，;；]+", page.query.get("items", "").strip())))
        if codes == [""]:
            raise LabelError(_NO_ITEMS)
        chosen = shelf_labels.for_items(connection, codes, branch, page.now)
        return chosen.prices, chosen.without


def _document(page: Page, connection: Connection) -> Document | None:
    code = page.query.get("document", "")
    if not code:
        return None
    try:
        return price_changes.find(connection, code)
    except RefusalError as error:
        raise PageError(error.said_on(page), 404) from error


def _branches(page: Page, connection: Connection, held: Document | None) -> list[tuple[str, str]]:
    every = known_branches(connection, page.user.branches)
    if held is None:
        return [("", "–"), *((one.branch, f"{one.branch} {one.name}") for one in every)]
    reached = set(price_changes.audience_branches(connection, held.audience))
    return [(one.branch, f"{one.branch} {one.name}") for one in every if one.branch in reached]
