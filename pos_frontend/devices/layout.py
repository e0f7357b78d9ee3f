"""The receipt of a ticket on paper."""

from __future__ import annotations

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_symbol

from pos_frontend.devices.sheet import Sheet, Style
from pos_frontend.devices.tender_details import details
from schemas.domain.basket import totals
from schemas.domain.quantity import format_quantity
from schemas.domain.ticket import CASH_KINDS, Discount, Returned, SaleLine, TenderLine, Ticket

#: 60 dots high, bars of 2, no text below, CODE128. python-escpos prints remarks when asked for one.
BARCODE = b"\x1dh\x3c\x1dw\x02\x1dH\x00\x1dkI"

#: The kinds of discount whose reason is printed with them.
_EXPLAINED = frozenset({"override", "promotion"})


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
        """See `Printable`."""
        return self.ticket.receipt + (".copy" if self.copy else "")

    def as_copy(self) -> Receipt:
        """See `Printable`."""
        return replace(self, copy=True)

    def lay_out(self, style: Style) -> bytes:
        """See `Printable`."""
        return _Paper(self, style).build()


class _Paper:
    """One receipt being laid out."""

    def __init__(self, receipt: Receipt, style: Style) -> None:
        self._receipt = receipt
        self._ticket = receipt.ticket
        self._sheet = Sheet(style, receipt.decimals)

    def build(self) -> bytes:
        self._head()
        self._sheet.rule()
        for line in self._ticket.sold():
            self._line(line)
        self._sheet.rule()
        self._sums()
        self._sheet.rule()
        self._foot()
        cash = any(one.kind in CASH_KINDS for one in self._ticket.tenders)
        return self._sheet.finish(opens_drawer=cash and not self._receipt.copy)

    def _head(self) -> None:
        ticket = self._ticket
        self._sheet.head(self._receipt.shop, copy=self._receipt.copy)
        if any(line.returned for line in ticket.sold()):
            self._sheet.set(align="center", bold=True)
            self._sheet.line(self._sheet.say("return"))
            self._sheet.set()
        local = ticket.committed.astimezone(ZoneInfo(ticket.zone))
        self._sheet.pair(self._sheet.say("number"), ticket.receipt)
        self._sheet.pair(self._sheet.say("time"), f"{local:%Y-%m-%d %H:%M:%S}")
        self._sheet.pair(self._sheet.say("date"), ticket.business_date.isoformat())
        self._sheet.pair(self._sheet.say("cashier"), ticket.operator)
        if ticket.member:
            self._sheet.pair(self._sheet.say("member"), ticket.member)

    def _line(self, line: SaleLine) -> None:
        self._sheet.paragraph(line.name)
        if line.returned:
            self._returned(line, line.returned)
            return
        price = self._sheet.money(line.list_price)
        shown = [one for one in line.discounts if one.kind != "label" or one.reason == "stale"]
        before = line.amount + sum(discount.amount for discount in shown)
        self._sheet.pair(f"  {format_quantity(line.quantity)} × {price}", self._sheet.money(before))
        for discount in shown:
            self._sheet.pair(f"  {self._reason(discount)}", self._sheet.money(-discount.amount))

    def _returned(self, line: SaleLine, returned: Returned) -> None:
        """What a return line gives back of which receipt, and why, where nobody could check it."""
        say = self._sheet.say
        source = returned.original.receipt if returned.original else say("no_original")
        self._sheet.pair(f"  {say('original')}", source)
        quantity = f"  {say('returned')} {format_quantity(-line.quantity)}"
        self._sheet.pair(quantity, self._sheet.money(line.amount))
        if not returned.checked:
            self._sheet.pair(f"  {say('not_checked')} {returned.reason}", returned.authority)

    def _reason(self, discount: Discount) -> str:
        label = self._sheet.say(discount.kind)
        return f"{label} {discount.reason}" if discount.kind in _EXPLAINED else label

    def _sums(self) -> None:
        ticket = self._ticket
        self._sheet.pair(self._sheet.say("lines"), str(sum(1 for _ in ticket.sold())))
        symbol = get_currency_symbol(self._receipt.currency, "en_US").replace("CN", "")
        self._sheet.set(bold=True, tall=True)
        self._sheet.pair(self._sheet.say("total"), f"{symbol}{self._sheet.money(ticket.total)}")
        self._sheet.set()
        if ticket.rounding:
            self._sheet.pair(self._sheet.say("rounding"), self._sheet.money(ticket.rounding))
        for tender in ticket.tenders:
            self._tender(tender)
        if ticket.change or any(
            one.kind in CASH_KINDS and one.amount >= 0 for one in ticket.tenders
        ):
            self._sheet.pair(self._sheet.say("change"), self._sheet.money(ticket.change))
        saved = totals(ticket.lines).saved
        if saved > 0:
            self._sheet.pair(self._sheet.say("saved"), self._sheet.money(saved))
        if tax := sum(line.tax for line in ticket.sold()):
            self._sheet.pair(self._sheet.say("tax"), self._sheet.money(tax))
        if points := sum(one.points for one in ticket.points):
            self._sheet.pair(self._sheet.say("points"), str(points))

    def _tender(self, tender: TenderLine) -> None:
        label, said = self._sheet.say(tender.kind), tender.authorization
        if tender.amount < 0:
            label = f"{self._sheet.say('refund')} {label}"
        named = tender.reference if said is None else said.card_company
        self._sheet.pair(f"{label} {named or ''}".rstrip(), self._sheet.money(tender.amount))
        for left, right in details(tender, self._sheet):
            self._sheet.pair(f"  {left}", right)

    def _foot(self) -> None:
        self._sheet.set(align="center")
        self._sheet.paragraph(self._sheet.say("thanks"))
        code = b"{B" + self._ticket.receipt.encode("ascii")
        self._sheet.raw(BARCODE + bytes([len(code)]) + code)
        self._sheet.set(align="center")
        self._sheet.line(self._ticket.receipt)
