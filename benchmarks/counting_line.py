"""A line to headquarters that counts, and when asked to passes no more than so many bits a second.

A proxy on loopback: every byte of a connection, requests, headers and answers alike, goes through
it. Both directions share one line, as on a modem's or a satellite's; a chunk is passed on when the
line would have carried it. What a real line adds below (TCP and IP headers) is not in it.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

#: Passed on at once: small, so that a slow line is shared fairly and trickles as a real one does.
_CHUNK = 4096
_SLOW_CHUNK = 240


class CountingLine:
    """The proxy. Use as a context manager; connect to `address`."""

    def __init__(self, target: str, *, bits: int | None = None) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._bits = bits
        self._lock = threading.Lock()
        self._free_at = 0.0
        self._sockets: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.bytes = 0

    def __enter__(self) -> Self:
        """Begin to accept."""
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Cut every connection."""
        self._close(self._listening)
        for one in self._sockets:
            self._close(one)

    @staticmethod
    def _close(one: socket.socket) -> None:
        with suppress(OSError):  # It may have been cut already.
            one.shutdown(socket.SHUT_RDWR)
        one.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return  # The line was taken down.
            far = socket.create_connection(self._target)
            self._sockets += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(_CHUNK if self._bits is None else _SLOW_CHUNK):
                self._carry(len(data))
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(sink)

    def _carry(self, size: int) -> None:
        """Count, and take the time that the line needs."""
        with self._lock:
            self.bytes += size
            if self._bits is None:
                return
            now = time.monotonic()
            self._free_at = max(now, self._free_at) + size * 8 / self._bits
            wait = self._free_at - now
        time.sleep(wait)
