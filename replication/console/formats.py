"""Figures and instants as people read them, in their language.

Written by hand: Babel rounds halves to even, where the chain rounds them away from zero, and takes
a thousand times as long. Nothing here rounds money, which comes in whole minor units. A missing
figure is a dash, never a nought.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision

from schemas.domain.money import divide

MISSING = "–"
_MINUS = "-"
_SYMBOLS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$", "JPY": "JP¥"}
# Where the yuan is at home, a bare dollar sign says too little.
_SYMBOLS_ZH = _SYMBOLS | {"USD": "US$"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def decimals_of(currency: str) -> int:
    """How many decimals the currency's minor unit stands for."""
    return get_currency_precision(currency)


def symbol_of(currency: str, language: str) -> str:
    """What stands before an amount; a currency without a symbol of its own gives its code."""
    symbols = _SYMBOLS_ZH if language == "zh_CN" else _SYMBOLS
    return symbols.get(currency, f"{currency}\N{NO-BREAK SPACE}")


def _fixed(value: int, decimals: int) -> str:
    """An integer scaled by `decimals`, with separators of thousands; no sign."""
    whole, fraction = divmod(abs(value), 10**decimals)
    return f"{whole:,}.{fraction:0{decimals}}" if decimals else f"{whole:,}"


def _sign(value: int) -> str:
    return _MINUS if value < 0 else ""


def amount(minor: int | None, currency: str, language: str) -> str:
    """Minor units of a currency: 123450 in CNY is ¥1,234.50."""
    if minor is None:
        return MISSING
    symbol = symbol_of(currency, language)
    return f"{_sign(minor)}{symbol}{_fixed(minor, decimals_of(currency))}"


def plain_amount(minor: int | None, currency: str) -> str:
    """The same without the symbol, for a column whose head names the currency."""
    if minor is None:
        return MISSING
    return f"{_sign(minor)}{_fixed(minor, decimals_of(currency))}"


def number(value: int | None) -> str:
    """A whole number with separators of thousands."""
    return MISSING if value is None else f"{_sign(value)}{_fixed(value, 0)}"


def quantity(thousandths: int | None) -> str:
    """Thousandths of a unit in the shortest form: 3000 is 3, 1234 is 1.234."""
    if thousandths is None:
        return MISSING
    return f"{_sign(thousandths)}{_fixed(thousandths, 3).rstrip('0').rstrip('.')}"


def tenths(value: int | None) -> str:
    """Tenths of one: 123 is 12.3."""
    return MISSING if value is None else f"{_sign(value)}{_fixed(value, 1)}"


def percent(part: int | None, whole: int | None) -> str:
    """What `part` is of `whole`, to one decimal; of nothing there is no share."""
    if part is None or not whole:
        return MISSING
    return f"{tenths(divide(part * 1000, whole))}%"


def day(value: date | None, language: str) -> str:
    """A date: 2026-03-05, or 5 Mar 2026."""
    if value is None:
        return MISSING
    if language == "zh_CN":
        return value.isoformat()[:10]
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def clock_time(value: datetime | None, zone: str) -> str:
    """The time of day at a place, by its IANA name: 14:03:07."""
    return MISSING if value is None else f"{value.astimezone(ZoneInfo(zone)):%H:%M:%S}"


def instant(value: datetime | None, zone: str, language: str) -> str:
    """An aware instant as a clock at `zone` (an IANA name) shows it, to the second."""
    if value is None:
        return MISSING
    local = value.astimezone(ZoneInfo(zone))
    separator = " " if language == "zh_CN" else ", "
    return f"{day(local.date(), language)}{separator}{local:%H:%M:%S}"


def filters(language: str) -> dict[str, Callable[..., Any]]:
    """The same as filters for templates, in one language: `{{ net | amount(currency) }}`."""
    return {
        "amount": partial(amount, language=language),
        "clock_time": clock_time,
        "number": number,
        "day": partial(day, language=language),
        "instant": partial(instant, language=language),
        "percent": percent,
        "plain_amount": plain_amount,
        "quantity": quantity,
    }
