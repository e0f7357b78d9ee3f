"""The paper double: reads the very bytes a printer would be sent and draws them as a PNG receipt.

It knows the commands that `layout` writes and no others: an unknown one raises PaperError, so a
layout that a printer would misread does not pass for a receipt here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from barcode.codex import Code128  # type: ignore[import-untyped]
from PIL import Image, ImageDraw, ImageFont

from pos_frontend.devices.printer import PrinterError
from pos_frontend.devices.sheet import COLUMNS, DOTS

_MARGIN = 24
_CELL = 12
_LINE = 30
#: A character of this size is two columns wide, and a digit of that size one.
_WIDE, _NARROW, _NARROW_DOWN = 24, 20, 4
_RUNS = re.compile(r"[\x20-\x7e]+|[^\x20-\x7e]")
#: The collection's second face, in which a Chinese character is two columns wide.
_MONOSPACED = 1
_BAR = 2
_INK, _BLANK = 0, 255
_FOLLOWING = {b"\x1ba": 1, b"\x1bE": 1, b"\x1b!": 1, b"\x1d!": 1, b"\x1bd": 1, b"\x1dV": 1,
              b"\x1bp": 3, b"\x1dh": 1, b"\x1dw": 1, b"\x1df": 1, b"\x1dH": 1, b"\x1b@": 0,
              b"\x1c&": 0, b"\x1b-": 1, b"\x1bM": 1, b"\x1bG": 1}  # fmt: skip


class PaperError(ValueError):
    """Bytes that the double cannot read; the layout has to be mended."""


class PaperPrinter:
    """Writes each receipt as `<receipt>.png` into a directory, copies as `<receipt>.copy.png`."""

    def __init__(self, directory: Path, width: int) -> None:
        self._directory = directory
        self._width = width

    def print(self, name: str, data: bytes) -> None:
        """Draw one receipt. Raises PrinterError when it cannot be written."""
        image = draw(data, self._width)
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            image.save(self._directory / f"{name}.png", compress_level=1)
        except OSError as error:
            message = f"the receipt {name} could not be written to {self._directory}: {error}"
            raise PrinterError(message) from error


@dataclass(slots=True)
class _Face:
    align: int = 0
    wide: int = 1
    tall: int = 1
    bold: bool = False


@dataclass(frozen=True, slots=True)
class _Strip:
    """A horizontal piece of the receipt, as high as it needs to be."""

    height: int
    paint: Callable[[ImageDraw.ImageDraw, int], None]


def draw(data: bytes, width: int) -> Image.Image:
    """Return the receipt that these bytes print on paper of this width in millimetres."""
    strips = _Reader(data, width).strips()
    height = 2 * _MARGIN + sum(strip.height for strip in strips)
    image = Image.new("L", (DOTS[width] + 2 * _MARGIN, height), _BLANK)
    canvas, top = ImageDraw.Draw(image), _MARGIN
    for strip in strips:
        strip.paint(canvas, top)
        top += strip.height
    return image


class _Reader:
    """Follows the bytes of one receipt from the first to the last."""

    def __init__(self, data: bytes, width: int) -> None:
        self._data = data
        self._at = 0
        self._width = width
        self._face = _Face()
        self._bar_height = 60
        self._strips: list[_Strip] = []

    def strips(self) -> list[_Strip]:
        while self._at < len(self._data):
            lead = self._data[self._at : self._at + 1]
            if lead in b"\x1b\x1c\x1d":
                self._command()
            else:
                self._text()
        return self._strips

    def _command(self) -> None:
        code = self._data[self._at : self._at + 2]
        if code == b"\x1dk":
            self._barcode()
            return
        if code not in _FOLLOWING:
            message = f"the bytes {code!r} at {self._at} are no command that the paper double knows"
            raise PaperError(message)
        end = self._at + 2 + _FOLLOWING[code]
        arguments = self._data[self._at + 2 : end]
        self._at = end
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
                self._strips.append(_Strip(arguments[0] * _LINE, lambda _canvas, _top: None))
            case b"\x1dh":
                self._bar_height = arguments[0]
            case _:
                pass  # the drawer's pulse, the cut and what we always set alike leave no ink

    def _text(self) -> None:
        end = self._data.find(b"\n", self._at)
        if end < 0:
            raise PaperError("the last line has no end: a printer would keep it to itself")
        words = self._data[self._at : end].decode("gbk")
        self._at = end + 1
        face = _Face(self._face.align, self._face.wide, self._face.tall, self._face.bold)
        used = len(words.encode("gbk")) * face.wide
        if used > COLUMNS[self._width]:
            raise PaperError(f"{words!r} is {used} columns wide: a printer would break the line")
        left = _MARGIN + self._offset(used * _CELL, face.align)
        self._strips.append(
            _Strip(_LINE * face.tall, lambda canvas, top: _write(canvas, left, top, words, face))
        )

    def _barcode(self) -> None:
        kind, size = self._data[self._at + 2], self._data[self._at + 3]
        if kind != ord("I"):
            raise PaperError(f"barcode kind {kind} is not CODE128")
        start = self._at + 4
        code = self._data[start : start + size].decode("ascii").removeprefix("{B")
        self._at = start + size
        modules = Code128(code).build()[0]
        height = self._bar_height
        left = _MARGIN + self._offset(len(modules) * _BAR, self._face.align)

        def paint(canvas: ImageDraw.ImageDraw, top: int) -> None:
            for place, module in enumerate(modules):
                if module == "1":
                    x = left + place * _BAR
                    canvas.rectangle((x, top + 4, x + _BAR - 1, top + 4 + height), fill=_INK)

        self._strips.append(_Strip(height + 12, paint))

    def _offset(self, size: int, align: int) -> int:
        room = max(0, DOTS[self._width] - size)
        return (0, room // 2, room)[align % 48]


def _write(canvas: ImageDraw.ImageDraw, left: int, top: int, words: str, face: _Face) -> None:
    """Draw one line; double width or height is the same face, stretched as a printer stretches."""
    if face.wide == face.tall == 1:
        _cells(canvas, left, top, words, bold=face.bold)
        return
    size = (max(1, len(words.encode("gbk"))) * _CELL, _LINE)
    plain = Image.new("L", size, _BLANK)
    _cells(ImageDraw.Draw(plain), 0, 0, words, bold=False)
    stretched = plain.resize((size[0] * face.wide, size[1] * face.tall), Image.Resampling.BILINEAR)
    canvas._image.paste(stretched, (left, top))  # noqa: SLF001 - the image that is drawn on


def _cells(canvas: ImageDraw.ImageDraw, left: int, top: int, words: str, *, bold: bool) -> None:
    """Put text into columns: a run of narrow characters at once, each wide one into two columns."""
    for run in _RUNS.findall(words):
        narrow = run.isascii()
        font = _font(_NARROW if narrow else _WIDE)
        down = top + (_NARROW_DOWN if narrow else 0)
        canvas.text((left, down), run, font=font, fill=_INK, stroke_width=0.4 if bold else 0)
        left += _CELL * len(run.encode("gbk"))


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    """Return the font that the product ships. Raises PrinterError when it is not there."""
    place = resources.files("replication.console") / "fonts" / "wqy-microhei.ttc"
    with resources.as_file(place) as path:
        if not path.exists():
            message = f"the font {path} is missing: install the package completely"
            raise PrinterError(message)
        return ImageFont.truetype(str(path), size, index=_MONOSPACED)
