"""A report's one definition: what it is called, who may see it, what it asks, and how it answers.

    part       is
    choices    what is chosen from a list, such as by what the rows are; the first option is the default
    filters    what is typed, such as an item's code; empty does not filter
    ask        the answer to a request, in one snapshot of the database
    stream     the same for a file of any length; None where all rows are known before they are sorted

From it `pages`, `as_csv`, `as_xlsx`, `as_pdf` and `as_json` make everything that a person or a program sees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from hq.reporting.asking import Asked
from hq.reporting.ranges import COMPARISONS, Comparison
from hq.reporting.table import Answer, Row
from replication.console.languages import msgid
from replication.console.words import Words

ChartKind = Literal["line", "area", "bar", "pie"]

COMPARISON_LABELS: Mapping[str, str] = {
    "": msgid("Nothing"),
    "week": msgid("The week before"),
    "weeks_52": msgid("52 weeks before, on the same weekdays"),
    "period": msgid("The period before"),
    "year": msgid("The year before, on the same dates"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a list; `options` are pairs of value and text. `only_for` names a choice and the values of it
    for which this one means something.
    """

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    only_for: tuple[frozenset[str], frozenset[str]] | None = None

    @property
    def default(self) -> str:
        """The first."""
        return self.options[0][0]

    def means_something(self, choices: Mapping[str, str]) -> bool:
        """Whether it is asked for beside these."""
        if self.only_for is None:
            return True
        names, values = self.only_for
        return any(choices.get(name) in values for name in names)


@dataclass(frozen=True, slots=True)
class Filter:
    """A code that is typed."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class Request:
    """What a report is asked: everything that was chosen, in whose words, and which page of rows.

    `sort` is the name of a column; `after` the key of the last row seen, and its value before it.
    """

    asked: Asked
    choices: Mapping[str, str]
    filters: Mapping[str, str]
    sort: str
    descending: bool
    after: tuple[str, ...]
    limit: int | None
    now: datetime
    words: Words
    comparison: Comparison | None = None


Ask = Callable[[Connection, Request], Answer]
#: The same answer without its rows, and these in pages of so many, each read when it is asked for.
Stream = Callable[[Connection, Request, int], tuple[Answer, Iterator[tuple[Row, ...]]]]


@dataclass(frozen=True, slots=True)
class Definition:
    """A report. `measure` is the column that its chart shows and rows are sorted by; `in_time` are the values
    of its choice `by` whose rows stand in the order of time. `days` is how many it is about by default,
    0 when it is of now and has no dates. `compared` are the columns that are held against an earlier range.
    """

    code: str
    group: str
    title: str
    about: str
    roles: frozenset[str]
    ask: Ask
    measure: str
    choices: tuple[Choice, ...] = ()
    filters: tuple[Filter, ...] = ()
    days: int = 1
    in_time: frozenset[str] = frozenset()
    compared: tuple[str, ...] = ()
    ascending: bool = False
    stream: Stream | None = None
    chart: ChartKind | None = "bar"

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """What it can be compared with."""
        return COMPARISONS if self.compared else ()

    def choice(self, name: str) -> Choice | None:
        """The choice of that name."""
        return next((one for one in self.choices if one.name == name), None)

    def is_in_time(self, choices: Mapping[str, str]) -> bool:
        """Whether the rows stand in the order of time."""
        return choices.get("by", "") in self.in_time
