"""What was sold past price changes that were in force, in a range of business dates, by change and branch.

A price change counts that was published and in force at some time of the range; see `hq.old_prices` for which
lines are sold past it. The newest `MOST_CHANGES` are looked at; `more` says that there are others.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Connection

from hq.old_prices import NOTHING_SOLD, Sold, sold_at_old_price
from hq.price_changes import audience_branches, published_by

MOST_CHANGES = 200
#: Business dates and UTC days are up to a day apart.
_APART = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """What was sold past one price change at one branch."""

    document: str
    title: str
    branch: str
    sold: Sold


@dataclass(frozen=True, slots=True)
class Discrepancies:
    """All of them that are not nothing."""

    rows: tuple[Discrepancy, ...]
    more: bool


def price_discrepancies(
    connection: Connection, branches: Collection[str], first: date, last: date
) -> Discrepancies:
    """Call it in one snapshot."""
    since = datetime.combine(first, time(), UTC) - _APART
    until = datetime.combine(last, time.max, UTC) + _APART
    documents = published_by(connection, since, until, MOST_CHANGES + 1)
    rows: list[Discrepancy] = []
    for document in documents[:MOST_CHANGES]:
        reached = sorted(set(audience_branches(connection, document.audience)) & set(branches))
        sums: dict[str, Sold] = {}
        past = sold_at_old_price(connection, document, reached, (first, last))
        for (branch, _), sold in past.items():
            sums[branch] = sums.get(branch, NOTHING_SOLD) + sold
        rows += [
            Discrepancy(document.document, document.title, branch, sold)
            for branch, sold in sorted(sums.items())
        ]
    return Discrepancies(tuple(rows), len(documents) > MOST_CHANGES)
