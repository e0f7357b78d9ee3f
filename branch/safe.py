"""The safe (保险柜) of the branch: what lies in it, what moves it, and its blind count.

    deposit, change, paid in, paid out    `safe.moved`, with the slip's number or a reason
    a count                               `safe.counted`: what was counted, and what the ledger said then

What tills bring and take is derived from their own entries (`schemas.tables.safe_figures`) and written nowhere
else. The entries carry the newest business date, whatever its state: a deposit after the close moves no figure
of the day. Two at once are taken one after the other, under that day's row.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select

from branch import currencies, own_journal
from branch.day_state import DayError, days, lock_day
from branch.wording import RefusalError
from replication.console.languages import msgid
from schemas.domain.denomination import Pieces, contradicted
from schemas.domain.safe import SafeCounted, SafeMoved, SafeMovement
from schemas.tables.safe_figures import balance
from schemas.tables.tills import safe_count


class SafeError(RefusalError):
    """What cannot be written of the safe; the message says the way out."""


@dataclass(frozen=True, slots=True)
class Moving:
    """What somebody wants to move; `amount` in minor units of `key`."""

    movement: SafeMovement
    key: str
    amount: int
    slip: str
    reason: str


def keys(connection: Connection, branch: str) -> tuple[str, ...]:
    """What is counted in the safe: cash, and every foreign currency that lies in a till here."""
    return ("cash", *currencies.counted_in(connection, branch, [balance(connection, branch)]))


def move(
    connection: Connection, branch: str, asked: Moving, operator: str, authority: str, now: datetime
) -> SafeMoved:
    """Write a movement. Raises SafeError or DayError; nothing is written then."""
    on = _date(connection, branch)
    if asked.amount <= 0:
        raise SafeError(msgid("Write how much it is: an amount above nought"))
    if asked.movement == "deposit" and not asked.slip.strip():
        raise SafeError(msgid("Write the number of the deposit slip"))
    if asked.movement in {"paid_in", "paid_out"} and not asked.reason.strip():
        raise SafeError(msgid("Say what the money is for"))
    fact = SafeMoved(
        str(uuid.uuid4()), branch, on, asked.movement, asked.key, asked.amount,
        asked.slip.strip(), asked.reason.strip(), operator, authority, now,
    )  # fmt: skip
    own_journal.state(connection, branch, fact, now)
    return fact


def count(
    connection: Connection,
    branch: str,
    counted: Mapping[str, int],
    pieces: Sequence[Pieces],
    reason: str,
    operator: str,
    now: datetime,
) -> SafeCounted:
    """Write a count. Raises SafeError or DayError; nothing is written then."""
    on = _date(connection, branch)
    if set(counted) != set(keys(connection, branch)) or min(counted.values()) < 0:
        raise SafeError(
            msgid("The count of the safe must name cash and every currency, none below nought")
        )
    if key := contradicted(counted, pieces):
        raise SafeError(
            msgid("The pieces of %(key)s do not come to its amount: count the safe again"), key=key
        )
    fact = SafeCounted(
        str(uuid.uuid4()), branch, on, dict(counted), balance(connection, branch),
        reason.strip(), operator, now, tuple(pieces),
    )  # fmt: skip
    own_journal.state(connection, branch, fact, now)
    return fact


def is_counted(connection: Connection, branch: str, business_date: date) -> bool:
    """Whether the safe was counted on a business date."""
    query = select(safe_count.c.uuid).where(
        safe_count.c.branch == branch, safe_count.c.business_date == business_date
    )
    return connection.execute(query.limit(1)).first() is not None


def counts(connection: Connection, branch: str, limit: int = 10) -> list[SafeCounted]:
    """The newest counts."""
    query = (
        select(safe_count)
        .where(safe_count.c.branch == branch)
        .order_by(safe_count.c.at.desc())
        .limit(limit)
    )
    return [
        SafeCounted(
            row.uuid, row.branch, row.business_date, row.counted, row.expected,
            row.reason, row.operator, row.at, tuple(Pieces(**one) for one in row.denominations),
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def _date(connection: Connection, branch: str) -> date:
    newest = days(connection, branch, limit=1)
    if not newest:
        raise DayError(msgid("There is no business day yet: open one, then see to the safe"))
    return lock_day(connection, branch, newest[0].business_date).business_date
