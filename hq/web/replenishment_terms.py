"""The parameters of the replenishment by page: each kind as a list, one row as a form.

What a form holds is read like a line of a file, so both are refused alike. A cell that is left empty stays as it
was; to have none, take the row away and write it anew. Whole files go through the import.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.responses import Response

from hq import catalogue_import
from hq.bootstrap import Headquarters
from hq.catalogue_import import KINDS, Order
from hq.refusal import RefusalError
from hq.replenishment import parameters
from hq.web.imports import LABELS, refused
from hq.web.price_changes import DRAFTERS, READERS
from replication.console.app import Console, Page, PageError
from replication.console.languages import msgid

_ROWS = 100
_SAVED = msgid("Saved.")
_REMOVED = msgid("Taken away.")
_NO_KIND = msgid("There are no such terms.")

_COLUMNS: Mapping[str, str] = {
    "item": msgid("Item"), "supplier": msgid("Supplier"), "unit": msgid("Unit"),
    "code": msgid("Supplier's code"), "price": msgid("Price"), "branch": msgid("Branch"),
    "main": msgid("Main source"), "direct": msgid("Brought directly"), "starts": msgid("From"),
    "ends": msgid("Until"), "quantity": msgid("From so many"), "lead_days": msgid("Lead time, days"),
    "review_days": msgid("Review cycle, days"), "weekdays": msgid("Weekdays (1 = Monday)"),
    "least_amount": msgid("Least amount"), "least_quantity": msgid("Least quantity"),
    "closed_on": msgid("Closed on"), "category": msgid("Category"), "level": msgid("Service level, %%"),
    "presentation": msgid("Presentation stock"), "minimum": msgid("Minimum"),
    "maximum": msgid("Maximum"), "adjusting": msgid("Self-adjusting"),
    "shelf_life_days": msgid("Shelf life, days"), "centre": msgid("Distribution centre"),
    "up_to": msgid("Worth up to"), "within_percent": msgid("Within %% of usual"),
    "may_exceed": msgid("Packs may pass the maximum"),
}  # fmt: skip


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """The pages; they must come before the one of a single proposal."""
    pages = _TermsPages(console, headquarters)
    console.page("/replenishment/terms", roles=READERS)(pages.every)
    console.page("/replenishment/terms/save", roles=DRAFTERS, methods=("POST",))(pages.save)
    console.page("/replenishment/terms/remove", roles=DRAFTERS, methods=("POST",))(pages.remove)


class _TermsPages:
    def __init__(self, console: Console, headquarters: Headquarters) -> None:
        self._console = console
        self._hq = headquarters

    def every(self, page: Page) -> Response:
        """The rows of a kind, and the form; a row that was chosen stands in it."""
        kind = _kind(page, page.query.get("kind", "supplier_terms"))
        key = page.query_list("key")
        with refused(page), self._hq.engine.connect() as connection:
            chosen = parameters.one_row(connection, kind, key, self._decimals) if key else None
        return self._shown(page, kind, dict(chosen.cells) if chosen else {}, [])

    def save(self, page: Page) -> Response:
        """Write one row, as an import of one line would."""
        kind = _kind(page, page.form["kind"])
        columns = _columns(kind)
        cells = {name: page.form.get(name, "").strip() for name in columns}
        text = io.StringIO()
        csv.writer(text).writerows([columns, [cells[name] for name in columns]])
        order = Order(page.user, page.now, kind, page.now)
        try:
            with self._hq.engine.begin() as connection:
                plan = catalogue_import.plan(
                    connection, kind, text.getvalue().encode(),
                    member_key=self._hq.member_key, decimals=self._decimals,
                )  # fmt: skip
                problems = [
                    f"{page.gettext(_COLUMNS[one.column])}: {one.reason.said_on(page)}"
                    for one in plan.problems
                ]
                if not problems:
                    catalogue_import.apply(connection, plan, order)
        except RefusalError as error:
            problems = [error.said_on(page)]
        if problems:
            return self._shown(page, kind, cells, problems)
        return self._console.redirect(page, _address(kind), page.gettext(_SAVED))

    def remove(self, page: Page) -> Response:
        """Take one row away, with a reason."""
        kind = _kind(page, page.form["kind"])
        with refused(page), self._hq.engine.begin() as connection:
            parameters.remove(
                connection, kind, page.form_list("key"), page.user, page.form["reason"], page.now
            )
        return self._console.redirect(page, _address(kind), page.gettext(_REMOVED))

    @property
    def _decimals(self) -> int:
        return self._hq.settings.decimals

    def _shown(
        self, page: Page, kind: str, cells: Mapping[str, str], problems: list[str]
    ) -> Response:
        sought, after = page.query.get("find", "").strip(), page.query_list("after")
        with refused(page), self._hq.engine.connect() as connection:
            found = parameters.rows(connection, kind, sought, after, _ROWS, self._decimals)
        shown, columns = found[:_ROWS], _columns(kind)
        return self._console.render(
            page, "replenishment_terms.html", status=422 if problems else 200, kind=kind,
            kinds=[(name, page.gettext(LABELS[name])) for name in parameters.TABLES],
            columns=[(name, page.gettext(_COLUMNS[name])) for name in columns],
            required=KINDS[kind].columns, rows=shown, cells=cells, problems=problems, sought=sought,
            chosen=page.query_list("key"), label=page.gettext(LABELS[kind]),
            addresses=[_address(kind, ("key", one.key)) for one in shown],
            first=_address(kind) if after else None,
            following=_address(kind, ("after", shown[-1].key)) if len(found) > _ROWS else None,
            may_change=page.user.role in DRAFTERS,
        )  # fmt: skip


def _kind(page: Page, kind: str) -> str:
    if kind not in parameters.TABLES:
        raise PageError(page.gettext(_NO_KIND), 404)
    return kind


def _columns(kind: str) -> list[str]:
    return [*KINDS[kind].columns, *KINDS[kind].optional]


def _address(kind: str, key: tuple[str, tuple[str, ...]] | None = None) -> str:
    pairs = [("kind", kind)]
    if key is not None:
        name, parts = key
        pairs += [(name, one) for one in parts]
    return f"/replenishment/terms?{urlencode(pairs)}"
