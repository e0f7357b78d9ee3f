"""Rule 27: order quantity = target − (on hand + in transit + on order − committed), with every term."""

from __future__ import annotations

import hashlib
import random
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.domain.replenishment.demand import Demand, bits
from schemas.domain.replenishment.proposal import ProposedLine, propose
from schemas.domain.replenishment.supply import SupplyTerms
from schemas.domain.replenishment.terms import ItemTerms, Position
from schemas.domain.replenishment.uplift import Ahead
from tests.schemas.domain.replenishment.histories import TODAY, history

FIXED = ItemTerms(pack=10_000, minimum=40_000, maximum=40_000, fixed=True)
HERE = Position(12_000, 6000, 0, 2000)
STEADY = history(lambda _: 4)


def _line(
    terms: ItemTerms = FIXED,
    position: Position = HERE,
    supply: SupplyTerms = SupplyTerms(1),  # noqa: B008 - a frozen value
    demand: Demand = STEADY,
) -> ProposedLine:
    return propose(demand, position, terms, supply, TODAY)


@pytest.mark.parametrize(
    ("terms", "least", "needed", "rounded", "quantity", "held_back_by"),
    [
        ({"may_exceed_maximum": True}, 0, 24_000, 30_000, 30_000, ()),
        ({}, 0, 24_000, 20_000, 20_000, ("maximum",)),
        ({"may_exceed_maximum": True}, 48_000, 24_000, 30_000, 50_000, ()),
        ({}, 48_000, 24_000, 20_000, 0, ("maximum", "supplier_minimum")),
        # what lies above the reorder point waits, though the target is higher
        ({"minimum": 16_000}, 0, 0, 0, 0, ()),
        ({"minimum": 17_000, "pack": 24_000}, 0, 24_000, 24_000, 24_000, ()),
        # a pack that the maximum has no room for is not ordered, and says why
        ({"pack": 25_000}, 0, 24_000, 0, 0, ("maximum",)),
        # 4 a day for 1 day of lead and 5 of shelf: 24 sell, 16 are there
        ({"may_exceed_maximum": True, "pack": 4000, "shelf_life_days": 5}, 0, 24_000, 8000, 8000, ("shelf_life",)),
        (
            {"may_exceed_maximum": True, "pack": 4000, "shelf_life_days": 5},
            12_000, 24_000, 8000, 0, ("shelf_life", "supplier_minimum"),
        ),
    ],
)  # fmt: skip
def test_worked_examples(
    terms: dict[str, Any], least: int, needed: int, rounded: int, quantity: int, held_back_by: tuple[str, ...]
) -> None:  # fmt: skip
    found = _line(replace(FIXED, **terms), supply=SupplyTerms(1, minimum=least))
    assert (found.minimum, found.maximum) == (terms.get("minimum", 40_000), 40_000)
    assert found.position.available == 16_000
    assert (found.needed, found.rounded, found.quantity) == (needed, rounded, quantity)
    assert found.held_back_by == held_back_by


def test_limits_adjust_themselves_to_what_sells() -> None:
    """4 a day, a day of lead, ordered daily: 8 are expected, 13 last in 95 of 100 cases."""
    found = _line(ItemTerms())
    assert (found.until_next.days, found.until_next.expected) == (2, 8000)
    assert found.cycle == found.until_next
    assert found.until_next.safety == 5000
    assert found.minimum == found.maximum == 13_000
    twice = _line(ItemTerms(), demand=history(lambda _: 8))
    assert twice.maximum > 20_000


def test_a_review_cycle_orders_more_at_a_time_but_no_sooner() -> None:
    daily, weekly = _line(ItemTerms()), _line(ItemTerms(), supply=SupplyTerms(1, review_days=7))
    assert weekly.minimum == daily.minimum
    assert (weekly.cycle.days, weekly.cycle.expected) == (8, 32_000)
    assert _line(ItemTerms(), Position(13_000), SupplyTerms(1, review_days=7)).quantity == 0
    assert _line(ItemTerms(), Position(12_000), SupplyTerms(1, review_days=7)).quantity >= 25_000


def test_limits_of_a_person_bound_those_that_adjust_themselves() -> None:
    assert _line(ItemTerms(minimum=50_000)).minimum == 50_000
    capped = _line(ItemTerms(maximum=9000))
    assert (capped.minimum, capped.maximum) == (9000, 9000)


def test_the_shelf_stays_presentable_to_the_end() -> None:
    assert _line(ItemTerms(presentation=3000)).maximum == 13_000
    assert _line(ItemTerms(presentation=9000)).maximum == 17_000
    never = _line(ItemTerms(presentation=6000), Position(), demand=history(lambda _: 0))
    assert never.quantity == 6000


def test_what_nobody_ever_bought_is_not_ordered() -> None:
    assert _line(ItemTerms(), Position(), demand=history(lambda _: 0)).quantity == 0


