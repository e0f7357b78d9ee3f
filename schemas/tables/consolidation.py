"""Aggregates of headquarters at rest: what was sold, summed by branch, date, revision and one dimension at a time.

    table                       one row for each                            written
    consolidated_fresh          entry's, or batch's, contribution           in the transaction that applies the journal
    consolidated_branch_day     branch and date                             when the fresh ones are taken in
    consolidated_branch_month   branch and month, named by its first day    the same
    consolidated_chain_day      date of the whole chain, whose branch is '' the same
    consolidated_chain_month    month of the whole chain                    the same

and for each revision, dimension and key. All have the same columns and are only ever added to, so that the
figures of any set of rows are a sum: what is in the fresh ones, plus what is in any one of the others. The
others are partitioned by month, one partition each (`hq.consolidation.partitions`).

`posted` is the date in whose figures a contribution counts, `revision` the close of that date that first
contains it. A figure of nought is null, which takes no room; what each means stands in `hq.consolidation.question`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, Table, Text

from schemas.tables.base import Instant, metadata

#: The figures, in their order.
FIGURES = (
    "receipts", "lines", "quantity", "list_amount", "sales", "tax", "member_receipts", "total",
    "rounding", "change", "payments", "taken", "foreign_amount", "discount", "moved", "cost",
    "cost_with_tax", "uncosted", "uncosted_tax", "uncosted_lines",
)  # fmt: skip
#: What tells rows apart, in the order in which a question narrows them.
KEYS = ("dimension", "branch", "posted", "revision", "key")


def _columns(*, unique: bool) -> list[Column[Any]]:
    types = {"posted": Date, "revision": Integer}
    keys: list[Column[Any]] = [
        Column(name, types.get(name, Text), primary_key=unique, nullable=False) for name in KEYS
    ]
    return [*keys, *(Column(name, BigInteger) for name in FIGURES)]


def _summed(name: str) -> Table:
    return Table(name, metadata, *_columns(unique=True), postgresql_partition_by="RANGE (posted)")


fresh = Table("consolidated_fresh", metadata, *_columns(unique=False))
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
