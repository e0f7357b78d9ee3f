"""The receipt as ESC/POS bytes, on paper of 80 or 58 mm, in either language.

Built with python-escpos, but for text: it would write any Chinese string as GB18030 without the
command that switches a printer to Chinese. Text here is GBK after `FS &`, measured in GBK bytes,
since a Chinese character is two columns wide and two bytes long alike. What GBK lacks is replaced
before it is measured.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_symbol
from escpos.printer import Dummy

from pos_frontend.language import text
from pos_frontend.settings import Language
from schemas.domain.money import format_amount
from schemas.domain.quantity import format_quantity
from schemas.domain.ticket import Discount, SaleLine, Ticket

COLUMNS = {80: 48, 58: 32}
DOTS = {80: 576, 58: 384}
CHINESE_ON = b"\x1c\x26"
#: 60 dots high, bars of 2, no text below, CODE128. python-escpos prints remarks when asked for one.
BARCODE = b"\x1dh\x3c\x1dw\x02\x1dH\x00\x1dkI"
#: Many printers and GBK itself have no half-width yen sign; the full-width one is in both.
_LACKING = str.maketrans({"¥": "￥", "€": "EUR", "–": "-", "—": "-", "\u00a0": " "})


@dataclass(frozen=True, slots=True)
class Style:
    """How receipts look here: paper in millimetres, and the language they are in."""

    width: int
    language: Language


@dataclass(frozen=True, slots=True)
class Receipt:
    """A ticket to print; a `copy` is marked 补打, and opens no drawer."""

    ticket: Ticket
    shop: str
    currency: str
    decimals: int
    copy: bool = False

    @property
    def name(self) -> str:
        """What it is called where it is printed."""
        return self.ticket.receipt + (".copy" if self.copy else "")


def printable(words: str) -> str:
    """Return the words with what GBK lacks replaced, and nothing that a printer would obey."""
    mapped = unicodedata.normalize("NFC", words).translate(_LACKING)
    return "".join(char if char.isprintable() and _in_gbk(char) else "?" for char in mapped)


def columns(words: str) -> int:
    """Return how many columns printable words take."""
    return len(words.encode("gbk"))


def receipt_bytes(receipt: Receipt, style: Style) -> bytes:
    """Return what a printer is sent for a receipt, from reset to cut."""
    return _Paper(receipt, style).build()


class _Paper:
    """One receipt being laid out."""

    def __init__(self, receipt: Receipt, style: Style) -> None:
        self._receipt = receipt
        self._ticket = receipt.ticket
        self._style = style
        self._columns = COLUMNS[style.width]
        self._escpos = Dummy()

    def build(self) -> bytes:
        self._escpos.hw("INIT")
        self._escpos._raw(CHINESE_ON)  # noqa: SLF001 - the way python-escpos has for raw bytes
        self._head()
        self._rule()
        for line in self._ticket.sold():
            self._line(line)
        self._rule()
        self._sums()
        self._rule()
        self._foot()
        self._escpos.cut()
        if not self._receipt.copy and any(one.kind == "cash" for one in self._ticket.tenders):
            self._escpos.cashdraw(2)
        return bytes(self._escpos.output)

    def _head(self) -> None:
        ticket = self._ticket
        self._set(align="center", big=True)
        for part in _wrapped(printable(self._receipt.shop), self._columns // 2):
            self._print(part)
        self._set(align="center")
        if self._receipt.copy:
            self._set(align="center", bold=True)
            self._print(self._say("copy"))
        self._set()
        local = ticket.committed.astimezone(ZoneInfo(ticket.zone))
        self._pair(self._say("number"), ticket.receipt)
        self._pair(self._say("time"), f"{local:%Y-%m-%d %H:%M:%S}")
        self._pair(self._say("date"), ticket.business_date.isoformat())
        self._pair(self._say("cashier"), ticket.operator)
        if ticket.member:
            self._pair(self._say("member"), ticket.member)

    def _line(self, line: SaleLine) -> None:
        for part in _wrapped(printable(line.name), self._columns):
            self._print(part)
        price = self._money(line.list_price)
        before = line.amount + sum(discount.amount for discount in line.discounts)
        self._pair(f"  {format_quantity(line.quantity)} × {price}", self._money(before))
        for discount in line.discounts:
            self._pair(f"  {self._reason(discount)}", self._money(-discount.amount))

    def _reason(self, discount: Discount) -> str:
        label = self._say(discount.kind)
        return f"{label} {discount.reason}" if discount.kind == "override" else label

    def _sums(self) -> None:
        ticket = self._ticket
        self._pair(self._say("lines"), str(sum(1 for _ in ticket.sold())))
        symbol = get_currency_symbol(self._receipt.currency, "en_US").replace("CN", "")
        self._set(bold=True, tall=True)
        self._pair(self._say("total"), f"{symbol}{self._money(ticket.total)}")
        self._set()
        if ticket.rounding:
            self._pair(self._say("rounding"), self._money(ticket.rounding))
        for tender in ticket.tenders:
            label = self._say(tender.kind)
            reference = f" {tender.reference}" if tender.reference else ""
            self._pair(f"{label}{reference}", self._money(tender.amount))
        if any(tender.kind == "cash" for tender in ticket.tenders):
            self._pair(self._say("change"), self._money(ticket.change))
        saved = sum(one.amount for line in ticket.sold() for one in line.discounts)
        if saved > 0:
            self._pair(self._say("saved"), self._money(saved))
        if tax := sum(line.tax for line in ticket.sold()):
            self._pair(self._say("tax"), self._money(tax))

    def _foot(self) -> None:
        self._set(align="center")
        for part in _wrapped(printable(self._say("thanks")), self._columns):
            self._print(part)
        code = b"{B" + self._ticket.receipt.encode("ascii")
        self._escpos._raw(BARCODE + bytes([len(code)]) + code)  # noqa: SLF001
        self._set(align="center")
        self._print(self._ticket.receipt)

    def _set(
        self, align: str = "left", *, bold: bool = False, big: bool = False, tall: bool = False
    ) -> None:
        self._escpos.set(
            align=align, bold=bold or big, custom_size=True,
            width=2 if big else 1, height=2 if big or tall else 1,
        )  # fmt: skip

    def _print(self, words: str) -> None:
        self._escpos._raw(printable(words).encode("gbk") + b"\n")  # noqa: SLF001

    def _pair(self, left: str, right: str) -> None:
        """One line with something at either margin; a long left part takes lines of its own."""
        right = printable(right)
        *above, last = _wrapped(printable(left), self._columns - columns(right) - 1)
        for part in above:
            self._print(part)
        gap = self._columns - columns(last) - columns(right)
        self._print(f"{last}{' ' * gap}{right}")

    def _rule(self) -> None:
        self._print("-" * self._columns)

    def _say(self, name: str) -> str:
        return text(self._style.language, f"receipt.{name}")

    def _money(self, amount: int) -> str:
        return format_amount(amount, self._receipt.decimals)


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