def test_a_better_service_level_keeps_more() -> None:
    kept = [_line(ItemTerms(service_level=level)).until_next.safety for level in (6000, 9000, 9900)]
    assert kept == sorted(set(kept))


def test_a_history_that_does_not_end_yesterday_is_refused() -> None:
    with pytest.raises(ValueError, match="known on 2026-03-02"):
        _line(demand=replace(STEADY, days=183))


@pytest.mark.parametrize(
    "wrong",
    [
        {"pack": 0}, {"step": 0}, {"service_level": 4999}, {"service_level": 10_000}, {"minimum": -1},
        {"presentation": -1}, {"shelf_life_days": -1}, {"minimum": 5, "maximum": 4}, {"fixed": True},
    ],
)  # fmt: skip
def test_terms_that_contradict_themselves_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"nought|between|less|needs|nothing"):
        ItemTerms(**wrong)


DEMANDS = st.builds(
    lambda sold, short, promoted: Demand(
        history(lambda _: 0, 60).first, 60, tuple(sorted(sold.items())), 0, bits(short), bits(promoted)
    ),
    st.dictionaries(st.integers(0, 59), st.integers(-3000, 90_000)),
    st.sets(st.integers(0, 59)),
    st.sets(st.integers(0, 59)),
)  # fmt: skip
TERMS = st.builds(
    ItemTerms,
    pack=st.sampled_from([100, 1000, 6000, 24_000]),
    service_level=st.integers(5000, 9999),
    presentation=st.integers(0, 20_000),
    shelf_life_days=st.none() | st.integers(0, 30),
    minimum=st.integers(0, 20_000),
    maximum=st.none() | st.integers(20_000, 90_000),
    may_exceed_maximum=st.booleans(),
    step=st.sampled_from([100, 1000]),
)
POSITIONS = st.builds(Position, *[st.integers(-9000, 60_000)] * 4)
SUPPLIES = st.builds(
    SupplyTerms, st.integers(0, 10), st.integers(1, 14),
    order_weekdays=st.sets(st.integers(0, 6), min_size=1).map(frozenset), minimum=st.integers(0, 50_000),
)  # fmt: skip


@given(DEMANDS, POSITIONS, TERMS, SUPPLIES, st.integers(1, 30_000))
def test_an_order_keeps_its_bounds(
    demand: Demand, position: Position, terms: ItemTerms, supply: SupplyTerms, more: int
) -> None:
    found = _line(terms, position, supply, demand)
    available = position.available
    assert found.quantity >= 0
    assert found.quantity % terms.pack == found.rounded % terms.pack == 0
    assert found.quantity == 0 or found.quantity >= supply.minimum
    assert found.needed == (max(found.maximum - available, 0) if available < found.minimum else 0)
    assert bool(found.held_back_by) is (found.quantity < found.needed)
    if found.quantity and found.sells is not None:
        assert available + found.quantity <= found.sells
    if found.quantity and terms.maximum is not None and not terms.may_exceed_maximum:
        assert available + found.quantity <= terms.maximum
    if not found.held_back_by:
        assert found.quantity < max(found.needed, supply.minimum) + terms.pack
    richer = _line(terms, replace(position, on_hand=position.on_hand + more), supply, demand)
    assert richer.quantity <= found.quantity
    assert richer.maximum == found.maximum


def test_a_line_shows_its_arithmetic_in_whole_numbers() -> None:
    """Nothing that a page or a table would have to round once more."""

    def numbers(shown: object) -> list[object]:
        if isinstance(shown, dict):
            return [one for value in shown.values() for one in numbers(value)]
        if isinstance(shown, tuple):
            return [one for value in shown for one in numbers(value)]
        return [shown]

    found = _line(ItemTerms(shelf_life_days=4), demand=history(lambda day: day % 3))
    assert not [one for one in numbers(asdict(found)) if isinstance(one, float)]


def test_the_same_lines_on_every_machine() -> None:
    """Written down once, over histories by seed. A machine or a Python that rounds otherwise would order
    otherwise; whoever changes the forecast on purpose writes it down anew.
    """
    chance, said = random.Random(6), hashlib.sha256()
    for number in range(300):
        days = chance.randrange(1, 200)
        often, size = chance.random(), chance.choice((1, 3, 40))
        sold = [int(chance.random() < often) * chance.randint(1, size) for _ in range(days)]
        short = [day for day in range(days) if chance.random() < 0.05]
        demand = history(sold.__getitem__, days, short=short, promoted=range(days // 9))
        terms = ItemTerms(pack=100, step=100, service_level=8000 + number, shelf_life_days=9)
        ahead = Ahead(chance.getrandbits(20), 1.0 + chance.random())
        line = propose(demand, Position(), terms, SupplyTerms(2, 4), TODAY, ahead=ahead)
        said.update(repr(line).encode())
    assert said.hexdigest() == "a8696037ac764ee735cf8489ee6345276bcffecc4dd4c69dc416bd3dccbd13d9"
