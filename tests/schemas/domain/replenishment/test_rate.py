"""Rule 27: the forecast, on histories made by a rule, so that what it should find is known."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from schemas.domain.replenishment.forecast import basis, expected
from schemas.domain.replenishment.rate import Rate, rate
from schemas.domain.replenishment.weekday import FLAT, profile
from tests.schemas.domain.replenishment.histories import history


def _noise(seed: int, mean: float) -> Callable[[int], int]:
    """So many purchases a day by chance, the same for the same day."""
    drawn = random.Random(seed)
    days = [sum(drawn.random() < mean / 20 for _ in range(20)) for _ in range(400)]
    return lambda day: days[day]


def _week(found: Rate) -> float:
    return expected(found, 0, 7) / 1000


def test_what_never_changes_is_expected_to_go_on() -> None:
    found = rate(history(lambda _: 4), FLAT)
    assert expected(found, 0, 7) == pytest.approx(28_000)
    assert (found.growth, found.days) == (0.0, 182)
    assert found.shares == pytest.approx((1.0,) * 7)


def test_weekdays_differ_as_they_did() -> None:
    found = rate(history(lambda day: 30 if day % 7 == 5 else 5), FLAT)
    assert expected(found, 5, 1) / 1000 == pytest.approx(30, rel=0.25)
    assert expected(found, 1, 1) / 1000 == pytest.approx(5, rel=0.25)
    assert _week(found) == pytest.approx(60, rel=0.02)


def test_a_thin_history_leans_to_its_group() -> None:
    group = profile([100, 100, 100, 100, 100, 300, 200], [1] * 7)
    thin = rate(history(lambda day: 1 if day in (40, 90, 170) else 0), group)
    assert thin.shares[5] / thin.shares[0] == pytest.approx(3, rel=0.15)
    dense = rate(history(lambda _: 500), group)
    assert dense.shares[5] / dense.shares[0] == pytest.approx(1, rel=0.15)


def test_a_trend_is_followed_and_chance_is_not() -> None:
    growing = rate(history(lambda day: 10 + day // 4), FLAT)
    assert _week(growing) / 7 == pytest.approx(56, rel=0.08)
    assert growing.growth * 4 == pytest.approx(1000, rel=0.3)
    assert all(rate(history(_noise(seed, 2)), FLAT).growth == 0.0 for seed in range(10))


def test_an_item_that_became_another_is_followed_within_weeks() -> None:
    found = rate(history(lambda day: 40 if day >= 154 else 4), FLAT)
    assert _week(found) / 7 == pytest.approx(40, rel=0.1)


def test_demand_that_comes_now_and_then_is_expected_at_its_rate() -> None:
    every_tenth = rate(history(lambda day: 3 if day % 10 == 4 else 0), FLAT)
    assert _week(every_tenth) == pytest.approx(2.1, rel=0.15)
    assert every_tenth.purchase > 2000


def test_empty_shelves_are_no_lack_of_customers() -> None:
    """Every third day without stock, whatever was left sold: 4 a day are expected all the same."""
    short = range(1, 182, 3)
    missed = rate(history(lambda day: 1 if day in short else 4, short=short), FLAT)
    assert _week(missed) == pytest.approx(28, rel=0.01)
    nothing = rate(history(lambda day: 0 if day in short else 4, short=short), FLAT)
    assert _week(nothing) == pytest.approx(28, rel=0.01)


def test_a_day_that_sold_out_on_more_than_usual_counts() -> None:
    """Whoever forgets the days on which most was wanted orders less and less."""
    short = range(2, 182, 5)
    found = rate(history(lambda day: 9 if day in short else 4, short=short), FLAT)
    assert 35 <= _week(found) < 37


def test_what_sells_out_every_day_is_expected_to_sell_more() -> None:
    found = rate(history(lambda _: 6, 30, short=range(30)), FLAT)
    assert 42 < _week(found) < 60


def test_a_shelf_that_was_empty_early_says_nothing() -> None:
    short = range(100, 110)
    found = rate(history(lambda day: 1 if day in short else 20, short=short), FLAT)
    assert _week(found) == pytest.approx(140, rel=0.01)
    assert found.days == 172


@pytest.mark.parametrize("kind", ["promoted", "unknown"])
def test_promotions_and_missing_days_are_left_out(kind: str) -> None:
    days = range(100, 114)
    sells = {"promoted": 40, "unknown": 0}[kind]
    known = history(lambda day: sells if day in days else 4, **{kind: days})  # type: ignore[arg-type]
    found = rate(known, FLAT)
    assert _week(found) == pytest.approx(28, rel=0.01)
    told = basis(known, found)
    assert (told.daily, told.weekly_growth, told.days_used) == (4000, 0, 168)
    assert told.days_promoted + told.days_unknown == 14


@pytest.mark.parametrize("days", [0, 1, 6, 8, 50])
def test_a_young_item_is_expected_to_go_on_and_one_never_sold_not_to_sell(days: int) -> None:
    assert _week(rate(history(lambda _: 2, days), FLAT)) == pytest.approx(14 if days else 0)
    never = rate(history(lambda _: 0, days), FLAT)
    assert (_week(never), never.usual) == (0.0, 0.0)


def test_goods_that_came_back_sell_nothing_and_no_more() -> None:
    assert _week(rate(history(lambda day: -3 if day == 181 else 2), FLAT)) < 14


def test_a_branch_that_never_opens_on_sundays_is_expected_to_sell_nothing_then() -> None:
    group = profile([26_000] * 6 + [0], [26] * 6 + [0])
    assert group[6] == 0
    sundays = range(6, 182, 7)
    found = rate(history(lambda day: 0 if day in sundays else 5, unknown=sundays), group)
    assert expected(found, 6, 1) < 100
    assert _week(found) == pytest.approx(30, rel=0.01)


def test_a_profile_of_a_group_that_sold_nothing_is_flat() -> None:
    assert profile([0] * 7, [4] * 7) == FLAT
    assert profile([1000, 0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1, 0]) == FLAT
    assert profile([400, 100, 100, 100, 100, 100, 100], [2, 2, 2, 2, 2, 2, 2])[0] == 2800
