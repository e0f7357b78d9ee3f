"""A receipt printer that is not there: for demonstrations, trials of a layout and tests.

It answers as an ESC/POS printer does, draws what it prints, and fails as it is told to:

    fault        before a receipt            within                           after
    none         ready                       prints it                        is through
    no_paper     says so                     –                                –
    cover_open   says so                     –                                –
    runs_out     ready                       prints half of it                has no paper
    breaks_off   ready                       prints some lines, and hangs up  –
    garbage      answers what is no status   prints it                        likewise
    silent       answers nothing             prints it                        nothing

`printed` has the bytes of each whole receipt, `torn` of those that broke off, `kicks` how often the
drawer was opened. With a directory each is a picture, 0001.png or 0001.torn.png.
"""

from __future__ import annotations

import re
import socketserver
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from pos_frontend.devices.paper import draw
from pos_frontend.devices.printer import ASK_THROUGH
from pos_frontend.devices.sheet import DRAWER

Fault = Literal["none", "no_paper", "cover_open", "runs_out", "breaks_off", "garbage", "silent"]
FAULTS: tuple[Fault, ...] = get_args(Fault)
_AT_ONCE = re.compile(rb"\x10\x04([\x01-\x04])")
_READY, _COVER_OPEN, _PAPER_STOP, _PAPER_OUT = 0x12, 0x04, 0x20, 0x60
_OFFLINE, _PAPER = 2, 4
_THROUGH, _NONSENSE = b"\x00", b"\xff"
#: How much of a receipt is in it when the plug is pulled.
_SOME = 160


@dataclass
class SimulatedPrinter:
    """What stands on the counter, on paper of `width` millimetres."""

    into: Path | None = None
    width: int = 80
    fault: Fault = "none"
    printed: list[bytes] = field(default_factory=list)
    torn: list[bytes] = field(default_factory=list)
    kicks: int = 0
    _held: bytes = b""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, data: bytes) -> bytes | None:
        """Take bytes in whatever pieces and return what is answered; None hangs up."""
        with self._lock:
            self._held += data
            said = b""
            while asked := _AT_ONCE.search(self._held):
                self._held = self._held[: asked.start()] + self._held[asked.end() :]
                said += self._status(asked[1][0])
            if self.fault == "breaks_off" and len(self._held) > _SOME:
                self._tear(self._held[:_SOME])
                return None
            if self._held.endswith(ASK_THROUGH):
                said += self._through(self._held.removesuffix(ASK_THROUGH))
            return said

    def hung_up(self) -> None:
        """The line was given up: what came whole is printed."""
        with self._lock:
            if self._held:
                self._finish(self._held)

    def _status(self, about: int) -> bytes:
        said = _READY
        match self.fault:
            case "silent":
                return b""
            case "garbage":
                return _NONSENSE
            case "cover_open" if about == _OFFLINE:
                said |= _COVER_OPEN
            case "no_paper" if about == _OFFLINE:
                said |= _PAPER_STOP
            case "no_paper" if about == _PAPER:
                said |= _PAPER_OUT
        return bytes([said])

    def _through(self, data: bytes) -> bytes:
        if self.fault == "runs_out":
            self._tear(data[: len(data) // 2])
            self.fault = "no_paper"
            return b""
        self._finish(data)
        return {"silent": b"", "garbage": _NONSENSE}.get(self.fault, _THROUGH)

    def _finish(self, data: bytes) -> None:
        self._held = b""
        self.kicks += data.endswith(DRAWER)
        self.printed.append(data)
        self._draw(data, "")

    def _tear(self, data: bytes) -> None:
        self._held = b""
        self.torn.append(data)
        self._draw(data, ".torn")

    def _draw(self, data: bytes, ending: str) -> None:
        if self.into is not None:
            self.into.mkdir(parents=True, exist_ok=True)
            name = f"{len(self.printed) + len(self.torn):04d}{ending}.png"
            draw(data, self.width, torn=bool(ending)).save(self.into / name)


class PrinterServer(socketserver.ThreadingTCPServer):
    """Serves a simulated printer; a port of 0 takes a free one."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, printer: SimulatedPrinter, host: str, port: int) -> None:
        self.printer = printer
        super().__init__((host, port), _Talk)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])


class _Talk(socketserver.BaseRequestHandler):
    server: PrinterServer

    def handle(self) -> None:
        printer = self.server.printer
        while data := self.request.recv(4096):
            said = printer.take(data)
            if said is None:
                return
            self.request.sendall(said)
        printer.hung_up()
