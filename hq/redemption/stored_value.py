"""The ledger of stored value (储值) at headquarters, which is the truth about it (rule 18).

    what moves it                             under the key                    posts
    a file's row, under a reference           the reference                    loaded, once
    a person, with a reason                   a number of its own              adjusted
    a ticket's tender                         the ticket and the tender        redeemed
    a refund of such a tender                 the refund, tender and sale      given_back
    a receivable that a person settled        a number of its own, the sale    settled

`postings` posts what tickets do, `receivables` what is settled. Amounts are minor units of money.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects.postgresql import insert

from hq.audit import note
from hq.redemption import accounts
from hq.redemption.accounts import STORED_VALUE
from hq.refusal import RefusalError
from replication.console.languages import msgid
from schemas.tables.redemption import stored_value_entry

_NO_REASON = msgid("Say why the stored value of %(member)s is changed.")
_NOTHING = msgid("Nought changes nothing: enter how much is added, or with a minus taken.")
LOADED = "loaded"
_ADJUSTED = "adjusted"


@dataclass(frozen=True, slots=True)
class StoredValueEntry:
    """A line of the ledger as a page shows it; `receipt` is empty where no ticket moved it."""

    source: str
    kind: str
    member: str
    amount: int
    at: datetime
    branch: str
    reason: str
    operator: str
    receipt: str


@dataclass(frozen=True, slots=True)
class Opening:
    """What a member had elsewhere, under the reference that it is known by there."""

    reference: str
    member: str
    amount: int


def adjust(
    connection: Connection, member: str, amount: int, operator: str, reason: str, at: datetime
) -> None:
    """Add stored value by a person's word, or take it. Raises RefusalError."""
    if not reason.strip():
        raise RefusalError(_NO_REASON, member=member)
    if not amount:
        raise RefusalError(_NOTHING)
    row = STORED_VALUE.row(
        amount, source=str(uuid.uuid4()), rule=_ADJUSTED, kind=_ADJUSTED, member=member, at=at,
        reason=reason.strip(), operator=operator,
    )  # fmt: skip
    connection.execute(insert(stored_value_entry), [row])
    note(connection, at, operator, "member.stored_value", member, f"{amount:+d} {reason.strip()}")


def load(connection: Connection, openings: Sequence[Opening], operator: str, at: datetime) -> None:
    """Load opening balances, each reference once."""
    rows = [
        STORED_VALUE.row(
            one.amount, source=one.reference, rule=LOADED, kind=LOADED, member=one.member, at=at,
            operator=operator,
        )
        for one in openings
    ]  # fmt: skip
    if rows:
        connection.execute(insert(stored_value_entry).on_conflict_do_nothing(), rows)


def loaded(connection: Connection) -> dict[str, Opening]:
    """What was loaded before, by its reference."""
    row = stored_value_entry.c
    query = select(row.source, row.member, row.amount).where(row.kind == LOADED)
    return {one.source: Opening(*one) for one in connection.execute(query)}


def newest(connection: Connection, family: Iterable[str], limit: int) -> list[StoredValueEntry]:
    """The ledger's entries of these members, the youngest first."""
    return [_entry(one) for one in accounts.newest(connection, STORED_VALUE, family, limit)]


def _entry(row: Row[Any]) -> StoredValueEntry:
    return StoredValueEntry(
        row.source, row.kind, row.member, row.amount, row.at, row.branch, row.reason, row.operator,
        "" if row.lane is None else f"{row.lane}-{row.counter:06d}",
    )  # fmt: skip
