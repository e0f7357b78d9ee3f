"""What a database holds of a branch's stock, in a form that branch and headquarters share.

Items are ordered by their bytes, whatever the language of the database; one of which nothing is there, neither
quantity nor value, is as if it had never been.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import BigInteger, Connection, and_, cast, func, or_, select

from schemas.tables.stock import stock_move, stock_on_hand

#: Quantity and value by item.
Stock = dict[str, tuple[int, int]]


def held(
    connection: Connection, branch: str, after: str, *, limit: int | None = None, through: str = ""
) -> Stock:
    """The items behind `after`, at most so many, or through one of them."""
    row = stock_on_hand.c
    key = row.item.collate("C")
    query = (
        select(row.item, row.quantity, row.value)
        .where(row.branch == branch, key > after, or_(row.quantity != 0, row.value != 0))
        .order_by(key)
    )
    if through:
        query = query.where(key <= through)
    if limit is not None:
        query = query.limit(limit)
    return {one.item: (one.quantity, one.value) for one in connection.execute(query)}


@dataclass(frozen=True, slots=True)
class Untrue:
    """An item whose sums are not those of its moves: what is held, and what the moves come to."""

    branch: str
    item: str
    held: tuple[int, int]
    moved: tuple[int, int]

    def __str__(self) -> str:
        return (
            f"{self.item}: {self.held[0]} worth {self.held[1]} are held, its moves come to"
            f" {self.moved[0]} worth {self.moved[1]}: a person must look"
        )


def untrue_sums(connection: Connection) -> Iterator[Untrue]:
    """Where what is held is not the sum of the moves; reads the whole ledger."""
    move, row = stock_move.c, stock_on_hand.c
    sums = (
        select(
            move.branch, move.item, cast(func.sum(move.quantity), BigInteger).label("quantity"),
            cast(func.coalesce(func.sum(move.value), 0), BigInteger).label("value"),
        )
        .group_by(move.branch, move.item)
        .subquery("sums")
    )  # fmt: skip
    of_moves, both = sums.c, and_(sums.c.branch == row.branch, sums.c.item == row.item)
    place = [func.coalesce(row[name], of_moves[name]) for name in ("branch", "item")]
    figures = [
        func.coalesce(one, 0)
        for one in (row.quantity, row.value, of_moves.quantity, of_moves.value)
    ]
    query = (
        select(
            *place, *figures,
        )
        .select_from(stock_on_hand)
        .outerjoin(sums, both, full=True)
        .where(or_(figures[0] != figures[2], figures[1] != figures[3]))
        .order_by(*place)
    )  # fmt: skip
    for one in connection.execute(query):
        yield Untrue(one[0], one[1], (one[2], one[3]), (one[4], one[5]))
