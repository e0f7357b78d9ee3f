"""The receipt of a ticket: what its layout is filled with.

    field of a receipt                holds
    shop, branch, lane, cashier       as the ticket has them
    receipt, uuid                     its number and its identity
    time, date                        on the branch's clock, the business date
    copy, return                      something on a copy, and where goods come back; else nothing
    member, lines                     the member's number, how many lines count
    total, symbol, currency           what is due before cash rounding, and in what
    rounding, change, saved, tax      amounts; nothing where there is none
    points                            how many the member earned; nothing where there are none

    of a line
    number, name, item, barcode, unit
    quantity, price, before, amount   before discounts, and what is paid
    sold, returned                    the quantity sold, or the one that comes back; the other is empty
    original                          the receipt that goods come back from
    not_checked, authority            why a return was allowed unchecked, and by whom

    of a discount, a tender, a rate of tax
    label, reason, amount             what it is called in the lane's language
    label, amount                     see `tender_details` for what is told of one beside
    rate, gross, net, tax             of all lines with that rate

    of a single-use coupon that was used
    title, number                     the promotion's, and the coupon's, masked but for the last four

Amounts are in the ticket's currency, as money is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_symbol

from pos_frontend.day import Terms
from pos_frontend.devices.interpreter import Filled, print_block
from pos_frontend.devices.sheet import Sheet, Style
from pos_frontend.devices.tender_details import details
from schemas.domain.basket import totals
from schemas.domain.coupon import masked
from schemas.domain.quantity import format_quantity
from schemas.domain.ticket import (
    CASH_KINDS,
    Discount,
    Returned,
    SaleLine,
    TenderKind,
    TenderLine,
    Ticket,
)

#: The kinds of discount whose reason is printed with them.
_EXPLAINED = frozenset({"override", "promotion", "basket"})
_YES = "yes"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A ticket to print; a `copy` is marked 补打, and opens no drawer. `left` is what accounts have after it."""

    ticket: Ticket
    shop: str
    currency: str
    decimals: int
    copy: bool = False
    left: Mapping[TenderKind, int] = field(default_factory=dict)

    @classmethod
    def made(
        cls,
        ticket: Ticket,
        at: Terms,
        *,
        copy: bool = False,
        left: Mapping[TenderKind, int] | None = None,
    ) -> Receipt:
        """The receipt of a ticket in a shop with these terms."""
        return cls(ticket, at.name, at.currency, at.decimals, copy, left or {})

    @property
    def name(self) -> str:
        """See `Printable`."""
        return self.ticket.receipt + (".copy" if self.copy else "")

    def as_copy(self) -> Receipt:
        """See `Printable`."""
        return replace(self, copy=True)

    def lay_out(self, style: Style) -> bytes:
        """See `Printable`."""
        sheet = Sheet(style, self.decimals)
        print_block(sheet, style, "receipt", _Filling(self, sheet).receipt())
        cash = any(one.kind in CASH_KINDS for one in self.ticket.tenders)
        return sheet.finish(opens_drawer=cash and not self.copy)


