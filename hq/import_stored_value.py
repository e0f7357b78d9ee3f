"""Importing stored value that members had before this chain was run here.

    stored_value   member,amount,reference

The reference is what the balance is known by where it comes from, such as a card's number there. It is
loaded once: the same row again changes nothing, and the reference with another amount is refused.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from hq.import_kinds import Reading, unique
from hq.redemption import stored_value
from hq.redemption.stored_value import Opening
from hq.references import References
from replication.console.csv_file import Row
from replication.console.languages import msgid
from schemas.tables.catalogue import member

COLUMNS = ("member", "amount", "reference")

_NO_MEMBER = msgid("there is no member %(value)s; import members first")
_AMOUNT = msgid("stored value that is loaded is more than nought")
_LOADED = msgid("%(value)s was loaded before, for %(member)s; the row says something else")


def read_stored_value(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Opening balances."""
    held = stored_value.loaded(connection)
    members = set(connection.execute(select(member.c.member)).scalars())
    unique(rows, "reference", lambda row: row.cells["reference"].strip())
    changes: list[Opening] = []
    for row in rows:
        one = Opening(
            row.code("reference"), row.code("member"), row.number("amount", known.decimals)
        )
        if one.member not in members:
            row.refuse("member", _NO_MEMBER, value=one.member)
        if one.amount <= 0 and not row.problems:
            row.refuse("amount", _AMOUNT)
        before = held.get(one.reference)
        if before is not None and before != one:
            row.refuse("reference", _LOADED, value=one.reference, member=before.member)
        if before is None and not row.problems:
            changes.append(one)
    return Reading(changes, len(changes), 0, len(rows) - len(changes))
