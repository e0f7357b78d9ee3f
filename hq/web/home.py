"""Where a person lands after signing in: the first page of the menu that is theirs."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from hq.staff import ROLES
from replication.console.app import Console, NavItem, Page, PageError
from replication.console.languages import msgid

_NOTHING = msgid("There is no page here for %(role)s.")


def add_pages(console: Console, navigation: Sequence[NavItem]) -> None:
    """Declare `/`."""

    @console.page("/", roles=ROLES)
    def home(page: Page) -> Response:
        for item in navigation:
            if page.user.role in item.roles:
                return console.redirect(page, item.path)
        raise PageError(page.gettext(_NOTHING, role=page.gettext(page.user.role)), 403)
