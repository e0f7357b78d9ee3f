"""How receipts look at a lane, as its settings say: paper, language, layout and the shop's logo."""

from __future__ import annotations

from pathlib import Path

from escpos.printer import Dummy
from PIL import Image, UnidentifiedImageError

from pos_frontend.devices.layout_file import LayoutError, layout_for
from pos_frontend.devices.samples import try_out
from pos_frontend.devices.sheet import DOTS, Style
from pos_frontend.settings import LaneSettings, Language

_TALLEST = 400
_WHITE = (255, 255, 255, 255)


def style_of(settings: LaneSettings, language: Language | None = None) -> Style:
    """The style that the settings name, tried out. Raises LayoutError."""
    printer = settings.printer
    layout = layout_for(printer.layout, printer.width, printer.values)
    logo = logo_bytes(printer.logo, printer.width) if printer.logo else b""
    return try_out(Style(printer.width, language or settings.language, layout, logo))


def logo_bytes(path: Path, width: int) -> bytes:
    """What a printer is sent for a picture: black where it is dark. Raises LayoutError."""
    try:
        with Image.open(path) as opened:
            picture = opened.convert("RGBA")
    except (OSError, UnidentifiedImageError) as error:
        message = f"the logo {path} cannot be read: {error}; name a PNG file in printer.logo"
        raise LayoutError(message) from error
    if picture.width > DOTS[width] or picture.height > _TALLEST:
        message = (
            f"the logo {path} is {picture.width} × {picture.height} dots; paper of {width} mm takes "
            f"{DOTS[width]} × {_TALLEST}: make it smaller"
        )
        raise LayoutError(message)
    paper = Image.new("RGBA", picture.size, _WHITE)
    printer = Dummy()
    printer.image(Image.alpha_composite(paper, picture).convert("L"))
    return bytes(printer.output)
