"""What the lane writes down: one durable transaction per fact, in journal.db alone.

    commit of a sale   counters up ─ ticket numbered ─ entry appended ─ COMMIT: all of it, or nothing

After a kill at any instant either the whole ticket is there, with counters that include it, or no
trace of it, and its number is given to the next (rule 21). The identity of the last sale rests
beside the counters: committing the same sale again answers the ticket that it became.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice, takewhile
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Row,
    Select,
    bindparam,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert

from pos_frontend import counters, grants, promotion_uses, suspended_baskets
from pos_frontend.checkout import Committing
from pos_frontend.counters import Counters
from pos_frontend.grants import LaneGrants
from pos_frontend.promotion_uses import Used
from pos_frontend.shift_facts import fact_of, reading_of
from pos_frontend.suspended_baskets import SuspendedBaskets
from replication import epochs, journal
from replication.journal import Draft
from replication.streams import journal_of
from schemas.domain.exceptions import TillException
from schemas.domain.member import MemberRegistered
from schemas.domain.suspension import BasketResumed, BasketSuspended
from schemas.domain.ticket import Control, Ticket
from schemas.domain.till import (
    BasketCancelled,
    CashMoved,
    PaymentSettled,
    ShiftEnded,
    ShiftOpened,
    TillCounted,
)
from schemas.domain.till_reading import Reading
from schemas.domain.till_settlement import TerminalSettled
from schemas.tables.base import reading
from schemas.tables.journal import journal_entry
from schemas.tables.lane import lane_shift
from schemas.wire import entries
from schemas.wire.entry import Entry

#: How many entries are looked through for tickets of a date: more than a lane writes in a week.
_LOOK_BACK = 5_000
_OPEN_SHIFTS = (
    select(lane_shift).where(lane_shift.c.ended.is_(None)).order_by(lane_shift.c.opened.desc())
)
_END_SHIFT = (
    update(lane_shift).where(lane_shift.c.shift == bindparam("which")).values(ended=bindparam("at"))
)
_COUNT_SHIFT = (
    update(lane_shift)
    .where(lane_shift.c.shift == bindparam("which"))
    .values(left=bindparam("cash"))
)
_ENDED_SHIFTS = (
    select(lane_shift)
    .where(lane_shift.c.ended.is_not(None))
    .order_by(lane_shift.c.ended.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Shift:
    """A shift (班次) of the lane; `continues` is the one whose till it goes on with."""

    shift: str
    operator: str
    business_date: date
    opened: datetime
    float_amount: int
    continues: str | None = None


@dataclass(frozen=True, slots=True)
class Before:
    """The shift before the next one: `left` is the cash that its cashier counted, None without a count."""

    shift: str
    operator: str
    business_date: date
    left: int | None


class LaneJournal:
    """The lane's own journal, counters and shift, on the writing engine of journal.db."""

    def __init__(self, engine: Engine, lane: str) -> None:
        self._engine = engine
        self._lane = lane
        self._stream = journal_of(lane)
        self.suspended = SuspendedBaskets(engine)
        self.grants = LaneGrants(engine, lane)

    def counters(self) -> Counters:
        """Return the counters as they were last committed."""
        with reading(self._engine) as connection:
            return counters.read(connection)

    def open_shift(self) -> Shift | None:
        """Return the shift that was opened last and not ended, after a restart too."""
        with reading(self._engine) as connection:
            return next(_open_shifts(connection), None)

    def shift_before(self) -> Before | None:
        """Return the shift that ended last, after a restart too."""
        with reading(self._engine) as connection:
            row = connection.execute(_ENDED_SHIFTS).first()
        if row is None:
            return None
        return Before(row.shift, row.operator, row.business_date, row.left)

    def begin_shift(self, fact: ShiftOpened) -> Shift:
        """Write that a shift was opened."""
        shift = Shift(
            fact.shift, fact.operator, fact.business_date, fact.opened, fact.float_amount,
            fact.continues,
        )  # fmt: skip
        row = {
            "shift": shift.shift, "operator": shift.operator, "opened": shift.opened,
            "business_date": shift.business_date, "float_amount": shift.float_amount,
            "continues": shift.continues,
        }  # fmt: skip
        with self._engine.begin() as connection:
            connection.execute(insert(lane_shift), [row])
            self._append(connection, fact, fact.opened)
        return shift

    def reading(self, shift: Shift) -> Reading:
        """Return the figures of a shift's till as they stand now: of all shifts that it went through."""
        with reading(self._engine) as connection:
            shifts = [shift]
            while (before := shifts[-1].continues) and len(shifts) < _LOOK_BACK:
                query = select(lane_shift).where(lane_shift.c.shift == before)
                rows = connection.execute(query).all()
                if not rows:
                    break
                shifts.append(_shift(rows[0]))
            first = shifts[-1]
            return reading_of(
                connection,
                self._lane,
                [one.shift for one in shifts],
                first.opened,
                first.float_amount,
            )

    def end_shift(
        self,
        shift: Shift,
        branch: str,
        operator: str,
        at: datetime,
        counted: TillCounted | None = None,
    ) -> list[ShiftEnded]:
        """Write that a shift ended, with the lane's own figures of its business date, and how its till
        was counted if it was.

        So did those that a restore interrupted: they came back while this one was open already, and
        nobody can end them any more. This one's fact is the last.
        """
        with self._engine.begin() as connection:
            interrupted = [one for one in _open_shifts(connection) if one.shift != shift.shift]
            ended = [
                self._end(connection, one, branch, operator, at) for one in (*interrupted, shift)
            ]
            if counted is not None:
                self._append(connection, counted, at)
                left = {"which": shift.shift, "cash": counted.counted["cash"]}
                connection.execute(_COUNT_SHIFT, left)
            return ended

    def _end(
        self, connection: Connection, shift: Shift, branch: str, operator: str, at: datetime
    ) -> ShiftEnded:
        figures = self._figures(connection, shift)
        fact = ShiftEnded(
            shift=shift.shift,
            branch=branch,
            lane=self._lane,
            operator=operator,
            business_date=shift.business_date,
            ended=at,
            last_counter=figures.receipt,
            tickets=figures.tickets,
            gross=figures.gross,
            grand_total=figures.grand_total,
        )
        connection.execute(_END_SHIFT, {"which": shift.shift, "at": at})
        self._append(connection, fact, at)
        return fact

    def note(
        self,
        fact: BasketCancelled
        | CashMoved
        | MemberRegistered
        | PaymentSettled
        | TerminalSettled
        | TillException,
    ) -> None:
        """Write what happened beside the sales."""
        with self._engine.begin() as connection:
            self._append(connection, fact, fact.at)

    def suspend(self, fact: BasketSuspended) -> None:
        """Write that a basket was set aside, and hold it."""
        with self._engine.begin() as connection:
            suspended_baskets.suspend(connection, fact)
            self._append(connection, fact, fact.at)

    def resume(self, fact: BasketResumed, of: BasketSuspended) -> None:
        """Write that a suspended basket goes on here."""
        with self._engine.begin() as connection:
            suspended_baskets.resume(connection, fact, of)
            self._append(connection, fact, fact.at)

    def has_ended(self, basket: str) -> bool:
        """Whether a basket was sold, cancelled or set aside again; looks through the journal."""
        if self.suspended.was_suspended(basket):
            return True
        with reading(self._engine) as connection:
            return connection.execute(self._naming(basket)).first() is not None

    def commit(self, committing: Committing) -> Ticket:
        """Commit a sale, once: the same one again answers the ticket that it became."""
        sale = committing.sale
        with self._engine.begin() as connection:
            before = counters.read(connection)
            if before.last_basket == sale.uuid:
                return self._ticket(connection, before)
            if before.business_date != sale.terms.business_date:
                before = self._of_date(connection, before, sale.terms.business_date)
            after = before.after(sale.totals.total, sale.terms.business_date)
            control = Control(after.tickets, after.gross, after.grand_total)
            ticket = committing.ticket(after.receipt, control)
            entry = self._append(connection, ticket, ticket.committed)
            last = replace(
                after, last_basket=sale.uuid, last_epoch=entry.epoch, last_sequence=entry.sequence
            )
            counters.write(connection, last)
            promotion_uses.add(connection, sale)
            grants.add(connection, sale)
        return ticket

    def promotions_used(self, member: str | None, on: date) -> Used:
        """Return how often limited promotions were used here, by a member and on a date."""
        with reading(self._engine) as connection:
            return promotion_uses.used(connection, member, on)

    def last_ticket(self) -> Ticket | None:
        """Return the last committed ticket, after a restart too."""
        with reading(self._engine) as connection:
            last = counters.read(connection)
            return None if last.last_sequence is None else self._ticket(connection, last)

    def ticket_of(self, basket: str) -> Ticket | None:
        """Return the ticket that a basket became, if it is held here; looks through the journal."""
        with reading(self._engine) as connection:
            facts = map(fact_of, connection.execute(self._naming(basket)))
            return next((o for o in facts if isinstance(o, Ticket) and o.uuid == basket), None)

    def tickets_of(self, shift: Shift, most: int) -> list[Ticket]:
        """Return the newest tickets of a shift, so many at most, the newest first."""
        with reading(self._engine) as connection:
            newest = islice(self._tickets_backwards(connection), most)
            return list(takewhile(lambda one: one.shift == shift.shift, newest))

    def _append(self, connection: Connection, fact: entries.Fact, at: datetime) -> Entry:
        kind, version = entries.kind_of(fact)
        draft = Draft(kind, version, at, entries.encode(fact))
        return journal.append(connection, self._stream, [draft])[-1]

    def _of_date(self, connection: Connection, now: Counters, on: date) -> Counters:
        """The counters with the figures of another date, of which something may have been sold.

        A branch that was put back may open a date again that its lanes had gone on from: they take
        its count up where it was. Looked for among the newest entries, once per change of date.
        """
        newest = (
            select(journal_entry.c.kind, journal_entry.c.version, journal_entry.c.body)
            .where(journal_entry.c.stream == self._stream)
            .order_by(literal_column("rowid").desc())
            .limit(_LOOK_BACK)
            .subquery()
        )
        # A body is canonical and says its date in one way only: the database sorts out the others.
        dated = b'"business_date":"%s"' % on.isoformat().encode()
        rows = connection.execute(
            select(newest).where(newest.c.kind == "ticket", func.instr(newest.c.body, dated) > 0)
        )
        sold = [fact_of(row) for row in rows]
        totals = [one.total for one in sold if isinstance(one, Ticket) and one.business_date == on]
        return replace(now, business_date=on, tickets=len(totals), gross=sum(totals))

    def _figures(self, connection: Connection, shift: Shift) -> Counters:
        """The figures of the shift's date, also when the lane has gone on to another date since."""
        now = counters.read(connection)
        if now.business_date == shift.business_date:
            return now
        # As far back as a change of date looks: the clock may have gone back within the shift.
        for ticket in islice(self._tickets_backwards(connection), _LOOK_BACK):
            if ticket.business_date == shift.business_date:
                kept = ticket.control
                return Counters(
                    ticket.counter, kept.grand_total, shift.business_date, kept.tickets, kept.gross
                )
        return Counters(now.receipt, now.grand_total, shift.business_date)

    def _tickets_backwards(self, connection: Connection) -> Iterator[Ticket]:
        for head in reversed(epochs.heads(connection, self._stream)):
            of_epoch = self._own(head.epoch).order_by(journal_entry.c.sequence.desc())
            for row in connection.execute(of_epoch):
                fact = fact_of(row)
                if isinstance(fact, Ticket):
                    yield fact

    def _ticket(self, connection: Connection, last: Counters) -> Ticket:
        """The last sale's ticket; where the counters say, or where a restore has moved it to."""
        epoch = last.last_epoch or journal.head_of(connection, self._stream).epoch
        place = self._own(epoch).where(journal_entry.c.sequence == last.last_sequence)
        for query in (place, self._naming(last.last_basket or "")):
            for row in connection.execute(query):
                fact = fact_of(row)
                if isinstance(fact, Ticket) and fact.uuid == last.last_basket:
                    return fact
        message = f"{self._stream} does not hold the last ticket, {last.last_basket}, any more"
        raise LookupError(message)

    def _naming(self, basket: str) -> Select[Any]:
        """The entries that name a basket, of any epoch; a body is canonical and says it in one way only."""
        named = b'"uuid":"%s"' % basket.encode()
        return self._own(None).where(func.instr(journal_entry.c.body, named) > 0)

    def _own(self, epoch: str | None) -> Select[Any]:
        """The entries of one of the journal's epochs, or of all."""
        query = select(journal_entry.c.kind, journal_entry.c.version, journal_entry.c.body).where(
            journal_entry.c.stream == self._stream
        )
        return query if epoch is None else query.where(journal_entry.c.epoch == epoch)


def _open_shifts(connection: Connection) -> Iterator[Shift]:
    """The shifts that are open, the youngest first; more than one only after a restore."""
    for row in connection.execute(_OPEN_SHIFTS):
        yield _shift(row)


def _shift(row: Row[Any]) -> Shift:
    return Shift(
        row.shift, row.operator, row.business_date, row.opened, row.float_amount, row.continues
    )
