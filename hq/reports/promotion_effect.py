"""What a promotion did, by branch and business day, from the consolidated figures.

    tickets    those with a line of it        discount    what it took off these lines
    quantity   of these lines                 sales       what these lines cost in the end

Lines that were voided count for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from hq.consolidation import figures
from hq.consolidation.question import Only, Question
from hq.reports.branches import KnownBranch


@dataclass(frozen=True, slots=True)
class EffectFigures:
    """Sums; `quantity` is in thousandths, amounts in minor units."""

    tickets: int = 0
    quantity: int = 0
    discount: int = 0
    sales: int = 0


@dataclass(frozen=True, slots=True)
class EffectRow:
    """One branch's business day."""

    branch: str
    business_date: date
    figures: EffectFigures


def promotion_effect(
    connection: Connection, promotion: str, branches: Sequence[KnownBranch], first: date, last: date
) -> list[EffectRow]:
    """The days on which it took something off, by date and branch."""
    question = Question(
        tuple(branches), first, last, by=("day", "branch"), only=(Only("promotion", (promotion,)),),
        sort="key", descending=False,
    )  # fmt: skip
    return [
        EffectRow(
            row.keys[1], date.fromisoformat(row.keys[0]),
            EffectFigures(
                row.figures.receipts or 0, row.figures.quantity, row.figures.discount,
                row.figures.sales,
            ),
        )
        for row in figures.rows(connection, question)
    ]  # fmt: skip


def summed(rows: Iterable[EffectRow]) -> EffectFigures:
    """All of them together; a ticket is of one branch and one day."""
    found = [row.figures for row in rows]
    return EffectFigures(
        sum(one.tickets for one in found), sum(one.quantity for one in found),
        sum(one.discount for one in found), sum(one.sales for one in found),
    )  # fmt: skip
