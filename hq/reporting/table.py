"""What a report answers: typed columns, rows, a total, and what all of it is missing.

    kind      a value is                                         in a sheet
    named     a code with its name                               two columns
    text      words                                              text
    count     a whole number                                     number
    rank      a place in an order, 1 being the first             number
    quantity  thousandths of a unit                              number with up to three decimals
    amount    minor units of the answer's currency               number with the currency's decimals
    share     a part of a whole, in the same unit                per cent
    tenths    tenths of one                                      number with one decimal
    day       a business date                                    date
    instant   an instant                                         date and time by the report's clock

A value that nobody knows is None, in every kind; it is never a nought. The last column of every form is the
row's completeness, which the frame adds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal, TypeVar

from hq.completeness import Completeness, Gap
from hq.reporting.asking import Change
from hq.reporting.ranges import Comparison, Range
from replication.console.words import Words

Kind = Literal[
    "named", "text", "count", "rank", "quantity", "amount", "share", "tenths", "day", "instant",
]  # fmt: skip
#: What stands at the left of its cell.
WORDED: frozenset[Kind] = frozenset({"named", "text", "day", "instant"})


@dataclass(frozen=True, slots=True)
class Named:
    """A code and how it is called."""

    code: str
    name: str

    def __str__(self) -> str:
        says_all = not self.code or self.name in {self.code, ""}
        return self.name if says_all else f"{self.name} · {self.code}"


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, in the same unit; of nothing there is no share."""

    part: int
    whole: int


Told = TypeVar("Told")
Value = str | int | Named | Share | date | datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column under the `name` that a program knows it by; `label` is its head in the reader's language.
    `sortable` says whether the rows can be asked for in its order.
    """

    name: str
    label: str
    kind: Kind
    sortable: bool = True


def columns(
    words: Words, *told: tuple[str, str, Kind], sortable: bool = True
) -> tuple[Column, ...]:
    """Columns by name, text and kind, headed in somebody's words."""
    return tuple(Column(name, words.gettext(label), kind, sortable) for name, label, kind in told)


@dataclass(frozen=True, slots=True)
class Drill:
    """Where a row leads: a path, and what is changed of what was asked; `column` is the one that is pressed."""

    path: str
    changes: Mapping[str, Change]
    column: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A row under its key. `branch`, `first` and `last` narrow its completeness where its figures are those
    of one branch, or of some dates, alone.
    """

    key: tuple[str, ...]
    values: tuple[Value, ...]
    drill: Drill | None = None
    branch: str | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A headline figure; `note` is small below it."""

    label: str
    kind: Kind
    value: Value
    note: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """What must be said beside the figures, by how grave it is: a heading, a sentence, and each that is meant."""

    kind: Literal["info", "warn"]
    heading: str
    text: str = ""
    points: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join(part for part in (self.heading, self.text, "; ".join(self.points)) if part)


@dataclass(frozen=True, slots=True)
class Compared:
    """The earlier range that the answer is held against, and what that is missing."""

    comparison: Comparison
    range: Range
    completeness: Completeness


@dataclass(frozen=True, slots=True)
class Answer:
    """A page of rows, or all of them. `total` is of every row, also those on other pages; `following` the key
    and the value of the last row, to go on from, empty at the end.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: tuple[Value, ...] | None
    completeness: Completeness
    currency: str
    following: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    notes: tuple[Note, ...] = ()
    compared: Compared | None = None

    @property
    def is_told_by_row(self) -> bool:
        """Whether rows lack something else than the whole does; where they do not, it is said once."""
        return any((row.branch, row.first) != (None, None) for row in self.rows)

    def place(self, name: str) -> int | None:
        """Where a column of that name stands."""
        names = [column.name for column in self.columns]
        return names.index(name) if name in names else None


class Verdicts:
    """The completeness of rows, each kind of row narrowed once: a report has many rows of few kinds. Gaps are sorted
    by branch once for all: a chain that rests on Sundays has thousands, and a row for each branch.
    """

    def __init__(self, completeness: Completeness) -> None:
        self._whole = completeness
        self._known: dict[tuple[str | None, date | None, date | None], Completeness] = {}
        self._gaps: dict[str, list[Gap]] | None = None
        self._told: dict[int, Any] = {}

    def of(self, row: Row) -> Completeness:
        """What the row is missing."""
        key = (row.branch, row.first, row.last)
        if key == (None, None, None):
            return self._whole
        if key not in self._known:
            of_branch = self._whole if row.branch is None else self._of_branch(row.branch)
            self._known[key] = _between(of_branch, row.first, row.last)
        return self._known[key]

    def told(self, row: Row, say: Callable[[Completeness], Told]) -> Told:
        """The same as `say` tells it, always in one way, and once for all rows that lack the same."""
        completeness = self.of(row)
        if id(completeness) not in self._told:
            self._told[id(completeness)] = say(completeness)
        told: Told = self._told[id(completeness)]
        return told

    def _of_branch(self, branch: str) -> Completeness:
        if self._gaps is None:
            self._gaps = {}
            for gap in self._whole.gaps:
                self._gaps.setdefault(gap.branch, []).append(gap)
        return replace(self._whole, branches=(branch,), gaps=tuple(self._gaps.get(branch, ())))


def _between(whole: Completeness, first: date | None, last: date | None) -> Completeness:
    if first is None or last is None:
        return whole
    gaps = tuple(
        gap
        for gap in whole.gaps
        # What is tied to no date may belong to any.
        if gap.business_date is None or first <= gap.business_date <= last
    )
    return replace(whole, first=first, last=last, gaps=gaps)
