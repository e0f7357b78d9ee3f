"""Editing many rows at once: pasted from a spreadsheet or in place, looked at, then published together."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from hq import item_grid, items
from hq.bootstrap import Headquarters
from hq.catalogue_import import Order
from hq.item_grid import GRIDS, Look
from hq.refusal import RefusalError
from hq.web.imports import LABELS, ROLES
from hq.web.items import address_of, narrowing_choices, query_of
from replication.console.app import Console, Page, PageError
from replication.console.languages import msgid

#: How many items a grid begins with; further ones are pasted, or follow by the filter.
_SHOWN = 100

#: The columns of files as a person reads them.
_COLUMNS = {
    "item": msgid("Item"), "name": msgid("Name"), "category": msgid("Category"),
    "unit": msgid("Unit"), "tax_code": msgid("Tax code"), "stocked": msgid("Stock is kept"),
    "factor": msgid("Holds base units"), "barcode": msgid("Barcode"),
    "from_item": msgid("Taken from item"), "cost": msgid("Purchase price"), "tier": msgid("Tier"),
    "price": msgid("Price"),
}  # fmt: skip
_NO_KIND = msgid("There is no grid of “%(kind)s”.")
_PUBLISHED = msgid("Published: %(new)s new, %(changed)s changed.")
_DRAFTED = msgid("Drafted as price change %(document)s; a second person approves it.")


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """Declare the grid and its two steps."""
    pages = _GridPages(console, headquarters)
    console.page("/items/grid", roles=ROLES, methods=("GET", "POST"))(pages.grid)
    console.page("/items/grid/publish", roles=ROLES, methods=("POST",))(pages.publish)


class _GridPages:
    def __init__(self, console: Console, headquarters: Headquarters) -> None:
        self._console = console
        self._hq = headquarters

    def grid(self, page: Page) -> Response:
        """The rows that were asked for; those that were typed, beside what they would change."""
        if page.request.method == "POST":
            kind, text = _kind(page, page.form), page.form["rows"]
            with self._hq.engine.begin() as connection:
                try:
                    rows = item_grid.parse(kind, text)
                    held = item_grid.look(
                        connection, kind, rows, page.now, seen=page.form["mark"],
                        member_key=self._hq.member_key, decimals=self._hq.settings.decimals,
                    )  # fmt: skip
                except RefusalError as error:
                    return self._render(
                        page, kind, text, page.form["mark"], problem=error.said_on(page)
                    )
            return self._looked(page, held, text)
        kind = _kind(page, page.query)
        asked = query_of(page, _SHOWN)
        with self._hq.engine.begin() as connection:
            found = items.find(connection, asked, page.now)
            codes = [one.item for one in found[:_SHOWN]]
            text = item_grid.shown(connection, kind, codes, self._hq.settings.decimals)
            seen = item_grid.mark(connection, page.now)
        following = codes[-1] if len(found) > _SHOWN else None
        return self._render(page, kind, text, seen, following=following)

    def publish(self, page: Page) -> Response:
        """Publish what was looked at, read once more in the transaction that writes it."""
        kind, text = _kind(page, page.form), page.form["rows"]
        label = f"{page.gettext(LABELS[kind])} {page.now:%Y-%m-%d %H:%M} UTC"
        try:
            with self._hq.engine.begin() as connection:
                held = item_grid.look(
                    connection, kind, item_grid.parse(kind, text), page.now, seen=page.form["mark"],
                    member_key=self._hq.member_key, decimals=self._hq.settings.decimals,
                )  # fmt: skip
                if held.is_right:
                    order = Order(page.user, page.now, label, page.now)
                    document = item_grid.apply(connection, held, order)
        except RefusalError as error:
            raise PageError(error.said_on(page)) from error
        if not held.is_right:
            return self._looked(page, held, text)
        if document is not None:
            said = page.gettext(_DRAFTED, document=document)
            return self._console.redirect(page, f"/price-changes/{document}", said)
        said = page.gettext(_PUBLISHED, new=held.count("new"), changed=held.count("changed"))
        return self._console.redirect(page, f"/items/grid?kind={kind}", said)

    def _looked(self, page: Page, held: Look, text: str) -> Response:
        said = {
            row.line: [(one.column, one.reason.said_on(page)) for one in row.problems]
            for row in held.rows
        }
        return self._render(
            page, held.kind, text, held.mark, look=held, said=said,
            status=200 if held.is_right else 422,
        )  # fmt: skip

    def _render(  # noqa: PLR0913 - what a grid shows
        self, page: Page, kind: str, text: str, seen: str, *, look: Look | None = None,
        said: Mapping[int, list[tuple[str, str]]] | None = None, problem: str = "",
        following: str | None = None, status: int = 200,
    ) -> Response:  # fmt: skip
        with self._hq.engine.connect() as connection:
            choices = narrowing_choices(connection)
        words = {name: page.gettext(text) for name, text in _COLUMNS.items()}
        return self._console.render(
            page, "item_grid.html", status=422 if problem else status, kind=kind, rows=text,
            columns=item_grid.columns(kind), words_of=words, mark=seen,
            labels=[words[name] for name in item_grid.columns(kind)], look=look, said=said or {}, problem=problem,
            kinds=[(one, page.gettext(LABELS[one])) for one in GRIDS], following=following,
            asked=query_of(page, _SHOWN), choices=choices, most=item_grid.MOST,
            address=address_of("/items/grid", query_of(page, _SHOWN)),
        )  # fmt: skip


def _kind(page: Page, given: Mapping[str, str]) -> str:
    kind = given.get("kind", "items")
    if kind not in GRIDS:
        raise PageError(page.gettext(_NO_KIND, kind=kind), 404)
    return kind
