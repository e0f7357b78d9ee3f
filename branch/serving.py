"""Serving until told to stop: SIGTERM and SIGINT end it in order, whoever started what stops it.

    signal ──▶ no new requests ──▶ the ones under way end ──▶ the link ends ──▶ the database ends

uvicorn raises a signal again once it has shut down; without a handler of our own that would end the
process before a private database was stopped. A second signal is ignored: the first is being obeyed.
"""

from __future__ import annotations

import signal
import socket
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
# A long poll of a lane waits for up to half a minute; it is cut, and the lane asks again later.
_GRACE_SECONDS = 2


class ServingError(RuntimeError):
    """The branch cannot listen where its settings say."""


def leave_in_order() -> None:
    """From here on a signal to end unwinds what was entered, instead of ending at once."""
    for number in _SIGNALS:
        signal.signal(number, _leave)


def _leave(number: int, frame: FrameType | None) -> None:
    del number, frame
    for one in _SIGNALS:
        signal.signal(one, signal.SIG_IGN)
    raise SystemExit(0)


def serve(app: ASGIApp, host: str, port: int) -> None:
    """Serve until a signal comes. Raises ServingError when the address cannot be had."""
    config = uvicorn.Config(
        app,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=_GRACE_SECONDS,
        server_header=False,
    )
    with _listen(host, port) as listening:
        uvicorn.Server(config).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise ServingError(
            f"the branch cannot listen on {host}:{port} ({error.strerror}): stop what does, or set "
            "another host or port under [web]"
        ) from error
