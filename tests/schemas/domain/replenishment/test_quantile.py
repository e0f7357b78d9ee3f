"""Rule 27: quantiles of demand, against distributions computed another way, and the same on every machine."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.domain.replenishment.quantile import LEAST_LEVEL, MOST_LEVEL, quantile

LEVELS = st.integers(LEAST_LEVEL, MOST_LEVEL)


@pytest.mark.parametrize("mean", ["0.05", "0.7", "3", "12.5", "59"])
@pytest.mark.parametrize("level", [5000, 9000, 9500, 9900])
def test_poissons_quantile_is_the_least_count_that_reaches_the_level(mean: str, level: int) -> None:
    """In exact fractions, up to the one factor that all terms share."""
    term, reached, terms = Fraction(1), Fraction(1), [Fraction(1)]
    for count in range(1, 200):
        term *= Fraction(mean) / count
        terms.append(term)
    whole, count = sum(terms), 0
    while reached < whole * level / 10_000:
        count += 1
        reached += terms[count]
    assert quantile(float(mean), float(mean), level) == count


@pytest.mark.parametrize(
    ("mean", "variance"), [(0.4, 0.9), (3.0, 12.0), (25.0, 60.0), (50.0, 700.0)]
)
def test_what_spreads_further_is_negative_binomial(mean: float, variance: float) -> None:
    size, kept = mean**2 / (variance - mean), mean / variance

    def reached(count: int) -> float:
        return math.fsum(
            math.exp(math.lgamma(one + size) - math.lgamma(size) - math.lgamma(one + 1))
            * kept**size
            * (1 - kept) ** one
            for one in range(count + 1)
        )

    for level in (5000, 9000, 9800):
        count = int(quantile(mean, variance, level))
        assert reached(count) >= level / 10_000 - 1e-9
        assert count == 0 or reached(count - 1) < level / 10_000 + 1e-9


@pytest.mark.parametrize("level", [5000, 8500, 9500, 9990])
def test_much_demand_is_nearly_normal(level: int) -> None:
    normal = NormalDist(10_000, 100).inv_cdf(level / 10_000)
    assert quantile(10_000.0, 10_000.0, level) == pytest.approx(normal, rel=0.001)


def test_the_longer_tail_is_upwards() -> None:
    """Half of a gamma distribution lies below less than its mean."""
    assert quantile(100.0, 2500.0, 5000) < 100
    drawn = random.Random(1)
    sample = sorted(drawn.gammavariate(4, 25) for _ in range(200_000))
    for level in (8000, 9500, 9900):
        found = quantile(100.0, 2500.0, level)
        assert found == pytest.approx(sample[len(sample) * level // 10_000], rel=0.02)


@given(st.floats(0.001, 1e6), st.floats(0.0, 1e9), LEVELS, LEVELS)
def test_a_higher_level_never_takes_less(
    mean: float, variance: float, one: int, other: int
) -> None:
    low, high = (quantile(mean, variance, level) for level in sorted((one, other)))
    assert 0.0 <= low <= high
    assert math.isfinite(high)


def test_the_same_bits_on_every_machine() -> None:
    """Written down once; a machine or a Python that rounds otherwise would order otherwise."""
    found = [
        quantile(mean, variance, 9700).hex()
        for mean, variance in ((0.3, 0.31), (7.1, 30.3), (59.9, 60.0), (123.4, 567.8), (9e5, 3e9))
    ]
    assert found == [
        "0x1.0000000000000p+1",
        "0x1.4000000000000p+4",
        "0x1.2c00000000000p+6",
        "0x1.57e19327843d7p+7",
        "0x1.eb1cd6950f233p+19",
    ]
