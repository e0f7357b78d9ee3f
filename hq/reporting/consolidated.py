"""Reports that are read from the consolidated figures: the columns of each, and one way to ask for them.

What is filtered by is looked up: a category, an item, a supplier or an operator that is not (any more) here is
said beside the figures, which stay those of what was sold under that code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import cast

from sqlalchemy import Column as TableColumn
from sqlalchemy import Connection, select

from hq.consolidation import figures as consolidated
from hq.consolidation.question import (
    SORTED_BY,
    Dimension,
    Figures,
    Kind,
    Only,
    Question,
    QuestionError,
)
from hq.consolidation.question import Answer as Consolidated
from hq.consolidation.question import Row as ConsolidatedRow
from hq.reporting.asking import AskedError
from hq.reporting.definition import Choice, Filter, Request
from hq.reporting.dimensions import LABELS, drill, extent_of, is_spoken, named
from hq.reporting.table import Answer, Column, Figure, Note, Row, Share, Value
from hq.reporting.table import Kind as CellKind
from replication.console.languages import msgid
from schemas.tables.catalogue import category, item, supplier
from schemas.tables.staff import staff

_TOTAL = msgid("Total")
_GONE = msgid("There is no %(what)s %(code)s here (any more).")
_STILL = msgid("The figures are of what was sold under that code.")
LEVELS = {"1": 1, "2": 2, "3": 3, "": None}

LEVEL = Choice(
    "level",
    msgid("Level"),
    (
        ("1", msgid("Top categories")), ("2", msgid("Second level")), ("3", msgid("Third level")),
        ("", msgid("As sold")),
    ),
    only_for=(frozenset({"by", "by2"}), frozenset({"category"})),
)  # fmt: skip
REVISION = Choice(
    "revision", msgid("Figures"), (("", msgid("As they are now")), ("1", msgid("As first closed")))
)
FILTERS = tuple(Filter(name, LABELS[name]) for name in ("category", "item", "supplier", "operator"))
_KNOWN: dict[str, TableColumn[str]] = {
    "category": category.c.category, "item": item.c.item, "supplier": supplier.c.supplier,
    "operator": staff.c.operator,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FigureColumn:
    """A column of a consolidated report: its value from a row's figures and from those of all, or from its key
    and its figures, and then none in the total.
    """

    name: str
    label: str
    kind: CellKind
    of: Callable[[Figures, Figures], Value]
    sortable: bool = True
    keyed: Callable[[tuple[str, ...], Figures], Value] | None = None


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a report adds to its rows: headline figures and notes."""

    figures: tuple[Figure, ...] = ()
    notes: tuple[Note, ...] = ()


Speak = Callable[[Connection, Request, Consolidated], Spoken]


def plain(name: str, label: str, kind: CellKind) -> FigureColumn:
    """A column that is a figure as it stands."""
    return FigureColumn(name, label, kind, lambda figures, _: cast("Value", getattr(figures, name)))


def share_of(name: str) -> FigureColumn:
    """The part that a row has of all of a figure."""
    return FigureColumn(
        "share", msgid("Share"), "share",
        lambda figures, whole: Share(getattr(figures, name), getattr(whole, name)), sortable=False,
    )  # fmt: skip


def dimensions_of(request: Request) -> tuple[Dimension, ...]:
    """What is reported by: one or two, never one twice."""
    chosen = [request.choices.get("by", ""), request.choices.get("by2", "")]
    return tuple(cast("Dimension", one) for one in dict.fromkeys(chosen) if one)


