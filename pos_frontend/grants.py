"""The grants (离线授权额度) of this lane: out of what it redeems while nobody can be asked (rule 18).

    a grant is          when                                              it has room
    open                headquarters answered it for the epoch that       see `schemas.domain.redemption.room`
                        the lane's journal is in
    another's           the lane was put back, or enrolled anew           none, ever
    ended               the lane has told, or is about to tell, that it   none, ever: headquarters may have
                        is done with it                                   given out what was left of it
    gone                headquarters' newest answer does not name it      none

Uses are counted by grant and member in the commit of the sale that made them: all of it, or nothing. What
the sale in hand takes counts too. A grant that was seen to be over is ended for good, whatever the clock says
later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, Row, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from pos_frontend.basket import Sale
from replication import journal
from replication.streams import journal_of
from schemas.domain.redemption import Grant, GrantUse, PointsRate, RedeemedKind, room
from schemas.tables.base import reading
from schemas.tables.lane import lane_grant, lane_grant_use
from schemas.wire.redemption import Ended, GrantsWanted

#: With the line up another is asked for before a grant ends, so that a lane is seldom without one.
NEARLY_OVER = timedelta(hours=2)
#: The same when so many hundredths of it are used.
NEARLY_USED = 90

_GRANT, _USE = lane_grant.c, lane_grant_use.c
# A till waits for this with a sale: handed to the driver as it is.
_ADD = (
    "INSERT INTO lane_grant_use (number, account, used) VALUES (?, ?, ?)"
    " ON CONFLICT (number, account) DO UPDATE SET used = used + excluded.used"
)


@dataclass(frozen=True, slots=True)
class Held:
    """A grant of this lane, what it was used for in committed sales, and whether the lane is done with it."""

    grant: Grant
    used: GrantUse
    ended: bool

    def nears_its_end(self, at: datetime) -> bool:
        """Whether it is time to ask for another."""
        return (
            at + NEARLY_OVER >= self.grant.until
            or self.used.total * 100 >= self.grant.amount * NEARLY_USED
        )


@dataclass(frozen=True, slots=True)
class Room:
    """What an account may redeem out of a grant."""

    grant: Grant
    amount: int


class LaneGrants:
    """The grants of one lane, on the writing engine of journal.db."""

    def __init__(self, engine: Engine, lane: str) -> None:
        self._engine = engine
        self._lane = lane

    def held(self) -> list[Held]:
        """Every grant that is held, of whatever epoch, by its number."""
        with reading(self._engine) as connection:
            return _held(connection, self._lane)

    def best(
        self, kind: RedeemedKind, account: str, at: datetime, sale: Sale | None
    ) -> Room | None:
        """The grant of a kind with the most room for an account beside what the sale in hand takes; None
        where no grant has any.
        """
        in_hand = list(uses_of(sale))
        with reading(self._engine) as connection:
            epoch = self._epoch(connection)
            open_ = [
                one
                for one in _held(connection, self._lane)
                if one.grant.kind == kind and not one.ended
            ]
        rooms = [
            Room(one.grant, room(one.grant, _with(one, in_hand), account, epoch, at))
            for one in open_
        ]
        found = max(rooms, key=lambda one: one.amount, default=None)
        return found if found is not None and found.amount > 0 else None

    def end(self, at: datetime, sale: Sale | None, *, line_up: bool) -> bool:
        """End what is over and, with the line up, what nears its end; whether another is to be asked for.
        What the sale in hand takes something of is left alone.
        """
        wanted = {number for number, _, _ in uses_of(sale)}
        with reading(self._engine) as connection:
            held = _held(connection, self._lane)
        over = [
            one.grant.number
            for one in held
            if not one.ended
            and one.grant.number not in wanted
            and (at >= one.grant.until or (line_up and one.nears_its_end(at)))
        ]
        if over:
            with self._engine.begin() as connection:
                connection.execute(
                    update(lane_grant).where(_GRANT.number.in_(over)).values(ended=True)
                )
        return bool(over) or any(one.ended for one in held)

    def wanted(self) -> GrantsWanted:
        """What headquarters is asked: which grants of this epoch the lane is done with."""
        with reading(self._engine) as connection:
            epoch = self._epoch(connection)
            held = _held(connection, self._lane)
        ended = tuple(
            Ended(one.grant.number, one.used.total)
            for one in held
            if one.ended and one.grant.epoch == epoch
        )
        return GrantsWanted(epoch, ended)

    def take(self, answered: Iterable[Grant]) -> None:
        """Hold what headquarters answered, and nothing else of what was held before."""
        with self._engine.begin() as connection:
            epoch = self._epoch(connection)
            mine = {
                one.number: one for one in answered if (one.lane, one.epoch) == (self._lane, epoch)
            }
            # One that the lane has ended stays so: its end is told until an answer leaves it out.
            connection.execute(delete(lane_grant).where(_GRANT.number.not_in(mine)))
            connection.execute(delete(lane_grant_use).where(_USE.number.not_in(mine)))
            for one in mine.values():
                fresh = _row(one)
                connection.execute(
                    insert(lane_grant)
                    .values({**fresh, "ended": False})
                    .on_conflict_do_update(index_elements=["number"], set_=fresh)
                )

    def honoured(self, sale: Sale | None) -> Sale | None:
        """A kept sale with the tenders and coupons that are its own: one out of a grant of another epoch is
        none.
        """
        if sale is None or not any(uses_of(sale)):
            return sale
        with reading(self._engine) as connection:
            epoch = self._epoch(connection)
            mine = {
                one.grant.number
                for one in _held(connection, self._lane)
                if one.grant.epoch == epoch
            }
        kept = tuple(one for one in sale.tenders if one.grant is None or one.grant in mine)
        reserved = {
            number: grant for number, grant in sale.reserved.items() if not grant or grant in mine
        }
        return replace(sale, tenders=kept, reserved=reserved)

    def _epoch(self, connection: Connection) -> str:
        return journal.head_of(connection, journal_of(self._lane)).epoch


def uses_of(sale: Sale | None) -> Iterator[tuple[str, str, int]]:
    """What a sale in hand takes out of grants: the grant, whose account, how much. A coupon takes one of
    its grant as soon as it is reserved, whether it takes something off in the end or not.
    """
    if sale is None:
        return
    member = sale.basket.member or ""
    yield from _tenders_of(sale)
    for one in sale.basket.coupons:
        if grant := sale.reserved.get(one.number):
            yield grant, member, 1


def _tenders_of(sale: Sale) -> Iterator[tuple[str, str, int]]:
    for tender in sale.tenders:
        if tender.grant is not None:
            yield tender.grant, sale.basket.member or "", tender.amount


def add(connection: Connection, sale: Sale) -> None:
    """Count what a sale took, in its commit; most take nothing, and cost nothing. Of coupons those count
    that the ticket names.
    """
    member = sale.basket.member or ""
    coupons = [(one.grant, member, 1) for one in sale.used_coupons if one.grant is not None]
    if rows := [*_tenders_of(sale), *coupons]:
        connection.exec_driver_sql(_ADD, rows)


def _with(held: Held, in_hand: Iterable[tuple[str, str, int]]) -> GrantUse:
    together = dict(held.used.by_account)
    for number, account, amount in in_hand:
        if number == held.grant.number:
            together[account] = together.get(account, 0) + amount
    return GrantUse(together)


def _held(connection: Connection, lane: str) -> list[Held]:
    used: dict[str, dict[str, int]] = {}
    for row in connection.execute(select(lane_grant_use)):
        used.setdefault(row.number, {})[row.account] = row.used
    rows = connection.execute(select(lane_grant).order_by(_GRANT.until, _GRANT.number))
    return [Held(_grant(row, lane), GrantUse(used.get(row.number, {})), row.ended) for row in rows]


def _grant(row: Row[tuple[object, ...]], lane: str) -> Grant:
    rate = None if row.rate_points is None else PointsRate(row.rate_points, row.rate_amount)
    return Grant(row.number, row.kind, lane, row.epoch, row.amount, row.cap, row.until, rate)


def _row(grant: Grant) -> Mapping[str, object]:
    return {
        "number": grant.number, "kind": grant.kind, "epoch": grant.epoch, "amount": grant.amount,
        "cap": grant.cap, "until": grant.until,
        "rate_points": grant.rate and grant.rate.points,
        "rate_amount": grant.rate and grant.rate.amount,
    }  # fmt: skip
