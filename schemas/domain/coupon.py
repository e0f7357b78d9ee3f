"""What the number of a coupon (优惠券) says.

    the number        is of kind   shown as
    SPRING            SPRING       SPRING            a leaflet: may be used any number of times
    SPRING-7Q2M94KX   SPRING       SPRING-****94KX   a coupon with a serial of its own
    SPRING-94KX       SPRING       SPRING-94KX
    SPRING-7Q-94KX    none         –                 a kind has no hyphen, nor has a serial
    2026-94KX         none         –                 a kind begins with a letter: no barcode or phone is one

Letters and digits are ASCII, capital and small ones differ. Whether a coupon of a kind may be used once only
says its promotion (`Who.single_use`), not its number.
"""

from __future__ import annotations

import re

from schemas.domain.promotion.sale import PresentedCoupon

_KIND = "[A-Za-z][A-Za-z0-9]{0,19}"
_KIND_ALONE = re.compile(_KIND)
_NUMBER = re.compile(rf"({_KIND})(?:-([A-Za-z0-9]{{1,32}}))?")
#: So much of a serial may be seen by others.
_SHOWN = 4


def is_kind(text: str) -> bool:
    """Whether a kind of coupon may be called so."""
    return _KIND_ALONE.fullmatch(text) is not None


def read_coupon(text: str) -> PresentedCoupon | None:
    """Return the coupon with this number, None where it is no number of a coupon."""
    found = _NUMBER.fullmatch(text)
    return None if found is None else PresentedCoupon(text, found[1])


def has_serial(coupon: PresentedCoupon) -> bool:
    """Whether it is told from others of its kind."""
    return coupon.number != coupon.kind


def masked(number: str) -> str:
    """Return a number as it may be printed: of a serial, the last four characters."""
    kind, hyphen, serial = number.partition("-")
    return f"{kind}{hyphen}{'*' * (len(serial) - _SHOWN)}{serial[-_SHOWN:]}"
