"""GS1 element strings: a GTIN with what goes with it, in one barcode (rules 7 and 9).

    AI       bears                                     here
    01       GTIN, 14 digits                           the item; without one there is nothing to sell
    310n     net weight in kg, 6 digits, n decimals    the weight
    392n     amount payable, up to 15 digits           the amount
    17       expiry, YYMMDD; day 00 is a month's last  sold on that day still, not afterwards
    10       batch, up to 20 characters                told where the item is refused
    others                                             passed over

    (01)09501101530003(17)261231(10)AB-12        as people read and key it
    010950110153000317261231 10AB-12             as a scanner sends it; where the blank stands here is
                                                 FNC1, as GS (0x1D), behind each value without a
                                                 length of its own but the last

A scanner may send a symbology identifier before it (`]C1`, `]d2`, …), or nothing: then it is one if
it begins with 01 and a GTIN and goes on. A year of two digits is the one nearest to today's, from
49 years back to 50 years ahead.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Literal

from schemas.domain.barcode import is_valid
from schemas.domain.label import Label, LabelError, scaled
from schemas.domain.money import divide

ElementFault = Literal["element_string", "element_check_digit"]

LAYOUT = "GS1"
GS = "\x1d"
_SYMBOLOGY = re.compile(r"\][A-Za-z][0-9]")
_BRACKETED = re.compile(r"\(([0-9]{2,4})\)([^()\x1d]+)")
_BARE = re.compile(r"01[0-9]{14}(?:[0-9]{2}|$)")
_KNOWN = re.compile(r"01|17|10|310[0-5]|392[0-9]")
_FORMS = {
    "01": r"[0-9]{14}",
    "17": r"[0-9]{6}",
    "10": r".{1,20}",
    "31": r"[0-9]{6}",
    "39": r"[0-9]{1,15}",
}
#: Identifier and value together, by the first two digits; what is not here ends at a GS.
_LENGTHS = {
    "00": 20, "01": 16, "02": 16, "03": 16, "04": 18, "20": 4, "41": 16,
    **{str(first): 8 for first in range(11, 20)}, **{str(first): 10 for first in range(31, 37)},
}  # fmt: skip
_WEIGHT_DECIMALS = 3


class ElementStringError(ValueError):
    """An element string that cannot be read: `fault` for the screen, the message for the log."""

    def __init__(self, message: str, fault: ElementFault) -> None:
        """Keep the fault beside the words."""
        super().__init__(message)
        self.fault: ElementFault = fault


@dataclass(frozen=True, slots=True)
class ElementString:
    """What an element string says: a label by its GTIN, the last day on which to sell, the batch."""

    label: Label
    expires: date | None = None
    batch: str = ""


def is_element_string(code: str) -> bool:
    """Whether a code has the form of one; a shorter or an in-house code never has."""
    return any(form.match(code) for form in (_BRACKETED, _SYMBOLOGY, _BARE))


def read_element_string(code: str, today: date, decimals: int = 2) -> ElementString:
    """Read an element string; `decimals` are the currency's, `today` tells the century.

    Raises ElementStringError where its form is wrong and LabelError where a value cannot be used.
    """
    values = _values(code)
    gtin = values.get("01")
    if gtin is None:
        raise _malformed(code, "has no GTIN (01)")
    if not is_valid(gtin):
        message = f"the GTIN in {code!r} has a wrong check digit: scan it again"
        raise ElementStringError(message, "element_check_digit")
    weight = amount = None
    step = 1
    for identifier, value in values.items():
        places = int(identifier[-1])
        if identifier.startswith("310"):
            weight = divide(int(value) * 10**_WEIGHT_DECIMALS, 10**places)
        elif identifier.startswith("392"):
            amount = scaled(value, places, decimals)
            step = 10 ** max(0, decimals - places)
    if weight == 0 or amount == 0:
        message = f"{code!r} bears nought: weigh it again"
        raise LabelError(message, "label_value")
    return ElementString(
        Label(LAYOUT, gtin, amount, weight, step),
        _date(values["17"], today, code) if "17" in values else None,
        values.get("10", ""),
    )


def _values(code: str) -> dict[str, str]:
    """The values by identifier. One that is there twice must say the same; so must 310n and 392n."""
    found: dict[str, str] = {}
    kinds: dict[str, str] = {}
    for identifier, value in _split(code):
        if not re.fullmatch(_FORMS[identifier[:2]], value):
            raise _malformed(code, f"has {value!r} under ({identifier})")
        kind = identifier[:3]
        if found.setdefault(identifier, value) != value or (
            kinds.setdefault(kind, identifier) != identifier
        ):
            raise _malformed(code, f"says ({identifier}) twice")
    return found


def _split(code: str) -> list[tuple[str, str]]:
    """The known identifiers with their values, in the order in which they stand."""
    if code.startswith("("):
        pairs = [(match[1], match[2]) for match in _BRACKETED.finditer(code)]
        if "".join(f"({identifier}){value}" for identifier, value in pairs) != code:
            raise _malformed(code, "has brackets that do not fit")
        return [pair for pair in pairs if _KNOWN.fullmatch(pair[0])]
    symbology = _SYMBOLOGY.match(code)
    rest, pairs = code[symbology.end() if symbology else 0 :], []
    while rest := rest.lstrip(GS):
        length = _LENGTHS.get(rest[:2])
        element, rest = (rest[:length], rest[length:]) if length else _until_gs(rest)
        if length and len(element) < length:
            raise _malformed(code, f"ends within ({element[:2]})")
        if known := _KNOWN.match(element):
            pairs.append((known[0], element[known.end() :]))
    return pairs


def _until_gs(text: str) -> tuple[str, str]:
    element, _, rest = text.partition(GS)
    return element, rest


def _date(digits: str, today: date, code: str) -> date:
    year, month, day = int(digits[:2]), int(digits[2:4]), int(digits[4:])
    year += today.year - today.year % 100
    if year - today.year > 50:  # noqa: PLR2004 - of the rule at the top
        year -= 100
    elif year - today.year < -49:  # noqa: PLR2004
        year += 100
    try:
        return date(year, month, day or monthrange(year, month)[1])
    except ValueError as error:
        raise _malformed(code, f"has {digits}, which is no date, under (17)") from error


def _malformed(code: str, why: str) -> ElementStringError:
    return ElementStringError(f"element string {code!r} {why}: scan it again", "element_string")
