"""The http transport, the parent's end: authenticates, bounds, and hands over to `Parent`.

Work on the database runs on threads. A push waits for its turn without one (`replication.admission`), and
then has one of its own kind. A long poll waits without one, and is woken when a transaction that
published something commits, whichever process made it.
"""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Awaitable, Callable
from functools import partial

import psycopg
import structlog
from anyio import CapacityLimiter, to_thread
from pydantic import ValidationError
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from replication.admission import AT_ONCE, Admission
from replication.digest_messages import Asked
from replication.errors import RefusedError
from replication.feed import CHANNEL
from replication.inquiry_desk import InquiryDesk
from replication.messages import Fetch, Hello, Recall, RestartOrder, Status
from replication.parent import Parent
from replication.session import Sessions, signed_hello
from replication.transport.authentication import authenticated, bounded_body, header, prove
from replication.transport.http_inquiry_server import InquiryVerbs
from replication.transport.long_polls import LongPolls
from replication.transport.moments import Heard, MomentVerb
from schemas.wire import canonical
from schemas.wire.batch import MAX_BATCH_BYTES

_log = structlog.get_logger(__name__)
_LONGEST_WAIT = 60.0
_COMPARING = 2
_BUSY = 503
_OCTETS = "application/octet-stream"
_JSON = "application/json"


class Bell:
    """Wakes every waiting long poll at once. `ring` may be called from any thread."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()
        self.closed = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def listen(self) -> asyncio.Future[None]:
        """A future that the next ring completes."""
        self._loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = self._loop.create_future()
        self._waiting.add(future)
        future.add_done_callback(self._waiting.discard)
        return future

    def ring(self) -> None:
        """Wake whoever waits."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake)

    def close(self) -> None:
        """Wake whoever waits for the last time; whoever comes later need not wait at all."""
        self.closed = True
        self.ring()

    def _wake(self) -> None:
        for future in list(self._waiting):
            if not future.done():
                future.set_result(None)


