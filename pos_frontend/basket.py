"""A sale in the making at this lane: its identity, its terms, its lines and what was paid so far.

A sale is a value; every act returns another. What is keyed reads `code`, or quantity first:

    401234500001      one                     3*401234500001    three
    1.5*2010          one and a half (kg)     anything else     is a code
    2010              sold by the kg: what the scale says, see `weighing`

A label that says how much it is for is scanned alone: what it says is the quantity.

Refusals are TillError; the rules behind most of them are those of `schemas.domain.basket`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from pos_frontend.authority import Door
from pos_frontend.catalogue import Catalogue, Operator
from pos_frontend.day import Terms
from pos_frontend.errors import TillError
from pos_frontend.labels import identify
from pos_frontend.membership import Membership
from pos_frontend.weighing import Scale, sold_quantity
from schemas.domain import basket as rules
from schemas.domain.basket import Basket, BasketError, ItemUnit, Totals
from schemas.domain.element_string import is_element_string
from schemas.domain.label import Label, Printed, sold
from schemas.domain.manual_discount import WHOLE, Off, discounted
from schemas.domain.money import NumberError, parse_amount
from schemas.domain.points import Multiplied
from schemas.domain.pricing import price_in_force
from schemas.domain.promotion.presented import Standing
from schemas.domain.promotion.sale import Gift, Share
from schemas.domain.promotion.sold import promoted
from schemas.domain.quantity import parse_quantity
from schemas.domain.refund import PaidSale
from schemas.domain.tax import taxed
from schemas.domain.ticket import (
    CouponUsed,
    OriginalTender,
    SaleLine,
    TenderKind,
    TenderLine,
)

_LONGEST_CODE = 64
#: More of one thing than a person sells in one line: a code that was keyed as a quantity.
_MOST = 100_000 * 1000
#: More minor units than anybody pays at a till: a code that was scanned into an amount.
_MOST_MONEY = 100_000_000
UNKNOWN_UNIT = "piece"
_PERCENT, _PERCENT_DECIMALS = "%", 2


@dataclass(frozen=True)
class Sale:
    """`uuid` is the identity under which it is committed once; `started` when it got its terms.
    `shares` is what promotions take off which line, `multiplied` whose points they multiply,
    and `uses` how often those are used that are limited (`offers`). `originals` is how the sales were
    paid that goods come back from, `in_cash` which of those payments are given back in cash (`refunds`).
    `gifts` are due and not taken yet; `standings` is how the coupons of the basket stand, `reserved` the grant
    out of which each single-use one is reserved for it, empty if headquarters did, and `used_coupons` those of
    them that took something off.
    `left` is what the accounts that tenders redeem of have after it, where that is known (`redeeming`).

    What follows from the lines is worked out once: a long basket is looked at several times.
    """

    uuid: str
    terms: Terms
    started: datetime
    basket: Basket = field(default_factory=Basket)
    tenders: tuple[TenderLine, ...] = ()
    shares: dict[int, tuple[Share, ...]] = field(default_factory=dict)
    multiplied: dict[int, Multiplied] = field(default_factory=dict)
    uses: dict[str, int] = field(default_factory=dict)
    originals: tuple[PaidSale, ...] = ()
    in_cash: tuple[OriginalTender, ...] = ()
    gifts: tuple[Gift, ...] = ()
    standings: tuple[Standing, ...] = ()
    reserved: dict[str, str] = field(default_factory=dict)
    used_coupons: tuple[CouponUsed, ...] = ()
    left: dict[TenderKind, int] = field(default_factory=dict)

    @cached_property
    def plain(self) -> tuple[SaleLine, ...]:
        """The lines before promotions."""
        return rules.sale_lines(self.basket, self.terms.tax_policy)

    @cached_property
    def lines(self) -> tuple[SaleLine, ...]:
        """The lines as the ticket will hold them."""
        policy, given = self.terms.tax_policy, self.basket.discount
        if given is None:
            return self.undiscounted
        return taxed(discounted(self.undiscounted, given), policy)

    @cached_property
    def undiscounted(self) -> tuple[SaleLine, ...]:
        """The lines before what a person gives off the whole basket."""
        return promoted(self.plain, self.shares, self.terms.tax_policy)

    @cached_property
    def totals(self) -> Totals:
        """What is to be paid."""
        return rules.totals(self.lines)

    def is_empty(self) -> bool:
        """Whether there is nothing to sell."""
        return all(line.voided for line in self.basket.lines)


def read_keyed(text: str) -> tuple[int | None, str]:
    """Split what was scanned or keyed into thousandths, if any were keyed, and a code."""
    whole = text.strip()
    quantity, star, code = whole.partition("*")
    if not star or is_element_string(whole):
        # A batch may have an asterisk in it.
        quantity, star, code = "", "", whole
    if not code or len(code) > _LONGEST_CODE:
        raise TillError("code", code=code[:_LONGEST_CODE])
    return (_quantity(quantity) if star else None), code


def scan(
    sale: Sale, catalogue: Catalogue, text: str, at: datetime, scale: Scale | None = None
) -> Sale:
    """Enter what was scanned at its price of this instant.

    Raises TillError `unknown_item` or `no_price`; either may be sold by `sell_unknown`. One of
    `label_…` is about a label that cannot be sold as it is.
    """
    keyed, code = read_keyed(text)
    scanned = identify(catalogue, code, sale.terms)
    if scanned is None:
        raise TillError("unknown_item", code=code)
    found, printed = scanned.found, None
    priced = price_in_force(found.prices, "", at)
    # A price of nothing is a mistake in the price book, not a gift (rule 9).
    if priced is None or priced.list.price == 0:
        raise TillError("no_price", code=code, name=found.what.name)
    quantity = None
    if scanned.label is not None:
        quantity, printed = _labelled(scanned.label, keyed, priced.list.price)
    if quantity is None:
        quantity = sold_quantity(keyed, found.what.unit, code, scale)
    with explained():
        return _with(
            sale, rules.add_line(sale.basket, found.what, found.prices, quantity, at, printed)
        )


def _labelled(label: Label, keyed: int | None, price: int) -> tuple[int | None, Printed | None]:
    """Return what a label sells, None when it says nothing of that, and the amount that it bears.

    Two labels are scanned one by one.
    """
    quantity, printed = sold(label, price)
    if quantity is not None and keyed is not None:
        raise TillError("label_quantity")
    if quantity is not None and quantity > _MOST:
        raise TillError("label_value", code=label.item)
    return quantity, printed


def sell_unknown(
    sale: Sale,
    catalogue: Catalogue,
    text: str,
    price: str,
    name: str,
    at: datetime,
    scale: Scale | None = None,
) -> Sale:
    """Enter something without a price in the catalogue at a keyed price, flagged as such."""
    keyed, code = read_keyed(text)
    found = catalogue.find(code)
    what = found.what if found else ItemUnit(item=code, name=name, unit=UNKNOWN_UNIT)
    amount = read_amount(price, sale.terms.decimals)
    if amount == 0:
        raise TillError("amount")
    quantity = sold_quantity(keyed, what.unit, code, scale)
    with explained():
        return _with(sale, rules.add_unknown(sale.basket, what, amount, quantity, at))


def void_line(sale: Sale, number: int) -> Sale:
    """Void a line (单品取消)."""
    with explained():
        return _with(sale, rules.void_line(sale.basket, number))


def reprice_label(sale: Sale, number: int, *, repriced: bool) -> Sale:
    """Charge a stale label by its weight, or what is printed on it after all."""
    with explained():
        return _with(sale, rules.reprice_label(sale.basket, number, repriced=repriced))


@dataclass(frozen=True, slots=True)
class Overriding:
    """An override as it was asked for: the line's new amount, or 10% off it; `authority` and `pin` are of
    whom was called, if anybody.
    """

    line: int
    amount: str
    reason: str
    authority: str = ""
    pin: str = ""


def override(sale: Sale, asked: Overriding, present: Operator, door: Door) -> Sale:
    """Set what a line costs, by the authority of who is present or was called."""
    by = door.allow("override", present, asked.authority, asked.pin)
    amount = _overridden(sale, asked)
    with explained():
        changed = rules.override_amount(sale.basket, asked.line, amount, asked.reason, by.operator)
    return _with(sale, changed)


def _overridden(sale: Sale, asked: Overriding) -> int:
    if not asked.amount.strip().endswith(_PERCENT):
        return read_amount(asked.amount, sale.terms.decimals)
    costs = next((one.amount for one in sale.undiscounted if one.number == asked.line), 0)
    return costs - read_off(asked.amount, sale.terms.decimals).of(costs)


def set_member(sale: Sale, membership: Membership, text: str) -> Sale:
    """Set the member by number, card or phone; nothing keyed takes the member off. Coupons that were
    reserved are reserved anew for whoever buys now: one may be a member's own.
    """
    found = membership.find(text) if text else None
    number, tier = (found.member, found.tier) if found else (None, "")
    changed = _with(sale, rules.set_member(sale.basket, number, tier))
    return changed if number == sale.basket.member else replace(changed, reserved={})


def read_amount(text: str, decimals: int) -> int:
    """Read a keyed amount in minor units; below nought is refused."""
    try:
        amount = parse_amount(text, decimals)
    except NumberError as error:
        raise TillError("number", text=text) from error
    if amount < 0:
        raise TillError("amount")
    if amount > _MOST_MONEY:
        raise TillError("number", text=text)
    return amount


def read_off(text: str, decimals: int) -> Off:
    """Read what is keyed to be taken off: 10% or 2.50."""
    keyed = text.strip()
    if not keyed.endswith(_PERCENT):
        return Off(amount=read_amount(keyed, decimals))
    share = read_amount(keyed.removesuffix(_PERCENT), _PERCENT_DECIMALS)
    if share > WHOLE:
        raise TillError("percent", text=text)
    return Off(share=share)


def _quantity(text: str) -> int:
    try:
        quantity = parse_quantity(text)
    except NumberError as error:
        raise TillError("number", text=text) from error
    if quantity > _MOST:
        raise TillError("number", text=text)
    return quantity


def _with(sale: Sale, basket: Basket) -> Sale:
    return replace(sale, basket=basket)


@contextmanager
def explained() -> Iterator[None]:
    """Turn what the rules refuse into what a cashier is told."""
    try:
        yield
    except BasketError as error:
        raise TillError(error.fault) from error
