"""Stores gather into branches that have about as much to do."""

from __future__ import annotations

from ops.demo.stores import BRANCHES, gather, lane_of


def test_the_busiest_store_is_placed_first_and_the_others_fill_up() -> None:
    assert gather({7: 5, 3: 5, 9: 3, 4: 2, 8: 1}) == {
        3: "N001", 7: "N002", 9: "N003", 4: "N003", 8: "N001"
    }  # fmt: skip


def test_the_order_in_which_stores_are_met_does_not_matter() -> None:
    counts = {store: store * 7 % 11 + 1 for store in range(40)}
    assert gather(counts) == gather(dict(reversed(counts.items())))


def test_many_small_stores_come_out_even() -> None:
    branch_of_store = gather(dict.fromkeys(range(100), 1))
    sizes = [list(branch_of_store.values()).count(branch) for branch in BRANCHES]
    assert sizes == [34, 33, 33]


def test_lanes_take_turns() -> None:
    assert [lane_of(nth) for nth in range(7)] == [1, 2, 3, 4, 5, 1, 2]
