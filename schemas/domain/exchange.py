"""Foreign money at the till: what it is worth here, and which rate holds (rule 6).

    local value   = amount × rate, rounded once
    amount        = what covers a local amount: rounded up to the foreign currency's minor unit

    USD 20.00 at 7.123400       142.47      the local value of what was handed over
    JPY 3000 at 0.047800        143.40      a currency without decimals
    142.48 at 7.123400          USD 20.01   what covers it: 20.00 are 142.47

A rate is an integer: millionths of a local unit for one unit of the foreign currency. Of the rates of
one currency the one with the latest start that has come holds; nought says that the currency is no
longer taken. Amounts are minor units of either currency.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from schemas.domain.money import divide, format_amount

#: A rate has six decimals.
RATE_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """What one unit of `currency` is worth from `starts` on, in millionths of a local unit."""

    currency: str
    rate: int
    starts: datetime


def rates_in_force(rates: Iterable[ExchangeRate], at: datetime) -> dict[str, int]:
    """The rate of each currency that is taken at an instant, in the order of their codes."""
    newest: dict[str, ExchangeRate] = {}
    for one in rates:
        known = newest.get(one.currency)
        if one.starts <= at and (known is None or known.starts < one.starts):
            newest[one.currency] = one
    return {code: newest[code].rate for code in sorted(newest) if newest[code].rate > 0}


def local_value(amount: int, rate: int, decimals: int, local_decimals: int) -> int:
    """What a foreign amount is worth here; both in minor units of `decimals` each."""
    numerator, denominator = _scaled(rate, decimals, local_decimals)
    return divide(amount * numerator, denominator)


def covering(local: int, rate: int, decimals: int, local_decimals: int) -> int:
    """The least foreign amount that is worth at least a local amount."""
    numerator, denominator = _scaled(rate, decimals, local_decimals)
    # Worth is rounded half away from zero, so half a minor unit less covers it already.
    return -((denominator - 2 * local * denominator) // (2 * numerator)) if local > 0 else 0


def format_rate(rate: int) -> str:
    """Write a rate with as many of its decimals as say something, four at least: 7.1234."""
    whole = format_amount(rate, RATE_DECIMALS)
    least = len(whole) - RATE_DECIMALS + 4
    return whole[:least] + whole[least:].rstrip("0")


def _scaled(rate: int, decimals: int, local_decimals: int) -> tuple[int, int]:
    return rate * 10**local_decimals, int(10 ** (RATE_DECIMALS + decimals))
