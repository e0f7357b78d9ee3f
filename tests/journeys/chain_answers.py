"""What headquarters answers about the chain of `chain_file`, held against the sums of the file.

    questions     every dimension by store and month, each figure that it has; what it lacks is held against the
                  file too: days on which a store did not trade, and nothing else
    definitions   every report that reads what was sold, by everything that it can be asked by, for the whole chain
                  and as a program is told it

Slow sellers are not among them: they are of what lies in stock, of which the file says nothing.
"""

from __future__ import annotations

import gettext
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine

from hq.consolidation.figures import answer
from hq.consolidation.question import Answer, Dimension, Question
from hq.reporting.as_json import as_json
from hq.reporting.made import Author, make
from hq.reporting.reading import Reader
from hq.reporting.register import REPORTS
from hq.reports.branches import known_branches
from hq.reports.snapshot import snapshot
from replication.console.words import Spoken
from tests.journeys.chain_definitions import DEFINITIONS, Asked
from tests.journeys.chain_file import FIRST, LAST
from tests.journeys.chain_sums import BASKETS, DISCOUNTS, LINES, SUPPLIERS, TENDERS, Sums, Traded

NOW = datetime(2017, 9, 2, tzinfo=UTC)
_READER = Reader((), Spoken("en", gettext.NullTranslations()), NOW, "USD")
_AUTHOR = Author("Journey", "journey")
_MOST = 100_000
_SHOWN = 5
_COUNTED = ("lines", "quantity", "sales")


@dataclass(frozen=True, slots=True)
class Compared:
    """How many rows of a report were held against the file, and those that differ."""

    name: str
    rows: int
    differences: tuple[str, ...]

    def __str__(self) -> str:
        shown = "".join(f"\n    {one}" for one in self.differences[:_SHOWN])
        return f"  {self.name:44} {self.rows:9,} rows {len(self.differences):6,} differ{shown}"


@dataclass(frozen=True, slots=True)
class _By:
    """A dimension: by what it is asked, what the file calls these keys, and the figures it has."""

    asked: tuple[Dimension, ...]
    figures: Sequence[str]
    columns: Mapping[str, str]
    level: int | None = None

    @property
    def name(self) -> str:
        return " × ".join(self.asked) + (f", level {self.level}" if self.level else "")


def _by(
    *asked: Dimension, figures: Sequence[str] = BASKETS, level: int | None = None, **columns: str
) -> _By:
    return _By(asked, figures, columns, level)


_DIMENSIONS = (
    _by("branch", "month"), _by("branch", "day"), _by("branch", "month", "week"),
    _by("branch", "month", "weekday"), _by("region", "month"), _by("branch", "month", "hour"),
    _by("branch", "month", "operator"), _by("branch", "month", "member"),
    _by("branch", "month", "tier"), _by("branch", "month", "item", figures=LINES),
    _by("branch", "month", "category", figures=LINES),
    _by("branch", "month", "category", figures=LINES, level=1, category="department"),
    _by("branch", "month", "supplier", figures=SUPPLIERS),
    _by("branch", "month", "tender", figures=TENDERS),
    _by("branch", "month", "promotion", figures=DISCOUNTS),
    _by("branch", "month", "discount", figures=DISCOUNTS, discount="kind"),
)  # fmt: skip


def dimensions(engine: Engine, traded: Traded, revision: int | None = None) -> Iterator[Compared]:
    """Every dimension by store and month, as it is now or as it was first closed."""
    whole = _whole(traded)
    idle = traded.days_without_sales()
    for one in _DIMENSIONS:
        with snapshot(engine) as connection:
            question = Question(known_branches(connection), FIRST, LAST, one.asked)
            question = replace(question, level=one.level, as_of_revision=revision)
            told = answer(connection, question, NOW)
        expected = traded.by([one.columns.get(key, key) for key in one.asked], one.figures)
        held = {
            row.keys: values
            for row in told.rows
            if any(values := tuple(getattr(row.figures, name) for name in one.figures))
        }
        found = [*differ(expected, held), *_of_whole(told, whole, idle)]
        yield Compared(one.name, len(held), tuple(found))


def _whole(traded: Traded) -> tuple[int, ...]:
    lines = traded.lines
    return (*(int(lines[name].sum()) for name in _COUNTED), len(traded.baskets))


def _of_whole(told: Answer, whole: tuple[int, ...], idle: int) -> Iterator[str]:
    """The total, where it is told, and what the answer says that it lacks."""
    total = told.total
    held = (*(getattr(total, name) for name in _COUNTED), total.receipts)
    if told.question.by[-1] == "supplier" and total.receipts is None:
        held = (*held[:-1], whole[-1])
    if held != whole:
        yield f"in all the file comes to {whole}, the report to {held}"
    gaps = {problem: len(of) for problem, of in told.completeness.by_problem().items()}
    if gaps != ({"not_opened": idle} if idle else {}):
        yield f"the report lacks {gaps}, the file {idle} days on which stores sold nothing"


def definitions(engine: Engine, traded: Traded) -> Iterator[Compared]:
    """Every definition that reads what was sold."""
    for asked in DEFINITIONS:
        with snapshot(engine) as connection:
            told = _told(connection, asked)
        names = asked.names
        held = {
            tuple(row["key"]): tuple(row[name] for name in names)
            for row in told["rows"]
            if any(_number(row[name]) for name in names)
        }
        found = list(differ(asked.expected(traded), held))
        if not told["completeness"]["complete"]:
            found.append("the report says that it is not complete")
        if told["next"] is not None:
            found.append("the report has more rows than were read")
        yield Compared(asked.title, len(held), tuple(found))


def _number(value: Any) -> Any:  # noqa: ANN401 - a number, or a part of a whole
    return value["part"] if isinstance(value, dict) else value


def _told(connection: Connection, asked: Asked) -> dict[str, Any]:
    parameters = {"from": [str(FIRST)], "to": [str(LAST)]}
    parameters |= {name: [value] for name, value in asked.choices.items()}
    made = make(connection, REPORTS[asked.code], parameters, _READER, _AUTHOR, limit=_MOST)
    told: dict[str, Any] = json.loads(as_json(made))
    return told


def differ(expected: Sums, held: Sums) -> Iterator[str]:
    """Each row that is not what it should be, or is not there, or should not be."""
    if expected == held:
        return
    for key in sorted(expected.keys() | held.keys()):
        if expected.get(key) != held.get(key):
            yield f"{key}: the file comes to {expected.get(key)}, the report to {held.get(key)}"
