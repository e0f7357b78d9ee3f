"""The serial scanner: read on a thread of its own; each code goes to `heard`, as it was scanned.

    what comes                                        what becomes of it
    characters and CR, LF or TAB                      a code; with `ends_by = "gap"` a pause ends it
    ]E0 and the like before it (AIM)                  taken off; what says GS1 (]C1 ]d2 ]e0 ]Q3 ]J1) stays
    half a code, and nothing more                     dropped: `garbled`, scan it again
    bytes that are no characters                      dropped up to the end of the code: `garbled`
    nothing: its port is gone                         `unplugged`; looked for with growing pauses

A scanner says nothing of itself: while its port is there and nobody scans, it is ready.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Literal

import structlog

from pos_frontend.devices.port import Opener, Port, UnpluggedError
from pos_frontend.status import Condition

_log = structlog.get_logger(__name__)
EndsBy = Literal["terminator", "gap"]
#: How many waits in vain end a code, or what was to be one.
_GAP, _HALF = 1, 5
_MOST = 256
_LONGEST = 200
_ENDS = re.compile(rb"[\r\n\t]")
_CODE = re.compile(r"[\x1d\x20-\x7e]+")
_IDENTIFIER = re.compile(r"\](?!C1|d2|e\d|Q3|J1)[A-Za-z][0-9A-Za-z]")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 3.0
_PATIENCE = 3.0


class SerialScanner:
    """A scanner at a port whose reads end within a tenth of a second; `heard` is called on its thread."""

    def __init__(self, opener: Opener, ends_by: EndsBy = "terminator") -> None:
        self._opener = opener
        self._ends_by = ends_by
        self._port: Port | None = None
        self._come = b""
        self._silent = 0
        self._pause = _FIRST_PAUSE
        self._condition = Condition("ready")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scanner", daemon=True)
        self.heard: Callable[[str], None] = lambda _code: None

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Listen no more."""
        self._stop.set()
        self._thread.join(_PATIENCE)

    def condition(self) -> Condition:
        """Whether it is there, and the last code was one."""
        return self._condition

    def turn(self) -> float:
        """Read once; return for how many seconds to leave the port alone."""
        try:
            if self._port is None:
                self._port = self._opener()
                self._condition = Condition("ready")
            self._take(self._port.read(_MOST))
        except UnpluggedError as error:
            return self._unplugged(str(error))
        self._pause = _FIRST_PAUSE
        return 0.0

    def _take(self, come: bytes) -> None:
        self._silent = 0 if come else self._silent + 1
        self._come += come
        if self._ends_by == "terminator":
            *codes, self._come = _ENDS.split(self._come)
            for code in codes:
                self._code(code)
        elif self._come and self._silent >= _GAP:
            code, self._come = self._come, b""
            self._code(_ENDS.sub(b"", code))
        if len(self._come) > _LONGEST or (self._come and self._silent >= _HALF):
            self._garbled(self._come)
            self._come = b""

    def _code(self, code: bytes) -> None:
        if not code:
            return  # CR and LF end a code together
        text = code.decode("latin-1")
        if len(text) > _LONGEST or _CODE.fullmatch(text) is None:
            self._garbled(code)
            return
        self._condition = Condition("ready")
        if told := _IDENTIFIER.sub("", text, count=1) if text.startswith("]") else text:
            self.heard(told)

    def _garbled(self, code: bytes) -> None:
        _log.warning("a scanned code cannot be read", code=repr(code[:40]))
        self._condition = Condition("garbled", repr(code[:40])[2:-1])

    def _unplugged(self, why: str) -> float:
        if self._condition.state != "unplugged":
            _log.warning("the scanner is gone", reason=why)
        self._condition = Condition("unplugged", why)
        self._drop()
        pause = self._pause
        self._pause = min(pause * 2, _LONGEST_PAUSE)
        return pause

    def _run(self) -> None:
        while not self._stop.wait(self.turn()):
            pass
        self._drop()

    def _drop(self) -> None:
        if self._port is not None:
            self._port.close()
        self._port = None
        self._come = b""
