"""A rule is found by what a line is; what contradicts itself is refused and named."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from pydantic import TypeAdapter

from schemas.domain.promotion import ruleset
from schemas.domain.promotion.effect import Bundle, BundlePart, MixAndMatch, MixGroup, PercentOff
from schemas.domain.promotion.evaluation import evaluate
from schemas.domain.promotion.promotion import Period, Promotion, Scope
from schemas.domain.promotion.ruleset import RuleSet
from tests.schemas.domain.promotion.baskets import promotions
from tests.schemas.domain.promotion.offers import STRANGER, line, offer

TEA = line(1, "tea", 1000, 1, ("drinks", "hot"))
OFF = PercentOff(1000)


@pytest.mark.parametrize(
    ("promotion", "group"),
    [
        (offer("p", OFF), 0),
        (offer("p", OFF, "cup", "tea"), 0),
        (offer("p", OFF, "cup"), None),
        (offer("p", OFF, scope=Scope(categories=("drinks",))), 0),
        (offer("p", OFF, scope=Scope(categories=("hot", "drinks"))), 0),
        (offer("p", OFF, scope=Scope(categories=("sweets",))), None),
        (offer("p", OFF, scope=Scope(units=("piece",))), 0),
        (offer("p", OFF, scope=Scope(items=("tea",), units=("crate",))), None),
        (offer("p", OFF, scope=Scope(excluded_categories=("hot",))), None),
        (offer("p", Bundle((BundlePart("cup"), BundlePart("tea")), 900)), 1),
        (offer("p", Bundle((BundlePart("cup"), BundlePart("tea", 1, "crate")), 900)), None),
        (offer("p", MixAndMatch((MixGroup(1, ("tea",)), MixGroup(1, (), ("hot",))), 900)), 0),
    ],
)
def test_which_rules_want_a_line(promotion: Promotion, group: int | None) -> None:
    found = [(rule.promotion.id, place) for rule, place in RuleSet([promotion]).wanting(TEA)]
    assert found == ([] if group is None else [("p", group)])


def test_rules_are_found_in_the_order_of_priority_and_id() -> None:
    rules = RuleSet(
        [
            replace(offer(name, OFF), priority=priority)
            for name, priority in (("b", 0), ("c", -1), ("a", 0))
        ]
    )
    assert [rule.promotion.id for rule, _ in rules.wanting(TEA)] == ["c", "a", "b"]


def test_what_contradicts_itself_is_refused_and_the_others_work() -> None:
    rules = RuleSet(
        [offer("broken", PercentOff(0)), offer("p", OFF), offer("same", OFF), offer("same", OFF)]
    )
    assert [(name, [one.fault for one in faults]) for name, faults in rules.refused] == [
        ("broken", ["percent"]), ("same", ["same_id"]), ("same", ["same_id"]),
    ]  # fmt: skip
    assert evaluate([TEA], rules, STRANGER).total == 900


@settings(max_examples=40, deadline=None)
@given(promotions())
def test_promotions_travel_as_json(found: list[Promotion]) -> None:
    adapter = TypeAdapter(list[Promotion])
    assert adapter.validate_json(adapter.dump_json(found)) == found


def test_what_is_remembered_of_goods_and_instants_is_forgotten_and_found_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """More goods and more changes than are kept: each is priced as by rules that remember nothing."""
    monkeypatch.setattr(ruleset, "_REMEMBERED", 3)
    monkeypatch.setattr(ruleset, "_PERIODS", 2)
    hours = [STRANGER.at + timedelta(hours=hour) for hour in range(6)]
    offers = [
        replace(offer(f"p{place}", PercentOff(1000 * (place + 1)), f"i{place}"), period=period)
        for place, period in enumerate(Period(starts, ends) for starts, ends in pairwise(hours))
    ]
    rules = RuleSet(offers)
    basket = [line(number, f"i{number % 5}", 1000, 1) for number in range(1, 11)]
    for at in (*hours, *reversed(hours), hours[0] - timedelta(hours=1)):
        now = replace(STRANGER, at=at)
        found = evaluate(basket, rules, now)
        assert found == evaluate(basket, RuleSet(offers), now)
        in_force = [one for one in offers if one.period.starts <= at < (one.period.ends or at)]
        assert {share.promotion for one in found.lines for share in one.shares} == {
            one.id for one in in_force
        }
