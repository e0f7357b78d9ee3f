"""The keys of online shops: who may ask, for which branches, and with which secret.

    made ──rotate──▶ made, with another secret: the old one is worth nothing at once
      └───revoke───▶ revoked; rotating lets it in again

A secret is shown once, when it is made: only its hash is kept (`hq.bearer`). Every step leaves an audit note; what is asked wrongly raises
ClientError.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from hq import bearer
from hq.audit import note
from hq.refusal import RefusalError
from hq.reports.branches import known_branches
from replication.console.languages import msgid
from schemas.domain.money import NumberError
from schemas.domain.quantity import parse_quantity
from schemas.tables.shop import shop_client

#: The largest buffer, in thousandths.
MOST_BUFFER = 999_999_000

_NO_CODE = msgid("“%(client)s” is no code: use up to 20 letters, digits or hyphens.")
_TAKEN = msgid("There is a shop %(client)s already: give it a new secret, or choose another code.")
_UNKNOWN = msgid("There is no shop %(client)s: see the list.")
_NO_BRANCH = msgid("There is no branch %(branch)s: choose one of the list.")
_NO_NAME = msgid("Say what shop %(client)s is called.")
_NO_QUANTITY = msgid("“%(value)s” is no quantity: write it as 2 or 0.5")
_BUFFER = msgid("A buffer is nought or more, at most 999,999.")
_REVOKED = msgid("The key of shop %(client)s is revoked already.")
_NO_REASON = msgid("Say why the key of shop %(client)s is revoked.")


class ClientError(RefusalError):
    """A shop's key that cannot be as asked."""


@dataclass(frozen=True, slots=True)
class Client:
    """A shop. `branches` is its scope, empty for the whole chain; `buffer` is in thousandths."""

    client: str
    name: str
    branches: tuple[str, ...]
    buffer: int
    revision: int
    made: datetime
    rotated: datetime
    revoked: datetime | None

    def may_see(self, branch: str) -> bool:
        """Whether a branch is in its scope."""
        return not self.branches or branch in self.branches


def make(
    connection: Connection, client: str, name: str, branches: Sequence[str], buffer: int,
    operator: str, at: datetime,
) -> str:  # fmt: skip
    """Let a shop in, and answer its secret. Raises ClientError."""
    if not bearer.CODE.fullmatch(client):
        raise ClientError(_NO_CODE, client=client)
    if not name.strip():
        raise ClientError(_NO_NAME, client=client)
    if _row(connection, client) is not None:
        raise ClientError(_TAKEN, client=client)
    _check(connection, branches, buffer)
    token, hashed = bearer.new(client)
    connection.execute(
        insert(shop_client).values(
            client=client, name=name.strip(), branches=sorted(set(branches)), buffer=buffer,
            revision=1, secret_hash=hashed, made=at, rotated=at, revoked=None,
        )
    )  # fmt: skip
    note(connection, at, operator, "shop.make", client, ", ".join(sorted(set(branches))))
    return token


def change(
    connection: Connection, client: str, branches: Sequence[str], buffer: int, operator: str,
    at: datetime,
) -> None:  # fmt: skip
    """Give a shop another scope or buffer: what it was told before it has to ask for anew."""
    held = find(connection, client)
    _check(connection, branches, buffer)
    connection.execute(
        update(shop_client)
        .where(shop_client.c.client == client)
        .values(branches=sorted(set(branches)), buffer=buffer, revision=held.revision + 1)
    )
    note(connection, at, operator, "shop.change", client, ", ".join(sorted(set(branches))))


def rotate(connection: Connection, client: str, operator: str, at: datetime) -> str:
    """Give a shop another secret, and answer it. Raises ClientError."""
    find(connection, client)
    token, hashed = bearer.new(client)
    connection.execute(
        update(shop_client)
        .where(shop_client.c.client == client)
        .values(secret_hash=hashed, rotated=at, revoked=None)
    )
    note(connection, at, operator, "shop.rotate", client)
    return token


def revoke(connection: Connection, client: str, operator: str, reason: str, at: datetime) -> None:
    """Let a shop in no more. Its orders go on; whoever ends them is its branch. Raises ClientError."""
    if find(connection, client).revoked is not None:
        raise ClientError(_REVOKED, client=client)
    if not reason.strip():
        raise ClientError(_NO_REASON, client=client)
    connection.execute(
        update(shop_client).where(shop_client.c.client == client).values(secret_hash="", revoked=at)
    )
    note(connection, at, operator, "shop.revoke", client, reason.strip())


def find(connection: Connection, client: str) -> Client:
    """A shop by its code. Raises ClientError."""
    held = _row(connection, client)
    if held is None:
        raise ClientError(_UNKNOWN, client=client)
    return held


def every(connection: Connection) -> list[Client]:
    """All shops by their codes."""
    rows = connection.execute(select(shop_client).order_by(shop_client.c.client))
    return [_client(row) for row in rows]


def buffer_of(typed: str) -> int:
    """A buffer as somebody types it, in base units. Raises ClientError."""
    try:
        return parse_quantity(typed.strip() or "0")
    except NumberError as error:
        raise ClientError(_NO_QUANTITY, value=typed[:20]) from error


def of_token(connection: Connection, token: str) -> Client | None:
    """The shop whose secret this is; None for any other text."""
    query = select(shop_client).where(shop_client.c.client == bearer.code_of(token))
    row = connection.execute(query).one_or_none()
    held = "" if row is None else row.secret_hash
    if row is None or not bearer.holds(held, token):
        return None
    return _client(row)


def _client(row: Any) -> Client:  # noqa: ANN401 - a row of shop_client
    return Client(
        row.client, row.name, tuple(row.branches), row.buffer, row.revision, row.made, row.rotated,
        row.revoked,
    )  # fmt: skip


def _row(connection: Connection, client: str) -> Client | None:
    query = select(shop_client).where(shop_client.c.client == client)
    row = connection.execute(query).one_or_none()
    return None if row is None else _client(row)


def _check(connection: Connection, branches: Sequence[str], buffer: int) -> None:
    known = {one.branch for one in known_branches(connection)}
    for code in branches:
        if code not in known:
            raise ClientError(_NO_BRANCH, branch=code)
    if not 0 <= buffer <= MOST_BUFFER:
        raise ClientError(_BUFFER)
