"""Gifts in a basket: what they cost, what is still due, and that they change nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given as generated
from hypothesis import strategies as st

from schemas.domain.basket import (
    Basket,
    BasketError,
    ItemUnit,
    add_unknown,
    override_amount,
    sale_lines,
)
from schemas.domain.gift import as_gift, gift_lines, given, with_gifts
from schemas.domain.promotion.effect import PercentOff, SpendGift
from schemas.domain.promotion.evaluation import evaluate
from schemas.domain.promotion.promotion import Limits
from schemas.domain.promotion.ruleset import RuleSet
from schemas.domain.promotion.sale import Gift, Outcome
from schemas.domain.promotion.sold import promoted, seen
from schemas.domain.ticket import SaleLine
from tests.schemas.domain.promotion.offers import STRANGER, offer

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
CUP = SaleLine(
    number=1, item="cup", name="Cup", unit="piece", quantity=1000, list_price=1500, amount=1500
)
TEA = replace(CUP, item="tea", name="Tea", list_price=1000, amount=1000)
EACH_50 = offer("g", SpendGift(5000, "cup", "piece", every=True))


def cups(*counts: int) -> list[SaleLine]:
    """Return lines of so many cups each."""
    return [
        replace(CUP, number=number, quantity=count * 1000, amount=count * 1500)
        for number, count in enumerate(counts, 1)
    ]


def a_gift(count: int, item: str = "cup", unit: str = "piece") -> Gift:
    return Gift("g", "G", item, unit, count * 1000)


@pytest.mark.parametrize(
    ("lines", "of", "gifts", "off", "due"),
    [
        (cups(1), {1: "g"}, [a_gift(1)], {1: 1500}, 0),
        (cups(1), {1: "g"}, [], {}, 0),
        (cups(1), {1: "other"}, [a_gift(1)], {}, 1),
        (cups(1), {}, [a_gift(1)], {}, 1),
        (cups(3), {1: "g"}, [a_gift(1)], {1: 1500}, 0),
        (cups(1), {1: "g"}, [a_gift(3)], {1: 1500}, 2),
        (cups(2, 2), {1: "g", 2: "g"}, [a_gift(3)], {1: 3000, 2: 1500}, 0),
        (cups(1), {1: "g"}, [a_gift(1, item="tea")], {}, 1),
        (cups(1), {1: "g"}, [a_gift(1, unit="box")], {}, 1),
        ([replace(CUP, voided=True)], {1: "g"}, [a_gift(1)], {}, 1),
    ],
)
def test_what_a_gift_costs_and_what_is_due(
    lines: list[SaleLine], of: dict[int, str], gifts: list[Gift], off: dict[int, int], due: int
) -> None:
    found = given(lines, of, gifts)
    assert {number: share.amount for number, share in found.shares.items()} == off
    assert sum(gift.quantity for gift in found.due) == due * 1000
    priced = promoted(lines, {n: (share,) for n, share in found.shares.items()}, "line")
    for line in priced:
        assert line.amount >= 0
        assert (
            line.amount == 0
            or line.number not in off
            or line.amount < lines[line.number - 1].amount
        )


def priced(teas: int, gifts: int, *, others: bool) -> Outcome:
    """Return what teas cost, and cups that were entered as gifts, with a promotion on everything or not."""
    rules = RuleSet((EACH_50, *([offer("p", PercentOff(1000))] if others else [])))
    tea = replace(TEA, quantity=teas * 1000, amount=teas * 1000)
    lines = [tea, *(replace(CUP, number=2 + n) for n in range(gifts))]
    of = {2 + n: "g" for n in range(gifts)}
    found = evaluate(seen(lines, {}, of), rules, STRANGER)
    return with_gifts(found, given(lines, of, found.gifts))


@generated(st.integers(1, 30), st.integers(0, 4), st.booleans())
def test_a_gift_never_changes_what_others_cost(teas: int, gifts: int, others: bool) -> None:
    with_them, without = priced(teas, gifts, others=others), priced(teas, 0, others=others)
    assert with_them.lines[0] == without.lines[0]
    due = without.lines[0].amount // 5000
    free = min(gifts, due)
    assert with_them.total - without.total == 1500 * (gifts - free)
    assert with_them.uses.get("g", 0) == free
    assert sum(gift.quantity for gift in with_them.gifts) == (due - free) * 1000
    for line in with_them.lines[1:]:
        assert [share.promotion for share in line.shares] in ([], ["g"])


def test_a_use_that_is_taken_in_part_is_a_use() -> None:
    pairs = offer("g", SpendGift(5000, "cup", "piece", quantity=2, every=True))
    rules, lines = (
        RuleSet((pairs,)),
        [replace(TEA, amount=10_000), *(replace(CUP, number=2 + n) for n in range(3))],
    )
    of = {2: "g", 3: "g", 4: "g"}
    found = evaluate(seen(lines, {}, of), rules, STRANGER)
    assert found.uses == {"g": 2}
    assert with_gifts(found, given(lines, of, found.gifts)).uses == {"g": 2}
    one = dict.fromkeys([2], "g")
    assert with_gifts(found, given(lines, one, found.gifts)).uses == {"g": 1}


def test_a_limit_leaves_what_is_beyond_it_charged() -> None:
    rules = RuleSet((replace(EACH_50, limits=Limits(basket=1)),))
    lines = [replace(TEA, amount=20_000), replace(CUP, number=2, quantity=2000, amount=3000)]
    found = evaluate(seen(lines, {}, {2: "g"}), rules, STRANGER)
    assert with_gifts(found, given(lines, {2: "g"}, found.gifts)).lines[1].amount == 1500


def test_of_a_line_of_more_than_is_due_the_rest_is_sold() -> None:
    basket = add_unknown(Basket(), ItemUnit("cup", "Cup", "piece"), 1500, 3000, NOON)
    split = as_gift(basket, "g", 1000)
    assert [(one.number, one.quantity, one.gift_of) for one in split.lines] == [
        (1, 1000, "g"), (2, 2000, None),
    ]  # fmt: skip
    assert gift_lines(split) == {1: "g"}
    assert [line.amount for line in sale_lines(split, "line")] == [1500, 3000]
    assert as_gift(basket, "g", 3000).lines == (replace(basket.lines[0], gift_of="g"),)


def test_a_gift_is_not_overridden() -> None:
    basket = add_unknown(Basket(), ItemUnit("cup", "Cup", "piece"), 1500, 1000, NOON)
    with pytest.raises(BasketError, match="gift"):
        override_amount(as_gift(basket, "g", 1000), 1, 100, "why", "M1")
