"""The keys of online shops: made, given another secret or scope, revoked. A secret is shown once.

who                    may
administrators         everything here
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection
from starlette.responses import Response

from hq.audit import notes_on
from hq.bootstrap import Headquarters
from hq.refusal import RefusalError
from hq.reports.branches import known_branches
from hq.shop import clients
from replication.console.app import Console, Page, PageError
from replication.console.languages import msgid

_ROLES = frozenset({"administrator"})
_PATH = "/shop/keys"
_CHANGED = msgid("%(client)s is changed; it asks for everything anew.")
_REVOKED = msgid("The key of %(client)s is revoked.")
ACTS = {
    "shop.make": msgid("Let in"),
    "shop.change": msgid("Scope or buffer changed"),
    "shop.rotate": msgid("Another secret"),
    "shop.revoke": msgid("Revoked"),
}

T = TypeVar("T")


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """Declare the list, one shop and its acts."""
    pages = _KeyPages(console, headquarters)
    one, post = f"{_PATH}/{{client}}", ("POST",)
    console.page(_PATH, roles=_ROLES)(pages.every)
    console.page(_PATH, roles=_ROLES, methods=post)(pages.make)
    console.page(one, roles=_ROLES)(pages.one)
    console.page(f"{one}/change", roles=_ROLES, methods=post)(pages.change)
    console.page(f"{one}/rotate", roles=_ROLES, methods=post)(pages.rotate)
    console.page(f"{one}/revoke", roles=_ROLES, methods=post)(pages.revoke)


class _KeyPages:
    def __init__(self, console: Console, headquarters: Headquarters) -> None:
        self._console = console
        self._engine = headquarters.engine

    def every(self, page: Page) -> Response:
        """All shops, and the form for another."""
        with self._engine.connect() as connection:
            return self._console.render(
                page, "shop_keys.html", clients=clients.every(connection),
                known=known_branches(connection),
            )  # fmt: skip

    def make(self, page: Page) -> Response:
        """Let a shop in, and show its secret."""
        form = page.form
        code = form["client"].strip()
        secret = self._act(
            page,
            lambda connection: clients.make(
                connection, code, form["name"], page.form_list("branch"), clients.buffer_of(page.form["buffer"]),
                page.user.operator, page.now,
            ),
        )  # fmt: skip
        return self._show(page, code, secret)

    def one(self, page: Page) -> Response:
        """One shop."""
        return self._show(page, page.path["client"], None)

    def change(self, page: Page) -> Response:
        """Another scope or buffer."""
        code = page.path["client"]
        self._act(
            page,
            lambda connection: clients.change(
                connection, code, page.form_list("branch"), clients.buffer_of(page.form["buffer"]), page.user.operator,
                page.now,
            ),
        )  # fmt: skip
        said = page.gettext(_CHANGED, client=code)
        return self._console.redirect(page, f"{_PATH}/{code}", said)

    def rotate(self, page: Page) -> Response:
        """Another secret, shown once."""
        code = page.path["client"]
        secret = self._act(
            page,
            lambda connection: clients.rotate(connection, code, page.user.operator, page.now),
        )
        return self._show(page, code, secret)

    def revoke(self, page: Page) -> Response:
        """Let it in no more."""
        code, reason = page.path["client"], page.form["reason"]
        self._act(
            page,
            lambda connection: clients.revoke(
                connection, code, page.user.operator, reason, page.now
            ),
        )
        return self._console.redirect(page, _PATH, page.gettext(_REVOKED, client=code))

    def _act(self, page: Page, act: Callable[[Connection], T]) -> T:
        try:
            with self._engine.begin() as connection:
                return act(connection)
        except RefusalError as error:
            raise PageError(error.said_on(page)) from error

    def _show(self, page: Page, code: str, secret: str | None) -> Response:
        with self._engine.connect() as connection:
            try:
                held = clients.find(connection, code)
            except RefusalError as error:
                raise PageError(error.said_on(page), 404) from error
            answer = self._console.render(
                page, "shop_key.html", client=held, secret=secret, acts=ACTS,
                known=known_branches(connection), notes=notes_on(connection, "shop.", code),
            )  # fmt: skip
        # A browser that goes back shows it no second time.
        answer.headers["Cache-Control"] = "no-store"
        return answer
