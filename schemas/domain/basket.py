"""The basket: what was entered at a lane, and what it costs (rules 2, 11 and 16).

    entered ──override, any number of times──▶ entered ──void──▶ voided, for good

A basket is a value; each act returns another and leaves the old one as it was. A line keeps the
prices that were in force when it was entered, so a price change never moves a basket in progress.
A member who is scanned late gets the member prices *of those instants* on every line, and one who
is taken off again loses them. An overridden amount stands whatever the member's price is, and so does
one that is printed on a label (rule 9), unless a stale label is re-priced:

    printed ◀──reprice_label, as often as one likes──▶ weight × price

`sale_lines` turns a basket into lines of a ticket, of which always

    price × quantity, rounded − the sum of the line's discounts = the line's amount
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from schemas.domain.label import Printed
from schemas.domain.manual_discount import BasketDiscount
from schemas.domain.money import format_amount
from schemas.domain.pricing import PriceRow, price_in_force
from schemas.domain.promotion.sale import PresentedCoupon
from schemas.domain.quantity import extend, format_quantity
from schemas.domain.tax import TaxPolicy, taxed
from schemas.domain.ticket import Discount, SaleLine

BasketFault = Literal[
    "no_price",
    "quantity",
    "amount",
    "no_line",
    "voided",
    "unexplained",
    "no_stale_label",
    "returned",
    "gift",
]


class BasketError(ValueError):
    """An act that a basket cannot take: `fault` for the screen, the message for the log."""

    def __init__(self, message: str, fault: BasketFault) -> None:
        """Keep the fault beside the words."""
        super().__init__(message)
        self.fault: BasketFault = fault


@dataclass(frozen=True, slots=True)
class ItemUnit:
    """An item in one of its units, as the catalogue knows it or as a cashier typed it.

    `factor` is thousandths of the base unit in one unit, `tax_rate` is in basis points, `barcode`
    the code under which it was found, if it was.
    """

    item: str
    name: str
    unit: str
    factor: int = 1000
    category: str | None = None
    tax_code: str = ""
    tax_rate: int = 0
    barcode: str | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """A line's amount set by hand, in minor units: why, and by whose authority."""

    amount: int
    reason: str
    authority: str


@dataclass(frozen=True, slots=True)
class EnteredLine:
    """A line as it was entered: `prices` are the rows in force then, none for an unknown item;
    `printed` is the amount on its label, if it bears one. A return line is entered as the line of the
    ticket that it will be, `given_back`, see `returning`: nothing in the basket changes what it is worth.
    `gift_of` is the promotion that a gift was entered for, see `gift`.
    """

    number: int
    what: ItemUnit
    quantity: int
    entered: datetime
    list_price: int
    prices: tuple[PriceRow, ...] = ()
    overrides: tuple[Override, ...] = ()
    unknown_item: bool = False
    voided: bool = False
    printed: Printed | None = None
    given_back: SaleLine | None = None
    gift_of: str | None = None


@dataclass(frozen=True, slots=True)
class Basket:
    """The lines in the order in which they were entered, the member, if one was scanned, what a person gave
    off the whole of it, and the coupons in the order in which they were presented.
    """

    lines: tuple[EnteredLine, ...] = ()
    member: str | None = None
    tier: str = ""
    discount: BasketDiscount | None = None
    coupons: tuple[PresentedCoupon, ...] = ()


@dataclass(frozen=True, slots=True)
class Totals:
    """What is to be paid, what was saved on the list prices and the tax within, in minor units."""

    total: int
    saved: int
    tax: int


def add_line(
    basket: Basket,
    what: ItemUnit,
    rows: Iterable[PriceRow],
    quantity: int,
    at: datetime,
    printed: Printed | None = None,
) -> Basket:
    """Enter `quantity` thousandths of an item at the prices in force among `rows` (rule 11), or for
    the amount `printed` on its label.
    """
    unit = (what.item, what.unit)
    prices = tuple(row for row in rows if (row.item, row.unit) == unit and row.holds(at))
    priced = price_in_force(prices, "", at)
    if priced is None:
        message = f"item {what.item} ({what.unit}) has no price in force: sell it as unknown"
        raise BasketError(message, "no_price")
    number = len(basket.lines) + 1
    line = EnteredLine(number, what, quantity, at, priced.list.price, prices, printed=printed)
    return _entered(basket, line)


def add_unknown(basket: Basket, what: ItemUnit, price: int, quantity: int, at: datetime) -> Basket:
    """Enter an item that the catalogue does not know, named, taxed and priced by the caller."""
    number = len(basket.lines) + 1
    line = EnteredLine(number, what, quantity, at, price, unknown_item=True)
    return _entered(basket, line)


def void_line(basket: Basket, number: int) -> Basket:
    """Void a line: it stays in the basket under its number and counts for nothing."""
    return _changed(basket, number, lambda line: replace(line, voided=True))


