"""Which bars a barcode is printed as: chosen by its digits, and checked before anything is drawn.

    code                                    symbol
    8 digits with a right check digit       EAN-8
    12 digits, or 13 that begin with 0      UPC-A
    13 digits                               EAN-13
    14 digits that begin with 0             as the 13 behind it; other GTIN-14 as Code 128
    anything else that Code 128 has         Code 128: numbers of the house, letters and digits

The library that draws computes a check digit anew and says nothing: a wrong one would be printed as another
item's. So a code that is as long as a GTIN and has a wrong check digit is refused here, as SymbolError.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from replication.console.languages import msgid
from replication.console.refusal import RefusalError
from schemas.domain.barcode import GTIN_LENGTHS, check_digit

Kind = Literal["ean8", "upca", "ean13", "code128"]

_WRONG = msgid("Barcode %(barcode)s has a wrong check digit, so no label is made of it.")
_NOT_PRINTABLE = msgid("Barcode %(barcode)s has characters that no label can show.")
_LONG = msgid("Barcode %(barcode)s is too long for a label.")
_MOST = 24


class SymbolError(RefusalError):
    """A code that cannot be printed as bars."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """Bars of a kind, and the characters that they say, check digit included."""

    kind: Kind
    text: str


def symbol_of(code: str) -> Symbol:
    """The symbol of a code as it is written. Raises SymbolError."""
    numeric = code.isascii() and code.isdigit()
    if numeric and len(code) in GTIN_LENGTHS and check_digit(code[:-1]) != int(code[-1]):
        raise SymbolError(_WRONG, barcode=code)
    if numeric:
        match len(code):
            case 8:
                return Symbol("ean8", code)
            case 12:
                return Symbol("upca", code)
            case 13:
                return Symbol("upca", code[1:]) if code[0] == "0" else Symbol("ean13", code)
            case 14 if code[0] == "0":
                return symbol_of(code[1:])
    if not code or not all(" " <= one <= "~" for one in code):
        raise SymbolError(_NOT_PRINTABLE, barcode=code)
    if len(code) > _MOST:
        raise SymbolError(_LONG, barcode=code)
    return Symbol("code128", code)
