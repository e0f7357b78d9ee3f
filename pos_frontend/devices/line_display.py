"""The customer display: two lines of 20 columns, written on a thread of its own.

    what happens                      what the customer sees
    something is to be shown          it, at once; of what came in between only the newest
    the display is gone               nothing; it is looked for with growing pauses, sales go on
    it is back, or lost what it got   the newest: what is shown is sent again every few seconds

It speaks CD5220 commands: CLR and ESC @ set it up, ESC Q A … CR and ESC Q B … CR write a whole line.
Text is GBK, in which a Chinese character is two bytes and two columns alike, as on paper.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from pos_frontend.devices.port import Sink, UnpluggedError
from pos_frontend.devices.sheet import columns, printable
from pos_frontend.status import Condition

_log = structlog.get_logger(__name__)
COLUMNS = 20
SET_UP = b"\x0c\x1b@"
_REFRESH = 5.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 3.0
_PATIENCE = 3.0


def justified(left: str, right: str = "") -> str:
    """Return a line with something at either margin; the left part is cut to what is left."""
    right = _cut(printable(right), COLUMNS)
    kept = _cut(printable(left), max(0, COLUMNS - columns(right) - bool(right)))
    return kept + " " * (COLUMNS - columns(kept) - columns(right)) + right


def centred(words: str) -> str:
    """Return a line with words in its middle."""
    kept = _cut(printable(words), COLUMNS)
    before = (COLUMNS - columns(kept)) // 2
    return justified(" " * before + kept)


def picture_bytes(upper: str, lower: str) -> bytes:
    """Return what a display is sent for two lines of 20 columns."""
    return b"\x1bQA%s\r\x1bQB%s\r" % (upper.encode("gbk"), lower.encode("gbk"))


class LineDisplay:
    """A customer display; `show` returns at once and never raises."""

    def __init__(self, opener: Callable[[], Sink]) -> None:
        self._opener = opener
        self._sink: Sink | None = None
        self._picture = b""
        self._trouble = ""
        self._pause = _FIRST_PAUSE
        self._news = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="line_display", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Write the newest and end."""
        self._stopping = True
        self._news.set()
        self._thread.join(_PATIENCE)

    def show(self, upper: str, lower: str) -> None:
        """Have two lines shown, each `justified` or `centred`, instead of whatever was."""
        self._picture = picture_bytes(upper, lower)
        self._news.set()

    def condition(self) -> Condition:
        """Return whether it takes what it is sent."""
        return Condition("unplugged", self._trouble) if self._trouble else Condition("ready")

    def turn(self) -> float:
        """Write the newest picture; return for how many seconds it may stand."""
        try:
            if self._sink is None:
                self._sink = self._opener()
                self._sink.write(SET_UP + self._picture)
            else:
                self._sink.write(self._picture)
        except UnpluggedError as error:
            return self._unplugged(str(error))
        self._trouble, self._pause = "", _FIRST_PAUSE
        return _REFRESH

    def _unplugged(self, why: str) -> float:
        if not self._trouble:
            _log.warning("the customer display is gone", reason=why)
        self._trouble = why
        self._drop()
        pause = self._pause
        self._pause = min(pause * 2, _LONGEST_PAUSE)
        return pause

    def _run(self) -> None:
        while not self._stopping:
            self._news.wait(self.turn())
            # What comes from here on is read by the next turn, or waits as news for the one after.
            self._news.clear()
        self.turn()
        self._drop()

    def _drop(self) -> None:
        if self._sink is not None:
            self._sink.close()
        self._sink = None


def _cut(words: str, width: int) -> str:
    while columns(words) > width:
        words = words[:-1]
    return words