def override_amount(
    basket: Basket, number: int, amount: int, reason: str, authority: str
) -> Basket:
    """Set what a line costs, in minor units; each override keeps its reason and authority."""
    if amount < 0:
        message = f"line {number} cannot cost {format_amount(amount)}: enter nought or more"
        raise BasketError(message, "amount")
    if not reason.strip() or not authority.strip():
        message = f"line {number} needs a reason and an operator with the authority to override"
        raise BasketError(message, "unexplained")
    override = Override(amount, reason, authority)

    def act(line: EnteredLine) -> EnteredLine:
        if line.given_back is not None:
            message = f"line {number} is a return, which gives back what was paid: void it instead"
            raise BasketError(message, "returned")
        if line.gift_of is not None:
            message = (
                f"line {number} is a gift, which costs what its promotion says: void it instead"
            )
            raise BasketError(message, "gift")
        return replace(line, overrides=(*line.overrides, override))

    return _changed(basket, number, act)


def reprice_label(basket: Basket, number: int, *, repriced: bool) -> Basket:
    """Charge weight × price for a line with a stale label, or its printed amount after all."""

    def act(line: EnteredLine) -> EnteredLine:
        if line.printed is None or not line.printed.stale:
            message = f"line {number} has no stale label: override its amount instead"
            raise BasketError(message, "no_stale_label")
        return replace(line, printed=replace(line.printed, repriced=repriced))

    return _changed(basket, number, act)


def set_member(basket: Basket, member: str | None, tier: str = "") -> Basket:
    """Set the member, whose tier's prices then hold for every line; None takes the member off."""
    return replace(basket, member=member, tier=tier if member else "")


def sale_lines(basket: Basket, policy: TaxPolicy) -> tuple[SaleLine, ...]:
    """Return the lines as a ticket holds them, priced, discounted and taxed, voided ones too."""
    return taxed((_sale_line(line, basket.tier) for line in basket.lines), policy)


def totals(lines: Iterable[SaleLine]) -> Totals:
    """Add up the lines that count."""
    sold = [line for line in lines if not line.voided]
    return Totals(
        total=sum(line.amount for line in sold),
        saved=sum(one.amount for line in sold for one in line.discounts if one.kind != "label"),
        tax=sum(line.tax for line in sold),
    )


def _entered(basket: Basket, line: EnteredLine) -> Basket:
    if line.quantity <= 0:
        quantity = format_quantity(line.quantity)
        message = f"item {line.what.item} cannot be sold {quantity} times: enter a quantity above 0"
        raise BasketError(message, "quantity")
    if line.list_price < 0:
        price = format_amount(line.list_price)
        message = f"item {line.what.item} cannot cost {price}: enter nought or more"
        raise BasketError(message, "amount")
    return replace(basket, lines=(*basket.lines, line))


def _changed(basket: Basket, number: int, act: Callable[[EnteredLine], EnteredLine]) -> Basket:
    """Return the basket with one line changed; a line's number is its place, counted from 1."""
    if not 1 <= number <= len(basket.lines):
        message = f"there is no line {number}: the basket has {len(basket.lines)}"
        raise BasketError(message, "no_line")
    line = basket.lines[number - 1]
    if line.voided:
        message = f"line {number} is voided already: enter the item again"
        raise BasketError(message, "voided")
    before, after = basket.lines[: number - 1], basket.lines[number:]
    return replace(basket, lines=(*before, act(line), *after))


def _sale_line(line: EnteredLine, tier: str) -> SaleLine:
    if line.given_back is not None:
        return replace(line.given_back, number=line.number, voided=line.voided)
    what = line.what
    priced = price_in_force(line.prices, tier, line.entered)
    amount, discounts = _discounted(line, tier, priced.member if priced else None)
    return SaleLine(
        number=line.number,
        item=what.item,
        name=what.name,
        unit=what.unit,
        quantity=line.quantity,
        list_price=line.list_price,
        amount=amount,
        factor=what.factor,
        barcode=what.barcode,
        category=what.category,
        discounts=discounts,
        tax_code=what.tax_code,
        tax_rate=what.tax_rate,
        price_document=priced.list.document if priced else None,
        unknown_item=line.unknown_item,
        voided=line.voided,
    )


def _discounted(
    line: EnteredLine, tier: str, member: PriceRow | None
) -> tuple[int, tuple[Discount, ...]]:
    """Return a line's amount and the steps that lead to it from price × quantity (rule 16).

    A member price that rounds to the same amount is no step. An override always is one, for who allowed
    it and why is kept even where it changes nothing, and so is a label's amount: promotions leave it.
    """
    amount = extend(line.list_price, line.quantity)
    discounts: list[Discount] = []
    stands = line.printed is not None and not line.printed.repriced
    if line.printed is not None:
        labelled = _labelled(line.printed, amount)
        discounts.append(labelled)
        amount -= labelled.amount
    if (
        not stands
        and member is not None
        and (lower := extend(member.price, line.quantity)) != amount
    ):
        discounts.append(Discount("member_price", amount - lower, tier, rule=member.document))
        amount = lower
    for override in line.overrides:
        discounts.append(
            Discount(
                "override",
                amount - override.amount,
                override.reason,
                authority=override.authority,
            )
        )
        amount = override.amount
    return amount, tuple(discounts)


def _labelled(printed: Printed, amount: int) -> Discount:
    """What a label does to price × quantity; kept where it does nothing, for the amount is the label's."""
    if printed.repriced:
        return Discount("label", 0, "repriced", rule=printed.layout)
    reason = "stale" if printed.stale else "printed"
    return Discount("label", amount - printed.amount, reason, rule=printed.layout)
