"""What is typed or scanned while goods are counted: how many of which code, and the line that takes it.

    written       means
    code          one of it
    3*code        three of it; 1.25*code where it is weighed
    3/code        three of it came broken

A code that has a sign of its own is looked up as it is first. A line takes goods of another unit where
that comes out even: a case of 12 counts as 12 pieces, and where cases are expected and a piece comes, the
line goes on in pieces. Otherwise they are a line of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from schemas.domain.money import NumberError
from schemas.domain.quantity import parse_quantity
from schemas.domain.stock.document import StockLine

#: More of one thing than any door takes at once: 999,999 of a unit, in thousandths.
MOST = 999_999_000
_COUNTED = re.compile(r"(?P<quantity>[^*×/]*)(?P<sign>[*×/])(?P<code>.+)", re.DOTALL)


class QuantityError(ValueError):
    """A quantity that is none, nought, or too much."""


@dataclass(frozen=True, slots=True)
class Counted:
    """How many of what, in thousandths of the code's unit; None where only the code was read."""

    code: str
    quantity: int | None = None
    damaged: bool = False


def read_counted(text: str) -> Counted:
    """Read a scan. Raises QuantityError."""
    match = _COUNTED.fullmatch(text.strip())
    if match is None:
        return Counted(text.strip())
    quantity = read_quantity(match["quantity"])
    return Counted(match["code"].strip(), quantity, damaged=match["sign"] == "/")


def read_quantity(text: str, *, least: int = 1) -> int:
    """Read a quantity in thousandths, at least `least` and at most `MOST`. Raises QuantityError."""
    try:
        quantity = parse_quantity(text.strip())
    except NumberError as error:
        raise QuantityError(text) from error
    if not least <= quantity <= MOST:
        raise QuantityError(text)
    return quantity


def take(line: StockLine, quantity: int, damaged: int, unit: str, factor: int) -> StockLine | None:
    """The line with goods of a unit added to it; None where the two units do not come out even."""
    if factor % line.factor == 0:
        times = factor // line.factor
        return replace(
            line, quantity=line.quantity + quantity * times, damaged=line.damaged + damaged * times
        )
    if line.factor % factor:
        return None
    times = line.factor // factor
    return replace(
        line, unit=unit, factor=factor, quantity=line.quantity * times + quantity,
        damaged=line.damaged * times + damaged,
        expected=None if line.expected is None else line.expected * times,
    )  # fmt: skip
