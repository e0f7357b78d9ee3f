"""Ports, as the devices on a counter are spoken to.

    what the port does                          what is raised
    it is not there, was pulled out, fails      UnpluggedError: close it, and open it anew later
    it takes no more bytes for a while          UnpluggedError
    nothing comes in the time allowed           nothing: what did come is returned

A port is used by one thread. pyserial tells some failures as its own errors and lets others of the
operating system through (a pseudo-terminal has no parity, for one): all are told alike here.
"""

from __future__ import annotations

import os
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, Protocol

import serial
import structlog

_log = structlog.get_logger(__name__)
Parity = Literal["N", "E", "O"]
Flow = Literal["none", "xon_xoff", "rts_cts"]


@dataclass(frozen=True, slots=True)
class Framing:
    """How characters go over a line: bits a second, data bits, parity, stop bits, and how the device
    says that it takes no more for a while.
    """

    baud: int = 9600
    bits: int = 8
    parity: Parity = "N"
    stop: int = 1
    flow: Flow = "none"


class UnpluggedError(Exception):
    """There is nothing to speak to; it heals when the device is plugged in again."""


class Sink(Protocol):
    """What takes bytes and says nothing."""

    def write(self, data: bytes) -> None:
        """Send bytes. Raises UnpluggedError."""

    def close(self) -> None:
        """Give the line up; never raises."""


class Port(Sink, Protocol):
    """A line to a device that answers."""

    def read(self, most: int, end: bytes = b"") -> bytes:
        """Return what comes until `most` bytes, the `end` or the wait are reached."""

    def forget(self) -> None:
        """Drop what has come and was not read."""


Opener = Callable[[], Port]


def serial_opener(path: str, framing: Framing, wait: float) -> Opener:
    """Return what opens a serial port; each read and write of it ends within `wait` seconds."""

    def open_it() -> Port:
        with told(path):
            return SerialPort(
                path,
                serial.Serial(
                    path, framing.baud, framing.bits, framing.parity, framing.stop, timeout=wait,
                    write_timeout=wait, exclusive=True, xonxoff=framing.flow == "xon_xoff",
                    rtscts=framing.flow == "rts_cts",
                ),
            )  # fmt: skip

    return open_it


class SerialPort:
    """A `Port` on a serial line."""

    def __init__(self, path: str, line: serial.Serial) -> None:
        self._path = path
        self._line = line

    def write(self, data: bytes) -> None:
        """See `Port`."""
        with told(self._path):
            self._line.write(data)

    def read(self, most: int, end: bytes = b"") -> bytes:
        """See `Port`."""
        with told(self._path):
            return bytes(self._line.read_until(end, most) if end else self._line.read(most))

    def forget(self) -> None:
        """See `Port`."""
        with told(self._path):
            self._line.reset_input_buffer()

    def close(self) -> None:
        """See `Port`."""
        try:
            self._line.close()
        except OSError as error:
            _log.warning("a port did not close cleanly", port=self._path, reason=str(error))


class FileSink:
    """A device file, opened for each piece; a regular file holds the newest piece alone.

    It is never created: what is not there is a device that is not plugged in.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def write(self, data: bytes) -> None:
        """See `Sink`."""
        with told(self._path):
            file = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_TRUNC)
            try:
                taken = os.write(file, data)
            finally:
                os.close(file)
        if taken < len(data):
            raise UnpluggedError(f"{self._path}: it took {taken} of {len(data)} bytes")

    def close(self) -> None:
        """See `Sink`."""


@contextmanager
def told(path: str) -> Iterator[None]:
    """Have what the operating system says of a port told as UnpluggedError."""
    try:
        yield
    except (OSError, termios.error) as error:
        raise UnpluggedError(f"{path}: {error}") from error
