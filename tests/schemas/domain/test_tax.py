"""Rules 2 and 3: tax out of the gross, per line or per receipt."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.domain.tax import TaxPolicy, tax_in_gross, taxed
from schemas.domain.ticket import SaleLine
from tests.schemas.domain.samples import line

LINES = st.lists(
    st.builds(
        lambda amount, rate, voided: replace(
            line(amount=amount), tax_code=f"T{rate}", tax_rate=rate, voided=voided
        ),
        st.integers(-10_000, 1_000_000),
        st.sampled_from([0, 600, 1300, 2000]),
        st.booleans(),
    )
)


@pytest.mark.parametrize(
    ("gross", "rate", "tax"),
    [
        (801, 2000, 134),  # and a net of 6.67: rounding both would give 6.68 + 1.34
        (-801, 2000, -134),
        (350, 1300, 40),
        (2450, 1300, 282),
        (999, 0, 0),
        (0, 1300, 0),
        (10_825, 825, 825),
    ],
)
def test_tax_in_gross(gross: int, rate: int, tax: int) -> None:
    assert tax_in_gross(gross, rate) == tax


@pytest.mark.parametrize(
    ("policy", "taxes", "total"),
    [
        ("line", [40, 40, 40, 40, 40, 40, 40], 280),
        ("receipt", [40, 41, 40, 40, 40, 41, 40], 282),
    ],
)
def test_seven_times_three_fifty_at_13_percent(
    policy: TaxPolicy, taxes: list[int], total: int
) -> None:
    lines = [replace(line(number), tax_rate=1300) for number in range(1, 8)]
    found = [one.tax for one in taxed(lines, policy)]
    assert found == taxes
    assert sum(found) == total


def test_rates_are_rounded_apart_and_voided_lines_bear_none() -> None:
    lines = [
        replace(line(1), tax_code="A", tax_rate=1300),
        replace(line(2), tax_code="A", tax_rate=1300, voided=True, tax=40),
        replace(line(3, 801), tax_code="B", tax_rate=2000),
        replace(line(4), tax_code="A", tax_rate=1300),
    ]
    assert [one.tax for one in taxed(lines, "receipt")] == [40, 0, 134, 41]
    assert [one.tax for one in taxed(lines, "line")] == [40, 0, 134, 40]


@given(LINES)
def test_a_receipt_s_lines_sum_to_the_tax_on_its_sums(lines: list[SaleLine]) -> None:
    result = taxed(lines, "receipt")
    for rate in {one.tax_rate for one in lines}:
        sold = [one for one in result if one.tax_rate == rate and not one.voided]
        whole = tax_in_gross(sum(one.amount for one in sold), rate)
        assert sum(one.tax for one in sold) == whole


@given(LINES, st.sampled_from(["line", "receipt"]))
def test_only_the_tax_changes_and_it_fits_the_amount(
    lines: list[SaleLine], policy: TaxPolicy
) -> None:
    result = taxed(lines, policy)
    assert [replace(one, tax=0) for one in result] == lines
    assert all(abs(one.tax) <= abs(one.amount) and one.tax * one.amount >= 0 for one in result)
