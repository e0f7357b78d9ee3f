"""The policy of a branch among those that its site holds, read alike at branch, lane and headquarters.

A branch and its lanes hold what addresses them, headquarters holds all: it names the feeds that count.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import time

from sqlalchemy import Connection, RowMapping, select

from schemas.domain.policy import Policy, read_checks
from schemas.tables.catalogue import branch_policy

_LEVELS = {"chain": 0, "group": 1, "branch": 2}
_EVERY = select(branch_policy)


def find_policy(connection: Connection, feeds: Collection[str] | None = None) -> Policy:
    """The policy that holds, of the most specific audience whole; without one, the product's own values."""
    held = [one for feed, one in policies(connection).items() if feeds is None or feed in feeds]
    return held[-1] if held else Policy()


def policies(connection: Connection) -> Mapping[str, Policy]:
    """Every policy by the feed that it was published in; of two, the later one goes before the earlier."""
    rows = connection.execute(_EVERY).mappings()
    nearest_last = sorted(
        rows, key=lambda row: (_LEVELS[row["stream"].split(":")[1]], row["published"])
    )
    return {row["stream"]: policy_of(row) for row in nearest_last}


def policy_of(row: RowMapping) -> Policy:
    """A row as the policy that it says."""
    return Policy(
        checks=read_checks(row["checks"]),
        day_ends=time.fromisoformat(row["day_ends"]),
        till_by="lane" if row["till_by"] == "lane" else "operator",
        tolerance=row["tolerance"],
        count_safe=row["count_safe"],
        absent_lane_authority=row["absent_lane_authority"],
    )
