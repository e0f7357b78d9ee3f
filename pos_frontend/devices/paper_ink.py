"""The ink of the paper double: text in columns, bars, modules and dots as a printer puts them."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from barcode.codex import Code128  # type: ignore[import-untyped]
from PIL import Image, ImageDraw, ImageFont
from qrcode import QRCode  # type: ignore[import-untyped]
from qrcode.constants import ERROR_CORRECT_M  # type: ignore[import-untyped]

from pos_frontend.devices.printer import PrinterError

INK, BLANK = 0, 255
CELL, LINE = 12, 30
BAR = 2
#: A character of this size is two columns wide, and a digit of that size one.
_WIDE, _NARROW, _NARROW_DOWN = 24, 20, 4
_RUNS = re.compile(r"[\x20-\x7e]+|[^\x20-\x7e]")
#: The collection's second face, in which a Chinese character is two columns wide.
_MONOSPACED = 1
_QUIET = 4


def write(
    canvas: ImageDraw.ImageDraw,
    at: tuple[int, int],
    words: str,
    stretch: tuple[int, int],
    *,
    bold: bool,
) -> None:
    """Draw one line; double width or height is the same face, stretched as a printer stretches."""
    if stretch == (1, 1):
        _cells(canvas, *at, words, bold=bold)
        return
    size = (max(1, len(words.encode("gbk"))) * CELL, LINE)
    plain = Image.new("L", size, BLANK)
    _cells(ImageDraw.Draw(plain), 0, 0, words, bold=False)
    stretched = plain.resize(
        (size[0] * stretch[0], size[1] * stretch[1]), Image.Resampling.BILINEAR
    )
    canvas._image.paste(stretched, at)  # noqa: SLF001 - the image that is drawn on


def bars(code: str) -> str:
    """The bars of a CODE128 barcode, `1` for a dark one."""
    modules: str = Code128(code).build()[0]
    return modules


def qr_picture(data: bytes, size: int) -> Image.Image:
    """A QR code with its quiet zone, of modules of `size` dots."""
    made = QRCode(error_correction=ERROR_CORRECT_M, box_size=size, border=_QUIET)
    made.add_data(data, optimize=0)
    made.make()
    rows = made.get_matrix()
    picture = Image.new("L", (len(rows), len(rows)), BLANK)
    picture.putdata([INK if dark else BLANK for row in rows for dark in row])
    return picture.resize((len(rows) * size, len(rows) * size), Image.Resampling.NEAREST)


def raster_picture(width: int, height: int, dots: bytes) -> Image.Image:
    """A picture of bits, the first of a byte leftmost, dark where one is set."""
    return Image.frombytes("1", (width, height), bytes(255 - byte for byte in dots)).convert("L")


def paste(canvas: ImageDraw.ImageDraw, at: tuple[int, int], picture: Image.Image) -> None:
    """Put a picture on the paper."""
    canvas._image.paste(picture, at)  # noqa: SLF001 - the image that is drawn on


def _cells(canvas: ImageDraw.ImageDraw, left: int, top: int, words: str, *, bold: bool) -> None:
    """Put text into columns: a run of narrow characters at once, each wide one into two columns."""
    for run in _RUNS.findall(words):
        narrow = run.isascii()
        font = _font(_NARROW if narrow else _WIDE)
        down = top + (_NARROW_DOWN if narrow else 0)
        canvas.text((left, down), run, font=font, fill=INK, stroke_width=0.4 if bold else 0)
        left += CELL * len(run.encode("gbk"))


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    """Return the font that the product ships. Raises PrinterError when it is not there."""
    place = resources.files("replication.console") / "fonts" / "wqy-microhei.ttc"
    with resources.as_file(place) as path:
        if not path.exists():
            message = f"the font {path} is missing: install the package completely"
            raise PrinterError(message, "failed")
        return ImageFont.truetype(str(path), size, index=_MONOSPACED)
