"""What may be asked of the consolidated figures, and what the answer says.

    figure            of the lines that count, corrections included
    receipts          receipts of lanes, a correction being none; None where nobody counts them (see below)
    lines             lines of receipts                    quantity         thousandths of their units
    list_amount       list price × quantity                sales            what they cost in the end
    tax               in the sales                         member_receipts  receipts that name a member
    total             what receipts came to                rounding         of cash (rule 5)
    payments          by `tender` alone                    taken, change    paid, and given back, in local money
    foreign_amount    of one currency, in its own units    discount         by `promotion` and `discount` alone
    moved             thousandths of base units that left stock for the sales
    cost              of them, without tax (rule 25)       cost_with_tax    by the rate at which each was sold
    uncosted          sales whose cost nobody knew         uncosted_tax, uncosted_lines   of these

Amounts are minor units. A line that was voided counts for nothing; a service has no stock and costs nothing.

    by            one of region, branch, day, week, month, weekday, in any number; these are a place or a time
                  hour, category, item, supplier, operator, member, tier, tender, promotion, discount: of these
                  at most one is answered by an aggregate, two are worked out from the lines
    category      as it was sold, or at a `level` of the tree as it is now, 1 being the top
    supplier      the main source of the item now          region           the region of the branch now
    tier          that the member has now; '' without one  weekday          1, Monday, to 7
    week          the Monday it begins with                month            its first day, as 2026-03-01
    tender        its kind; foreign money as `foreign:USD`

A receipt with goods of two suppliers, or of two of the items that are asked for, would count twice: of a supplier,
and in the total of several keys of which a receipt may have more than one, receipts are None.

Tenders know of no lines and promotions of no tenders: such pairs raise QuestionError, and so does a revision
asked of what the lines alone can tell.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Literal, get_args

from hq.completeness import Completeness
from hq.refusal import RefusalError
from hq.reports.branches import KnownBranch

Place = Literal["region", "branch", "day", "week", "month", "weekday"]
Kind = Literal[
    "hour", "category", "item", "supplier", "operator", "member", "tier", "tender", "promotion",
    "discount",
]  # fmt: skip
Dimension = Place | Kind
KINDS: tuple[Kind, ...] = get_args(Kind)


class QuestionError(RefusalError):
    """What is asked has no answer, and the message says why."""


@dataclass(frozen=True, slots=True)
class Only:
    """Nothing but these keys of a dimension. A category holds all that is below it now."""

    dimension: Kind
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `branches` is never widened, so that the caller restricts it to a person's scope.

    `as_of_revision` 1 is as first closed, None is now. `sort` names a figure, a property of Figures that
    is listed in `SORTED_BY`, or "key". `after` is the `following` of the page before; a `limit` of None
    asks for every row.
    """

    branches: tuple[KnownBranch, ...]
    first: date
    last: date
    by: tuple[Dimension, ...] = ()
    level: int | None = None
    only: tuple[Only, ...] = ()
    as_of_revision: int | None = None
    sort: str = "sales"
    descending: bool = True
    after: tuple[str, ...] | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """See above."""

    receipts: int | None = 0
    lines: int = 0
    quantity: int = 0
    list_amount: int = 0
    sales: int = 0
    tax: int = 0
    member_receipts: int | None = 0
    total: int = 0
    rounding: int = 0
    change: int = 0
    payments: int = 0
    taken: int = 0
    foreign_amount: int = 0
    discount: int = 0
    moved: int = 0
    cost: int = 0
    cost_with_tax: int = 0
    uncosted: int = 0
    uncosted_tax: int = 0
    uncosted_lines: int = 0

    @property
    def discounts(self) -> int:
        """All that was taken off the list prices."""
        return self.list_amount - self.sales

    @property
    def net(self) -> int:
        """Sales without tax."""
        return self.sales - self.tax

    @property
    def costed(self) -> int:
        """Sales whose cost is known."""
        return self.sales - self.uncosted

    @property
    def costed_net(self) -> int:
        """The same without tax."""
        return self.net - (self.uncosted - self.uncosted_tax)

    @property
    def margin(self) -> int:
        """Of what is costed, without tax."""
        return self.costed_net - self.cost

    @property
    def margin_with_tax(self) -> int:
        """Of what is costed, with tax on both sides."""
        return self.costed - self.cost_with_tax


FIGURES: tuple[str, ...] = tuple(one.name for one in fields(Figures))
#: What rows may be sorted by beside their key.
SORTED_BY: tuple[str, ...] = (*FIGURES, "discounts", "net", "margin", "margin_with_tax")


@dataclass(frozen=True, slots=True)
class Row:
    """One combination of what was asked `by`: its keys, and what each is called."""

    keys: tuple[str, ...]
    names: tuple[str, ...]
    figures: Figures


@dataclass(frozen=True, slots=True)
class Answer:
    """A page of rows, the total of all rows, what they lack, and where the next page begins."""

    question: Question
    rows: tuple[Row, ...]
    total: Figures
    completeness: Completeness
    following: tuple[str, ...] | None
    source: Literal["aggregates", "lines"]
