"""A site's server process, headquarters' and a branch's alike: one port, until told to stop.

    SIGTERM or SIGINT ──▶ long polls are answered with nothing new ──▶ requests under way end
                      ──▶ the site's link ends ──▶ its database ends

uvicorn raises the signal again once it has shut down; without a handler of our own that would end the
process before a private database was stopped. A second signal is ignored: the first is being obeyed.
"""

from __future__ import annotations

import gc
import signal
import socket
from collections.abc import Callable
from types import FrameType

import structlog
import uvicorn
from starlette.types import ASGIApp

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_GRACE_SECONDS = 5
#: A thousand children may come back in the same minute.
_BACKLOG = 2048
_COLLECT_AFTER = 100_000


class ServingError(RuntimeError):
    """The site cannot listen where its settings say."""


def leave_in_order() -> None:
    """From here on a signal to end unwinds what was entered, instead of ending at once."""
    for number in _SIGNALS:
        signal.signal(number, _leave)


def collect_seldom() -> None:
    """Look for reference cycles less often, and not among what was there at the start.

    A catalogue passes through as hundreds of thousands of short-lived tuples. Looking through them
    for cycles, of which there are none, takes a third of the time that applying them does.
    """
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, 20, 50)


def plain_logs() -> None:
    """Log errors as Python prints them.

    The coloured form that structlog takes where it finds rich lasts seconds, in which the thread that
    logs does nothing else, a till's among them; and it prints every variable, a cashier's PIN too.
    """
    *others, _ = structlog.get_config()["processors"]
    renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*others, renderer])


def serve(app: ASGIApp, host: str, port: int, *, started: Callable[[], None],
          leaving: Callable[[], None]) -> None:  # fmt: skip
    """Serve until a signal comes; `started` is called when it answers, `leaving` when it is to end.

    Raises ServingError when the address cannot be had.
    """
    config = uvicorn.Config(
        app, access_log=False, log_level="warning", server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS, backlog=_BACKLOG, http="httptools",
    )  # fmt: skip
    collect_seldom()
    plain_logs()
    with _listen(host, port) as listening:
        _Server(config, started, leaving).run(sockets=[listening])


class _Server(uvicorn.Server):
    def __init__(
        self, config: uvicorn.Config, started: Callable[[], None], leaving: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._started, self._leaving = started, leaving

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._leaving()
        await super().shutdown(sockets)


def _leave(number: int, frame: FrameType | None) -> None:
    del number, frame
    for one in _SIGNALS:
        signal.signal(one, signal.SIG_IGN)
    raise SystemExit(0)


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        message = (
            f"cannot listen on {host}:{port} ({error.strerror}): stop what does, or set another host "
            "or port under [web]"
        )
        raise ServingError(message) from error
    # Passed on to every connection. asyncio sets it only where the socket names its protocol, and else an
    # answer of a head and a body waits 40 ms for the other side's acknowledgement of its head.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening
