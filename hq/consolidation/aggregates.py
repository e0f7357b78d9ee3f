"""Answering from the aggregates: which of the summed tables hold what is asked, and their sums.

    asked                                        read
    of the whole chain, not by branch            the chain's tables, else those of the branches
    whole months, not by day, week or weekday    the months' tables; for days at either end those of the days
    always                                       besides, what is fresh

Receipts of categories do not add up: a receipt that bears apples and tea is one receipt of food. So each
category above others has its receipts counted by itself (`ancestor`), by the tree as it was when the ticket
came or when all was last worked out anew; every other figure follows the tree as it is now.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Subquery,
    Table,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from hq.consolidation.keys import Keys, Paths, kept_under, places_of
from hq.consolidation.partitions import month_of, next_month
from hq.consolidation.question import KINDS, Question
from hq.reports.branches import sending_branches
from schemas.tables import consolidation as tables
from schemas.tables.consolidation import FIGURES

_BY_DAY = frozenset({"day", "week", "weekday"})
_BY_BRANCH = frozenset({"branch", "region"})
_COUNTED = ("receipts", "member_receipts")
_OF_LINES = frozenset(
    {"receipts", "member_receipts", "lines", "quantity", "list_amount", "sales", "tax"}
)
_COSTS = frozenset({"moved", "cost", "cost_with_tax", "uncosted", "uncosted_tax", "uncosted_lines"})
_OF_TICKETS = _OF_LINES | _COSTS | {"total", "rounding", "change"}
#: The figures that a dimension has: a sum of the others would be nought, and costs as much as any.
_HAS = {
    "item": _OF_LINES | _COSTS, "category": _OF_LINES | _COSTS,
    "promotion": _OF_LINES | {"discount"}, "discount": _OF_LINES | {"discount"},
    "tender": frozenset({*_COUNTED, "payments", "taken", "foreign_amount", "change"}),
}  # fmt: skip
_SETTINGS = {
    # A row for each item of a chain is summed in memory; PostgreSQL's usual share would take it to disk.
    "work_mem": "64MB",
    # What is asked for together lies together, in the order of the key: reading by it costs no more than reading on.
    "random_page_cost": "1.1",
    # Compiling such a statement costs more than it saves.
    "jit": "off",
}


@dataclass(frozen=True, slots=True)
class Part:
    """What is wanted of the rows: some figures, the others being nought; and those whose keys are among those of
    these rows, each key by itself, None for all.
    """

    figures: frozenset[str] = frozenset(FIGURES)
    rows: Sequence[tuple[str, ...]] | None = None


WHOLE = Part()


@dataclass(frozen=True, slots=True)
class _Piece:
    """Dates of a question, and the table that holds them."""

    table: Table
    first: date
    last: date


def settle(connection: Connection) -> None:
    """Set the server up for these statements, until the transaction ends."""
    connection.execute(
        select(*(func.set_config(name, value, True) for name, value in _SETTINGS.items()))  # noqa: FBT003 - so long alone
    )


def grouped(
    connection: Connection, question: Question, dimension: str, paths: Paths, part: Part = WHOLE
) -> Select[Any]:
    """The rows of a question, as `k0`, `k1` … and the figures; all kinds in it are kept under one dimension."""
    everywhere = set(sending_branches(connection)) <= {one.branch for one in question.branches}
    held = [
        name
        for name in FIGURES
        if name in _HAS.get(dimension, _OF_TICKETS) and name in part.figures
    ]
    rows = _rows(question, dimension, held, everywhere=everywhere)
    columns: dict[str, ColumnElement[Any]] = {
        "branch": rows.c.branch, "posted": rows.c.posted, dimension: rows.c.key,
    }  # fmt: skip
    keys = Keys(question, rows, columns, paths)
    by = [keys.of(one).label(f"k{number}") for number, one in enumerate(question.by)]
    conditions = keys.conditions()
    if part.rows is not None:
        conditions += _among(by, part.rows)
    counted = _counted(question, rows, keys, paths) if dimension == "category" else None
    sums = [
        _sum(rows, name, counted) if name in held else literal(0, BigInteger).label(name)
        for name in FIGURES
    ]
    return select(*by, *sums).select_from(keys.source).where(*conditions).group_by(*places_of(by))


def _among(
    by: Sequence[ColumnElement[Any]], wanted: Sequence[tuple[str, ...]]
) -> list[ColumnElement[bool]]:
    return [made.in_({keys[place] for keys in wanted}) for place, made in enumerate(by)]


def dimension_of(question: Question) -> str | None:
    """Under which dimension all is kept that a question is about; None where it is about several."""
    kinds = [one for one in question.by if one in KINDS]
    about = {kept_under(one) for one in (*kinds, *(one.dimension for one in question.only))}
    if not about:
        return "total"
    return about.pop() if len(about) == 1 else None


def _rows(question: Question, dimension: str, held: Sequence[str], *, everywhere: bool) -> Subquery:
    counts = any(name in held for name in _COUNTED) and _needs_ancestors(question, dimension)
    kept = ("category", "ancestor") if counts else (dimension,)
    chain = everywhere and not _BY_BRANCH & {*question.by}
    codes = [one.branch for one in question.branches]
    parts = []
    whole = _Piece(tables.fresh, question.first, question.last)
    for piece in (*_pieces(question, chain=chain), whole):
        row = piece.table.c
        conditions: list[ColumnElement[bool]] = [
            row.dimension.in_(kept), row.posted.between(piece.first, piece.last)
        ]  # fmt: skip
        if chain and piece is not whole:
            conditions.append(row.branch == "")
        elif not everywhere:
            conditions.append(row.branch.in_(codes))
        if question.as_of_revision is not None:
            conditions.append(row.revision <= question.as_of_revision)
        source = _each_fresh(held) if piece is whole else [row.key, *(row[name] for name in held)]
        parts.append(select(row.dimension, row.branch, row.posted, *source).where(*conditions))
    return union_all(*parts).subquery("held")


def _each_fresh(held: Sequence[str]) -> list[ColumnElement[Any]]:
    """What a fresh row holds side by side, as rows."""
    row = tables.fresh.c
    figures = [func.unnest(row[name], type_=BigInteger).label(name) for name in held]
    return [func.unnest(row["keys"], type_=Text).label("key"), *figures]


def _pieces(question: Question, *, chain: bool) -> Iterator[_Piece]:
    days, months = (
        (tables.chain_day, tables.chain_month)
        if chain
        else (tables.branch_day, tables.branch_month)
    )
    first, last = question.first, question.last
    begins = first if first.day == 1 else next_month(month_of(first))
    ends = last if next_month(month_of(last)) == _after(last) else _before(month_of(last))
    if _BY_DAY & {*question.by} or begins > ends:
        yield _Piece(days, first, last)
        return
    yield _Piece(months, begins, ends)
    if first < begins:
        yield _Piece(days, first, _before(begins))
    if ends < last:
        yield _Piece(days, _after(ends), last)


def _before(day: date) -> date:
    return day if day == date.min else day - timedelta(days=1)


def _after(day: date) -> date:
    return day if day == date.max else day + timedelta(days=1)


def _needs_ancestors(question: Question, dimension: str) -> bool:
    by_level = "category" in question.by and question.level is not None
    return dimension == "category" and (by_level or "category" not in question.by)


def _counted(question: Question, rows: Subquery, keys: Keys, paths: Paths) -> ColumnElement[bool]:
    """Which rows of categories bear receipts that are asked for, each once."""
    own, kind = rows.c.key, rows.c.dimension
    if "category" in question.by and question.level is None:
        return kind == "category"
    above = {code for path in paths.values() for code in path[:-1]}
    if "category" not in question.by:
        wanted = question.only[0].keys
        upper = [code for code in wanted if code in above]
        plain = [code for code in wanted if code not in above]
    else:
        upper = [code for code in above if len(paths.get(code, ())) == question.level]
        return or_(
            and_(kind == "ancestor", own.in_(upper)),
            and_(kind == "category", keys.of("category") == own, own.not_in(upper)),
        )
    return or_(and_(kind == "ancestor", own.in_(upper)), and_(kind == "category", own.in_(plain)))


def _sum(rows: Subquery, name: str, counted: ColumnElement[bool] | None) -> ColumnElement[Any]:
    figure: ColumnElement[Any] = rows.c[name]
    if counted is not None and name in _COUNTED:
        figure = case((counted, figure), else_=cast(null(), BigInteger))
    return func.added(figure, type_=BigInteger).label(name)
