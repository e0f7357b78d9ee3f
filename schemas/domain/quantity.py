"""Quantities: integers in thousandths of a unit; a piece is 1000, 1.234 kg is 1234 (rule 1)."""

from __future__ import annotations

from schemas.domain.money import divide, format_amount, parse_amount

#: The unit in which goods are weighed; their quantity is whatever the scale says.
WEIGHED_UNIT = "kg"
_DECIMALS = 3


def parse_quantity(text: str) -> int:
    """Read a quantity such as `3` or `1.234` in thousandths; NumberError as `parse_amount`."""
    return parse_amount(text, _DECIMALS)


def format_quantity(quantity: int) -> str:
    """Write thousandths in the shortest form that `parse_quantity` reads: 3000 is `3`."""
    return format_amount(quantity, _DECIMALS).rstrip("0").rstrip(".")


def extend(price: int, quantity: int) -> int:
    """Return the amount of `quantity` thousandths at `price` minor units each, rounded once."""
    return divide(price * quantity, 1000)
