"""A lane after a restore: receipt numbers that jump, and counters that take in what came back.

    a new epoch begins   the receipt counter jumps a block: numbers that were given after the backup
                         was made are not given again (rule 21); nor those that were given after an
                         earlier jump, of which a mark outside the database tells
    tickets come back    they count as if they had never been lost; the lane says what its figures
                         are from then on, so that branch and headquarters can hold it to them

Both are entries (`CountersMoved`), in the transaction that changes the counters. The sync process
writes to journal.db only here: a sale may wait for it for the milliseconds that one commit takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Engine, update
from sqlalchemy.dialects.sqlite import insert

from pos_frontend import counters, suspended_baskets
from pos_frontend.counters import Counters
from replication import incarnation, journal
from replication.apply import Arrival
from replication.clock import Clock
from replication.durable import replace_file
from replication.journal import Draft
from replication.recovery import Recovery
from replication.streams import journal_of
from schemas.domain.suspension import BasketResumed, BasketSuspended
from schemas.domain.ticket import Ticket
from schemas.domain.till import CountersMoved, ShiftEnded, ShiftOpened, TillCounted
from schemas.tables.lane import lane_shift
from schemas.wire import entries

#: More receipts than a lane gives between two backups; a number may be skipped, never given twice.
BLOCK = 1_000
#: How far the receipt numbers ever jumped, beside the database: the same backup may come back twice.
JUMP_FILE = "receipt-jump"


def recovery_of(engine: Engine, lane: str, clock: Clock, data: Path) -> Recovery:
    """How this lane gets back what it lost; `engine` writes journal.db."""
    return Recovery(
        engine, journal_of(lane), clock, data / incarnation.FILE,
        epoch_begun=partial(jump, lane, clock, data / JUMP_FILE), project=partial(regain, lane, clock),
    )  # fmt: skip


def jump(lane: str, clock: Clock, mark: Path, connection: Connection, reason: str) -> None:
    """Skip a block of receipt numbers and write down which."""
    before = counters.read(connection)
    after = replace(before, receipt=max(before.receipt, _jumped(mark)) + BLOCK)
    # Before the commit: a jump that is noted and not made costs numbers, and never gives one twice.
    replace_file(mark, b"%d\n" % after.receipt)
    counters.write(connection, after)
    _state(connection, lane, clock, after, (before.receipt + 1, after.receipt), reason)


def _jumped(mark: Path) -> int:
    """The number that the last jump led to; 0 when there was none, or nothing that reads tells."""
    try:
        return int(mark.read_text("ascii"))
    except (OSError, ValueError):
        return 0


def regain(lane: str, clock: Clock, connection: Connection, arrivals: Sequence[Arrival]) -> None:
    """Take the lane's own lost tickets, shifts and suspended baskets back, and write down what the figures are now."""
    now = before = counters.read(connection)
    for arrival in arrivals:
        entry = arrival.entry
        match entries.decode(entry.kind, entry.version, entry.body):
            case Ticket() as ticket:
                now = _with(now, ticket, entry.epoch, entry.sequence)
            case ShiftOpened() as fact:
                _open_shift(connection, fact)
            case ShiftEnded() as fact:
                _end_shift(connection, fact)
            case TillCounted() as fact:
                _count_shift(connection, fact)
            case BasketSuspended() as fact:
                suspended_baskets.suspend(connection, fact)
            case BasketResumed() as fact:
                suspended_baskets.resume(connection, fact, None)
            case _:
                pass  # A cancelled basket or a jump changes nothing that the lane goes on from.
    if now != before:
        counters.write(connection, now)
        _state(connection, lane, clock, now, (now.receipt + 1, now.receipt), "fetched back")


def _with(before: Counters, ticket: Ticket, epoch: str, sequence: int) -> Counters:
    """The counters with a ticket that was lost; figures of a date restart with every date."""
    on, known = ticket.business_date, before.business_date
    after = replace(
        before,
        receipt=max(before.receipt, ticket.counter),
        grand_total=before.grand_total + ticket.total,
    )
    if known is None or on > known:
        after = replace(after, business_date=on, tickets=1, gross=ticket.total)
    elif on == known:
        after = replace(after, tickets=before.tickets + 1, gross=before.gross + ticket.total)
    if ticket.counter >= before.receipt:
        after = replace(after, last_basket=ticket.uuid, last_epoch=epoch, last_sequence=sequence)
    return after


def _state(
    connection: Connection, lane: str, clock: Clock, now: Counters, skipped: tuple[int, int],
    reason: str,
) -> None:  # fmt: skip
    at = clock()
    fact = CountersMoved(
        branch=lane.partition(".")[0], lane=lane, business_date=now.business_date or at.date(),
        first=skipped[0], last=skipped[1], tickets=now.tickets, gross=now.gross,
        grand_total=now.grand_total, at=at, reason=reason,
    )  # fmt: skip
    kind, version = entries.kind_of(fact)
    draft = Draft(kind, version, at, entries.encode(fact))
    journal.append(connection, journal_of(lane), [draft])


def _open_shift(connection: Connection, fact: ShiftOpened) -> None:
    row = {
        "shift": fact.shift, "operator": fact.operator, "opened": fact.opened,
        "business_date": fact.business_date, "float_amount": fact.float_amount,
        "continues": fact.continues,
    }  # fmt: skip
    # One that was opened since the restore may be open beside it: they are ended together.
    connection.execute(insert(lane_shift).values(row).on_conflict_do_nothing())


def _end_shift(connection: Connection, fact: ShiftEnded) -> None:
    connection.execute(
        update(lane_shift).where(lane_shift.c.shift == fact.shift).values(ended=fact.ended)
    )


def _count_shift(connection: Connection, fact: TillCounted) -> None:
    connection.execute(
        update(lane_shift)
        .where(lane_shift.c.shift == fact.shift)
        .values(left=fact.counted.get("cash"))
    )
