"""Labels for shelves (价签): for exactly what a price change changes at a branch, or for chosen items.

    of a change    the items of its rows whose list price at the branch differs from just before it starts,
                   everything else that is published being as it is: a nearer audience's price may hide its row
    chosen         the list prices in force at an instant; items without one are named and left out

A draft counts as if it were published last. Of one that is withdrawn no labels are made.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from hq import price_changes, price_rows, sites
from hq.price_changes import Document
from hq.refusal import RefusalError
from replication.console.languages import msgid
from replication.streams import CHAIN_FEED, branch_feed
from schemas.domain.price_movement import Movement, movements
from schemas.domain.pricing import PriceRow
from schemas.tables import shelf_prices
from schemas.tables.audience import level_of
from schemas.tables.catalogue import item
from schemas.tables.shelf_prices import ShelfPrice

MOST = 5_000

_WITHDRAWN = msgid("%(document)s is withdrawn: no labels are made of it.")
_MANY = msgid("%(count)s labels are more than the %(most)s of one file: choose fewer items.")
_NOT_ITS = msgid("%(document)s does not reach branch %(branch)s.")
_MOMENT = timedelta(microseconds=1)
# Later than any publication: a draft is looked at as if it were published now.
_LAST = 1 << 62


class LabelError(RefusalError):
    """No labels can be made as asked."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Labels of chosen items, and the codes of which there is no price, or no such item."""

    prices: list[ShelfPrice]
    without: list[str]


def for_change(connection: Connection, held: Document, branch: str) -> list[ShelfPrice]:
    """What a price change changes at a branch as it starts. Raises LabelError."""
    if held.state == "withdrawn":
        raise LabelError(_WITHDRAWN, document=held.document)
    if branch not in price_changes.audience_branches(connection, held.audience):
        raise LabelError(_NOT_ITS, document=held.document, branch=branch)
    own = [_row(held, one) for one in price_rows.read(connection, held.document) if not one.tier]
    others = shelf_prices.price_rows(
        connection, feeds_of(connection, branch), {one.item for one in own}, without=held.document
    )
    named = {(one.item, one.unit) for one in own}
    moved = [
        one
        for one in movements([*others, *own], held.starts - _MOMENT, held.starts)
        if (one.item, one.unit) in named
    ]
    return _described(connection, moved)


def for_items(connection: Connection, codes: Sequence[str], branch: str, at: datetime) -> Chosen:
    """The prices of chosen items at a branch, or of the chain where none is named. Raises LabelError."""
    feeds = feeds_of(connection, branch) if branch else {CHAIN_FEED}
    rows = shelf_prices.price_rows(connection, feeds, codes)
    # Against an instant before any price, each price is a new one; what was before is on no such label.
    moved = [
        replace(one, old=None)
        for one in movements(rows, datetime.min.replace(tzinfo=at.tzinfo), at)
    ]
    order = {code: place for place, code in enumerate(codes)}
    moved.sort(key=lambda one: (order[one.item], one.unit))
    priced = {one.item for one in moved}
    return Chosen(_described(connection, moved), [code for code in codes if code not in priced])


def known(connection: Connection, codes: Collection[str]) -> set[str]:
    """Which of these are items."""
    query = select(item.c.item).where(item.c.item.in_(codes))
    return set(connection.execute(query).scalars())


def feeds_of(connection: Connection, branch: str) -> set[str]:
    """The feeds that a branch reads."""
    return set(sites.followed_by(connection, branch)) | {branch_feed(branch)}


def _row(held: Document, one: price_rows.PriceCell) -> PriceRow:
    published = held.publication if held.publication is not None else _LAST
    return PriceRow(
        held.document, level_of(held.audience), one.item, one.unit, "", one.price, held.starts,
        held.ends, published,
    )  # fmt: skip


def _described(connection: Connection, moved: Sequence[Movement]) -> list[ShelfPrice]:
    if len(moved) > MOST:
        raise LabelError(_MANY, count=len(moved), most=MOST)
    return shelf_prices.described(connection, moved)
