"""Cost of sales and margin: what was sold without and with tax, and what it cost where it lay.

    sales       the amounts of the lines that count, as `hq.reports.sales` has them; net of them = less their tax
    cost        the value of the moves that the same tickets made (rule 25), with tax too by the rate at which they were sold
    margin      net less cost; with tax, sales less cost with tax
    uncosted    lines' sales whose cost nobody knew: in the sales, in no cost and in no margin

So sales = costed + uncosted, and a margin is of what is costed alone. A service has no stock and costs nothing.
Amounts are minor units, quantities thousandths of the base unit; below nought is what came back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args

from sqlalchemy import Connection

from hq.completeness import Completeness
from hq.consolidation import figures as consolidated
from hq.consolidation.question import Figures, Question
from hq.reports.branches import KnownBranch

Dimension = Literal["item", "category", "branch", "day"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)


@dataclass(frozen=True, slots=True)
class MarginQuery:
    """What is asked; `after` is the margin and the key last seen."""

    branches: tuple[KnownBranch, ...]
    first: date
    last: date
    dimension: Dimension = "item"
    after: tuple[int, str] | None = None
    limit: int | None = 100


@dataclass(frozen=True, slots=True)
class Margin:
    """The figures of a row or of all. `gross` and `net` are of costed sales; `uncosted` is net."""

    quantity: int
    gross: int
    net: int
    cost: int
    cost_with_tax: int
    uncosted: int
    uncosted_lines: int

    @property
    def margin(self) -> int:
        """Without tax."""
        return self.net - self.cost

    @property
    def margin_with_tax(self) -> int:
        """With tax on both sides."""
        return self.gross - self.cost_with_tax


@dataclass(frozen=True, slots=True)
class MarginRow:
    """One member of the dimension."""

    key: str
    name: str
    figures: Margin


@dataclass(frozen=True, slots=True)
class MarginReport:
    """A page of rows, the widest margin first, and the total of all."""

    query: MarginQuery
    rows: tuple[MarginRow, ...]
    total: Margin
    completeness: Completeness
    following: tuple[int, str] | None


def cost_of_sales(connection: Connection, query: MarginQuery, now: datetime) -> MarginReport:
    """Answer a query; call it in one snapshot."""
    found = consolidated.answer(
        connection,
        Question(
            query.branches, query.first, query.last, by=(query.dimension,), sort="margin",
            after=query.after and (str(query.after[0]), query.after[1]), limit=query.limit,
        ),
        now,
    )  # fmt: skip
    following = found.following
    return MarginReport(
        query,
        tuple(MarginRow(one.keys[0], one.names[0], _margin(one.figures)) for one in found.rows),
        _margin(found.total),
        found.completeness,
        following and (int(following[0]), following[1]),
    )


def _margin(found: Figures) -> Margin:
    return Margin(
        found.moved, found.costed, found.costed_net, found.cost, found.cost_with_tax,
        found.net - found.costed_net, found.uncosted_lines,
    )  # fmt: skip
