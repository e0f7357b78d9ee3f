"""The suspended baskets that this lane knows of, in journal.db beside the entries that state them.

    row                          the basket is
    neither taken nor resumed    this lane's own, and open as far as it knows
    taken_by                     another lane's: the branch said so, and the lane remembers it
    basket, not ended            resumed here; perhaps the sale at the till
    basket, ended                resumed here, and sold, cancelled or suspended once more since

What the lane states goes into its row and its journal in one transaction. A restore brings back both, or
the journal's entry later (`pos_frontend.recovery`), from which the row is made again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from replication.inquiry import Answerer, Finding
from schemas.domain.suspension import BasketResumed, BasketSuspended
from schemas.tables.base import reading
from schemas.tables.suspended import lane_suspended
from schemas.wire import entries
from schemas.wire.suspended import Listing, joined, listed, listing_body

_ROW = lane_suspended.c
#: Longer than the branch does not know yet what a lane resumed.
_KEPT = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Known:
    """A basket that this lane suspended; `taken_by` is the lane that has it now, as the branch said."""

    fact: BasketSuspended
    taken_by: str = ""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """A basket that was resumed here, under this uuid, and has not been seen to end."""

    fact: BasketSuspended
    basket: str
    resumed: datetime


class SuspendedBaskets:
    """What the till asks of these rows, on the writing engine of journal.db."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def open(self) -> list[BasketSuspended]:
        """What this lane suspended and nobody is known to have, newest first."""
        with reading(self._engine) as connection:
            return open_here(connection)

    def find(self, uuid: str) -> Known | None:
        """A basket that this lane suspended and did not resume itself."""
        mine = select(lane_suspended).where(_ROW.uuid == uuid, _ROW.basket.is_(None))
        with reading(self._engine) as connection:
            row = connection.execute(mine).one_or_none()
        fact = None if row is None else _read(row)
        return Known(fact, row.taken_by) if row is not None and fact is not None else None

    def was_suspended(self, basket: str) -> bool:
        """Whether a basket of the till was set aside."""
        with reading(self._engine) as connection:
            row = connection.execute(select(_ROW.uuid).where(_ROW.was == basket)).first()
        return row is not None

    def interrupted(self, since: datetime) -> Interrupted | None:
        """The newest basket that was resumed since an instant, unless it is known to have ended."""
        newest = (
            select(lane_suspended)
            .where(_ROW.resumed >= since)
            .order_by(_ROW.resumed.desc())
            .limit(1)
        )
        with reading(self._engine) as connection:
            row = connection.execute(newest).one_or_none()
        fact = None if row is None or row.ended else _read(row)
        return Interrupted(fact, row.basket, row.resumed) if row is not None and fact else None

    def take(self, gone: Mapping[str, str]) -> None:
        """Remember which lane has baskets that this one suspended."""
        with self._engine.begin() as connection:
            for uuid, lane in gone.items():
                connection.execute(
                    update(lane_suspended).where(_ROW.uuid == uuid).values(taken_by=lane)
                )

    def end(self, basket: str) -> None:
        """Remember that a resumed basket has ended."""
        with self._engine.begin() as connection:
            connection.execute(
                update(lane_suspended).where(_ROW.basket == basket).values(ended=True, entry=None)
            )


def suspend(connection: Connection, fact: BasketSuspended) -> None:
    """Hold what this lane suspended, in the transaction of its entry; one that is held stays as it is."""
    row = {"uuid": fact.uuid, "was": fact.basket, "entry": entries.encode(fact)}
    connection.execute(insert(lane_suspended).values(row).on_conflict_do_nothing())
    connection.execute(delete(lane_suspended).where(_ROW.resumed < fact.at - _KEPT))


def resume(connection: Connection, fact: BasketResumed, of: BasketSuspended | None) -> None:
    """Hold that this lane resumed a basket, in the transaction of its entry; `of` is what goes on, which
    nobody knows when the entry alone comes back after a restore.
    """
    known: dict[str, object] = {"basket": fact.basket, "resumed": fact.at}
    if of is not None:
        known["entry"] = entries.encode(of)
    row = {"uuid": fact.uuid, "was": of.basket if of else "", **known}
    statement = insert(lane_suspended).values(row)
    connection.execute(statement.on_conflict_do_update(index_elements=["uuid"], set_=known))


def open_here(connection: Connection) -> list[BasketSuspended]:
    """What the lane suspended and nobody is known to have, newest first."""
    mine = select(lane_suspended).where(
        _ROW.basket.is_(None), _ROW.taken_by == "", _ROW.entry.is_not(None)
    )
    facts = [fact for row in connection.execute(mine) if (fact := _read(row))]
    return sorted(facts, key=lambda fact: fact.at, reverse=True)


def own_suspended() -> Answerer:
    """Return what answers, from the lane's own file, which baskets are open."""

    def answer(connection: Connection, body: Mapping[str, Any]) -> Finding:
        del body
        listing = Listing(tuple(listed(fact) for fact in open_here(connection)))
        over = select(_ROW.uuid).where((_ROW.basket.is_not(None)) | (_ROW.taken_by != ""))
        ended = frozenset(connection.execute(over).scalars())
        return Finding(
            "found", listing_body(listing),
            joined=lambda outcome, above: joined(listing, ended, outcome, above),
        )  # fmt: skip

    return answer


def _read(row: Row[Any]) -> BasketSuspended | None:
    if row.entry is None:
        return None
    fact = entries.decode("basket.suspended", 1, bytes(row.entry))
    return fact if isinstance(fact, BasketSuspended) else None
