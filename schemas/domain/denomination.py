"""Counting money by denomination (券别): how many pieces of which face value lie in a till or a safe.

    faces      what a currency's notes and coins are worth, the largest first; what is not in everyday use is
               left out, and a currency without a list is counted as one amount
    pieces     100 × 2, 50 × 1, 1 × 7: 257.00

A count may give both the pieces of a key ("cash", or a currency's code) and its amount: then they agree.
Amounts and face values are minor units of the key's currency.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

#: Face values by currency, in its minor units.
FACES: Mapping[str, tuple[int, ...]] = {
    "CNY": (10_000, 5_000, 2_000, 1_000, 500, 100, 50, 10),
    "EUR": (50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1),
    "GBP": (5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1),
    "HKD": (100_000, 50_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10),
    "JPY": (10_000, 5_000, 2_000, 1_000, 500, 100, 50, 10, 5, 1),
    "USD": (10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 25, 10, 5, 1),
}


@dataclass(frozen=True, slots=True)
class Pieces:
    """So many notes or coins of one face value, of what is counted under `key`."""

    key: str
    face: int
    pieces: int


def faces(currency: str) -> tuple[int, ...]:
    """The face values by which a currency is counted; none when it is counted as one amount."""
    return FACES.get(currency, ())


def amounts(pieces: Iterable[Pieces]) -> dict[str, int]:
    """What pieces come to, per key."""
    found: dict[str, int] = {}
    for one in pieces:
        found[one.key] = found.get(one.key, 0) + one.face * one.pieces
    return found


def contradicted(counted: Mapping[str, int], pieces: Iterable[Pieces]) -> str | None:
    """The first key whose pieces are no count of its amount; None when all agree."""
    held = tuple(pieces)
    for one in held:
        if one.face <= 0 or one.pieces < 0:
            return one.key
    return next((key for key, sum_ in amounts(held).items() if counted.get(key) != sum_), None)
