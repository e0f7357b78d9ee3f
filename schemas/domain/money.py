"""Money: integers in the currency's minor unit, and the one function that rounds (rules 1 and 2).

`parse_amount` and `format_amount` are the doors between such integers and text. They know no
locale and lose nothing: a text with more decimals than the currency has is refused, not rounded.
"""

from __future__ import annotations

import re

_NUMBER = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]+))?")


class NumberError(ValueError):
    """A text is no number of the form asked for; it was typed or imported wrongly."""

    def __init__(self, text: str, decimals: int) -> None:
        """Say which text it was and what would have been taken."""
        form = f"at most {decimals} decimals after a point" if decimals else "no decimals"
        super().__init__(f"{text!r} is not a number of at most 12 digits with {form}")


def divide(numerator: int, denominator: int) -> int:
    """Divide and round half away from zero: the one function that rounds (rule 1).

    Symmetrical about nought, so that a return gives back exactly what the sale took. A denominator
    of nought raises ZeroDivisionError.
    """
    quotient = (2 * abs(numerator) + abs(denominator)) // (2 * abs(denominator))
    return quotient if (numerator < 0) == (denominator < 0) else -quotient


def parse_amount(text: str, decimals: int = 2) -> int:
    """Read an amount such as `12.5` or `-0.05` in minor units, of which `decimals` make a unit.

    Refuses, with NumberError, what a person has to look at: blanks, signs other than a leading
    minus, separators of thousands, a decimal comma, digits of other scripts, surplus decimals.
    """
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise NumberError(text, decimals)
    sign, whole, fraction = match.groups(default="")
    if len(fraction) > decimals:
        raise NumberError(text, decimals)
    amount = int(whole + fraction.ljust(decimals, "0"))
    return -amount if sign else amount


def format_amount(amount: int, decimals: int = 2) -> str:
    """Write minor units as `parse_amount` reads them, with all `decimals`: -5 is `-0.05`."""
    sign = "-" if amount < 0 else ""
    if decimals == 0:
        return f"{amount}"
    digits = str(abs(amount)).rjust(decimals + 1, "0")
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"
