"""Rules 4, 12 and 15: what holds for every basket under every promotion."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.domain.promotion.effect import (
    BuyGet,
    Effect,
    MixAndMatch,
    MixGroup,
    NthOff,
    SpendOff,
    SpendStep,
)
from schemas.domain.promotion.evaluation import evaluate
from schemas.domain.promotion.promotion import Promotion
from schemas.domain.promotion.ruleset import RuleSet
from schemas.domain.promotion.sale import Line, Outcome
from tests.schemas.domain.promotion.baskets import lines, promotions
from tests.schemas.domain.promotion.brute_force import cheapest_total, group_of, pieces
from tests.schemas.domain.promotion.offers import GOLD, coupon, offer
from tests.schemas.domain.promotion.offers import line as entered

CUSTOMER = replace(GOLD, coupons=(coupon("1", "k"),))
#: Ways to give units to counted rules that trying everything may look at.
MOST_WAYS = 500
#: Nothing is timed: a busy machine fails no test.
EXAMPLES = settings(max_examples=60, deadline=None)


def outcome(basket: Sequence[Line], rules: Sequence[Promotion]) -> Outcome:
    """Evaluate for a customer who gets every promotion."""
    prepared = RuleSet(rules)
    assert prepared.refused == ()
    return evaluate(basket, prepared, CUSTOMER)


def ways(line: Line, rules: Sequence[Promotion]) -> int:
    """How many ways a line's units can be given to counted rules."""
    wanting = sum(one.is_counted and group_of(one, line) is not None for one in rules)
    return math.comb(pieces(line) + wanting, wanting)


def small(basket: Sequence[Line], rules: Sequence[Promotion]) -> list[Line]:
    """As many lines of the basket as can all be tried."""
    found = list(basket)
    while math.prod(ways(line, rules) for line in found) > MOST_WAYS:
        found.pop()
    return found


@settings(max_examples=120, deadline=None)
@given(lines(), promotions())
def test_the_basket_is_the_cheapest_of_all_that_are_permitted(
    basket: list[Line], rules: list[Promotion]
) -> None:
    tried = small(basket, rules)
    assert outcome(tried, rules).total == cheapest_total(tried, rules)


@EXAMPLES
@given(lines(8), promotions())
def test_parts_sum_to_the_whole_and_none_exceeds_its_line(
    basket: list[Line], rules: list[Promotion]
) -> None:
    found = outcome(basket, rules)
    assert [one.number for one in found.lines] == [line.number for line in basket]
    for line, priced in zip(basket, found.lines, strict=True):
        assert all(share.amount > 0 for share in priced.shares)
        assert priced.amount == line.amount - sum(share.amount for share in priced.shares)
        assert 0 <= priced.amount <= line.amount
        assert not (line.excluded and priced.shares)
    assert found.total == sum(one.amount for one in found.lines)


@EXAMPLES
@given(lines(8), promotions(), st.randoms(use_true_random=False))
def test_the_order_of_lines_and_promotions_does_not_matter(
    basket: list[Line], rules: list[Promotion], chance: random.Random
) -> None:
    found = outcome(basket, rules)
    chance.shuffle(basket)
    chance.shuffle(rules)
    assert outcome(basket, rules) == found


@EXAMPLES
@given(lines(8), promotions(), st.randoms(use_true_random=False))
def test_in_whatever_order_things_are_scanned_the_total_is_the_same(
    basket: list[Line], rules: list[Promotion], chance: random.Random
) -> None:
    numbers = [line.number for line in basket]
    chance.shuffle(numbers)
    scanned = [replace(one, number=number) for one, number in zip(basket, numbers, strict=True)]
    assert outcome(scanned, rules).total == outcome(basket, rules).total


def connected(basket: Sequence[Line], rules: Sequence[Promotion]) -> dict[int, set[int]]:
    """By number the lines that a rule names together with a line, directly or through others. Rules of one
    group that compete for the basket are as one: of them one is used, wherever its lines are.
    """
    near = {line.number: {line.number} for line in basket}
    competing = dict.fromkeys(one.group if one.mode == "best_price" else one.id for one in rules)
    for name in competing:
        named = [
            line
            for line in basket
            if any(group_of(one, line) is not None for one in rules if name in {one.id, one.group})
        ]
        for one, other in itertools.combinations(named, 2):
            both = near[one.number] | near[other.number]
            for number in both:
                near[number] = both
    return near


@EXAMPLES
@given(lines(), promotions())
def test_removing_a_line_changes_only_lines_that_a_rule_names_with_it(
    basket: list[Line], rules: list[Promotion]
) -> None:
    before = {one.number: one for one in outcome(basket, rules).lines}
    near = connected(basket, rules)
    for removed in basket:
        rest = [line for line in basket if line is not removed]
        for priced in outcome(rest, rules).lines:
            if priced.number not in near[removed.number]:
                assert priced == before[priced.number]


@EXAMPLES
@given(lines(), promotions())
def test_no_promotion_makes_a_basket_dearer(basket: list[Line], rules: list[Promotion]) -> None:
    plain = outcome(basket, []).total
    assert plain == sum(line.amount for line in basket)
    assert outcome(basket, rules).total <= plain


def test_a_search_that_reaches_its_bound_still_prices_alike_and_adds_up() -> None:
    """Forty lines that ten sets and ten thresholds all want: more than can be tried."""
    chance = random.Random(7)
    basket = [
        entered(number, f"i{chance.randrange(12)}", 97 * chance.randrange(1, 30) * pieces, pieces)
        for number in range(1, 41)
        for pieces in [chance.randrange(1, 4)]
    ]
    sets: list[Effect] = [
        *(MixAndMatch((MixGroup(count), MixGroup(1, ("i1",))), 900 * count) for count in (2, 3)),
        *(MixAndMatch((MixGroup(count),), 1000 * count) for count in (3, 4, 5)),
        *(NthOff(5000, nth) for nth in (2, 3, 4)),
        *(BuyGet(buy, 1) for buy in (3, 4)),
    ]
    spend = [SpendOff((SpendStep(low, low // 9),)) for low in range(2000, 4000, 200)]
    rules = [offer(f"s{place}", effect) for place, effect in enumerate(sets)]
    rules += [offer(f"t{place}", one, mode="compound") for place, one in enumerate(spend)]
    found = outcome(basket, rules)
    assert found.total < sum(one.amount for one in basket)
    for given_line, priced in zip(basket, found.lines, strict=True):
        assert priced.amount == given_line.amount - sum(one.amount for one in priced.shares) >= 0
    chance.shuffle(basket)
    chance.shuffle(rules)
    assert outcome(basket, rules) == found
