"""Figures and instants as people read them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from replication.console import formats


@pytest.mark.parametrize(
    ("minor", "currency", "language", "text"),
    [
        (123_450, "CNY", "zh_CN", "¥1,234.50"),
        (123_450, "CNY", "en", "¥1,234.50"),
        (-5, "CNY", "zh_CN", "-¥0.05"),
        (0, "USD", "en", "$0.00"),
        (99, "USD", "zh_CN", "US$0.99"),
        (1_234_567, "JPY", "en", "JP¥1,234,567"),
        (100, "CHF", "en", "CHF\N{NO-BREAK SPACE}1.00"),
        (10**15, "CNY", "zh_CN", "¥10,000,000,000,000.00"),
        (None, "CNY", "zh_CN", "–"),
    ],
)
def test_amounts(minor: int | None, currency: str, language: str, text: str) -> None:
    assert formats.amount(minor, currency, language) == text


def test_a_column_whose_head_names_the_currency() -> None:
    assert formats.plain_amount(-123_456, "CNY") == "-1,234.56"
    assert formats.plain_amount(None, "CNY") == "–"


@pytest.mark.parametrize(
    ("thousandths", "text"),
    [(3000, "3"), (1234, "1.234"), (-500, "-0.5"), (1_000_000, "1,000"), (0, "0"), (None, "–")],
)
def test_quantities(thousandths: int | None, text: str) -> None:
    assert formats.quantity(thousandths) == text


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (1, 3, "33.3%"),
        (1, 2000, "0.1%"),  # halves go away from zero
        (-1, 2000, "-0.1%"),
        (3, 2, "150.0%"),
        (0, 5, "0.0%"),
        (5, 0, "–"),
        (None, 5, "–"),
    ],
)
def test_shares(part: int | None, whole: int, text: str) -> None:
    assert formats.percent(part, whole) == text


def test_instants_are_shown_as_the_places_clock_does() -> None:
    moment = datetime(2026, 3, 5, 20, 3, 7, tzinfo=UTC)
    assert formats.instant(moment, "Asia/Shanghai", "zh_CN") == "2026-03-06 04:03:07"
    assert formats.instant(moment, "America/New_York", "en") == "5 Mar 2026, 15:03:07"
    assert formats.clock_time(moment, "Asia/Shanghai") == "04:03:07"
    assert formats.day(date(2026, 12, 31), "en") == "31 Dec 2026"
    assert formats.instant(None, "UTC", "en") == formats.clock_time(None, "UTC") == "–"
    assert formats.day(None, "en") == formats.number(None) == "–"


def test_templates_have_them_in_their_language() -> None:
    filters = formats.filters("zh_CN")
    assert filters["amount"](100, "USD") == "US$1.00"
    assert filters["number"](-1234) == "-1,234"
