"""The safe's ledger: what tills bring and take, the bank, and a count; the same at headquarters."""

from __future__ import annotations

import pytest

from branch import safe
from branch.day_checks import day_checks
from branch.safe import Moving, SafeError
from schemas.domain.denomination import Pieces
from schemas.domain.policy import Policy
from schemas.domain.till import ShiftOpened
from schemas.tables.safe_figures import balance, ledger
from tests.branch.shop import CODE, DAY, MANAGER, Shop


def held(shop: Shop) -> dict[str, int]:
    """What the branch says lies in the safe; headquarters says the same."""
    shop.deliver()
    with shop.engine.connect() as below, shop.headquarters.engine.connect() as above:
        found = balance(below, CODE)
        assert balance(above, CODE) == found
    return found


def move(shop: Shop, moving: Moving) -> None:
    with shop.engine.begin() as connection:
        safe.move(connection, CODE, moving, MANAGER, MANAGER, shop.clock())


def count(shop: Shop, cash: int, *pieces: Pieces) -> None:
    with shop.engine.begin() as connection:
        safe.count(connection, CODE, {"cash": cash}, pieces, "", MANAGER, shop.clock())


def test_a_day_of_the_safe(shop: Shop) -> None:
    with shop.engine.begin() as connection, pytest.raises(ValueError, match="no business day"):
        safe.count(connection, CODE, {"cash": 0}, (), "", MANAGER, shop.clock())
    shop.open_day()
    count(shop, 100_000)
    lane = shop.lane(1)
    first = lane.open_shift()
    lane.sell()
    lane.move_cash("loan", 2_000)
    lane.move_cash("pickup", 5_000)
    lane.move_cash("paid_in", 700)
    lane.end_shift()
    lane.push()
    assert held(shop) == {"cash": 100_000 - 10_000 - 2_000 + 5_000}
    shop.count(first, cash=8_050)
    shop.count(first, "a note was stuck", cash=9_050)
    assert held(shop) == {"cash": 93_000 + 9_050}
    # The next cashier takes the drawer over as it was counted: neither float nor takings move the safe.
    lane.shift = "taken-over"
    lane.state(
        ShiftOpened(
            lane.shift, CODE, lane.name, "C2", DAY, shop.clock(), 9_050, handed_over_from=first
        )
    )
    lane.push()
    assert held(shop) == {"cash": 93_000}
    lane.end_shift()
    lane.push()
    shop.count(lane.shift, cash=9_050)
    assert held(shop) == {"cash": 102_050}
    move(shop, Moving("deposit", "cash", 60_000, "B-4711", ""))
    move(shop, Moving("change", "cash", 1_000, "", ""))
    move(shop, Moving("paid_out", "cash", 250, "", "stamps"))
    assert held(shop) == {"cash": 42_800}
    shop.clock.pass_minutes(1)
    count(shop, 42_700, Pieces("cash", 10_000, 4), Pieces("cash", 100, 27))
    assert held(shop) == {"cash": 42_700}
    with shop.engine.connect() as connection:
        lines = ledger(connection, CODE, DAY, DAY)
        (last, first_count) = safe.counts(connection, CODE)
    assert lines[-1].amount == -100
    assert sum(one.amount for one in lines) == 42_700
    assert (last.expected["cash"], first_count.expected["cash"]) == (42_800, 0)
    shop.close_day()


@pytest.mark.parametrize(
    ("moving", "why"),
    [
        (Moving("deposit", "cash", 100, " ", "to the bank"), "number of the deposit slip"),
        (Moving("paid_out", "cash", 100, "7", " "), "what the money is for"),
        (Moving("change", "cash", 0, "", ""), "above nought"),
    ],
)
def test_what_the_safe_is_not_told_without(shop: Shop, moving: Moving, why: str) -> None:
    shop.open_day()
    with pytest.raises(SafeError, match=why):
        move(shop, moving)
    with pytest.raises(SafeError, match="do not come to its amount"):
        count(shop, 100, Pieces("cash", 100, 2))


def test_the_close_asks_for_a_count_where_the_policy_does(shop: Shop) -> None:
    shop.open_day()
    for policy, count_first, told in (
        (Policy(), False, []),
        (Policy(count_safe=True), False, ["safe_uncounted"]),
        (Policy(count_safe=True), True, []),
    ):
        shop.set_policy(policy)
        if count_first:
            count(shop, 0)
        with shop.engine.connect() as connection:
            assert [one.code for one in day_checks(connection, CODE, DAY, shop.clock())] == told
