"""Running headquarters as a process: one port, until SIGTERM or Ctrl-C.

Both end it in order: no new requests, those under way finish, long polls are cut short, the
listener stops. A port that is taken raises ServingError with the way out.
"""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn

from hq.bootstrap import Headquarters
from hq.web.app import application

# A branch's long poll would wait for a minute; its next one finds us gone and tries again.
_GRACE_SECONDS = 2
_BACKLOG = 2048


class ServingError(RuntimeError):
    """The server cannot listen where the settings say."""


def run(headquarters: Headquarters, announce: Callable[[str], None]) -> None:
    """Serve until a signal says stop; `announce` is told the address. Raises ServingError."""
    web = headquarters.settings.web
    config = uvicorn.Config(
        application(headquarters),
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=_GRACE_SECONDS,
        backlog=_BACKLOG,
    )
    with _listen(web.host, web.port) as listening:
        announce(f"headquarters listens on http://{web.host}:{web.port}")
        # When it has ended in order, the server raises the signal once more; the process must then
        # go on to put away what it owns.
        before = {one: signal.signal(one, _heard) for one in (signal.SIGTERM, signal.SIGINT)}
        try:
            uvicorn.Server(config).run(sockets=[listening])
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        message = (
            f"headquarters cannot listen on {host}:{port} ({error.strerror}): stop what does, or set "
            "another host or port under [web]"
        )
        raise ServingError(message) from error


def _heard(number: int, frame: FrameType | None) -> None:
    del number, frame
