"""A sheet of paper being laid out for an ESC/POS printer, 80 or 58 mm wide, in either language.

Built with python-escpos, but for text: it would write any Chinese string as GB18030 without the
command that switches a printer to Chinese. Text here is GBK after `FS &`, measured in GBK bytes,
since a Chinese character is two columns wide and two bytes long alike. What GBK lacks is replaced
before it is measured.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, Self

from escpos.printer import Dummy

from pos_frontend.language import text
from pos_frontend.settings import Language
from schemas.domain.money import format_amount

COLUMNS = {80: 48, 58: 32}
DOTS = {80: 576, 58: 384}
_CHINESE_ON = b"\x1c\x26"
#: Many printers and GBK itself have no half-width yen sign; the full-width one is in both.
_LACKING = str.maketrans({"¥": "￥", "€": "EUR", "–": "-", "—": "-", "\u00a0": " "})


@dataclass(frozen=True, slots=True)
class Style:
    """How receipts look here: paper in millimetres, the language they are in, and whether every rule across
    says that this is practice.
    """

    width: int
    language: Language
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
        self.columns = COLUMNS[style.width]
        self._escpos = Dummy()
        self._escpos.hw("INIT")
        self.raw(_CHINESE_ON)
        if self._training:
            self._mark()

    def finish(self, *, opens_drawer: bool) -> bytes:
        """Cut the paper, and return all that the printer is sent; a training opens no drawer."""
        if self._training:
            self._mark()
        self._escpos.cut()
        if opens_drawer and not self._training:
            self._escpos.cashdraw(2)
        return bytes(self._escpos.output)

    def head(self, shop: str, *, copy: bool) -> None:
        """The shop's name, and whether this is a copy."""
        self.set(align="center", big=True)
        self.paragraph(shop, self.columns // 2)
        if copy:
            self.set(align="center", bold=True)
            self.line(self.say("copy"))
        self.set()

    def set(
        self, align: str = "left", *, bold: bool = False, big: bool = False, tall: bool = False
    ) -> None:
        """How what follows looks."""
        self._escpos.set(
            align=align, bold=bold or big, custom_size=True,
            width=2 if big else 1, height=2 if big or tall else 1,
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

    def rule(self) -> None:
        """A line across; in training the words that run through a watermark."""
        words = printable(f" {self.say('training')} ") if self._training else ""
        left = (self.columns - columns(words)) // 2
        right = self.columns - columns(words) - left
        self.line(f"{'-' * left}{words}{'-' * right}")

    def _mark(self) -> None:
        self.set(align="center", big=True)
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
            yield line
            line, used = "", 0
        line, used = line + char, used + size
    if line:
        yield line


def _in_gbk(char: str) -> bool:
    try:
        char.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True
