"""A test receipt: shows whether paper, width, both kinds of characters and both codes come out right."""

from __future__ import annotations

from dataclasses import dataclass

from pos_frontend.devices.sheet import Sheet, Style, columns

_MODULE = 4
_DIGITS = "1234567890"
_CHARACTERS = ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "￥0.00 +-*/=%#&@()")


@dataclass(frozen=True, slots=True)
class SelfTest:
    """A test receipt of a lane; `time` is on the branch's clock, to the second."""

    lane: str
    time: str

    @property
    def name(self) -> str:
        """See `Printable`."""
        return f"{self.lane}-test"

    def as_copy(self) -> SelfTest:
        """See `Printable`; one test receipt is as good as another."""
        return self

    def lay_out(self, style: Style) -> bytes:
        """See `Printable`."""
        sheet = Sheet(style, decimals=0)
        sheet.set(align="center", size="big")
        sheet.line(sheet.say("test"))
        sheet.set()
        sheet.line(f"{self.lane}  {self.time}")
        sheet.line((_DIGITS * 5)[: sheet.columns])
        for words in (*_CHARACTERS, sheet.say("test_sample")):
            sheet.line(words)
        sheet.rule()
        sheet.line(" " * (sheet.columns - columns("|")) + "|")
        sheet.barcode(self.lane)
        sheet.qr(self.lane, _MODULE)
        sheet.set(align="center")
        sheet.line(self.lane)
        return sheet.finish(opens_drawer=False)
