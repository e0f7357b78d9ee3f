"""The console of headquarters: its menu, its pages, and the application that serves them.

Each page module declares its own pages (`add_pages`); whoever adds one adds it to the list here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette

from hq import staff
from hq.bootstrap import Headquarters
from replication.console.app import Console, NavItem
from replication.console.languages import msgid
from replication.transport.http_server import LinkServer

_HOME = Path(__file__).parent

_BUYING = frozenset({"buyer", "approver", "administrator"})

_NAVIGATION = [
    NavItem("/price-changes", msgid("Price changes"), _BUYING),
    NavItem("/imports", msgid("Import"), frozenset({"buyer", "administrator"})),
]

AddPages = Callable[[Console, Headquarters], None]

_PAGES: tuple[AddPages, ...] = ()


def build_console(headquarters: Headquarters) -> Console:
    """The console with all of its pages."""
    console = Console(
        engine=headquarters.engine,
        title=headquarters.settings.title,
        clock=headquarters.clock,
        authenticate=staff.authenticate,
        find_user=staff.find_user,
        templates=_HOME / "templates",
        locale=_HOME / "locale",
        navigation=_NAVIGATION,
        home="/home",
    )
    for add_pages in _PAGES:
        add_pages(console, headquarters)
    return console


def application(headquarters: Headquarters) -> Starlette:
    """What a server runs: console and link on one port; the link's listener lives as long."""
    link = LinkServer(headquarters.parent)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        del app
        link.listener.start()
        try:
            yield
        finally:
            link.listener.stop()

    return build_console(headquarters).application(link.routes(), lifespan)
