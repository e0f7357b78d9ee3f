"""What branches ask of the distribution centre that serves them, and how it is shared out when short (rule 27).

    enough for all   each branch is to be sent what it asked for
    short            one pack each in the order of the branches' codes, then in proportion to need by largest
                     remainder (`schemas.domain.replenishment.share`); the line tells what it gave up

What the centre has to share is on hand there, less what it was told to send already, and, where a run is about
some branches alone, less what is proposed for the others.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, Connection, cast, delete, func, select

from hq.replenishment.line import Line
from schemas.domain.replenishment.share import Need, share
from schemas.tables.bulk import insert_rows
from schemas.tables.replenishment import (
    replenishment_ask,
    replenishment_line,
    replenishment_proposal,
)
from schemas.tables.stock import stock_on_hand

_ROW = replenishment_ask.c
_AT_ONCE = 1_000


def replace(connection: Connection, branch: str, centre: str, lines: Sequence[Line]) -> None:
    """Let these be what a branch asks for this morning."""
    connection.execute(delete(replenishment_ask).where(_ROW.branch == branch))
    insert_rows(
        connection, replenishment_ask,
        (
            {"branch": branch, "item": one.item, "centre": centre, "asked": one.quantity,
             "unit": one.unit, "factor": one.factor, "price": one.price,
             "price_from": one.price_from, "terms": one.terms, "history": one.history}
            for one in lines
        ),
    )  # fmt: skip


def clear(connection: Connection) -> None:
    """Forget what was asked for on another morning."""
    connection.execute(delete(replenishment_ask))


def by_item(connection: Connection, centre: str) -> dict[str, int]:
    """What is asked of a centre in all, by item."""
    total = cast(func.sum(_ROW.asked), BigInteger)
    query = select(_ROW.item, total).where(_ROW.centre == centre).group_by(_ROW.item)
    return {row[0]: row[1] for row in connection.execute(query)}


def proposed(connection: Connection, centre: str, but: Collection[str]) -> dict[str, int]:
    """What open proposals of other branches than these are to get of a centre, by item."""
    row, head = replenishment_line.c, replenishment_proposal.c
    total = cast(func.sum(func.coalesce(row.changed, row.proposed)), BigInteger)
    query = (
        select(row.item, total)
        .join(replenishment_proposal, head.proposal == row.proposal)
        .where(
            head.kind == "send", head.partner == centre, head.state == "open",
            head.branch.not_in(but),
        )
        .group_by(row.item)
    )  # fmt: skip
    return {one[0]: one[1] for one in connection.execute(query)}


def shares(
    connection: Connection, centre: str, asked: Mapping[str, int], committed: Mapping[str, int]
) -> dict[str, dict[str, int]]:
    """By branch, what it gets of the items of which there is not enough."""
    held = stock_on_hand.c
    query = select(held.item, held.quantity).where(held.branch == centre)
    on_hand: dict[str, int] = {row[0]: row[1] for row in connection.execute(query)}
    left = {item: on_hand.get(item, 0) - committed.get(item, 0) for item in asked}
    short = sorted(item for item, quantity in asked.items() if quantity > left[item])
    found: dict[str, dict[str, int]] = {}
    for first in range(0, len(short), _AT_ONCE):
        for item, needs in _needs(connection, centre, short[first : first + _AT_ONCE]).items():
            for branch, quantity in share(left[item], needs).items():
                found.setdefault(branch, {})[item] = quantity
    return found


def _needs(connection: Connection, centre: str, items: Sequence[str]) -> dict[str, dict[str, Need]]:
    query = select(_ROW.item, _ROW.branch, _ROW.asked, _ROW.factor).where(
        _ROW.centre == centre, _ROW.item.in_(items)
    )
    found: dict[str, dict[str, Need]] = {}
    for row in connection.execute(query):
        found.setdefault(row.item, {})[row.branch] = Need(row.asked, row.factor)
    return found


def lines(connection: Connection, branch: str, shared: Mapping[str, int]) -> list[Line]:
    """What a branch is to be sent, by item; a line of which nothing is there stays, at nought."""
    query = select(replenishment_ask).where(_ROW.branch == branch).order_by(_ROW.item)
    return [_line(row).shared(shared.get(row.item, row.asked))
            for row in connection.execute(query)]  # fmt: skip


def _line(row: Any) -> Line:  # noqa: ANN401 - a row of the table
    return Line(
        row.item, row.unit, row.factor, row.asked, row.price, row.price_from, row.terms, row.history
    )
