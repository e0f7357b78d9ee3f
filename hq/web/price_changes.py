"""The price changes: what there is, one with its rows and its delivery grid, and its next step.

A new one is drafted on `hq.web.new_price_change`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection, Engine
from starlette.responses import Response

from hq import price_changes, price_checks, price_rows
from hq.audit import notes_on
from hq.bootstrap import Headquarters
from hq.delivery import delivery_grid
from hq.price_changes import Document
from hq.price_checks import Counts
from hq.prices_in_force import list_prices
from hq.refusal import RefusalError
from hq.web.audiences import audience_label, zone_of
from replication.console.app import Console, Page, PageError
from replication.console.languages import msgid
from replication.console.users import User

READERS = frozenset({"buyer", "approver", "regional_ops", "administrator"})
DECIDERS = frozenset({"buyer", "approver", "administrator"})
APPROVERS = frozenset({"approver", "administrator"})
DRAFTERS = frozenset({"buyer", "administrator"})

_APPROVED = msgid("%(document)s is approved; it can be published.")
_PUBLISHED = msgid("%(document)s is published; the grid shows where it is.")
_WITHDRAWN = msgid("%(document)s is withdrawn.")

_LIST_ROWS = 50
_SHOWN_ROWS = 100

Step = Callable[[Connection, str, User, datetime], object]


class OnItsWay(Protocol):
    """What price changes and promotions have in common: a state, and who drafted it."""

    @property
    def state(self) -> str:
        """Draft, approved, published or withdrawn."""

    @property
    def drafted_by(self) -> str:
        """Who wrote it last."""


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """Declare the pages of price changes."""
    pages = _PriceChangePages(console, headquarters)
    one = "/price-changes/{document}"
    post = ("POST",)
    console.page("/price-changes", roles=READERS)(pages.every)
    console.page(one, roles=READERS)(pages.one)
    console.page(f"{one}/grid", roles=READERS)(pages.grid)
    console.page(f"{one}/approve", roles=APPROVERS, methods=post)(pages.approve)
    console.page(f"{one}/publish", roles=DECIDERS, methods=post)(pages.publish)
    console.page(f"{one}/withdraw", roles=DECIDERS, methods=post)(pages.withdraw)


class _PriceChangePages:
    def __init__(self, console: Console, headquarters: Headquarters) -> None:
        self._console = console
        self._engine = headquarters.engine
        self._currency = headquarters.settings.currency

    def every(self, page: Page) -> Response:
        """The list, the latest first."""
        with self._engine.connect() as connection:
            held = price_changes.newest(connection, _LIST_ROWS, page.query.get("before", ""))
            zones = {one.audience: zone_of(connection, one.audience) for one in held}
        further = held[-1].document if len(held) == _LIST_ROWS else None
        return self._console.render(
            page, "price_changes.html", documents=held, zones=zones, further=further,
            may_draft=page.user.role in DRAFTERS, audience_label=audience_label,
        )  # fmt: skip

    def one(self, page: Page) -> Response:
        """One price change: its state, its grid, its rows and what can be done next."""
        after = page.query.get("after", "")
        with self._engine.connect() as connection:
            held = self._find(page, connection)
            rows = price_rows.read(connection, held.document, limit=_SHOWN_ROWS + 1, after=after)
            items = {row.item for row in rows}
            before = list_prices(
                connection, held.audience, items, held.starts, without=held.document
            )
            names = price_rows.names(connection, items)
            grid = delivery_grid(connection, held, page.now)
            zone = zone_of(connection, held.audience)
            reached = price_changes.audience_branches(connection, held.audience)
            judged = {
                (one.item, one.unit, one.tier): one
                for one in price_checks.checks(connection, held.document, reached, items=items)
            }
            counts = _counts(connection, held, reached)
            excused = notes_on(connection, price_changes.BELOW_COST, held.document)
        return self._console.render(
            page, "price_change.html", document=held, zone=zone, grid=grid, before=before,
            names=names, currency=self._currency, rows=rows[:_SHOWN_ROWS], after=after,
            further=rows[_SHOWN_ROWS - 1].item if len(rows) > _SHOWN_ROWS else None,
            steps=steps(page, held), audience_label=audience_label,
            grid_address=_grid_address(held), priced=True,
            judged=judged, counts=counts, excused=excused,
        )  # fmt: skip

    def grid(self, page: Page) -> Response:
        """The grid alone; the page asks for it until every cell has got there."""
        with self._engine.connect() as connection:
            held = self._find(page, connection)
            grid = delivery_grid(connection, held, page.now)
        return self._console.render(
            page, "delivery_grid.html", grid_address=_grid_address(held), priced=True, grid=grid,
            currency=self._currency,
        )  # fmt: skip

    def approve(self, page: Page) -> Response:
        """The second person's word."""
        reason = page.form.get("reason", "")

        def step(connection: Connection, document: str, actor: User, at: datetime) -> None:
            price_changes.approve(connection, document, actor, at, reason)

        return self._step(page, step, _APPROVED)

    def publish(self, page: Page) -> Response:
        """Tell the audience."""
        return self._step(page, price_changes.publish, _PUBLISHED)

    def withdraw(self, page: Page) -> Response:
        """Take it back, with a reason."""
        reason = page.form["reason"]

        def step(connection: Connection, document: str, actor: User, at: datetime) -> None:
            price_changes.withdraw(connection, document, actor, reason, at)

        return self._step(page, step, _WITHDRAWN)

    def _step(self, page: Page, step: Step, done: str) -> Response:
        code = page.path["document"]
        take_step(self._engine, page, step, code)
        text = page.gettext(done, document=code)
        return self._console.redirect(page, f"/price-changes/{code}", text)

    @staticmethod
    def _find(page: Page, connection: Connection) -> Document:
        try:
            return price_changes.find(connection, page.path["document"])
        except RefusalError as error:
            raise PageError(error.said_on(page), 404) from error


def _counts(connection: Connection, held: Document, reached: list[str]) -> Counts | None:
    """How its rows are judged, while somebody may still decide about it."""
    if held.state not in ("draft", "approved"):
        return None
    return price_checks.count(price_checks.checks(connection, held.document, reached))


def _grid_address(held: Document) -> str:
    return f"/price-changes/{held.document}/grid"


def take_step(engine: Engine, page: Page, step: Step, code: str) -> None:
    """Take a step with a document in a transaction; what is refused is said on the page."""
    try:
        with engine.begin() as connection:
            step(connection, code, page.user, page.now)
    except RefusalError as error:
        raise PageError(error.said_on(page)) from error


def steps(page: Page, held: OnItsWay) -> set[str]:
    """What this person may do with a document now."""
    role, found = page.user.role, set[str]()
    if held.state == "draft" and role in APPROVERS and held.drafted_by != page.user.operator:
        found.add("approve")
    if held.state == "approved" and role in DECIDERS:
        found.add("publish")
    if held.state != "withdrawn" and role in DECIDERS:
        found.add("withdraw")
    return found
