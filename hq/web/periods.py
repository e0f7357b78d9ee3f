"""Locked periods: who locked whose days through which date, and the two acts.

who                          may
who looks after days         see what is locked
finance, administrators      lock
administrators               take a lock back
"""

from __future__ import annotations

from datetime import date

from starlette.responses import Response

from hq import periods
from hq.bootstrap import Headquarters
from hq.refusal import RefusalError
from hq.web.asked import FINANCE_ROLES, OPERATIONS_ROLES, date_of
from hq.web.audiences import audience_label, audiences
from replication.console.app import Console, Page
from replication.console.languages import msgid
from replication.console.page import PageError

_PATH = "/periods"
_LOCKED = msgid("%(audience)s is locked through %(through)s; branches go by it as it arrives.")


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """Declare the page and its two acts."""

    def show(page: Page) -> Response:
        with headquarters.engine.connect() as connection:
            return console.render(
                page, "periods.html", locks=periods.locks(connection),
                choices=audiences(page, connection), label=lambda feed: audience_label(page, feed),
                may_lock=page.user.role in FINANCE_ROLES,
                may_unlock=page.user.role == "administrator",
            )  # fmt: skip

    def lock(page: Page) -> Response:
        return _act(page, unlock=False)

    def unlock(page: Page) -> Response:
        return _act(page, unlock=True)

    def _act(page: Page, *, unlock: bool) -> Response:
        audience, through = page.form["audience"], date_of(page, page.form["through"])
        act = periods.unlock if unlock else periods.lock
        try:
            with headquarters.engine.begin() as connection:
                act(connection, audience, through, page.user, page.form["reason"], page.now)
        except RefusalError as error:
            raise PageError(error.said_on(page), 409) from error
        return console.redirect(page, _PATH, _said(page, audience, through))

    console.page(_PATH, roles=OPERATIONS_ROLES)(show)
    console.page(f"{_PATH}/lock", roles=FINANCE_ROLES, methods=("POST",))(lock)
    console.page(f"{_PATH}/unlock", roles=frozenset({"administrator"}), methods=("POST",))(unlock)


def _said(page: Page, audience: str, through: date) -> str:
    return page.gettext(_LOCKED, audience=audience_label(page, audience), through=through)
