"""A sheet of paper being laid out for an ESC/POS printer, 80 or 58 mm wide, in either language.

Built with python-escpos, but for text: it would write any Chinese string as GB18030 without the
command that switches a printer to Chinese. Text here is GBK after `FS &`, measured in GBK bytes,
since a Chinese character is two columns wide and two bytes long alike. What GBK lacks is replaced
before it is measured.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol, Self

from escpos.constants import QR_ECLEVEL_M
from escpos.printer import Dummy

from pos_frontend.devices.layout_file import shipped
from pos_frontend.devices.layout_schema import Align, Layout, Size
from pos_frontend.language import text
from pos_frontend.settings import Language
from schemas.domain.money import format_amount

COLUMNS = {80: 48, 58: 32}
DOTS = {80: 576, 58: 384}
#: What opens the drawer at the printer's socket; it stands last in what a printer is sent.
DRAWER = b"\x1bp\x0022"
_CHINESE_ON = b"\x1c\x26"
#: 60 dots high, bars of 2, no text below, CODE128. python-escpos prints remarks when asked for one.
_BARCODE = b"\x1dh\x3c\x1dw\x02\x1dH\x00\x1dkI"
#: How many bytes the versions of a QR code hold at error correction M, from version 1 on.
_QR_HOLDS = (14, 26, 42, 62, 84, 106, 122, 152, 180, 213)
#: Many printers and GBK itself have no half-width yen sign; the full-width one is in both.
_LACKING = str.maketrans({"¥": "￥", "€": "EUR", "–": "-", "—": "-", "\u00a0": " "})


@dataclass(frozen=True, slots=True)
class Style:
    """How receipts look here: paper in millimetres, their language, their layout, and the shop's logo
    as a printer is sent it, if there is one; and whether every rule across says that this is practice.
    """

    width: int
    language: Language
    layout: Layout = field(default_factory=lambda: shipped("standard"))
    logo: bytes = b""
    training: bool = False


class Printable(Protocol):
    """What a printer can be given: its name, and its bytes in a style."""

    @property
    def name(self) -> str:
        """What it is called in a log and among files."""

    def as_copy(self) -> Self:
        """The same, marked as a copy (补打), which opens no drawer."""

    def lay_out(self, style: Style) -> bytes:
        """Return what a printer is sent for it, from reset to cut."""


def qr_modules(length: int) -> int:
    """How many modules wide a QR code of so many bytes is, with the quiet zone on either side.

    Raises ValueError when it holds more than a customer's telephone reads off a receipt.
    """
    for version, holds in enumerate(_QR_HOLDS, start=1):
        if length <= holds:
            return 17 + 4 * version + 8
    raise ValueError(f"a QR code of {length} bytes: {_QR_HOLDS[-1]} is the most; shorten it")


def printable(words: str) -> str:
    """Return the words with what GBK lacks replaced, and nothing that a printer would obey."""
    mapped = unicodedata.normalize("NFC", words).translate(_LACKING)
    return "".join(char if char.isprintable() and _in_gbk(char) else "?" for char in mapped)


def columns(words: str) -> int:
    """Return how many columns printable words take."""
    return len(words.encode("gbk"))


class Sheet:
    """One sheet; amounts on it have `decimals`."""

    def __init__(self, style: Style, decimals: int) -> None:
        self._language = style.language
        self._training = style.training
        self._decimals = decimals
        self._dots = DOTS[style.width]
        self.columns = COLUMNS[style.width]
        self._escpos = Dummy()
        self._escpos.hw("INIT")
        self._looks: tuple[Align, bool, Size] = ("left", False, "normal")
        self.raw(_CHINESE_ON)
        if self._training:
            self._mark()

    def finish(self, *, opens_drawer: bool) -> bytes:
        """Cut the paper, and return all that the printer is sent; a training opens no drawer."""
        if self._training:
            self._mark()
        self._escpos.cut()
        if opens_drawer and not self._training:
            self.raw(DRAWER)
        return bytes(self._escpos.output)

    def set(self, align: Align = "left", *, bold: bool = False, size: Size = "normal") -> None:
        """How what follows looks."""
        if self._looks == (align, bold, size):
            return
        self._looks = (align, bold, size)
        self._escpos.set(
            align=align, bold=bold or size == "big", custom_size=True,
            width=2 if size == "big" else 1, height=1 if size == "normal" else 2,
        )  # fmt: skip

    def raw(self, data: bytes) -> None:
        """Bytes as they are."""
        self._escpos._raw(data)  # noqa: SLF001 - the way python-escpos has for raw bytes

    def line(self, words: str) -> None:
        """One line, which has to fit."""
        self.raw(printable(words).encode("gbk") + b"\n")

    def paragraph(self, words: str, width: int | None = None) -> None:
        """Words on as many lines as they take."""
        for part in _wrapped(printable(words), width or self.columns):
            self.line(part)

    def pair(self, left: str, right: str) -> None:
        """One line with something at either margin; a long left part takes lines of its own."""
        right = printable(right)
        *above, last = _wrapped(printable(left), self.columns - columns(right) - 1)
        for part in above:
            self.line(part)
        gap = self.columns - columns(last) - columns(right)
        self.line(f"{last}{' ' * gap}{right}")

    def rule(self, char: str = "-") -> None:
        """A line across; in training with the words that run through a watermark."""
        words = printable(f" {self.say('training')} ") if self._training else ""
        left = (self.columns - columns(words)) // 2
        right = self.columns - columns(words) - left
        self.line(f"{char * left}{words}{char * right}")

    def barcode(self, code: str) -> None:
        """A CODE128 barcode, in the middle."""
        self.set(align="center")
        data = b"{B" + code.encode("ascii")
        self.raw(_BARCODE + bytes([len(data)]) + data)
        self.set()

    def qr(self, code: str, size: int) -> None:
        """A QR code in the middle, of modules of `size` dots, or fewer to fit on the paper."""
        self.set(align="center")
        fits = min(size, self._dots // qr_modules(len(code.encode("utf-8"))))
        self._escpos.qr(code, ec=QR_ECLEVEL_M, size=fits, native=True)
        self.set()

    def image(self, raster: bytes) -> None:
        """A picture as `logo` made it, in the middle."""
        self.set(align="center")
        self.raw(raster)
        self.set()

    def _mark(self) -> None:
        self.set(align="center", size="big")
        self.line(self.say("training"))
        self.set(align="center")
        self.paragraph(self.say("training_note"))
        self.set()

    def say(self, name: str) -> str:
        """A label on paper."""
        return text(self._language, f"receipt.{name}")

    def money(self, amount: int) -> str:
        """An amount as it is printed."""
        return format_amount(amount, self._decimals)


def _wrapped(words: str, width: int) -> list[str]:
    """Cut printable words into lines of at most `width` columns; there is always one."""
    return list(_cut(words, max(2, width))) or [""]


def _cut(words: str, width: int) -> Iterator[str]:
    line, used = "", 0
    for char in words:
        size = columns(char)
        if used + size > width:
            end = _word_end(line) if char.isascii() and char != " " else len(line)
            yield line[:end].rstrip()
            line = line[end:]
            used = columns(line)
            if char == " ":
                continue
        line, used = line + char, used + size
    if line:
        yield line


def _word_end(line: str) -> int:
    """Where a full line is broken: behind its last space if that is in its second half, else at its end."""
    space = line.rfind(" ") + 1
    return space if columns(line[:space]) * 2 > columns(line) else len(line)


def _in_gbk(char: str) -> bool:
    try:
        char.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True
