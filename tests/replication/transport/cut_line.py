"""A TCP line on loopback that can be cut after so many bytes, and counts them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator


class CutLine:
    """Forwards connections to a port; after `cut_after` bytes from the client, or
    `cut_down_after` bytes to it, it cuts, once.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self.cut_after: int | None = None
        self.carried = 0
        self.cut_down_after: int | None = None
        self.brought = 0
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()
        self._drop()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._target))
            self._pairs.append((near, far))
            threading.Thread(target=self._up, args=(near, far), daemon=True).start()
            threading.Thread(target=self._down, args=(far, near), daemon=True).start()

    def _up(self, near: socket.socket, far: socket.socket) -> None:
        for chunk in _chunks(near):
            if self.cut_after is not None and self.carried + len(chunk) > self.cut_after:
                self.cut_after = None
                self._drop()
                return
            self.carried += len(chunk)
            try:
                far.sendall(chunk)
            except OSError:
                return
        _shut(far)

    def _down(self, far: socket.socket, near: socket.socket) -> None:
        with far:
            self._bring(far, near)

    def _bring(self, far: socket.socket, near: socket.socket) -> None:
        for chunk in _chunks(far):
            if self.cut_down_after is not None and self.brought + len(chunk) > self.cut_down_after:
                self.cut_down_after = None
                self._drop()
                return
            self.brought += len(chunk)
            try:
                near.sendall(chunk)
            except OSError:
                return
        _shut(near)

    def _drop(self) -> None:
        """The client's side breaks; the server still gets what had passed, so that a run is like another."""
        for near, far in self._pairs:
            _shut(near)
            near.close()
            _shut(far, socket.SHUT_WR)
        self._pairs.clear()


def _chunks(source: socket.socket) -> Iterator[bytes]:
    return iter(lambda: _receive(source), b"")


def _receive(source: socket.socket) -> bytes:
    try:
        return source.recv(16 * 1024)
    except OSError:
        return b""


def _shut(one: socket.socket, how: int = socket.SHUT_RDWR) -> None:
    try:
        one.shutdown(how)
    except OSError:
        return
