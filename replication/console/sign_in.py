"""Signing in and out, and choosing the language.

An operator who does not exist, one who is no longer active and a wrong password get the same
answer after the same time. Guessing is slowed down by `throttle`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import structlog
from anyio import CapacityLimiter, to_thread
from sqlalchemy import Connection, Engine
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from replication.console.cookies import drop_cookie, read_cookie, set_cookie
from replication.console.dispatch import Dispatcher
from replication.console.languages import COOKIE as LANGUAGE_COOKIE
from replication.console.languages import LANGUAGES, msgid
from replication.console.page import Page
from replication.console.rendering import Renderer
from replication.console.security import FOREIGN, is_same_origin, local_path
from replication.console.sessions import COOKIE, LIFETIME, close_session, csrf_holds, open_session
from replication.console.submission import read_submission
from replication.console.throttle import Throttle
from replication.console.users import User

_log = structlog.get_logger(__name__)

Authenticate = Callable[[Connection, str, str], User | None]

_REFUSED = msgid("Operator and password do not match.")
_WAIT = msgid("Too many attempts. Try again in %(seconds)s seconds.")
_YEAR = 365 * 24 * 3600
_LONGEST_PASSWORD = 1024
_BODY_LIMIT = 64 * 1024
# A check of a password takes tens of MiB and of milliseconds: a crowd must not take the machine.
_CHECKS_AT_ONCE = 4


class SignIn:
    """The routes of one site by which people come and go."""

    def __init__(
        self,
        *,
        engine: Engine,
        renderer: Renderer,
        dispatcher: Dispatcher,
        authenticate: Authenticate,
    ) -> None:
        self._engine = engine
        self._renderer = renderer
        self._dispatcher = dispatcher
        self._authenticate = authenticate
        self._throttle = Throttle()

    def routes(self) -> list[Route]:
        """/sign-in, /sign-out and /language."""
        limiter = CapacityLimiter(_CHECKS_AT_ONCE)

        async def sign_in(request: Request) -> Response:
            page = self._dispatcher.page(request)
            if request.method != "POST":
                return self._form(page, local_path(request.query_params.get("next", ""), "/"))
            fields = await _own_fields(request)
            if fields is None:
                return self._renderer.error(page, 403, page.gettext(FOREIGN))
            return await to_thread.run_sync(self._try, page, fields, limiter=limiter)

        async def sign_out(request: Request) -> Response:
            page = self._dispatcher.page(request)
            fields = await _own_fields(request)
            token = read_cookie(request, COOKIE)
            if fields is None or not csrf_holds(token, fields.get("csrf", "")):
                return self._renderer.error(page, 403, page.gettext(FOREIGN))
            await to_thread.run_sync(self._close, token)
            response = RedirectResponse("/sign-in", 303)
            drop_cookie(request, response, COOKIE)
            return response

        async def language(request: Request) -> Response:
            fields = await _own_fields(request)
            if fields is None:
                page = self._dispatcher.page(request)
                return self._renderer.error(page, 403, page.gettext(FOREIGN))
            response = RedirectResponse(local_path(fields.get("next", ""), "/"), 303)
            if fields.get("language") in LANGUAGES:
                set_cookie(request, response, LANGUAGE_COOKIE, fields["language"], _YEAR)
            return response

        return [
            Route("/sign-in", sign_in, methods=["GET", "POST"], max_body_size=_BODY_LIMIT),
            Route("/sign-out", sign_out, methods=["POST"], max_body_size=_BODY_LIMIT),
            Route("/language", language, methods=["POST"], max_body_size=_BODY_LIMIT),
        ]

    def _form(
        self, page: Page, after: str, *, operator: str = "", problem: str = "", status: int = 200
    ) -> Response:
        context = {"after": after, "operator": operator, "problem": problem}
        return self._renderer.render(page, "console/sign_in.html", context, status)

    def _try(self, page: Page, fields: dict[str, str]) -> Response:
        operator = fields.get("operator", "").strip()
        after = local_path(fields.get("next", ""), "/")
        address = page.request.client.host if page.request.client else ""
        wait = self._throttle.begin(operator, address)
        if wait > 0:
            seconds = math.ceil(wait)
            problem = page.gettext(_WAIT, seconds=seconds)
            response = self._form(page, after, operator=operator, problem=problem, status=429)
            response.headers["Retry-After"] = str(seconds)
            return response
        token = self._token(operator, fields.get("password", ""))
        if token is None:
            _log.warning("sign_in_refused", operator=operator[:64], address=address)
            problem = page.gettext(_REFUSED)
            return self._form(page, after, operator=operator, problem=problem, status=401)
        self._throttle.succeeded(operator, address)
        response = RedirectResponse(after, 303)
        set_cookie(page.request, response, COOKIE, token, int(LIFETIME.total_seconds()))
        return response

    def _token(self, operator: str, password: str) -> str | None:
        """A session when the password holds."""
        with self._engine.begin() as connection:
            user = self._authenticate(connection, operator, password[:_LONGEST_PASSWORD])
            return None if user is None else open_session(connection, user.operator)

    def _close(self, token: str) -> None:
        with self._engine.begin() as connection:
            close_session(connection, token)


async def _own_fields(request: Request) -> dict[str, str] | None:
    """The fields of a form of our own; None when another site sent it."""
    if not is_same_origin(request):
        return None
    return dict((await read_submission(request)).pairs)
