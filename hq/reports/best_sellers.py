"""What sold best: the consolidated figures of a range in the order of one of them.

    rank        1 for the most; of two alike the lower code comes first
    cumulative  what this one and all before it come to; what is below nought adds nothing
    whole       what all come to, so that the last one's cumulative share is the whole

Nothing is ranked that was not sold. Whatever their number, they are ranked in the database, and a page begins behind a rank.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, Subquery, func, literal, select

from hq.consolidation import figures
from hq.consolidation.keys import below
from hq.consolidation.names import names
from hq.consolidation.question import FIGURES, Figures, Question
from hq.reports import snapshot
from hq.reports.categories import paths_of
from replication.streams import CHAIN_FEED
from schemas.tables.catalogue import item

Measure = Literal["sales", "quantity", "margin"]


@dataclass(frozen=True, slots=True)
class Seller:
    """One of them. `value` is the figure that it is ranked by."""

    rank: int
    key: str
    name: str
    figures: Figures
    value: int
    cumulative: int


@dataclass(frozen=True, slots=True)
class Whole:
    """How many there are, what they come to, and the whole of the figure that they are ranked by."""

    number: int
    figures: Figures
    value: int


class Ranking:
    """What `question` asks for, by one dimension. `category` leaves, of items, those that are in it or below it now:
    as it is now, so that an item that moved has one rank.
    """

    def __init__(
        self, connection: Connection, question: Question, measure: Measure, category: str = ""
    ) -> None:
        self._connection = connection
        self._question = question
        sold = figures.grouped(connection, question).subquery("sold")
        self._value = figures.figure_of(sold, measure)
        self._sold = sold
        self._conditions: list[ColumnElement[bool]] = [figures.says_something(sold)]
        if category:
            codes = below([category], paths_of(connection))
            among = select(item.c.key).where(
                item.c.stream == CHAIN_FEED, item.c.category.in_(codes)
            )
            self._conditions.append(sold.c.k0.in_(among))

    def whole(self) -> Whole:
        """Of all of them."""
        sums = [func.coalesce(func.sum(self._sold.c[one]), 0) for one in FIGURES]
        value = func.coalesce(func.sum(self._above_nought()), 0)
        query = select(func.count(), value, *sums).where(*self._conditions)
        found = self._connection.execute(query).one()
        return Whole(found[0], Figures(*map(int, found[2:])), int(found[1]))

    def page(self, after: int, limit: int) -> list[Seller]:
        """The ranks behind one, so many."""
        ranked = self._ranked().subquery("ranked")
        query = select(ranked).where(ranked.c.rank > after).order_by(ranked.c.rank).limit(limit)
        return self._read(self._connection.execute(query).all())

    def pages(self, size: int) -> Iterator[list[Seller]]:
        """All of them, so many at a time, by a cursor of the server."""
        found = snapshot.pages(self._connection, self._ranked().order_by("rank"), size)
        return (self._read(page) for page in found)

    def _ranked(self) -> Select[Any]:
        sold: Subquery = self._sold
        order = (self._value.desc(), sold.c.k0)
        so_far = func.sum(self._above_nought()).over(order_by=order, rows=(None, 0))
        return select(
            sold, self._value.label("value"), func.row_number().over(order_by=order).label("rank"),
            so_far.label("cumulative"),
        ).where(*self._conditions)  # fmt: skip

    def _above_nought(self) -> ColumnElement[Any]:
        return func.greatest(self._value, literal(0))

    def _read(self, rows: Sequence[Any]) -> list[Seller]:
        keys = {row.k0 for row in rows}
        called = names(self._connection, self._question, self._question.by[0], keys)
        return [
            Seller(
                row.rank, row.k0, called.get(row.k0) or row.k0,
                Figures(*(getattr(row, one) for one in FIGURES)), row.value, int(row.cumulative),
            )
            for row in rows
        ]  # fmt: skip
