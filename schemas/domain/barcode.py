"""Barcodes under one form, so that a code is found however a scanner or a list wrote it (rule 7).

    written as                         becomes
    UPC-E, 8 digits beginning with 0   UPC-A, then as below, if the expansion's check digit fits
    EAN-8, any other 8 digits          six noughts and the eight digits, never expanded
    UPC-A, 12; EAN-13; GTIN-14         noughts before it, up to 14 digits
    other digits, up to 14             the same: a list that lost its leading noughts still matches
    more digits, or other characters   unchanged: an in-house code, or a label read by a layout

UPC-E exists for number system 0 alone. About one UPC-E in ten is a right EAN-8 as well; it is
read as UPC-E, because EAN-8 beginning with 0 are in-house numbers and are not sold elsewhere.
"""

from __future__ import annotations

#: How many digits the codes have that end with a check digit.
GTIN_LENGTHS = frozenset({8, 12, 13, 14})
_UPC_E_LENGTH = 8
_LONGEST = 14


def check_digit(digits: str) -> int:
    """Return the check digit that follows `digits`: weights 3 and 1 in turn from the right."""
    total = sum(
        int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))
    )
    return -total % 10


def is_valid(code: str) -> bool:
    """Whether the code is a UPC-E, EAN-8, UPC-A, EAN-13 or GTIN-14 whose check digit is right."""
    if not _is_numeric(code) or len(code) not in GTIN_LENGTHS:
        return False
    return _checks(normalise(code))


def normalise(code: str) -> str:
    """Return the form under which a code is stored and looked up; the table above says which."""
    if not _is_numeric(code) or len(code) > _LONGEST:
        return code
    if len(code) == _UPC_E_LENGTH and code.startswith("0"):
        upc_a = _expand(code)
        if _checks(upc_a):
            return upc_a.rjust(_LONGEST, "0")
    return code.rjust(_LONGEST, "0")


def written(code: str) -> str:
    """The shortest form, of at least eight digits, that `normalise` reads as this normalised code again.

    A GTIN is written as EAN-8, EAN-13 or GTIN-14, as labels bear it; a number of the house whose check digit
    is wrong, or that is too short for one, in a length that no check digit is asked of.
    """
    if not _is_numeric(code) or len(code) != _LONGEST:
        return code
    valid = _checks(code)
    short = code.lstrip("0")
    for length in (8, 13, 14) if valid else range(1, _LONGEST + 1):
        form = short.rjust(length, "0")
        fits = len(form) == length and (valid or length not in GTIN_LENGTHS)
        if fits and (not valid or is_valid(form)) and normalise(form) == code:
            return form
    return code


def _is_numeric(code: str) -> bool:
    return code.isascii() and code.isdigit()


def _checks(gtin: str) -> bool:
    return check_digit(gtin[:-1]) == int(gtin[-1])


def _expand(upc_e: str) -> str:
    """Give back the noughts that UPC-E leaves out; its sixth digit tells where they were."""
    system, body, check = upc_e[0], upc_e[1:7], upc_e[7]
    match body[5]:
        case "0" | "1" | "2":
            expanded = body[:2] + body[5] + "0000" + body[2:5]
        case "3":
            expanded = body[:3] + "00000" + body[3:5]
        case "4":
            expanded = body[:4] + "00000" + body[4]
        case last:
            expanded = body[:5] + "0000" + last
    return system + expanded + check
