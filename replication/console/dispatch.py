"""From a request to its handler: who it is, whether they may, and what happens when it fails.

| step                          | otherwise                                                     |
|-------------------------------|---------------------------------------------------------------|
| signed in                     | to the sign-in page, and back here afterwards                 |
| has one of the page's roles   | 403, naming the roles                                         |
| a POST from one of our pages  | 403: another origin, or a form of another session             |
| a form within bounds          | 400 or 413                                                    |
| the handler gives an answer   | `PageError`: as it says; no database: 503; else 500 with a    |
|                               | number that stands in the log                                 |
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Collection
from http import HTTPStatus
from urllib.parse import quote

import structlog
from anyio import CapacityLimiter, to_thread
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from replication.clock import Clock
from replication.console.cookies import drop_cookie, read_cookie
from replication.console.languages import language_of, msgid
from replication.console.page import Handler, MissingFieldError, Page, PageError, Submission
from replication.console.rendering import Renderer
from replication.console.security import FOREIGN, SAFE_METHODS, is_same_origin
from replication.console.sessions import COOKIE, csrf_holds, csrf_token, session_operator
from replication.console.submission import read_submission
from replication.console.users import NOBODY, User

# A check of a secret takes tens of MiB and of milliseconds: a crowd must not take the machine.
_CHECKS_AT_ONCE = 4

_log = structlog.get_logger(__name__)

Endpoint = Callable[[Request], Awaitable[Response]]
FindUser = Callable[[Connection, str], User | None]

_WRONG_ROLE = msgid("This page is for: %(roles)s. You are signed in as: %(role)s.")
_OUTDATED = msgid("This form belongs to an earlier sign-in, so nothing was done.")
_LOAD_AGAIN = msgid("Load the page again and fill it in once more.")
_NO_DATABASE = msgid("The database of this site does not answer.")
_OUR_MISTAKE = msgid("The mistake is ours and was noted under the number %(number)s.")
_TELL_US = msgid("Try again; if it stays, tell whoever runs this site that number.")
_NOT_UNDERSTOOD = msgid("The browser sent what this page cannot read.")
_TOO_LARGE = msgid("At most 64 MiB can be sent at once.")


class Dispatcher:
    """Stands between the routes and the handlers of one site."""

    def __init__(
        self, *, engine: Engine, renderer: Renderer, clock: Clock, find_user: FindUser
    ) -> None:
        self._engine = engine
        self._renderer = renderer
        self._clock = clock
        self._find_user = find_user

    def endpoint(self, handler: Handler, roles: Collection[str]) -> Endpoint:
        """The route's endpoint for a handler of those roles."""

        async def answer(request: Request) -> Response:
            try:
                page = await to_thread.run_sync(self.identify, request)
                if page.user is NOBODY:
                    return _to_sign_in(page)
                self._check_role(page, roles)
                if request.method not in SAFE_METHODS:
                    page = await self._with_submission(page)
                return await to_thread.run_sync(handler, page)
            except Exception as error:  # noqa: BLE001 - none is swallowed: each becomes an answer
                return await to_thread.run_sync(self._failed, request, error)

        return answer

    def open_endpoint(self, handler: Handler) -> Endpoint:
        """The endpoint of a page that asks for no sign-in, such as a clock by the door: its handler finds out
        who it is, and a form of it needs no session. Checks of secrets are few at once, as at signing in.
        """
        limiter = CapacityLimiter(_CHECKS_AT_ONCE)

        async def answer(request: Request) -> Response:
            try:
                page = await to_thread.run_sync(self.identify, request)
                if request.method not in SAFE_METHODS:
                    _check_origin(page)
                    page = _submitted(page, await read_submission(request))
                return await to_thread.run_sync(handler, page, limiter=limiter)
            except Exception as error:  # noqa: BLE001 - none is swallowed: each becomes an answer
                return await to_thread.run_sync(self._failed, request, error)

        return answer

    async def unknown(self, request: Request, error: Exception) -> Response:
        """The answer when no route fits, or none with this method."""
        return await to_thread.run_sync(self._failed, request, error)

    def page(self, request: Request, user: User = NOBODY, csrf: str = "") -> Page:
        """A page of this request in its language."""
        language = language_of(request)
        translations = self._renderer.translations[language]
        return Page(request, user, language, translations, self._clock(), csrf)

    def identify(self, request: Request) -> Page:
        """The page with whoever is signed in, or NOBODY. Asks the database."""
        token = read_cookie(request, COOKIE)
        if not token:
            return self.page(request)
        with self._engine.connect() as connection:
            operator = session_operator(connection, token)
            user = self._find_user(connection, operator) if operator is not None else None
        return self.page(request) if user is None else self.page(request, user, csrf_token(token))

    def _check_role(self, page: Page, roles: Collection[str]) -> None:
        if page.user.role in roles:
            return
        names = ", ".join(sorted(page.gettext(role) for role in roles))
        role = page.gettext(page.user.role)
        raise PageError(page.gettext(_WRONG_ROLE, roles=names, role=role), 403)

    async def _with_submission(self, page: Page) -> Page:
        _check_origin(page)
        submission = await read_submission(page.request)
        sent = page.request.headers.get("x-csrf-token") or dict(submission.pairs).get("csrf", "")
        if not csrf_holds(read_cookie(page.request, COOKIE), sent):
            raise PageError(page.gettext(_OUTDATED), 403, advice=page.gettext(_LOAD_AGAIN))
        return _submitted(page, submission)

    def _failed(self, request: Request, error: Exception) -> Response:
        """The answer to whatever was raised. Runs on a thread: it asks who is signed in."""
        try:
            page = self.identify(request)
        except SQLAlchemyError:
            page = self.page(request)
        match error:
            case PageError():
                return self._renderer.error(page, error.status, error.message, error.advice)
            case MissingFieldError():
                text = page.gettext(error.MESSAGE, field=error.field)
                return self._renderer.error(page, 400, text, page.gettext(error.ADVICE))
            case HTTPException():
                text = _http_text(page, error.status_code)
                response = self._renderer.error(page, error.status_code, text)
                response.headers.update(error.headers or {})
                return response
            case OperationalError():
                _log.warning("console_without_database", path=request.url.path, exc_info=error)
                return self._renderer.error(page, 503, page.gettext(_NO_DATABASE))
        return self._our_mistake(page, error)

    def _our_mistake(self, page: Page, error: Exception) -> Response:
        number = secrets.token_hex(4)
        _log.error(
            "console_page_failed",
            number=number,
            path=page.request.url.path,
            method=page.request.method,
            operator=page.user.operator,
            exc_info=error,
        )
        text = page.gettext(_OUR_MISTAKE, number=number)
        return self._renderer.error(page, 500, text, page.gettext(_TELL_US))


def _check_origin(page: Page) -> None:
    if not is_same_origin(page.request):
        raise PageError(page.gettext(FOREIGN), 403, advice=page.gettext(_LOAD_AGAIN))


def _submitted(page: Page, submission: Submission) -> Page:
    return Page(
        page.request, page.user, page.language, page.translations, page.now, page.csrf, submission
    )


def _http_text(page: Page, status: int) -> str:
    if status == HTTPStatus.NOT_FOUND:
        return page.request.url.path
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return page.gettext(_TOO_LARGE)
    return page.gettext(_NOT_UNDERSTOOD)


def _to_sign_in(page: Page) -> Response:
    """Ask for a sign-in. What a form held is lost: it must be sent again by the same person."""
    came_from = page.here if page.request.method in SAFE_METHODS else page.request.url.path
    if page.is_fragment:
        # A part of a page is no place to come back to, and htmx would put the sign-in into it.
        return Response(headers={"HX-Refresh": "true"})
    response = RedirectResponse(f"/sign-in?next={quote(came_from, safe='')}", 303)
    drop_cookie(page.request, response, COOKIE)
    return response
