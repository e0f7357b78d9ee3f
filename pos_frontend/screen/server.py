"""The till's page and its WebSocket, on the loopback alone.

    GET /              the page, with this start's token in it
    GET /devices       the self-test of the lane's devices, with the same token
    GET /keys          which key does what here, see `keymap`
    GET /static/…      its style, modules and words
    WS  /till?token=…  see `protocol`; with &scans=1, the codes of a serial scanner too, see `scans`
    GET /customer      the customer's page, with a token that opens the following alone
    WS  /customer/live?token=…  tells {"event": "customer", "customer": …}, see `customer`; hears nothing
    GET /self, WS /self/live    a self-checkout, where / and /devices lead to it, see `self_kiosk`
    GET /price, WS /price/live  what things cost, see `price_kiosk`

A page from elsewhere could otherwise drive the till: every request must name this address as its
host, the socket must come from our own origin and carry the token, which is new at every start.
Scripts, styles and connections are allowed from here only, and nothing inline.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

import structlog
from anyio import to_thread
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from pos_frontend.keymap import KeySettings
from pos_frontend.screen.desk import Desk
from pos_frontend.screen.guard import Guard
from pos_frontend.screen.kiosk import Stand
from pos_frontend.screen.price_kiosk import PriceKiosk
from pos_frontend.screen.scans import Scans
from pos_frontend.screen.self_kiosk import SelfKiosk
from replication.inquiry_desk import Underway

T = TypeVar("T")
_log = structlog.get_logger(__name__)
_STATIC = Path(__file__).parent / "static"
_LOOK = 0.4
_BEHIND = 500
_POLICY_VIOLATION, _TRY_LATER = 1008, 1013


class Page:
    """The application around a desk, served at `address` (`http://127.0.0.1:8490`)."""

    def __init__(self, desk: Desk, address: str, keys: KeySettings | None = None) -> None:
        self._desk = desk
        self.address = address
        self.token = secrets.token_urlsafe(24)
        # What stands before customers must not be able to drive the till.
        self.customer_token = secrets.token_urlsafe(24)
        self._keys = (keys or KeySettings()).picture()
        self.stands = [Stand(PriceKiosk(desk))]
        if desk.attendance is not None:
            self.stands.append(Stand(SelfKiosk(desk, desk.attendance)))
        port = address.rpartition(":")[2]
        self._hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})
        self._outboxes: set[asyncio.Queue[str]] = set()
        self._customers: set[asyncio.Queue[str]] = set()
        self._lookups: set[asyncio.Task[None]] = set()
        self._scans = Scans()

    def application(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/", self._index),
                Route("/devices", self._devices_page),
                Route("/customer", self._customer_page),
                WebSocketRoute("/customer/live", self._customer_socket),
                WebSocketRoute("/till", self._socket),
                Route("/keys", self._key_map),
                *self._of_stands(),
                Mount("/static", StaticFiles(directory=_STATIC)),
            ],
            middleware=[Middleware(Guard, hosts=self._hosts)],
            lifespan=self._lifespan,
        )

    def _of_stands(self) -> list[BaseRoute]:
        routes: list[BaseRoute] = []
        for stand in self.stands:
            path = stand.kiosk.path
            routes += [
                Route(f"/{path}", partial(self._stand_page, stand)),
                WebSocketRoute(f"/{path}/live", partial(self._stand_socket, stand)),
            ]
        return routes

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        looking = asyncio.create_task(self._keep_looking())
        paid, loop = asyncio.Event(), asyncio.get_running_loop()
        self._desk.when_paid(lambda: _on(loop, paid.set))
        self._desk.when_scanned(lambda event: _on(loop, lambda: self._scans.send(event)))
        following = asyncio.create_task(self._follow_payments(paid))
        yield
        following.cancel()
        looking.cancel()
        for lookup in self._lookups:
            lookup.cancel()
        with suppress(asyncio.CancelledError):
            await looking

    async def _index(self, _request: Request) -> Response:
        return self._by_staff("index.html")

    async def _devices_page(self, _request: Request) -> Response:
        return self._by_staff("devices.html")

    def _by_staff(self, name: str) -> Response:
        """A page that drives the till; no customer's browser is given its token."""
        if self._desk.attendance is not None:
            return RedirectResponse("/self")
        return self._html(name, self.token)

    async def _customer_page(self, _request: Request) -> Response:
        return self._html("customer.html", self.customer_token)

    async def _key_map(self, _request: Request) -> Response:
        return JSONResponse(self._keys)

    async def _stand_page(self, stand: Stand, _request: Request) -> Response:
        return self._html(f"{stand.kiosk.path}.html", stand.token)

    def _html(self, name: str, token: str) -> Response:
        page = (_STATIC / name).read_text("utf-8")
        language = self._desk.language.replace("_", "-")
        return HTMLResponse(page.replace("{{token}}", token).replace("{{language}}", language))

    async def _customer_socket(self, socket: WebSocket) -> None:
        if not await self._accept(socket, self.customer_token):
            return
        outbox: asyncio.Queue[str] = asyncio.Queue(_BEHIND)
        outbox.put_nowait(await self._on_till(self._desk.hello_customer))
        self._customers.add(outbox)
        sending = asyncio.create_task(_send(socket, outbox))
        try:
            while (await socket.receive())["type"] != "websocket.disconnect":
                pass  # nothing that stands before customers has anything to say
        finally:
            self._customers.discard(outbox)
            sending.cancel()

    async def _stand_socket(self, stand: Stand, socket: WebSocket) -> None:
        answer = partial(self._answer_at, stand)
        await self._talk(socket, stand.token, stand.outboxes, stand.kiosk.hello, answer)

    async def _answer_at(self, stand: Stand, message: str, outbox: asyncio.Queue[str]) -> None:
        answer = await self._on_till(lambda: stand.kiosk.handle(message))
        outbox.put_nowait(answer.reply)
        if answer.event is not None:
            self._tell(self._outboxes, answer.event)
            await self._follow()

    async def _accept(self, socket: WebSocket, token: str) -> bool:
        ours = self._is_ours(socket, token)
        if ours:
            await socket.accept()
        else:
            _log.warning("a foreign page asked for the till", origin=socket.headers.get("origin"))
            await socket.close(_POLICY_VIOLATION)
        return ours

    async def _socket(self, socket: WebSocket) -> None:
        await self._talk(socket, self.token, self._outboxes, self._desk.hello, self._answer)

    async def _talk(
        self,
        socket: WebSocket,
        token: str,
        outboxes: set[asyncio.Queue[str]],
        hello: Callable[[], str],
        answer: Callable[[str, asyncio.Queue[str]], Awaitable[None]],
    ) -> None:
        """Say hello, then answer one request after the other, until the page is closed."""
        if not await self._accept(socket, token):
            return
        outbox: asyncio.Queue[str] = asyncio.Queue(_BEHIND)
        outbox.put_nowait(await self._on_till(hello))
        outboxes.add(outbox)
        if socket.query_params.get("scans"):
            self._scans.opened(outbox)
        sending = asyncio.create_task(_send(socket, outbox))
        try:
            while True:
                await answer(await socket.receive_text(), outbox)
        except (WebSocketDisconnect, KeyError):
            pass  # the page was closed, or sent bytes; the till stands as it stood
        except asyncio.QueueFull:
            await socket.close(_TRY_LATER)
        finally:
            outboxes.discard(outbox)
            self._scans.closed(outbox)
            sending.cancel()

    async def _answer(self, message: str, outbox: asyncio.Queue[str]) -> None:
        answer = await self._on_till(lambda: self._desk.handle(message))
        outbox.put_nowait(answer.reply)
        if answer.event is not None:
            self._tell(self._outboxes, answer.event, but=outbox)
            await self._follow()
        if answer.lookup is not None:
            task = asyncio.create_task(self._await_lookup(answer.lookup, outbox))
            self._lookups.add(task)
            task.add_done_callback(self._lookups.discard)

    async def _await_lookup(self, lookup: Underway, outbox: asyncio.Queue[str]) -> None:
        """Tell who asked, as soon as the inquiry ends; the till goes on meanwhile."""
        answer = await lookup.ended()
        event, changed = await self._on_till(lambda: self._desk.ended(lookup, answer))
        if changed is not None:
            self._tell(self._outboxes, changed)
        if event is not None and not outbox.full():
            outbox.put_nowait(event)
        if changed is not None:
            await self._follow()

    async def _keep_looking(self) -> None:
        """Look at the line and the devices now and then, and tell every page what changed."""
        while True:
            try:
                event = await to_thread.run_sync(self._desk.look)
                await self._on_till(self._desk.see_to_grants)
                await self._on_till(self._desk.tell_moment)
            except Exception:  # noqa: BLE001 - see below
                # A status that cannot be read is looked for again; selling goes on meanwhile.
                _log.exception("the status could not be read")
                event = None
            if event is not None:
                self._tell(self._outboxes, event)
            await self._follow()
            await asyncio.sleep(_LOOK)

    async def _follow_payments(self, paid: asyncio.Event) -> None:
        """Have the till take what the payment terminal said, and show it on every page."""
        paid.set()  # what was found at the start
        while True:
            await paid.wait()
            paid.clear()
            try:
                self._tell(self._outboxes, await self._on_till(self._desk.follow_payments))
            except Exception:  # noqa: BLE001 - see below
                # What the terminal said stands in its book, and is looked at again at its next word.
                _log.exception("a payment could not be taken")
            await self._follow()

    async def _follow(self) -> None:
        """Have the customer's side follow the till, after whoever acted has the answer."""
        await self._follow_at_stands()
        if not self._customers and not self._desk.has_display:
            return
        try:
            event = await self._on_till(self._desk.follow)
        except Exception:  # noqa: BLE001 - see below
            # What cannot be shown to the customer is tried again; selling goes on meanwhile.
            _log.exception("the customer's side could not be brought up to date")
            return
        if event is not None:
            self._tell(self._customers, event)

    async def _follow_at_stands(self) -> None:
        for stand in self.stands:
            if not stand.outboxes:
                continue
            try:
                event = await self._on_till(stand.kiosk.follow)
            except Exception:  # noqa: BLE001 - see below
                # What cannot be shown to a customer is tried again; selling goes on meanwhile.
                _log.exception("a kiosk could not be brought up to date", kiosk=stand.kiosk.path)
                continue
            if event is not None:
                self._tell(stand.outboxes, event)

    def _tell(
        self, to: set[asyncio.Queue[str]], event: str, *, but: asyncio.Queue[str] | None = None
    ) -> None:
        for outbox in to:
            if outbox is not but and not outbox.full():
                outbox.put_nowait(event)

    def _is_ours(self, socket: WebSocket, token: str) -> bool:
        host, origin = socket.headers.get("host", ""), socket.headers.get("origin", "")
        shown = socket.query_params.get("token", "")
        return (
            host in self._hosts
            and origin == f"http://{host}"
            and secrets.compare_digest(shown.encode(), token.encode())
        )

    async def _on_till(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._desk.thread, work)


def _on(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    """Have something done on the loop, from another thread; a page that is gone needs nothing."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(call)


async def _send(socket: WebSocket, outbox: asyncio.Queue[str]) -> None:
    while True:
        await socket.send_text(await outbox.get())
