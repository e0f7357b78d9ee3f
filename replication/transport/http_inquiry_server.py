"""Inquiries over http, the parent's end.

    POST /link/open      a session for inquiries, beside the site's link; nonce and signature as hello
    POST /link/inquire   an Inquiry, answered within its budget      429: too many are under way
    POST /link/cancel    nobody waits for it any longer

Keys are looked up, and inquiries worked on, by threads and connections that pushes do not use: a
large push does not stand before a small question.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import Response

from replication.errors import RefusedError
from replication.inquiry import BusyError
from replication.inquiry_desk import InquiryDesk
from replication.messages import Cancelling, Inquiry, Opening
from replication.session import Sessions, signed_opening
from replication.transport.authentication import authenticated, bounded_body, header, prove

_LIMIT = 64 * 1024
_TOO_MANY = 429
_KEY_THREADS = 4


class InquiryVerbs:
    """The verbs of one desk, for a parent's `/link` routes."""

    def __init__(self, desk: InquiryDesk, sessions: Sessions) -> None:
        self._desk = desk
        self._sessions = sessions
        self._key_threads = CapacityLimiter(_KEY_THREADS)

    def verbs(self) -> dict[str, Callable[[Request], Awaitable[Response]]]:
        """Handlers by verb; they raise RefusedError and ValidationError."""
        return {"open": self._open, "inquire": self._inquire, "cancel": self._cancel}

    async def _open(self, request: Request) -> Response:
        body = await bounded_body(request, _LIMIT)
        site, nonce = header(request, "Site"), header(request, "Nonce")
        self._sessions.take_nonce(nonce)
        await prove(request, site, signed_opening(nonce, body), self._key_of)
        opening = Opening.model_validate_json(body)
        if opening.site != site:
            raise RefusedError("foreign_stream", f"{site} opened a session as {opening.site}")
        session = self._sessions.open(site, opening.purpose)
        return Response(status_code=204, headers={"Chainwright-Session": session})

    async def _inquire(self, request: Request) -> Response:
        site, body = await self._authenticated(request, "inquire")
        try:
            underway = self._desk.take(site, Inquiry.model_validate_json(body))
        except BusyError as error:
            return Response(str(error), status_code=_TOO_MANY, media_type="text/plain")
        answer = await underway.ended()
        return Response(answer.model_dump_json(), media_type="application/json")

    async def _cancel(self, request: Request) -> Response:
        site, body = await self._authenticated(request, "cancel")
        self._desk.cancel(site, Cancelling.model_validate_json(body).uuid)
        return Response(status_code=204)

    async def _authenticated(self, request: Request, verb: str) -> tuple[str, bytes]:
        return await authenticated(request, verb, _LIMIT, self._sessions, self._key_of)

    async def _key_of(self, site: str) -> bytes:
        return await to_thread.run_sync(self._desk.key_of, site, limiter=self._key_threads)
