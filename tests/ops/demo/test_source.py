"""The door: amounts become cents there or nothing is read."""

from __future__ import annotations

import numpy as np
import pytest

from ops.demo.source import FUEL, Catalogue, DataError, Transactions, cents


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [([], []), ([0.0, 0.01, 0.29], [0, 1, 29]), ([840.0, 1.15, 4.35], [84000, 115, 435])],
)
def test_amounts_become_the_cents_they_were_written_as(
    amounts: list[float], expected: list[int]
) -> None:
    assert cents(np.array(amounts, np.float64), "sales_value").tolist() == expected


def test_an_amount_that_is_no_number_of_cents_is_named() -> None:
    with pytest.raises(DataError, match=r"row 1: coupon_disc .*0\.125"):
        cents(np.array([0.5, 0.125]), "coupon_disc")


def test_the_whole_year_is_read_without_losing_a_line(transactions: Transactions) -> None:
    assert len(transactions) == 1_469_307
    assert len(set(transactions.household.tolist())) == 2_469


def test_only_fuel_is_measured(catalogue: Catalogue) -> None:
    assert len(catalogue.products) == 92_331
    assert catalogue.metered
    assert {catalogue.products[number].kind for number in catalogue.metered} == {FUEL}
