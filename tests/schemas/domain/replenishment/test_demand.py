"""Rule 27: which days of a history tell what was wanted."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.domain.replenishment.demand import Demand, bits, weekdays_of
from tests.schemas.domain.replenishment.histories import TODAY, history


def test_days_without_stock_promoted_or_unknown_do_not_tell_all() -> None:
    known = history(lambda _: 1, 7, short=[0, 1], promoted=[1, 2], unknown=[3])
    assert known.usable == bits([4, 5, 6])
    assert known.censored == bits([0])
    assert known.ends == TODAY


def test_weekdays_of_a_history_that_begins_on_a_saturday() -> None:
    found = weekdays_of(5, 10)
    assert found[5] == bits([0, 7])
    assert found[0] == bits([2, 9])
    assert sum(found) == bits(range(10))


@pytest.mark.parametrize(
    "wrong",
    [
        {"sold": ((7, 1000),)},
        {"sold": ((-1, 1000),)},
        {"sold": ((3, 1000), (2, 1000))},
        {"sold": ((3, 1000), (3, 1000))},
        {"unknown": bits([7])},
        {"short": bits([9])},
    ],
)
def test_what_is_no_history_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="day"):
        Demand(TODAY, 7, **wrong)