class HeadListener:
    """A thread that listens for published heads in the database, rings the bell and tells `published`."""

    def __init__(self, engine: Engine, bell: Bell) -> None:
        self.published: Callable[[], None] = lambda: None
        self._dsn = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._bell = bell
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="head-listener", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Stop within a second."""
        self._stop.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with psycopg.connect(self._dsn, autocommit=True) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    self._bell.ring()
                    while not self._stop.is_set():
                        for _ in connection.notifies(timeout=1.0, stop_after=1):
                            self._bell.ring()
                            self.published()
            except psycopg.OperationalError as error:
                # The server went away: what is published meanwhile is found when we are back.
                _log.warning("listening for feeds interrupted", error=str(error).strip())
                self._stop.wait(0.5)


class LinkServer:
    """The `/link` routes of a parent."""

    def __init__(
        self, parent: Parent, inquiries: InquiryDesk | None = None,
        admission: Admission | None = None, moments: Heard | None = None,
    ) -> None:  # fmt: skip
        self.parent = parent
        self._moments = moments
        self.admission = admission or Admission()
        self._pushing = CapacityLimiter(AT_ONCE)
        self._sessions = Sessions()
        self._comparing = CapacityLimiter(_COMPARING)
        self.inquiries = inquiries
        self.bell = Bell()
        self.listener = HeadListener(parent.engine, self.bell)
        self._polls = LongPolls(parent)

    def routes(self) -> list[Route]:
        """To be mounted in the site's application."""
        verbs: dict[str, Callable[[Request], Awaitable[Response]]] = {
            "challenge": self._challenge,
            "hello": self._hello,
            "push": self._push,
            "fetch": self._fetch,
            "recall": self._recall,
            "status": self._status,
            "digest": self._digest,
            "enrol": self._enrol,
        }
        if self.inquiries is not None:
            verbs |= InquiryVerbs(self.inquiries, self._sessions).verbs()
        if self._moments is not None:
            verbs |= MomentVerb(self._moments, self._sessions, self._key_of).verbs()
        return [
            Route(f"/link/{verb}", partial(self._guarded, handler), methods=["POST"])
            for verb, handler in verbs.items()
        ]

    def close_inquiries(self) -> None:
        """Take no more inquiries."""
        if self.inquiries is not None:
            self.inquiries.close()

    async def _guarded(
        self, handler: Callable[[Request], Awaitable[Response]], request: Request
    ) -> Response:
        """Turn a refusal into an answer that says why, and count it."""
        try:
            return await handler(request)
        except RefusedError as error:
            if error.code == "busy":
                return _busy(error)
            code, message = error.code, str(error)
        except ValidationError as error:
            code, message = "malformed", f"the request cannot be read: {error.errors()[0]['msg']}"
        except OperationalError:
            _log.exception("the database did not answer")
            return Response("the database does not answer, try again", status_code=503)
        site = request.headers.get("Chainwright-Site", "?")
        if code != "no_session":
            await to_thread.run_sync(self.parent.refused, site, code, message)
        _log.warning("refused", site=site, code=code, message=message)
        body = canonical.encode({"code": code, "message": message})
        return Response(body, status_code=409, media_type=_JSON)

    async def _challenge(self, request: Request) -> Response:
        del request
        return Response(self._sessions.challenge(), media_type="text/plain")

    async def _enrol(self, request: Request) -> Response:
        body = await bounded_body(request, 64 * 1024)
        answer = await to_thread.run_sync(self.parent.enrol, body)
        return Response(answer, media_type=_JSON)

    async def _hello(self, request: Request) -> Response:
        body = await bounded_body(request, 64 * 1024)
        site, nonce = header(request, "Site"), header(request, "Nonce")
        self._sessions.take_nonce(nonce)
        await self._prove(site, request, signed_hello(nonce, body))
        hello = Hello.model_validate_json(body)
        if hello.site != site:
            raise RefusedError("foreign_stream", f"{site} said hello as {hello.site}")
        welcome = await to_thread.run_sync(self.parent.hello, site, hello)
        headers = {"Chainwright-Session": self._sessions.open(site)}
        return Response(welcome.model_dump_json(), media_type=_JSON, headers=headers)

    async def _push(self, request: Request) -> Response:
        site, body = await self._authenticated(request, "push", MAX_BATCH_BYTES)
        async with self.admission.turn(site):
            mark = await to_thread.run_sync(self.parent.push, site, body, limiter=self._pushing)
        return Response(mark.model_dump_json(), media_type=_JSON)

    async def _status(self, request: Request) -> Response:
        site, body = await self._authenticated(request, "status", 4 * 1024 * 1024)
        status = Status.model_validate_json(body)
        await to_thread.run_sync(self.parent.status, site, status)
        return Response(status_code=204)

    async def _digest(self, request: Request) -> Response:
        site, body = await self._authenticated(request, "digest", 4 * 1024 * 1024)
        asked = Asked.model_validate_json(body)
        # A thousand children that compare in the same night must not keep the others' threads.
        answer = await to_thread.run_sync(self.parent.answer, site, asked, limiter=self._comparing)
        return Response(answer, media_type=_OCTETS)

    async def _fetch(self, request: Request) -> Response:
        site, body = await self._authenticated(request, "fetch", 256 * 1024)
        fetch = Fetch.model_validate_json(body)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + min(fetch.wait, _LONGEST_WAIT)
        while True:
            # Listen before looking, so that what is published in between is not slept through.
            rung = self.bell.listen()
            answer = await self._polls.ask(site, fetch)
            if answer is not None or self.bell.closed:
                rung.cancel()
                return Response(status_code=204) if answer is None else _fetched(answer)
            try:
                await asyncio.wait_for(rung, max(0.0, deadline - loop.time()))
            except TimeoutError:
                return Response(status_code=204)

    async def _recall(self, request: Request) -> Response:
        site, body = await self._authenticated(request, "recall", 64 * 1024)
        recall = Recall.model_validate_json(body)
        answer = await to_thread.run_sync(self.parent.recall, site, recall)
        return Response(status_code=204) if answer is None else _fetched(answer)

    async def _authenticated(self, request: Request, verb: str, limit: int) -> tuple[str, bytes]:
        return await authenticated(request, verb, limit, self._sessions, self._key_of)

    async def _prove(self, site: str, request: Request, signed: bytes) -> None:
        await prove(request, site, signed, self._key_of)

    async def _key_of(self, site: str) -> bytes:
        return await to_thread.run_sync(self.parent.public_key, site)


def _busy(error: RefusedError) -> Response:
    """Come back later. To a child of an earlier version, which knows no such refusal, it reads as a
    line that is down: that heals by itself as well.
    """
    said = {"code": error.code, "message": str(error), "retry_ms": int(error.retry_after * 1000)}
    headers = {"Retry-After": str(math.ceil(error.retry_after))}
    return Response(canonical.encode(said), status_code=_BUSY, media_type=_JSON, headers=headers)


def _fetched(answer: bytes | RestartOrder) -> Response:
    if isinstance(answer, RestartOrder):
        return Response(answer.model_dump_json(), media_type=_JSON)
    return Response(answer, media_type=_OCTETS)
