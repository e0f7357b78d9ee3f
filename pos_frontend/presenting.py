"""Coupons (优惠券) at this till: presented to the basket, and taken back.

    what was scanned or keyed                         becomes
    is an item, or a label                            that: a code is first looked up as it is (rule 7)
    is of no kind that a promotion here asks for      an unknown item; in payment a tender with an amount
    is of a kind whose promotions are all over,       refused, with why
    or hold at another time
    stands in the basket already                      refused
    may be used any number of times                   a coupon of the basket
    may be used once, and has a serial                a coupon of the basket, which takes off something once
                                                      it is `reserved` for it (rule 18), see `coupons_asked`

A coupon stays with its basket when that is suspended or the till is cut off. What it is reserved for is one
basket: where a suspended one goes on, its coupons are reserved anew.
"""

from __future__ import annotations

from dataclasses import replace

from pos_frontend.basket import Sale
from pos_frontend.errors import TillError
from pos_frontend.offers import Offers
from schemas.domain.coupon import has_serial, masked, read_coupon
from schemas.domain.promotion.sale import PresentedCoupon

#: More than a customer brings for one basket.
_MOST = 20


def instead_of(refusal: TillError, sale: Sale, text: str, offers: Offers) -> Sale:
    """Present what is no item, if it is a coupon. Raises TillError: the refusal, if it is none."""
    code = text.strip()
    coupon = read_coupon(code) if refusal.code == "unknown_item" else None
    if coupon is None or not offers.know_coupons_of(coupon.kind):
        raise refusal
    return present(sale, code, offers)


def present(sale: Sale, code: str, offers: Offers) -> Sale:
    """Return the basket with a coupon. Raises TillError, `unknown_coupon` where no promotion asks for it."""
    coupon = read_coupon(code.strip())
    if coupon is None or not offers.know_coupons_of(coupon.kind):
        raise TillError("unknown_coupon", code=code[:40])
    title, why = offers.coupons_hold(coupon.kind, sale)
    if why:
        raise TillError(f"coupon_{why}", title=title)
    if coupon in sale.basket.coupons:
        raise TillError("coupon_twice", code=masked(coupon.number))
    if offers.are_single_use(coupon.kind) and not has_serial(coupon):
        raise TillError("coupon_serial", title=title)
    if len(sale.basket.coupons) >= _MOST:
        raise TillError("coupon_many")
    return _with(sale, (*sale.basket.coupons, coupon))


def must_be_no_offer(number: str | None, offers: Offers) -> None:
    """Raise TillError where a coupon that is to pay an amount is one that a promotion here asks for."""
    coupon = read_coupon(number or "")
    if coupon is not None and offers.know_coupons_of(coupon.kind):
        raise TillError("coupon_of_offer")


def taken_off(sale: Sale, place: int) -> Sale:
    """Return the basket without the coupon at a place, counted from 1. Raises TillError."""
    coupons = sale.basket.coupons
    if not 1 <= place <= len(coupons):
        raise TillError("no_coupon")
    return _with(sale, (*coupons[: place - 1], *coupons[place:]))


def without(sale: Sale, number: str) -> Sale:
    """Return the basket without the coupon of this number, if it has it, and without how it stood."""
    told = tuple(one for one in sale.standings if one.number != number)
    left = tuple(one for one in sale.basket.coupons if one.number != number)
    return _with(replace(sale, standings=told), left)


def unreserved(sale: Sale, offers: Offers) -> PresentedCoupon | None:
    """The first coupon that may be used once and is not reserved for this basket yet."""
    waiting = (
        one
        for one in sale.basket.coupons
        if one.number not in sale.reserved and offers.are_single_use(one.kind)
    )
    return next(waiting, None)


def reserved(sale: Sale, number: str, grant: str) -> Sale:
    """Return the basket for which a coupon is reserved, out of a grant if one is named."""
    return replace(sale, reserved=sale.reserved | {number: grant})


def _with(sale: Sale, coupons: tuple[PresentedCoupon, ...]) -> Sale:
    return replace(sale, basket=replace(sale.basket, coupons=coupons))
