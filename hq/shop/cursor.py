"""Where a shop stands in what changes: all that was committed before a transaction.

A row carries the transaction that changed it last. Transactions commit in another order than they begin, so
a cursor is not the newest one seen but the oldest that was still running: whoever asks with it is told what
that one and later ones changed. A change may be told twice, and none is left out; no lock, no clock.

    written as    <epoch of headquarters' feeds>.<revision of the shop's key>.<transaction>

Numbers of transactions mean nothing in another database: after one was put back its feeds begin another
epoch. And what a shop may see is another after its scope or buffer was changed. In both cases it begins anew.
"""

from __future__ import annotations

import re

from sqlalchemy import BigInteger, ColumnElement, Connection, Text, cast, func, select

from hq.shop.clients import Client
from replication import feed

_WRITTEN = re.compile(r"([0-9A-Za-z-]{1,64})\.([0-9]{1,9})\.([0-9]{1,18})")


class CursorError(ValueError):
    """A cursor from which nothing can be told any more: it is of another state of headquarters, or of the key."""


def this_transaction() -> ColumnElement[int]:
    """What a row that is changed now carries."""
    return cast(cast(func.pg_current_xact_id(), Text), BigInteger)


def present(connection: Connection, client: Client) -> str:
    """The cursor of everything that this statement's snapshot shows."""
    oldest = func.pg_snapshot_xmin(func.pg_current_snapshot())
    number = connection.execute(select(cast(cast(oldest, Text), BigInteger))).scalar_one()
    return f"{_beginning(connection, client)}.{number}"


def read(connection: Connection, client: Client, written: str) -> int:
    """The transaction from which on changes are to be told. Raises CursorError."""
    found = _WRITTEN.fullmatch(written)
    if found is None or f"{found[1]}.{found[2]}" != _beginning(connection, client):
        raise CursorError(written)
    return int(found[3])


def _beginning(connection: Connection, client: Client) -> str:
    return f"{feed.history(connection).present}.{client.revision}"
