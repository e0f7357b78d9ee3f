"""Ports that are a file descriptor: a printer's socket, and a device file (`/dev/usb/lp0`).

what the port does                          what is raised
nobody is there, or it hangs up             UnpluggedError
it takes no byte for `wait` seconds         UnpluggedError
nothing comes in `wait` seconds             nothing: what did come is returned
"""

from __future__ import annotations

import os
import select
import socket
from collections.abc import Callable

from pos_frontend.devices.port import Opener, UnpluggedError, told

_MOST = 4096


def network_opener(host: str, port: int, wait: float) -> Opener:
    """Return what connects to a host; each step of connecting, writing and reading ends within `wait`."""
    name = f"{host}:{port}"

    def open_it() -> DescriptorPort:
        with told(name):
            line = socket.create_connection((host, port), wait)
        line.settimeout(0)
        return DescriptorPort(name, line.fileno(), wait, line.close)

    return open_it


def file_opener(path: str, wait: float, *, answers: bool) -> Opener:
    """Return what opens a device file, for reading too if the device answers; it is never created."""

    def open_it() -> DescriptorPort:
        way = os.O_RDWR if answers else os.O_WRONLY
        with told(path):
            file = os.open(path, way | os.O_NONBLOCK | os.O_NOCTTY)
        return DescriptorPort(path, file, wait, lambda: os.close(file))

    return open_it


class DescriptorPort:
    """A `Port` on an open descriptor that does not block; see `port.Port`."""

    def __init__(self, name: str, file: int, wait: float, close: Callable[[], None]) -> None:
        self._name = name
        self._file = file
        self._wait = wait
        self._close = close

    def write(self, data: bytes) -> None:
        """See `Sink`."""
        left = memoryview(data)
        while left:
            if not self._ready(select.POLLOUT, self._wait):
                raise UnpluggedError(f"{self._name}: it takes no more, {len(left)} bytes are left")
            with told(self._name):
                left = left[os.write(self._file, left) :]

    def read(self, most: int, end: bytes = b"") -> bytes:
        """See `Port`."""
        come = b""
        while len(come) < most and not (end and come.endswith(end)):
            if not self._ready(select.POLLIN, self._wait):
                break
            come += self._next(1 if end else most - len(come))
        return come

    def close(self) -> None:
        """See `Sink`; what the kernel's printer driver has not sent by then it would forget."""
        self._ready(select.POLLOUT, self._wait)
        self._close()

    def forget(self) -> None:
        """See `Port`."""
        while self._ready(select.POLLIN, 0):
            self._next(_MOST)

    def _next(self, most: int) -> bytes:
        with told(self._name):
            come = os.read(self._file, most)
        if not come:
            raise UnpluggedError(f"{self._name}: it hung up")
        return come

    def _ready(self, event: int, wait: float) -> bool:
        watched = select.poll()
        watched.register(self._file, event)
        return bool(watched.poll(wait * 1000))
