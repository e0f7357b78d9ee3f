"""Three branches out of a hundred stores: who trades under which branch code, and at which lane.

The data has more stores than the demo has branches, so stores are gathered: the busiest first, each
to the branch that has the fewest baskets so far. The same day always gives the same branches.
"""

from __future__ import annotations

from collections.abc import Mapping

BRANCHES = ("N001", "N002", "N003")
LANES = 5


def gather(baskets_of_store: Mapping[int, int]) -> dict[int, str]:
    """Give each store a branch; with many small stores the branches come out even.

    Ties go to the lower store number and to the lower branch code.
    """
    load = dict.fromkeys(BRANCHES, 0)
    branch_of_store: dict[int, str] = {}
    for store in sorted(baskets_of_store, key=lambda s: (-baskets_of_store[s], s)):
        branch = min(BRANCHES, key=lambda code: (load[code], code))
        load[branch] += baskets_of_store[store]
        branch_of_store[store] = branch
    return branch_of_store


def lane_of(nth: int) -> int:
    """Return the lane, 1 to 5, of a branch's nth basket of the day (from 0): they take turns."""
    return nth % LANES + 1
