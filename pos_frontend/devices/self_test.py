"""A test receipt: shows whether paper, width, both kinds of characters and the barcode come out right."""

from __future__ import annotations

from dataclasses import dataclass

from escpos.printer import Dummy

from pos_frontend.devices.layout import BARCODE, CHINESE_ON, COLUMNS, Style, columns, printable
from pos_frontend.language import text

_DIGITS = "1234567890"
_CHARACTERS = ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "￥0.00 +-*/=%#&@()")


@dataclass(frozen=True, slots=True)
class SelfTest:
    """A test receipt of a lane; `time` is on the branch's clock, to the second."""

    lane: str
    time: str

    @property
    def name(self) -> str:
        """What it is called where it is printed."""
        return f"{self.lane}-test"


def self_test_bytes(test: SelfTest, style: Style) -> bytes:
    """Return what a printer is sent for a test receipt. It opens no drawer."""
    paper, width = Dummy(), COLUMNS[style.width]

    def put(words: str) -> None:
        paper._raw(printable(words).encode("gbk") + b"\n")  # noqa: SLF001 - python-escpos' way for raw bytes

    def face(align: str, size: int) -> None:
        paper.set(align=align, bold=size > 1, custom_size=True, width=size, height=size)

    paper.hw("INIT")
    paper._raw(CHINESE_ON)  # noqa: SLF001 - see above
    face("center", 2)
    put(text(style.language, "receipt.test"))
    face("left", 1)
    put(f"{test.lane}  {test.time}")
    put((_DIGITS * 5)[:width])
    chinese = printable(text(style.language, "receipt.test_sample"))
    for line in (*_CHARACTERS, chinese):
        put(line)
    put("-" * width)
    put(" " * (width - columns("|")) + "|")
    face("center", 1)
    code = b"{B" + test.lane.encode("ascii")
    paper._raw(BARCODE + bytes([len(code)]) + code)  # noqa: SLF001 - see above
    face("center", 1)
    put(test.lane)
    paper.cut()
    return bytes(paper.output)
