"""Doubles of what stands on a counter, each on a pseudo-terminal that can be pulled out."""

from __future__ import annotations

import os
import re
import select
import threading
import tty
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import reduce
from operator import xor
from pathlib import Path

from pos_frontend.devices.port import UnpluggedError

Replies = Callable[[bytes], bytes]


def mettler(weight: str) -> bytes:
    """Return a stable weight as a Mettler 8217 tells it."""
    return f"\x02{weight}\r".encode()


def mettler_status(bits: int) -> bytes:
    """Return a Mettler 8217's word on why there is no weight."""
    return b"\x02?" + bytes([0x40 | bits]) + b"\r"


def cas(weight: str, stable: str = "S", sign: str = " ", unit: str = "kg") -> bytes:
    """Return a weight as a CAS scale tells it, with its check."""
    checked = f"{stable}{sign}{weight}{unit}".encode()
    return b"\x01\x02" + checked + bytes([reduce(xor, checked)]) + b"\x03\x04"


def cas_replies(weight: bytes) -> Replies:
    """Return how a CAS scale with this answer talks."""
    return lambda asked: {b"\x05": b"\x06", b"\x11": weight}[asked]


class Line:
    """A `Port` in memory: `replies` says what each thing written is answered with, and `late` is
    what came and was not read yet.
    """

    def __init__(self, replies: Replies) -> None:
        self.replies = replies
        self.written: list[bytes] = []
        self.closed = False
        self.late = b""

    def write(self, data: bytes) -> None:
        """See `Port`."""
        self.written.append(data)
        self.late += self.replies(data)

    def read(self, most: int, end: bytes = b"") -> bytes:
        """See `Port`."""
        upto = self.late.find(end) + len(end) if end and end in self.late else most
        taken, self.late = self.late[: min(most, upto)], self.late[min(most, upto) :]
        return taken

    def forget(self) -> None:
        """See `Port`."""
        self.late = b""

    def close(self) -> None:
        """See `Port`."""
        self.closed = True


class Sockets:
    """An opener that gives one line after another, None being a port that is not there."""

    def __init__(self, lines: Sequence[Line | None]) -> None:
        self.lines = list(lines)

    def __call__(self) -> Line:
        """See `Opener`."""
        line = self.lines.pop(0)
        if line is None:
            raise UnpluggedError("no such port")
        return line


def pulled(_data: bytes) -> bytes:
    """What a line answers whose plug is pulled while it is used."""
    raise UnpluggedError("pulled out")


class Glass:
    """A CD5220 display of two lines: `lines` is what stands on it. Unknown bytes are a fault."""

    _KNOWN = re.compile(rb"(?P<clear>\x0c)|(?P<reset>\x1b@)|\x1bQ(?P<row>[AB])(?P<words>[^\r]*)\r")

    def __init__(self) -> None:
        self.lines = ["", ""]
        self._held = b""

    def write(self, data: bytes) -> None:
        """Take what is sent, in whatever pieces."""
        self._held += data
        while known := self._KNOWN.match(self._held):
            self._held = self._held[known.end() :]
            if known["row"] is None:
                self.lines = ["", ""]
                continue
            assert len(known["words"]) == 20
            self.lines["AB".index(known["row"].decode())] = known["words"].decode("gbk")
        assert self._held[:1] in b"\x1b", self._held

    def close(self) -> None:
        """See `Sink`."""

    def talk(self, said: bytes) -> bytes:
        """See `Replies`: a display takes everything and says nothing."""
        self.write(said)
        return b""


@contextmanager
def plugged(name: Path, replies: Replies) -> Iterator[list[bytes]]:
    """Have a device at `name` for the length of a block, which then is pulled out."""
    near, far = os.openpty()
    tty.setraw(far)
    name.symlink_to(os.ttyname(far))
    heard: list[bytes] = []
    stopped, stop = os.pipe()
    talking = threading.Thread(target=_talk, args=(near, stopped, replies, heard))
    talking.start()
    try:
        yield heard
    finally:
        name.unlink()
        os.write(stop, b"x")
        talking.join()
        for end in (near, far, stopped, stop):
            os.close(end)


def _talk(near: int, stopped: int, replies: Replies, heard: list[bytes]) -> None:
    while True:
        ready, _, _ = select.select([near, stopped], [], [])
        if stopped in ready:
            return
        for one in os.read(near, 4096):
            said = bytes([one])
            heard.append(said)
            os.write(near, replies(said))
