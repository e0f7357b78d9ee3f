"""The reader of reports: a question in, its figures with their completeness out.

It is answered from the aggregates where all that it is about is kept under one dimension, from the lines
where it is not, or where the aggregates of a month are still to be worked out from the journals; the figures
are the same. Call it in one snapshot (`hq.reports.snapshot`), for rows, total and completeness that agree.

    answer      a page of rows, or all of them, with their total and completeness
    streamed    the same, whose rows come from a cursor of the server, so many at a time: any number of them
    rows        the rows alone, for whoever reckons on with them
    grouped     the statement of the rows, for a larger one
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy import Row as Found

from hq.completeness import assess
from hq.consolidation import aggregates, lines
from hq.consolidation.aggregates import Part
from hq.consolidation.keys import EXCLUSIVE, Paths
from hq.consolidation.names import names
from hq.consolidation.partitions import month_of
from hq.consolidation.question import (
    FIGURES,
    SORTED_BY,
    Answer,
    Figures,
    Question,
    QuestionError,
    Row,
)
from hq.reports.categories import paths_of
from hq.reports.snapshot import pages
from replication.console.languages import msgid
from schemas.tables.consolidation import due

#: Those whose rows know figures that nothing else does, and which.
_OF_THEIR_OWN = frozenset({"tender", "promotion", "discount"})
_ADDED = ("payments", "taken", "discount", "foreign_amount")
#: Of which there are more than a page holds.
_OF_MANY = frozenset({"item", "member"})
#: What the sums are made of by which rows are sorted, of those that are no figures themselves.
_PLACED_BY = {
    "discounts": frozenset({"list_amount", "sales"}), "net": frozenset({"sales", "tax"}),
    "margin": frozenset({"sales", "tax", "uncosted", "uncosted_tax", "cost"}),
    "margin_with_tax": frozenset({"sales", "uncosted", "cost_with_tax"}),
}  # fmt: skip
_SORT = msgid("There is no figure %(sort)s to sort by.")
_AFTER = msgid("This page begins after a row that is no longer there: load the report again.")


def answer(connection: Connection, question: Question, now: datetime) -> Answer:
    """Answer a question. Raises QuestionError."""
    read = _Reading(connection, question)
    wanted = _wanted(read) if question.by else []
    page = wanted if question.limit is None else wanted[: question.limit]
    following = None
    if len(wanted) > len(page):
        following = (
            *(() if question.sort == "key" else (str(page[-1].place),)),
            *_keys(question, page[-1]),
        )
    return read.answered(_named(connection, question, page), following, now)


def streamed(
    connection: Connection, question: Question, now: datetime, size: int
) -> tuple[Answer, Iterator[tuple[Row, ...]]]:
    """Answer a question without its rows, and these in pages of `size`, each read when it is asked for, while the
    snapshot lasts of which this is the connection. Raises QuestionError.
    """
    read = _Reading(connection, question)
    told = read.answered((), None, now)
    found = pages(connection, _page(question, read.grouped), size)
    return told, (_named(connection, question, page) for page in found)


def rows(connection: Connection, question: Question) -> tuple[Row, ...]:
    """The rows of a question. Raises QuestionError."""
    read = _Reading(connection, question)
    return _named(connection, question, connection.execute(_page(question, read.grouped)).all())


def grouped(connection: Connection, question: Question) -> Select[Any]:
    """The statement whose rows have keys `k0`, `k1` … and the figures by their names. Raises QuestionError."""
    return _Reading(connection, question).grouped


def has_costs(connection: Connection, question: Question) -> bool:
    """Whether the rows know what was sold cost: those that are worked out from the lines do not."""
    return _Reading(connection, question).dimension is not None


class _Reading:
    """How a question is answered: the dimension whose aggregates do so, if any, and the statement of its rows."""

    def __init__(self, connection: Connection, question: Question) -> None:
        if question.sort not in (*SORTED_BY, "key"):
            raise QuestionError(_SORT, sort=question.sort)
        aggregates.settle(connection)
        self.connection = connection
        self.question = question
        self.paths = paths_of(connection) if _is_of_categories(question) else {}
        self.dimension = _kept(connection, question, self.paths)
        self.grouped = _grouped(connection, question, self.dimension, self.paths)

    def answered(
        self, page: tuple[Row, ...], following: tuple[str, ...] | None, now: datetime
    ) -> Answer:
        """The answer with these rows."""
        connection, question = self.connection, self.question
        return Answer(
            question,
            page,
            _total(connection, question, self.grouped, self.paths),
            assess(connection, question.branches, question.first, question.last, now),
            following,
            "lines" if self.dimension is None else "aggregates",
        )


def _is_of_categories(question: Question) -> bool:
    return "category" in question.by or any(one.dimension == "category" for one in question.only)


def _kept(connection: Connection, question: Question, paths: Paths) -> str | None:
    """The dimension whose aggregates answer a question; None when the lines have to."""
    dimension = aggregates.dimension_of(question)
    if dimension is None or _is_due(connection, question):
        return None
    if dimension == "category" and question.level is not None and "category" in question.by:
        # Rows above the categories that are asked for have receipts that nobody counted.
        depths = [len(paths.get(key, (key,))) for one in question.only for key in one.keys]
        return None if any(depth > question.level for depth in depths) else dimension
    return dimension


def _is_due(connection: Connection, question: Question) -> bool:
    """Whether months of the question are not in the aggregates yet."""
    missing = select(literal(1)).where(
        due.c.whole, due.c.branch.in_([one.branch for one in question.branches]),
        due.c.month.between(month_of(question.first), question.last),
    )  # fmt: skip
    return connection.execute(missing.limit(1)).first() is not None


def _grouped(
    connection: Connection, question: Question, dimension: str | None, paths: Paths
) -> Select[Any]:
    if dimension is None:
        return lines.grouped(question, paths)
    return aggregates.grouped(connection, question, dimension, paths)


def _wanted(read: _Reading) -> Sequence[Found[Any]]:
    """A page and the row behind it. Of many rows the sums of the figure that they are sorted by find those of the
    page, and only of these the other figures are summed.
    """
    connection, question = read.connection, read.question
    if read.dimension is not None and question.limit is not None and _is_of_many(question):
        parts = Part(_PLACED_BY.get(question.sort, frozenset({question.sort})))
        placed = aggregates.grouped(connection, question, read.dimension, read.paths, parts)
        first = connection.execute(_page(question, placed, said=False)).all()
        if not first:
            return first
        wanted = [_keys(question, row) for row in first]
        part = Part(rows=wanted)
        whole = aggregates.grouped(connection, question, read.dimension, read.paths, part)
        found = connection.execute(_page(question, whole)).all()
        # A row all of whose figures are nought is none, and took the place of another.
        same = {_keys(question, row) for row in found} == {*wanted}
        if same or len(first) <= question.limit:
            return found
    return connection.execute(_page(question, read.grouped)).all()


def _is_of_many(question: Question) -> bool:
    """Whether there may be many times as many rows as a page has."""
    return question.sort != "key" and bool(_OF_MANY & {*question.by} or len(question.by) > 1)


def _page(question: Question, grouped: Select[Any], *, said: bool = True) -> Select[Any]:
    """One page by keyset: what follows the last row seen, however many rows came before it; `said` leaves out those
    that say nothing, which can be told where all figures are there.
    """
    rows = grouped.subquery("figures")
    keys = [rows.c[f"k{number}"] for number in range(len(question.by))]
    order: list[ColumnElement[Any]] = list(keys)
    statement = select(rows).where(says_something(rows)) if said else select(*keys)
    if question.sort != "key":
        place = figure_of(rows, question.sort)
        statement = statement.add_columns(place.label("place"))
        order.insert(0, place)
    if question.after is not None:
        mark = tuple_(*(literal(one) for one in _mark(question)))
        here = tuple_(*order)
        statement = statement.where(here < mark if question.descending else here > mark)
    ordered = [one.desc() if question.descending else one.asc() for one in order]
    statement = statement.order_by(*ordered)
    return statement if question.limit is None else statement.limit(question.limit + 1)


def _mark(question: Question) -> list[Any]:
    after = list(question.after or ())
    of_sort = 0 if question.sort == "key" else 1
    if len(after) != of_sort + len(question.by):
        raise QuestionError(_AFTER)
    try:
        return [*map(int, after[:of_sort]), *after[of_sort:]]
    except ValueError as error:
        raise QuestionError(_AFTER) from error


def says_something(rows: Subquery) -> ColumnElement[bool]:
    """Whether a row has a figure that is not nought: others are no rows."""
    return or_(*(rows.c[name] != 0 for name in FIGURES))


def figure_of(rows: Subquery, sort: str) -> ColumnElement[Any]:
    """A figure by its name, also one that is reckoned from others, of rows that were grouped."""
    row = rows.c
    net = row.sales - row.tax
    match sort:
        case "discounts":
            return row.list_amount - row.sales
        case "net":
            return net
        case "margin":
            return net - row.uncosted + row.uncosted_tax - row.cost
        case "margin_with_tax":
            return row.sales - row.uncosted - row.cost_with_tax
        case _:
            return row[sort]


def _keys(question: Question, row: Found[Any]) -> tuple[str, ...]:
    return tuple(getattr(row, f"k{number}") for number in range(len(question.by)))


def _named(
    connection: Connection, question: Question, page: Sequence[Found[Any]]
) -> tuple[Row, ...]:
    called = [
        names(connection, question, dimension, {getattr(row, f"k{number}") for row in page})
        for number, dimension in enumerate(question.by)
    ]
    made = []
    for row in page:
        keys = _keys(question, row)
        said = tuple(called[place].get(key) or key for place, key in enumerate(keys))
        made.append(Row(keys, said, _read(row, counted="supplier" not in question.by)))
    return tuple(made)


def _read(row: Found[Any], *, counted: bool = True) -> Figures:
    figures = Figures(*(getattr(row, name) for name in FIGURES))
    return figures if counted else replace(figures, receipts=None, member_receipts=None)


def _total(connection: Connection, question: Question, rows: Select[Any], paths: Paths) -> Figures:
    """Of all rows. Receipts are those of the whole, of which each may be in several rows."""
    whole = replace(question, by=(), after=None, limit=None)
    grouped = _grouped(connection, whole, _kept(connection, whole, paths), paths)
    total = _read(connection.execute(grouped).one(), counted=_adds_up(question))
    if question.only or not _OF_THEIR_OWN & {*question.by}:
        return total
    return replace(total, **_sums(connection, rows.subquery("figures")))


def _sums(connection: Connection, rows: Subquery) -> dict[str, int]:
    """What only the rows know."""
    found = connection.execute(
        select(*(func.coalesce(func.sum(rows.c[name]), 0).label(name) for name in _ADDED))
    ).one()
    return {name: int(getattr(found, name)) for name in _ADDED}


def _adds_up(question: Question) -> bool:
    """Whether the receipts of what is asked for are counted once."""
    several = [one for one in question.only if one.dimension not in EXCLUSIVE]
    return not several or (
        len(several) == 1 and len(several[0].keys) == 1 and several[0].dimension != "supplier"
    )