class _Filling:
    """One receipt's fields being put together, in the words and with the money of a sheet."""

    def __init__(self, receipt: Receipt, sheet: Sheet) -> None:
        self._receipt = receipt
        self._ticket = receipt.ticket
        self._sheet = sheet
        self._say = sheet.say
        self._money = sheet.money

    def receipt(self) -> Filled:
        ticket, receipt = self._ticket, self._receipt
        local = ticket.committed.astimezone(ZoneInfo(ticket.zone))
        sold = list(ticket.sold())
        fields = {
            "shop": receipt.shop,
            "copy": _YES if receipt.copy else "",
            "return": _YES if any(line.returned for line in sold) else "",
            "receipt": ticket.receipt,
            "uuid": ticket.uuid,
            "branch": ticket.branch,
            "lane": ticket.lane,
            "time": f"{local:%Y-%m-%d %H:%M:%S}",
            "date": ticket.business_date.isoformat(),
            "cashier": ticket.operator,
            "member": ticket.member or "",
            "lines": str(len(sold)),
        }
        return Filled(
            fields | self._sums(sold),
            {
                "lines": tuple(self._line(line) for line in sold),
                "tenders": tuple(self._tender(one) for one in ticket.tenders),
                "taxes": self._taxes(sold),
                "coupons": tuple(
                    Filled({"title": one.title, "number": masked(one.number)})
                    for one in ticket.coupons
                ),
            },
        )

    def _sums(self, sold: list[SaleLine]) -> dict[str, str]:
        ticket = self._ticket
        cash_in = any(one.kind in CASH_KINDS and one.amount >= 0 for one in ticket.tenders)
        points = sum(one.points for one in ticket.points)
        return {
            "total": self._money(ticket.total),
            "symbol": get_currency_symbol(self._receipt.currency, "en_US").replace("CN", ""),
            "currency": self._receipt.currency,
            "rounding": self._unless_nought(ticket.rounding),
            "change": self._money(ticket.change) if ticket.change or cash_in else "",
            "saved": self._unless_nought(max(totals(ticket.lines).saved, 0)),
            "tax": self._unless_nought(sum(line.tax for line in sold)),
            "points": str(points) if points else "",
        }

    def _line(self, line: SaleLine) -> Filled:
        shown = [one for one in line.discounts if one.kind != "label" or one.reason == "stale"]
        before = line.amount + sum(discount.amount for discount in shown)
        back = line.returned
        fields = {
            "number": str(line.number),
            "name": line.name,
            "item": line.item,
            "barcode": line.barcode or "",
            "unit": line.unit,
            "quantity": format_quantity(abs(line.quantity)),
            "price": self._money(line.list_price),
            "before": self._money(before),
            "amount": self._money(line.amount),
            "sold": "" if back else format_quantity(line.quantity),
            "returned": format_quantity(-line.quantity) if back else "",
        }
        discounts = () if back else tuple(self._discount(one) for one in shown)
        return Filled(fields | self._source(back), {"discounts": discounts})

    def _source(self, back: Returned | None) -> dict[str, str]:
        """Which receipt a return line is of, and why it was allowed where nobody could check it."""
        if back is None:
            return {"original": "", "not_checked": "", "authority": ""}
        original = back.original.receipt if back.original else self._say("no_original")
        unchecked = not back.checked
        return {
            "original": original,
            "not_checked": (back.reason or "-") if unchecked else "",
            "authority": back.authority if unchecked else "",
        }

    def _discount(self, discount: Discount) -> Filled:
        label = self._say(discount.kind)
        if discount.kind in _EXPLAINED:
            label = f"{label} {discount.reason}"
        amount = self._money(-discount.amount)
        return Filled({"label": label, "reason": discount.reason, "amount": amount})

    def _tender(self, tender: TenderLine) -> Filled:
        # What a ticket earns is called points, too.
        kind = "points_redeemed" if tender.kind == "points" else tender.kind
        label, said = self._say(kind), tender.authorization
        if tender.amount < 0:
            label = f"{self._say('refund')} {label}"
        named = tender.reference if said is None else said.card_company
        told = details(tender, self._sheet, self._receipt.left.get(tender.kind))
        return Filled(
            {
                "label": f"{label} {named or ''}".rstrip(),
                "amount": self._money(tender.amount),
            },
            {"details": tuple(Filled({"label": name, "value": value}) for name, value in told)},
        )

    def _taxes(self, sold: list[SaleLine]) -> tuple[Filled, ...]:
        sums: dict[int, tuple[int, int]] = {}
        for line in sold:
            gross, tax = sums.get(line.tax_rate, (0, 0))
            sums[line.tax_rate] = (gross + line.amount, tax + line.tax)
        return tuple(
            Filled(
                {
                    "rate": f"{rate / 100:g}%",
                    "gross": self._money(gross),
                    "net": self._money(gross - tax),
                    "tax": self._money(tax),
                }
            )
            for rate, (gross, tax) in sorted(sums.items())
        )

    def _unless_nought(self, amount: int) -> str:
        return self._money(amount) if amount else ""
