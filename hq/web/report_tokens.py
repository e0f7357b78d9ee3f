"""The tokens of programs that read reports: made for oneself, shown once, revoked.

who                           may
whoever reads reports         make tokens of their own, and revoke them
administrators                see and revoke all
"""

from __future__ import annotations

from starlette.responses import Response

from hq import regions
from hq.bootstrap import Headquarters
from hq.refusal import RefusalError
from hq.reporting import tokens
from hq.web.asked import REPORT_ROLES
from replication.console.app import Console, Page, PageError
from replication.console.languages import msgid

_PATH = "/reports/tokens"
_REVOKED = msgid("Token %(token)s is revoked.")


def add_pages(console: Console, headquarters: Headquarters) -> None:
    """Declare the list and its acts."""
    pages = _TokenPages(console, headquarters)
    post = ("POST",)
    console.page(_PATH, roles=REPORT_ROLES)(pages.every)
    console.page(_PATH, roles=REPORT_ROLES, methods=post)(pages.make)
    console.page(f"{_PATH}/{{token}}/revoke", roles=REPORT_ROLES, methods=post)(pages.revoke)


class _TokenPages:
    def __init__(self, console: Console, headquarters: Headquarters) -> None:
        self._console = console
        self._engine = headquarters.engine

    def every(self, page: Page) -> Response:
        """All that one may see, and the form for another."""
        return self._show(page, "")

    def make(self, page: Page) -> Response:
        """Make one, and show its secret."""
        try:
            with self._engine.begin() as connection:
                secret = tokens.make(
                    connection, page.user, page.form["name"], page.form_list("region"), page.now
                )
        except RefusalError as error:
            raise PageError(error.said_on(page)) from error
        return self._show(page, secret)

    def revoke(self, page: Page) -> Response:
        """Let one in no more."""
        code, reason = page.path["token"], page.form["reason"]
        try:
            with self._engine.begin() as connection:
                tokens.revoke(connection, page.user, code, reason, page.now)
        except RefusalError as error:
            raise PageError(error.said_on(page)) from error
        return self._console.redirect(page, _PATH, page.gettext(_REVOKED, token=code))

    def _show(self, page: Page, secret: str) -> Response:
        with self._engine.connect() as connection:
            known = regions.every(connection)
            offered = [(one, known[one].name) for one in tokens.regions_of(connection, page.user)]
            found = tokens.visible(connection, page.user)
        answer = self._console.render(
            page, "report_tokens.html", tokens=found, offered=offered, secret=secret
        )
        # A browser that goes back shows it no second time.
        answer.headers["Cache-Control"] = "no-store"
        return answer
