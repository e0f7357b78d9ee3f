"""Promotions behind and ahead: what a promoted day sells beside a plain one, and what that makes of an order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas.domain.replenishment.demand import Demand
from schemas.domain.replenishment.proposal import ProposedLine, propose
from schemas.domain.replenishment.supply import SupplyTerms
from schemas.domain.replenishment.terms import ItemTerms, Position
from schemas.domain.replenishment.uplift import (
    NO_PROMOTION,
    USUAL_UPLIFT,
    Ahead,
    Seen,
    as_plain,
    seen,
    uplift,
)
from schemas.domain.replenishment.weekday import FLAT
from tests.schemas.domain.replenishment.histories import TODAY, history

#: Two weeks of each eight are promoted.
OFFERED = [day for day in range(182) if day % 56 < 14]
#: Ten a day, thirty on promoted ones.
LIVELY = history(lambda day: 30 if day % 56 < 14 else 10, promoted=OFFERED)


PLAIN_TERMS = ItemTerms()


def _line(
    demand: Demand, ahead: Ahead = NO_PROMOTION, terms: ItemTerms = PLAIN_TERMS
) -> ProposedLine:
    return propose(demand, Position(), terms, SupplyTerms(2, 7), TODAY, FLAT, ahead)


@pytest.mark.parametrize(
    ("own", "wider", "expected"),
    [
        # nobody saw a promotion: what is usual
        (Seen(), USUAL_UPLIFT, 1.5),
        # few purchases lean to the group, many speak for themselves
        (Seen(20_000, 10_000), 1.5, 50 / 30),
        (Seen(2_000_000, 1_000_000), 1.5, 2030 / 1020),
        # nothing lowers a forecast, nor raises it without end
        (Seen(0, 1_000_000), 1.5, 1.0),
        (Seen(9_000_000, 1_000_000), 1.5, 4.0),
    ],
)
def test_an_item_leans_to_its_group(own: Seen, wider: float, expected: float) -> None:
    assert uplift(own, wider) == pytest.approx(expected)


def test_promoted_days_are_told_beside_plain_ones_in_purchases() -> None:
    found = seen(LIVELY, FLAT)
    assert found.sold == pytest.approx(3 * found.expected, rel=0.001)
    assert seen(replace(LIVELY, promoted=0), FLAT) == Seen()
    everything = (1 << LIVELY.days) - 1
    assert seen(replace(LIVELY, promoted=everything), FLAT) == Seen()
    # a promoted day without stock tells nothing of what was wanted
    assert seen(replace(LIVELY, short=LIVELY.promoted), FLAT) == Seen()
    dozens = tuple((day, quantity * 12) for day, quantity in LIVELY.sold)
    assert seen(replace(LIVELY, sold=dozens), FLAT) == found
    assert found + Seen(1, 2) == Seen(found.sold + 1, found.expected + 2)


def test_promoted_days_behind_count_as_plain_ones() -> None:
    plain = _line(history(lambda _: 10))
    behind = _line(LIVELY)
    assert behind.basis.daily == pytest.approx(plain.basis.daily, rel=0.1)
    assert behind.basis.days_used == 182
    assert behind.basis.days_promoted == len(OFFERED)
    assert as_plain(plain_history := history(lambda _: 10), 3.0) is plain_history


def test_promoted_days_ahead_are_a_term_of_their_own() -> None:
    without, with_three = _line(LIVELY), _line(LIVELY, Ahead(0b111))
    assert (without.until_next.promotion, without.until_next.promoted) == (0, 0)
    assert with_three.until_next.expected == without.until_next.expected
    assert with_three.until_next.promoted == 3
    daily, times = with_three.basis.daily, with_three.uplift / 1000
    # sixty purchases of promoted days speak for three, twenty for one and a half
    assert 2.4 < times < 2.6
    assert with_three.until_next.promotion == pytest.approx(3 * daily * (times - 1), rel=0.01)
    assert with_three.quantity > without.quantity
    # days beyond what the order covers raise nothing
    far = _line(LIVELY, Ahead(1 << 20))
    assert (far.quantity, far.cycle.promotion) == (without.quantity, 0)


def test_what_spoils_is_ordered_for_the_promotion_too() -> None:
    terms = ItemTerms(shelf_life_days=5)
    without, with_all = _line(LIVELY, terms=terms), _line(LIVELY, Ahead((1 << 30) - 1), terms)
    assert without.sells is not None
    assert with_all.sells is not None
    assert with_all.sells > 2 * without.sells


def test_an_item_that_sells_nothing_is_ordered_for_no_promotion() -> None:
    assert _line(history(lambda _: 0), Ahead(0b111)).quantity == 0
