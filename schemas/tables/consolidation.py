"""Aggregates of headquarters at rest: what was sold, summed by branch, date, revision and one dimension at a time.

    table                       one row for each                            written
    consolidated_fresh          entry's, or batch's, contribution, all keys in the transaction that applies the journal
    consolidated_branch_day     branch and date                             when the fresh ones are taken in
    consolidated_branch_month   branch and month, named by its first day    the same
    consolidated_chain_day      date of the whole chain, whose branch is '' the same
    consolidated_chain_month    month of the whole chain                    the same

and for each revision, dimension and key. All are only ever added to, so that the figures of any set of rows are
a sum: what is in the fresh ones, plus what is in any one of the others. The others have the same columns and are
partitioned by month, one partition each (`hq.consolidation.partitions`). A fresh row holds all keys of its
dimension side by side, and of each figure those of these keys, for it is written while a branch waits.

They are summed by `added`, an aggregate of our own: it is `sum` of bigint, but stays one, is nought of nothing, and
fails where a sum is too large for it.

`posted` is the date in whose figures a contribution counts, `revision` the close of that date that first
contains it. A figure of nought is null, which takes no room; what each means stands in `hq.consolidation.question`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, Date, Integer, Table, Text

from schemas.tables.base import Instant, metadata

#: The figures, in their order.
FIGURES = (
    "receipts", "lines", "quantity", "list_amount", "sales", "tax", "member_receipts", "total",
    "rounding", "change", "payments", "taken", "foreign_amount", "discount", "moved", "cost",
    "cost_with_tax", "uncosted", "uncosted_tax", "uncosted_lines",
)  # fmt: skip
#: What tells rows apart, in the order in which a question narrows them.
KEYS = ("dimension", "branch", "posted", "revision", "key")


def _keys(names: Sequence[str], *, unique: bool) -> list[Column[Any]]:
    types: dict[str, type[Any]] = {"posted": Date, "revision": Integer}
    return [
        Column(name, types.get(name, Text), primary_key=unique, nullable=False) for name in names
    ]


def _summed(name: str) -> Table:
    figures = [Column(one, BigInteger) for one in FIGURES]
    by_month = "RANGE (posted)"
    return Table(
        name, metadata, *_keys(KEYS, unique=True), *figures, postgresql_partition_by=by_month
    )


fresh = Table(
    "consolidated_fresh",
    metadata,
    *_keys(KEYS[:-1], unique=False),
    Column("keys", ARRAY(Text), nullable=False),
    *(Column(name, ARRAY(BigInteger)) for name in FIGURES),
)
#: The columns of a row for each key, of what is fresh: the names of the others, in the same order.
EACH_FRESH = ", ".join(
    (*KEYS[:-1], "unnest(keys) AS key", *(f"unnest({name}) AS {name}" for name in FIGURES))
)
branch_day = _summed("consolidated_branch_day")
branch_month = _summed("consolidated_branch_month")
chain_day = _summed("consolidated_chain_day")
chain_month = _summed("consolidated_chain_month")

#: Months of a branch, named by their first day, that have to be worked out anew from its journal: all of it
#: where `whole`, which is so of what was sold before there were aggregates; else its revisions alone.
due = Table(
    "consolidation_due",
    metadata,
    Column("branch", Text, primary_key=True),
    Column("month", Date, primary_key=True),
    Column("since", Instant, nullable=False),
    Column("whole", Boolean, nullable=False),
)

SUMMED = (branch_day, branch_month, chain_day, chain_month)
TABLES = (fresh, *SUMMED, due)
