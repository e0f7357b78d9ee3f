"""Rule 26: which count of an item counts, and that late entries take nothing out twice."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.domain.stock.average import Holding
from schemas.domain.stock.move import StockMove
from schemas.domain.stock.stocktake import (
    NOUGHT,
    Choice,
    Count,
    State,
    judge,
    with_late_part,
    worth,
)

NOON = datetime(2026, 3, 7, 12, tzinfo=UTC)
#: Ten pieces that cost 2.00 each.
TEN = Holding(10_000, 2000, 2000, 10_000)


def count(round_: int, counted: int, expected: int = 10_000, who: str = "A") -> Count:
    """A count an hour after the one of the round before."""
    at = NOON + timedelta(hours=round_)
    return Count(round_, counted * 1000, expected, at, frozenset({who}))


def nought() -> Count:
    return Count(NOUGHT, 0, 10_000, NOON)


@pytest.mark.parametrize(
    ("counts", "choice", "state", "round_"),
    [
        ([], None, "not_counted", None),
        ([count(1, 10)], None, "agreed", 1),
        # two pieces at 2.00 are within the tolerance of 4.00, three are not
        ([count(1, 8)], None, "agreed", 1),
        ([count(1, 7)], None, "count_again", None),
        ([count(1, 13)], None, "count_again", None),
        ([count(1, 7), count(2, 7)], None, "agreed", 2),
        # two were sold between the rounds: both find three missing
        ([count(1, 7), count(2, 5, 8000)], None, "agreed", 2),
        ([count(1, 7), count(2, 7, 8000)], None, "count_again", None),
        # the second says that nothing is missing: who is right, a third tells
        ([count(1, 7), count(2, 10)], None, "count_again", None),
        ([count(1, 7), count(2, 10), count(3, 10)], None, "agreed", 3),
        ([count(1, 7), count(2, 10), count(3, 7)], None, "agreed", 3),
        ([count(1, 7), count(2, 10), count(3, 8)], None, "undecided", None),
        ([count(1, 7), count(2, 10)], 1, "chosen", 1),
        ([count(1, 7)], "leave", "left", None),
        ([], "leave", "left", None),
        ([nought()], NOUGHT, "chosen", NOUGHT),
    ],
)
def test_which_count_counts(
    counts: list[Count], choice: int | str | None, state: State, round_: int | None
) -> None:
    said = choice if isinstance(choice, int) else None
    chosen = None if choice is None else Choice(said, "M", NOON)
    verdict = judge(counts, TEN, 400, chosen)
    assert (verdict.state, verdict.count and verdict.count.round) == (state, round_)


def test_a_difference_of_unknown_worth_is_counted_again() -> None:
    assert worth(Holding(), -1000) is None
    assert judge([count(1, 9)], Holding(10_000), 10_000_000).state == "count_again"
    assert judge([count(1, 10)], Holding(10_000), 0).state == "agreed"


def test_a_count_before_the_last_approved_one_counts_no_more() -> None:
    one = count(1, 10)
    assert judge([one], TEN, 0, last_approved=one.at).state == "superseded"
    assert judge([one], TEN, 0, last_approved=one.at - timedelta(seconds=1)).state == "agreed"


def move(item: str, quantity: int, at: datetime, value: int | None = None) -> StockMove:
    return StockMove("T", 1, item, quantity, value, "sale", date(2026, 3, 7), at)


def test_the_late_part_is_the_opposite_of_what_a_count_found_gone() -> None:
    before, after = NOON - timedelta(minutes=1), NOON + timedelta(minutes=1)
    sold = (
        move("milk", -2000, before, -400),
        replace(move("tea", -1000, before), number=2),
        replace(move("soap", -1000, before), number=3),
        replace(move("jam", 0, before, 0), number=4),
    )
    counted = {"milk": NOON, "tea": NOON, "jam": NOON, "bread": NOON}
    late = with_late_part(sold, counted)
    assert late[:4] == sold
    assert [(one.item, one.number, one.quantity, one.value, one.reason) for one in late[4:]] == [
        ("milk", 5, 2000, 400, "stocktake"),
        ("tea", 6, 1000, None, "stocktake"),
    ]
    assert {one.at for one in late[4:]} == {NOON}
    assert with_late_part([move("milk", -2000, after)], counted) == (move("milk", -2000, after),)


@given(st.integers(0, 2**32))
def test_in_any_order_on_hand_is_what_was_counted_and_what_moved_after_it(seed: int) -> None:
    """*Property*: sales arrive in any order and as late as they like, counts are approved when they are.

    The ledger may begin wrong; after the last approval and the last arrival it is what there is.
    """
    chance = random.Random(seed)
    there = chance.randint(0, 50_000)
    ledger = [move("milk", chance.randint(-20_000, 50_000), NOON - timedelta(days=1))]
    sales = [
        move("milk", chance.randint(-3000, 1000), NOON + timedelta(minutes=chance.randrange(60)))
        for _ in range(12)
    ]
    # (when it becomes known, what): a sale when it arrives, a count when it is approved.
    known: list[tuple[int, StockMove | datetime]] = [
        (max((one.at - NOON).seconds // 60, chance.randrange(120)), one) for one in sales
    ]
    known += [
        (chance.randrange(minute, 120), NOON + timedelta(minutes=minute))
        for minute in sorted(chance.sample(range(60), 2))
    ]
    approved: dict[str, datetime] = {}
    for _, one in sorted(known, key=lambda pair: pair[0]):
        if isinstance(one, StockMove):
            ledger += with_late_part([one], approved)
            continue
        counted = there + sum(sale.quantity for sale in sales if sale.at <= one)
        expected = sum(held.quantity for held in ledger if held.at <= one)
        verdict = judge(
            [Count(1, counted, expected, one)],
            Holding(),
            0,
            Choice(1, "M", one),
            approved.get("milk"),
        )
        if verdict.count is not None:
            difference = replace(move("milk", counted - expected, one), reason="stocktake")
            ledger.append(difference)
            approved["milk"] = one
    assert sum(one.quantity for one in ledger) == there + sum(one.quantity for one in sales)
