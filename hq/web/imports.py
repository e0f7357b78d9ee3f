"""The import page: upload a file, see what it would change, apply all of it or nothing.

A workbook is kept and checked as the CSV file that it stands for. A large file of items, units or barcodes is looked at and applied in slices instead: `hq.web.import_runs`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection
from starlette.responses import Response

from hq import catalogue_import, import_runs, uploads
from hq.bootstrap import Headquarters
from hq.catalogue_import import KINDS, Order, Plan
from hq.import_work import is_sliced, read_file
from hq.refusal import RefusalError
from replication.console.app import Console, Page, PageError
from replication.console.languages import msgid

ROLES = frozenset({"buyer", "administrator"})

#: Who sees personal data and secrets, and decides about members and about who sees what, is a narrower circle
#: than who sees goods.
_ADMINISTRATORS_OWN = frozenset(
    {
        "operators",
        "members",
        "stored_value",
        "tiers",
        "regions",
        "branch_regions",
        "franchise_rules",
    }
)

#: What each kind of file is called.
LABELS = {
    "categories": msgid("Categories"),
    "taxes": msgid("Tax codes"),
    "items": msgid("Items"),
    "units": msgid("Units"),
    "barcodes": msgid("Barcodes"),
    "label_layouts": msgid("Label layouts"),
    "exchange_rates": msgid("Exchange rates"),
    "prices": msgid("Prices"),
    "suppliers": msgid("Suppliers"),
    "costs": msgid("Purchase prices"),
    "minimum_margins": msgid("Least margins"),
    "stock_minimums": msgid("Least quantities on hand"),
    "delivery_prices": msgid("Delivery prices"),
    "orders": msgid("Orders"),
    "sends": msgid("Instructions to send"),
    "item_sources": msgid("Sources of items"),
    "supplier_quotes": msgid("Quotes of suppliers"),
    "supplier_terms": msgid("Terms of suppliers"),
    "supplier_holidays": msgid("Holidays of suppliers"),
    "service_levels": msgid("Service levels"),
    "replenishment_terms": msgid("Limits of items"),
    "served_branches": msgid("Branches served by centres"),
    "replenishment_rules": msgid("Rules of approval"),
    "members": msgid("Members"),
    "tiers": msgid("Tiers"),
    "points_rules": msgid("Rules of points"),
    "stored_value": msgid("Stored value"),
    "coupons": msgid("Coupons"),
    "franchise_rules": msgid("Franchise rules"),
    "regions": msgid("Regions"),
    "branch_regions": msgid("Branches of regions"),
    "operators": msgid("Operators"),
}
_NO_FILE = msgid("Choose a file first.")
_NOT_YOURS = msgid("Only an administrator imports %(kind)s.")
_DONE = msgid("Imported: %(new)s new, %(changed)s changed.")
_DRAFTED = msgid("Drafted as price change %(document)s; a second person approves it.")
_DRAFTS = msgid("Drafted: %(count)s documents. Look at each, then send it.")
_GOODS = frozenset({"orders", "sends"})
_SHOWN_PROBLEMS = 200
_LAST_RUNS = 10


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """Declare the pages of the import."""
    pages = _ImportPages(console, headquarters)
    console.page("/imports", roles=ROLES, methods=("GET", "POST"))(pages.choose)
    console.page("/imports/apply", roles=ROLES, methods=("POST",))(pages.apply)


class _ImportPages:
    def __init__(self, console: Console, headquarters: Headquarters) -> None:
        self._console = console
        self._hq = headquarters
        self._uploads: Path = headquarters.settings.data / uploads.DIRECTORY

    def choose(self, page: Page) -> Response:
        """The form, and after an upload its preview."""
        if page.request.method == "GET":
            return self._form(page, page.query.get("kind", "items"))
        kind = page.form["kind"]
        self._check_right(page, kind)
        data = page.files.get("file")
        if data is None:
            return self._form(page, kind, problem=page.gettext(_NO_FILE))
        try:
            data = read_file(kind, data)
            if is_sliced(kind, data):
                return self._begin(page, kind, data)
            with self._hq.engine.connect() as connection:
                plan = self._plan(connection, kind, data)
        except RefusalError as error:
            return self._form(page, kind, problem=error.said_on(page))
        name = "" if plan.problems else uploads.keep(self._uploads, data)
        return self._preview(page, plan, name)

    def _begin(self, page: Page, kind: str, data: bytes) -> Response:
        """Look at a large file on a page of its own."""
        upload = uploads.keep(self._uploads, data)
        with self._hq.engine.begin() as connection:
            title = page.gettext(LABELS[kind])
            run = import_runs.begin(connection, kind, upload, title, page.user, page.now)
        return self._console.redirect(page, f"/imports/runs/{run}")

    def apply(self, page: Page) -> Response:
        """Apply what was previewed, read once more in the transaction that writes it."""
        kind, name = page.form["kind"], page.form["upload"]
        self._check_right(page, kind)
        label = f"{page.gettext(LABELS[kind])} {page.now:%Y-%m-%d %H:%M} UTC"
        order = Order(page.user, page.now, label, page.now)
        with refused(page):
            data = uploads.take(self._uploads, name)
            with self._hq.engine.begin() as connection:
                plan = self._plan(connection, kind, data)
                document = catalogue_import.apply(connection, plan, order)
        uploads.forget(self._uploads, name)
        if document is not None:
            text = page.gettext(_DRAFTED, document=document)
            return self._console.redirect(page, f"/price-changes/{document}", text)
        if kind in _GOODS:
            text = page.gettext(_DRAFTS, count=plan.reading.new)
            return self._console.redirect(page, "/goods?state=draft", text)
        reading = plan.reading
        text = page.gettext(_DONE, new=reading.new, changed=reading.changed)
        return self._console.redirect(page, f"/imports?kind={kind}", text)

    def _plan(self, connection: Connection, kind: str, data: bytes) -> Plan:
        return catalogue_import.plan(
            connection, kind, data,
            member_key=self._hq.member_key, decimals=self._hq.settings.decimals,
        )  # fmt: skip

    def _form(self, page: Page, kind: str, problem: str = "") -> Response:
        kinds = {name: page.gettext(LABELS[name]) for name in KINDS if _may(page, name)}
        with self._hq.engine.connect() as connection:
            runs = import_runs.newest(connection, _LAST_RUNS)
        return self._console.render(
            page, "imports.html", status=422 if problem else 200, kinds=kinds, kind=kind,
            columns={name: _header(name) for name in kinds}, problem=problem,
            runs=runs, labels=LABELS,
        )  # fmt: skip

    def _preview(self, page: Page, plan: Plan, upload: str) -> Response:
        problems = [
            (one.line, one.column, one.reason.said_on(page))
            for one in plan.problems[:_SHOWN_PROBLEMS]
        ]
        return self._console.render(
            page, "import_preview.html", status=422 if problems else 200, plan=plan,
            label=page.gettext(LABELS[plan.kind]), problems=problems, upload=upload,
        )  # fmt: skip

    def _check_right(self, page: Page, kind: str) -> None:
        if kind in KINDS and not _may(page, kind):
            label = page.gettext(LABELS[kind])
            raise PageError(page.gettext(_NOT_YOURS, kind=label), 403)


def _header(kind: str) -> str:
    """A kind's columns, those in brackets that a file may leave out."""
    known = KINDS[kind]
    return ",".join(known.columns) + "".join(f"[,{name}]" for name in known.optional)


def _may(page: Page, kind: str) -> bool:
    return kind not in _ADMINISTRATORS_OWN or page.user.role == "administrator"


@contextmanager
def refused(page: Page) -> Iterator[None]:
    """A refusal as a page in the person's language."""
    try:
        yield
    except RefusalError as error:
        raise PageError(error.said_on(page)) from error
