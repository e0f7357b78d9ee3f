"""Follows the bytes of one receipt from the first to the last, as an ESC/POS printer does.

bytes                            on paper
text LF                          a line, which has to fit its columns
ESC a, E, d · GS !, h            how what follows looks, and empty lines
GS k I                           a CODE128 barcode
GS ( k                           a QR code: its size, its data, then print
GS v 0                           a picture
ESC p, GS V and what is set up   no ink
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from PIL import Image, ImageDraw

from pos_frontend.devices import paper_ink
from pos_frontend.devices.paper_ink import BAR, CELL, INK, LINE
from pos_frontend.devices.sheet import COLUMNS, DOTS

MARGIN = 24
_ABOVE_BARS, _BELOW_BARS = 4, 8
_SIZE, _STORE, _PRINT, _ABOUT = 0x43, 0x50, 0x51, (0x41, 0x45)
_FOLLOWING = {b"\x1ba": 1, b"\x1bE": 1, b"\x1b!": 1, b"\x1d!": 1, b"\x1bd": 1, b"\x1dV": 1,
              b"\x1bp": 3, b"\x1dh": 1, b"\x1dw": 1, b"\x1df": 1, b"\x1dH": 1, b"\x1b@": 0,
              b"\x1c&": 0, b"\x1b-": 1, b"\x1bM": 1, b"\x1bG": 1}  # fmt: skip


class PaperError(ValueError):
    """Bytes that the double cannot read; the layout has to be mended."""


class _BrokenOffError(PaperError):
    """The bytes end within a line or a command."""


@dataclass(slots=True)
class _Face:
    align: int = 0
    wide: int = 1
    tall: int = 1
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Strip:
    """A horizontal piece of the receipt, as high as it needs to be."""

    height: int
    paint: Callable[[ImageDraw.ImageDraw, int], None]


class PaperReader:
    """Reads one receipt; of one that is `torn`, what came whole."""

    def __init__(self, data: bytes, width: int, *, torn: bool = False) -> None:
        self._data = data
        self._at = 0
        self._width = width
        self._torn = torn
        self._face = _Face()
        self._bar_height = 60
        self._module = 3
        self._stored = b""
        self._strips: list[Strip] = []

    def strips(self) -> list[Strip]:
        """What is on the paper. Raises PaperError."""
        try:
            while self._at < len(self._data):
                if self._data[self._at] in b"\x1b\x1c\x1d":
                    self._command()
                else:
                    self._text()
        except _BrokenOffError:
            if not self._torn:
                raise
        return self._strips

    def _take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        if len(taken) < count:
            raise _BrokenOffError(f"the bytes end within a command: {taken!r}")
        self._at += count
        return taken

    def _command(self) -> None:
        began = self._at
        code = self._take(2)
        match code:
            case b"\x1dk":
                self._barcode()
            case b"\x1d(":
                self._symbol()
            case b"\x1dv":
                self._raster()
            case _ if code in _FOLLOWING:
                self._setting(code, self._take(_FOLLOWING[code]))
            case _:
                message = (
                    f"the bytes {code!r} at {began} are no command that the paper double knows"
                )
                raise PaperError(message)

    def _setting(self, code: bytes, arguments: bytes) -> None:
        match code:
            case b"\x1b@":
                self._face = _Face()
            case b"\x1ba":
                self._face.align = arguments[0]
            case b"\x1bE":
                self._face.bold = bool(arguments[0])
            case b"\x1d!":
                self._face.wide, self._face.tall = (arguments[0] >> 4) + 1, (arguments[0] & 7) + 1
            case b"\x1bd":
                self._strips.append(Strip(arguments[0] * LINE, lambda _canvas, _top: None))
            case b"\x1dh":
                self._bar_height = arguments[0]
            case _:
                pass  # the drawer's pulse, the cut and what we always set alike leave no ink

    def _text(self) -> None:
        end = self._data.find(b"\n", self._at)
        if end < 0:
            raise _BrokenOffError("the last line has no end: a printer would keep it to itself")
        words = self._data[self._at : end].decode("gbk")
        self._at = end + 1
        face = replace(self._face)
        used = len(words.encode("gbk")) * face.wide
        if used > COLUMNS[self._width]:
            raise PaperError(f"{words!r} is {used} columns wide: a printer would break the line")
        left, stretch = self._left(used * CELL), (face.wide, face.tall)

        def paint(canvas: ImageDraw.ImageDraw, top: int) -> None:
            paper_ink.write(canvas, (left, top), words, stretch, bold=face.bold)

        self._strips.append(Strip(LINE * face.tall, paint))

    def _barcode(self) -> None:
        kind, size = self._take(2)
        if kind != ord("I"):
            raise PaperError(f"barcode kind {kind} is not CODE128")
        modules = paper_ink.bars(self._take(size).decode("ascii").removeprefix("{B"))
        height, left = self._bar_height, self._left(len(modules) * BAR)

        def paint(canvas: ImageDraw.ImageDraw, top: int) -> None:
            upper = top + _ABOVE_BARS
            for place, module in enumerate(modules):
                if module == "1":
                    x = left + place * BAR
                    canvas.rectangle((x, upper, x + BAR - 1, upper + height), fill=INK)

        self._strips.append(Strip(height + _ABOVE_BARS + _BELOW_BARS, paint))

    def _symbol(self) -> None:
        kind, low, high = self._take(3)
        about = self._take(low + high * 256)
        if kind != ord("k") or about[:1] != b"1":
            raise PaperError(f"the symbol {bytes([kind]) + about[:1]!r} is no QR code")
        match about[1]:
            case number if number == _SIZE:
                self._module = about[2]
            case number if number == _STORE:
                self._stored = about[3:]
            case number if number == _PRINT:
                self._picture(paper_ink.qr_picture(self._stored, self._module), "the QR code")
            case number if number in _ABOUT:
                pass  # its model and its error correction are always set alike
            case number:
                raise PaperError(f"the function {number} of QR codes is unknown")

    def _raster(self) -> None:
        head = self._take(6)
        columns, rows = head[2] + head[3] * 256, head[4] + head[5] * 256
        picture = paper_ink.raster_picture(columns * 8, rows, self._take(columns * rows))
        self._picture(picture, "the picture")

    def _picture(self, picture: Image.Image, what: str) -> None:
        if picture.width > DOTS[self._width]:
            raise PaperError(f"{what} is {picture.width} dots wide, the paper {DOTS[self._width]}")
        left = self._left(picture.width)
        self._strips.append(
            Strip(picture.height, lambda canvas, top: paper_ink.paste(canvas, (left, top), picture))
        )

    def _left(self, size: int) -> int:
        room = max(0, DOTS[self._width] - size)
        return MARGIN + (0, room // 2, room)[self._face.align % 48]
