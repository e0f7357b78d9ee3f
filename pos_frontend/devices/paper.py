"""The paper double: reads the very bytes a printer would be sent and draws them as a PNG receipt.

It knows the commands that `sheet` writes and no others: an unknown one raises PaperError, so a
layout that a printer would misread does not pass for a receipt here.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

from pos_frontend.devices.paper_ink import BLANK, INK
from pos_frontend.devices.paper_reader import MARGIN, PaperError, PaperReader
from pos_frontend.devices.printer import PrinterError
from pos_frontend.devices.sheet import DOTS

__all__ = ["PaperError", "PaperPrinter", "draw"]
_TOOTH = 12


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
            raise PrinterError(message, "failed") from error

    def check(self) -> None:
        """A directory that cannot be written to is found out by a receipt."""


def draw(data: bytes, width: int, *, torn: bool = False) -> Image.Image:
    """Return the receipt that these bytes print on paper of this width in millimetres.

    A `torn` one broke off anywhere: what is whole of it is drawn, with a ragged edge below.
    """
    strips = PaperReader(data, width, torn=torn).strips()
    height = 2 * MARGIN + sum(strip.height for strip in strips)
    image = Image.new("L", (DOTS[width] + 2 * MARGIN, height), BLANK)
    canvas, top = ImageDraw.Draw(image), MARGIN
    for strip in strips:
        strip.paint(canvas, top)
        top += strip.height
    if torn:
        _tear(canvas, image.width, height)
    return image


def _tear(canvas: ImageDraw.ImageDraw, width: int, height: int) -> None:
    edge = [
        (left, height - (_TOOTH if number % 2 else 1))
        for number, left in enumerate(range(0, width + _TOOTH, _TOOTH))
    ]
    canvas.line(edge, fill=INK, width=2)
