"""A console: a site declares its pages on it and serves what it makes of them.

```python
console = Console(engine=engine, title="Headquarters", ...)


@console.page("/prices/{number}", roles={"buyer", "approver"}, methods=["GET", "POST"])
def price_change(page: Page) -> Response:
    change = find(page.path["number"])
    if change is None:
        raise PageError(page.gettext("There is no price change %(number)s.", ...), 404)
    return console.render(page, "price_change.html", change=change)
```
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Lifespan

from replication.clock import Clock
from replication.console.cookies import set_cookie
from replication.console.dispatch import Dispatcher, FindUser
from replication.console.page import Handler, Page, PageError
from replication.console.rendering import FLASH, NavItem, Renderer
from replication.console.security import SecurityHeaders
from replication.console.sign_in import Authenticate, SignIn
from replication.console.static_files import VersionedFiles
from replication.console.submission import MAX_BODY

__all__ = ["Console", "Handler", "NavItem", "Page", "PageError"]

_MESSAGE_SECONDS = 60
# What nobody signed in for is small.
_OPEN_BODY = 64 * 1024


class Console:
    """The web console of one site.

    `authenticate` gets a connection, an operator and a password, and takes as long for an operator
    who does not exist (`users.password_holds`). `find_user` gives None for who may no longer sign
    in; it is asked at every request, so that a change of role counts at once. `clock` is the
    site's own; sessions live on the system's.
    """

    def __init__(  # noqa: PLR0913 - a console has this many independent parts, each by name
        self,
        *,
        engine: Engine,
        title: str,
        clock: Clock,
        authenticate: Authenticate,
        find_user: FindUser,
        templates: Path,
        locale: Path,
        navigation: Sequence[NavItem],
        home: str,
    ) -> None:
        self._home = home
        self._renderer = Renderer(
            title=title, templates=templates, locale=locale, navigation=navigation, home=home
        )
        self._dispatcher = Dispatcher(
            engine=engine, renderer=self._renderer, clock=clock, find_user=find_user
        )
        self._sign_in = SignIn(
            engine=engine,
            renderer=self._renderer,
            dispatcher=self._dispatcher,
            authenticate=authenticate,
        )
        self._pages: list[Route] = []

    def page(
        self, path: str, *, roles: Collection[str], methods: Sequence[str] = ("GET",)
    ) -> Callable[[Handler], Handler]:
        """Serve the decorated handler at `path` for people with one of `roles`."""

        def declare(handler: Handler) -> Handler:
            endpoint = self._dispatcher.endpoint(handler, frozenset(roles))
            self._pages.append(Route(path, endpoint, methods=list(methods), max_body_size=MAX_BODY))
            return handler

        return declare

    def open_page(
        self, path: str, *, methods: Sequence[str] = ("GET",)
    ) -> Callable[[Handler], Handler]:
        """Serve the decorated handler at `path` to everybody: it asks for a secret itself, if at all."""

        def declare(handler: Handler) -> Handler:
            endpoint = self._dispatcher.open_endpoint(handler)
            self._pages.append(
                Route(path, endpoint, methods=list(methods), max_body_size=_OPEN_BODY)
            )
            return handler

        return declare

    def render(
        self, page: Page, template: str, *, status: int = 200, **context: object
    ) -> Response:
        """The site's template as an answer; see `rendering` for what it finds beside `context`."""
        return self._renderer.render(page, template, context, status)

    def redirect(self, page: Page, path: str, message: str | None = None) -> Response:
        """On to another page of this site, which shows `message` once."""
        # htmx would follow a redirect by itself and put the whole page into the part it replaces.
        from_htmx = page.request.headers.get("hx-request") == "true"
        response = (
            Response(headers={"HX-Redirect": path}) if from_htmx else RedirectResponse(path, 303)
        )
        if message:
            set_cookie(page.request, response, FLASH, message, _MESSAGE_SECONDS)
        return response

    def routes(self) -> list[BaseRoute]:
        """The pages declared so far, with sign-in, language and static files."""
        routes: list[BaseRoute] = [
            *self._sign_in.routes(),
            Mount("/static", VersionedFiles()),
            *self._pages,
        ]
        if all(page.path != "/" for page in self._pages):
            routes.append(Route("/", self._to_home))
        return routes

    def application(
        self, extra: Sequence[BaseRoute] = (), lifespan: Lifespan[Starlette] | None = None
    ) -> Starlette:
        """The whole application: `extra` routes first, and headers and errors for everything."""
        return Starlette(
            routes=[*extra, *self.routes()],
            middleware=[Middleware(SecurityHeaders)],
            exception_handlers={HTTPException: self._dispatcher.unknown},
            lifespan=lifespan,
        )

    async def _to_home(self, request: Request) -> Response:
        del request
        return RedirectResponse(self._home, 303)
