"""The items: found, one with all that is known of it, edited one at a time; exports; barcodes in doubt.

who                          may
whoever reads figures        find items and see one
buyers and administrators    edit, export in the columns of an import, take a barcode away

Many at once are edited on `hq.web.item_grid`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast
from urllib.parse import urlencode

from sqlalchemy import Connection, select
from starlette.responses import Response

from hq import barcode_holders, catalogue_export, item_grid, items, suppliers
from hq.barcode_holders import DOUBTS, Doubt
from hq.bootstrap import Headquarters
from hq.catalogue_export import EXPORTS
from hq.catalogue_import import Order
from hq.items import ItemQuery
from hq.refusal import RefusalError
from hq.web import imports
from hq.web.asked import REPORT_ROLES
from hq.web.audiences import audience_label
from hq.web.imports import LABELS
from replication.console.app import Console, Page, PageError
from replication.console.csv_file import Row
from replication.console.languages import msgid
from replication.console.table_export import csv_response
from replication.console.xlsx_table import xlsx_response
from schemas.domain.barcode import written
from schemas.tables.catalogue import category, tax

EDITORS = imports.ROLES
_ROWS = 50
_DOUBTFUL = 100

_SAVED = msgid("%(item)s is published.")
_SAME = msgid("Nothing of %(item)s was changed.")
_RELEASED = msgid("%(barcode)s stands for nothing now.")
_NO_KIND = msgid("There is no export of “%(kind)s”.")


@dataclass(frozen=True, slots=True)
class Narrowing:
    """The categories and suppliers to choose from."""

    categories: list[tuple[str, str]]
    suppliers: list[tuple[str, str]]


_DOUBTS: dict[Doubt, str] = {
    "digits": msgid("The same digits for two items or units"),
    "check": msgid("Wrong check digit"),
    "nothing": msgid("Stands for an item or unit that is not there"),
    "label": msgid("A scale's label may begin like it"),
}


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """Declare the pages of items."""
    pages = _ItemPages(console, headquarters)
    console.page("/items", roles=REPORT_ROLES)(pages.every)
    console.page("/items/export.csv", roles=EDITORS)(pages.export)
    console.page("/items/export.xlsx", roles=EDITORS)(pages.export)
    console.page("/items/barcodes", roles=REPORT_ROLES)(pages.barcodes)
    console.page("/items/one/{item:path}/edit", roles=EDITORS, methods=("GET", "POST"))(pages.edit)
    console.page("/items/one/{item:path}/release", roles=EDITORS, methods=("POST",))(pages.release)
    console.page("/items/one/{item:path}", roles=REPORT_ROLES)(pages.one)


class _ItemPages:
    def __init__(self, console: Console, headquarters: Headquarters) -> None:
        self._console = console
        self._hq = headquarters

    def every(self, page: Page) -> Response:
        """What was asked for, by code."""
        asked = query_of(page, _ROWS)
        with self._hq.engine.connect() as connection:
            found = items.find(connection, asked, page.now)
            choices = narrowing_choices(connection)
        return self._console.render(
            page, "items.html", asked=asked, items=found[:_ROWS], choices=choices,
            address=address_of("/items", asked),
            following=found[_ROWS - 1].item if len(found) > _ROWS else None,
            may_edit=page.user.role in EDITORS, currency=self._hq.settings.currency,
            exports=[(kind, page.gettext(LABELS[kind])) for kind in EXPORTS],
        )  # fmt: skip

    def one(self, page: Page) -> Response:
        """One item."""
        with self._hq.engine.connect() as connection:
            sheet = self._sheet(page, connection)
        return self._console.render(
            page, "item.html", sheet=sheet, row=sheet.row, written=written,
            held=[(one.barcode, written(one.barcode)) for pack in sheet.packs for one in pack.barcodes],
            currency=self._hq.settings.currency, may_edit=page.user.role in EDITORS,
            audience_label=audience_label,
        )  # fmt: skip

    def edit(self, page: Page) -> Response:
        """A form with what is there, and what it says published; what changed meanwhile is shown first."""
        code = page.path["item"]
        if page.request.method == "GET":
            with self._hq.engine.begin() as connection:
                self._sheet(page, connection)
                (there,) = catalogue_export.every(connection, "items", 0, of=[code])
                seen = item_grid.mark(connection, page.now)
            return self._form(page, dict(zip(EXPORTS["items"].columns, there, strict=True)), seen)
        cells = {name: page.form[name] for name in EXPORTS["items"].columns} | {"item": code}
        with self._hq.engine.begin() as connection:
            held = item_grid.look(
                connection, "items", [Row(1, cells)], page.now, seen=page.form["mark"],
                member_key=self._hq.member_key, decimals=self._hq.settings.decimals,
            )  # fmt: skip
            if held.is_right:
                order = Order(page.user, page.now, "", page.now)
                item_grid.apply(connection, held, order)
        if not held.is_right:
            said = {one.column: one.reason.said_on(page) for one in held.rows[0].problems}
            return self._form(page, cells, held.mark, said)
        done = _SAME if held.count("unchanged") else _SAVED
        text = page.gettext(done, item=code)
        return self._console.redirect(page, f"/items/one/{code}", text)

    def release(self, page: Page) -> Response:
        """Take a barcode away."""
        code, barcode = page.path["item"], page.form["barcode"]
        try:
            with self._hq.engine.begin() as connection:
                items.release(connection, barcode, code, page.user, page.form["reason"], page.now)
        except RefusalError as error:
            raise PageError(error.said_on(page)) from error
        text = page.gettext(_RELEASED, barcode=written(barcode))
        return self._console.redirect(page, f"/items/one/{code}", text)

    def export(self, page: Page) -> Response:
        """All rows of a kind, in the columns that its import reads."""
        kind = page.query.get("kind", "items")
        if kind not in EXPORTS:
            raise PageError(page.gettext(_NO_KIND, kind=kind), 404)
        columns = EXPORTS[kind].columns
        with self._hq.engine.connect() as connection:
            rows = catalogue_export.every(connection, kind, self._hq.settings.decimals)
            if page.request.url.path.endswith(".xlsx"):
                return xlsx_response(f"{kind}.xlsx", kind, columns, rows)
            return csv_response(f"{kind}.csv", columns, rows)

    def barcodes(self, page: Page) -> Response:
        """The barcodes that are doubtful, by what is doubtful about them."""
        chosen = cast("Doubt", page.query.get("doubt", DOUBTS[0]))
        doubt = chosen if chosen in DOUBTS else DOUBTS[0]
        after = page.query.get("after", "")
        with self._hq.engine.connect() as connection:
            found = barcode_holders.doubtful(connection, doubt, after=after, limit=_DOUBTFUL + 1)
        return self._console.render(
            page, "barcodes.html", doubt=doubt, after=after, barcodes=found[:_DOUBTFUL],
            doubts=[(one, page.gettext(_DOUBTS[one])) for one in DOUBTS], written=written,
            following=found[_DOUBTFUL - 1].barcode if len(found) > _DOUBTFUL else None,
        )  # fmt: skip

    def _sheet(self, page: Page, connection: Connection) -> items.ItemSheet:
        try:
            return items.sheet(connection, page.path["item"], page.now, page.user.branches)
        except RefusalError as error:
            raise PageError(error.said_on(page), 404) from error

    def _form(
        self, page: Page, cells: dict[str, str], seen: str, said: dict[str, str] | None = None
    ) -> Response:
        with self._hq.engine.connect() as connection:
            categories = category_choices(connection)
            taxes = list(
                connection.execute(select(tax.c.tax_code).order_by(tax.c.tax_code)).scalars()
            )
        return self._console.render(
            page, "item_form.html", status=422 if said else 200, cells=cells, mark=seen,
            said=said or {}, categories=categories, taxes=[("", "–"), *((one, one) for one in taxes)],
        )  # fmt: skip


def query_of(page: Page, limit: int) -> ItemQuery:
    """What an address asks for."""
    asked = page.query
    return ItemQuery(
        asked.get("find", "").strip(), asked.get("category", ""), asked.get("supplier", ""),
        asked.get("below") == "1", asked.get("after", ""), limit,
    )  # fmt: skip


def address_of(path: str, asked: ItemQuery) -> str:
    """The same asked again, to which `&after=` may be added."""
    told = {"find": asked.find, "category": asked.category, "supplier": asked.supplier}
    return f"{path}?{urlencode(told | ({'below': '1'} if asked.below else {}))}"


def narrowing_choices(connection: Connection) -> Narrowing:
    """What lists of items can be narrowed to."""
    held = suppliers.every(connection).values()
    return Narrowing(
        category_choices(connection), [(one.supplier, f"{one.supplier} {one.name}") for one in held]
    )


def category_choices(connection: Connection) -> list[tuple[str, str]]:
    """The categories to choose from, by code."""
    row = category.c
    found = connection.execute(select(row.category, row.name).order_by(row.category))
    return [(code, f"{code} {name}") for code, name in found]
