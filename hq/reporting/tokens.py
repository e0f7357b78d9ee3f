"""Programs that read reports as JSON for somebody who signs in here.

    made ──revoke──▶ revoked, for good: by its owner or an administrator, who says why

A token sees what its owner sees at that moment, of the regions that were chosen alone where some were; of whoever
may not sign in any more it opens nothing. Its secret is shown once (`hq.bearer`). What is asked wrongly raises
TokenError; making and revoking leave an audit note.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, insert, or_, select, update

from hq import bearer, regions, staff
from hq.audit import note
from hq.refusal import RefusalError
from hq.reports.branches import known_branches
from replication.console.languages import msgid
from replication.console.users import User
from schemas.tables.reporting import report_token

_CODE_BYTES = 4
_NAME_LENGTH = 100
#: Its last use is written no more often than this: reading is not to cost a write each time.
_NOTED = timedelta(minutes=1)
_NO_NAME = msgid("Say what the token is for, in up to %(most)s characters.")
_NO_REGION = msgid("You may see no branch of region %(region)s: choose one of the list.")
_UNKNOWN = msgid("There is no token %(token)s of yours.")
_REVOKED = msgid("Token %(token)s is revoked already.")
_NO_REASON = msgid("Say why token %(token)s is revoked.")


class TokenError(RefusalError):
    """A token that cannot be made or revoked as asked."""


@dataclass(frozen=True, slots=True)
class Token:
    """One of them; `regions` narrows what it sees, none does not."""

    token: str
    name: str
    owner: str
    regions: tuple[str, ...]
    made: datetime
    used: datetime | None
    revoked: datetime | None


#: A token, and its owner with no more of a scope than the token has.
Admitted = tuple[Token, User]


def make(connection: Connection, user: User, name: str, wanted: Sequence[str], at: datetime) -> str:
    """Let a program read for somebody, and answer its secret. Raises TokenError."""
    name = name.strip()
    if not 0 < len(name) <= _NAME_LENGTH or not name.isprintable():
        raise TokenError(_NO_NAME, most=_NAME_LENGTH)
    offered = regions_of(connection, user)
    for one in wanted:
        if one not in offered:
            raise TokenError(_NO_REGION, region=one)
    code = secrets.token_hex(_CODE_BYTES)
    secret, hashed = bearer.new(code)
    chosen = sorted(set(wanted))
    connection.execute(
        insert(report_token).values(
            token=code, name=name, owner=user.operator, regions=chosen, secret_hash=hashed, made=at
        )
    )
    note(connection, at, user.operator, "report_token.make", code, name)
    return secret


def regions_of(connection: Connection, user: User) -> list[str]:
    """The regions that somebody may choose from."""
    found = {one.region for one in known_branches(connection, user.branches)}
    return sorted(found - {""})


def visible(connection: Connection, user: User) -> list[Token]:
    """One's own; to an administrator all. The youngest first."""
    query = select(report_token).order_by(report_token.c.made.desc(), report_token.c.token)
    if user.role != "administrator":
        query = query.where(report_token.c.owner == user.operator)
    return [_token(row) for row in connection.execute(query).mappings()]


def revoke(connection: Connection, user: User, code: str, reason: str, at: datetime) -> Token:
    """Let it in no more. Raises TokenError."""
    found = next((one for one in visible(connection, user) if one.token == code), None)
    if found is None:
        raise TokenError(_UNKNOWN, token=code)
    if found.revoked is not None:
        raise TokenError(_REVOKED, token=code)
    if not reason.strip():
        raise TokenError(_NO_REASON, token=code)
    same = report_token.c.token == code
    connection.execute(update(report_token).where(same).values(secret_hash="", revoked=at))
    note(connection, at, user.operator, "report_token.revoke", code, reason.strip())
    return found


def of_secret(connection: Connection, secret: str) -> Admitted | None:
    """Whose secret this is, with what it may see now; None for any other text."""
    query = select(report_token).where(report_token.c.token == bearer.code_of(secret))
    row = connection.execute(query).mappings().one_or_none()
    if row is None or not bearer.holds(row["secret_hash"], secret):
        return None
    found = _token(row)
    owner = staff.find_user(connection, found.owner)
    return None if owner is None else (found, _narrowed(connection, owner, found))


def note_use(connection: Connection, found: Token, at: datetime) -> None:
    """Keep that it asked."""
    row = report_token.c
    long_ago = or_(row.used.is_(None), row.used < at - _NOTED)
    same = row.token == found.token
    connection.execute(update(report_token).where(same, long_ago).values(used=at))


def _narrowed(connection: Connection, owner: User, found: Token) -> User:
    if not found.regions:
        return owner
    inside = set(regions.branches_in(connection, found.regions))
    if owner.branches:
        inside &= {*owner.branches}
    # An empty scope would be the whole chain.
    return replace(owner, branches=tuple(sorted(inside)) or staff.NO_BRANCH)


def _token(row: RowMapping) -> Token:
    return Token(
        row["token"], row["name"], row["owner"], tuple(row["regions"]), row["made"], row["used"],
        row["revoked"],
    )  # fmt: skip