@dataclass(frozen=True, slots=True)
class Told:
    """How a report is told from the consolidated figures: its code, its columns, and what it adds to its rows."""

    code: str
    columns: tuple[FigureColumn, ...]
    speak: Speak

    def ask(self, connection: Connection, request: Request) -> Answer:
        """Answer a request."""
        found = _answer(connection, request)
        answer = self._without_rows(connection, request, found)
        return replace(answer, rows=self._rows(request, found.total, found.rows))

    def stream(
        self, connection: Connection, request: Request, size: int
    ) -> tuple[Answer, Iterator[tuple[Row, ...]]]:
        """Answer a request without its rows, and these in pages."""
        with _said():
            question = question_of(request, dimensions_of(request))
            found, pages = consolidated.streamed(connection, question, request.now, size)
        answer = self._without_rows(connection, request, found)
        return answer, (self._rows(request, found.total, page) for page in pages)

    def _without_rows(
        self, connection: Connection, request: Request, found: Consolidated
    ) -> Answer:
        dimensions, words = dimensions_of(request), request.words
        spoken = self.speak(connection, request, found)
        heads = tuple(
            Column(one, words.gettext(LABELS[one]), "text" if is_spoken(one) else "named")
            for one in dimensions
        )
        figures = tuple(
            Column(one.name, words.gettext(one.label), one.kind, one.sortable and one.name in SORTED_BY)
            for one in self.columns
        )  # fmt: skip
        nothing: tuple[Value, ...] = (words.gettext(_TOTAL), *[""] * (len(dimensions) - 1))
        total = ("" if one.keyed else one.of(found.total, found.total) for one in self.columns)
        return Answer(
            columns=(*heads, *figures),
            rows=(),
            total=(*nothing, *total),
            completeness=found.completeness,
            currency=request.asked.currency,
            following=found.following or (),
            figures=spoken.figures,
            notes=(*gone(connection, request), *spoken.notes),
        )

    def _rows(
        self, request: Request, whole: Figures, rows: Sequence[ConsolidatedRow]
    ) -> tuple[Row, ...]:
        dimensions = dimensions_of(request)
        return tuple(_row(self.code, request, dimensions, self.columns, whole, one) for one in rows)


def gone(connection: Connection, request: Request) -> list[Note]:
    """What is filtered by and unknown."""
    words, notes = request.words, list[Note]()
    for name, code in request.filters.items():
        known = _KNOWN.get(name)
        if not code or known is None:
            continue
        if connection.execute(select(known).where(known == code).limit(1)).first() is None:
            what = words.gettext(LABELS[name])
            text = words.gettext(_GONE, what=what, code=code)
            notes.append(Note("warn", text, words.gettext(_STILL)))
    return notes


def question_of(request: Request, dimensions: tuple[Dimension, ...]) -> Question:
    """The question to the consolidated figures."""
    asked = request.asked
    sort = request.sort if request.sort in SORTED_BY else "key"
    return Question(
        branches=asked.branches,
        first=asked.first,
        last=asked.last,
        by=dimensions,
        level=LEVELS[request.choices["level"]] if "category" in dimensions else None,
        only=tuple(
            Only(cast("Kind", name), (code,)) for name, code in request.filters.items() if code
        ),
        as_of_revision=1 if request.choices.get("revision") == "1" else None,
        sort=sort,
        descending=request.descending,
        after=request.after or None,
        limit=request.limit,
    )


def _answer(connection: Connection, request: Request) -> Consolidated:
    with _said():
        question = question_of(request, dimensions_of(request))
        return consolidated.answer(connection, question, request.now)


@contextmanager
def _said() -> Iterator[None]:
    """What has no answer is refused as what was asked for."""
    try:
        yield
    except QuestionError as error:
        raise AskedError(error.text, 422, "", **error.params) from None


def _row(
    code: str, request: Request, dimensions: tuple[Dimension, ...],
    columns: Sequence[FigureColumn], whole: Figures, row: ConsolidatedRow,
) -> Row:  # fmt: skip
    words = request.words
    names: list[Value] = []
    for dimension, key, name in zip(dimensions, row.keys, row.names, strict=True):
        called = named(words, dimension, key, name)
        names.append(called.name if is_spoken(dimension) else called)
    extent = extent_of(dimensions, row.keys, request.asked.range)
    return Row(
        row.keys,
        (
            *names,
            *(
                one.keyed(row.keys, row.figures) if one.keyed else one.of(row.figures, whole)
                for one in columns
            ),
        ),
        drill(request, code, dimensions, row.keys),
        extent.branch,
        extent.first,
        extent.last,
    )
