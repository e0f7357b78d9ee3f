"""Rule 6: which rate holds, and what foreign money is worth."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.domain.exchange import ExchangeRate, covering, local_value, rates_in_force
from tests.schemas.domain.samples import NOON

BEFORE, AFTER = NOON - timedelta(days=1), NOON + timedelta(days=1)


@pytest.mark.parametrize(
    ("amount", "rate", "decimals", "local_decimals", "worth"),
    [
        (2000, 7_123_400, 2, 2, 14247),
        (3000, 47_800, 0, 2, 14340),
        (1000, 23_123_450, 3, 2, 2312),  # KWD 1.000
        (10_000, 149_256_000, 2, 0, 14926),  # into yen
        (1, 1, 2, 2, 0),
        (0, 7_123_400, 2, 2, 0),
        (-2000, 7_123_400, 2, 2, -14247),
    ],
)
def test_local_value(
    amount: int, rate: int, decimals: int, local_decimals: int, worth: int
) -> None:
    assert local_value(amount, rate, decimals, local_decimals) == worth


@pytest.mark.parametrize(
    ("local", "rate", "amount"),
    [(14247, 7_123_400, 2000), (14248, 7_123_400, 2001), (1, 7_123_400, 1), (0, 7_123_400, 0)],
)
def test_covering(local: int, rate: int, amount: int) -> None:
    assert covering(local, rate, 2, 2) == amount


@given(
    st.integers(1, 10**7),
    st.integers(1, 10**9),
    st.sampled_from([0, 2, 3]),
    st.sampled_from([0, 2]),
)
def test_what_covers_is_the_least_that_does(
    local: int, rate: int, decimals: int, local_decimals: int
) -> None:
    least = covering(local, rate, decimals, local_decimals)
    assert local_value(least, rate, decimals, local_decimals) >= local
    assert local_value(least - 1, rate, decimals, local_decimals) < local


@pytest.mark.parametrize(
    ("at", "rates"),
    [
        (BEFORE - timedelta(seconds=1), {}),
        (BEFORE, {"USD": 7_000_000}),
        (NOON - timedelta(seconds=1), {"USD": 7_000_000}),
        (NOON, {"EUR": 8_000_000, "USD": 7_100_000}),
        (AFTER, {"EUR": 8_000_000}),  # dollars are taken no longer
    ],
)
def test_the_rate_with_the_latest_start_that_has_come_holds(
    at: datetime, rates: dict[str, int]
) -> None:
    published = [
        ExchangeRate("USD", 7_100_000, NOON),
        ExchangeRate("USD", 7_000_000, BEFORE),
        ExchangeRate("EUR", 8_000_000, NOON),
        ExchangeRate("USD", 0, AFTER),
    ]
    assert rates_in_force(published, at) == rates
