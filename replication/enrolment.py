"""Enrolment: a site that nobody knows proves a one-time token and leaves its public key.

    parent: issue ─▶ token "id.secret", told to a person          rests as (id, key derived from secret)
    child:  ask   ─▶ id, its public key, a MAC over both            the secret itself never travels
    parent: admit ─▶ roots, secrets and the marks of the journal that the site had on another disk,
                     sealed with the derived key                     the child's key is known from here on

A token serves one key, once. The same key asking again gets the same answer, because the first may
have been lost, for as long as the key is that of the site: once it was revoked, or another key took
its place, the token is worth nothing. Another key is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Row, delete, insert, select, update

from replication.errors import RefusedError
from replication.identity import Identity
from replication.messages import Mark
from schemas.tables.base import upsert
from schemas.tables.link import enrolment_token, peer
from schemas.wire import canonical


@dataclass(frozen=True, slots=True)
class Admission:
    """What an enrolled site is told by its parent. `marks` say how far the parent holds what the site
    wrote before it lost its disk; none for a new site.
    """

    site: str
    parent: str
    parent_key: bytes
    roots: tuple[str, ...]
    secrets: Mapping[str, str]
    marks: tuple[Mark, ...] = ()


def issue(
    connection: Connection, site: str, roots: list[str], now: datetime, valid: timedelta
) -> str:
    """A token for `site`, shown once. An unused one issued for it before stops being valid."""
    connection.execute(
        delete(enrolment_token).where(
            enrolment_token.c.site == site, enrolment_token.c.used.is_(None)
        )
    )
    identifier, secret = secrets.token_hex(6), secrets.token_hex(16)
    connection.execute(
        insert(enrolment_token).values(
            token=identifier, key=_derive(secret), site=site, roots=roots,
            issued=now, expires=now + valid,
        )
    )  # fmt: skip
    return f"{identifier}.{secret}"


def ask(token: str, public_key: bytes) -> bytes:
    """What the enrolling site sends."""
    identifier, secret = _split(token)
    return canonical.encode(
        {
            "token": identifier,
            "public_key": public_key.hex(),
            "mac": _mac(_derive(secret), identifier, public_key),
        }
    )


def admit(
    connection: Connection, request: bytes, identity: Identity, now: datetime,
    admitted: Callable[[Connection, str, bytes], None],
    marks: Callable[[Connection, str], Sequence[Mark]],
) -> bytes:  # fmt: skip
    """The sealed answer to `ask`. Raises RefusedError `token`.

    `admitted` is called with the site and its key when it was admitted now, not at a repeat; `marks`
    answers how far this parent holds the site's journal.
    """
    identifier, public_key, mac = _read(request)
    row = connection.execute(
        select(enrolment_token).where(enrolment_token.c.token == identifier).with_for_update()
    ).one_or_none()
    if row is None or not hmac.compare_digest(mac, _mac(bytes(row.key), identifier, public_key)):
        raise RefusedError("token", "this token is not valid here: ask for a new one")
    if row.used is not None:
        _must_still_hold(connection, row, public_key)
    elif now > row.expires:
        raise RefusedError("token", f"this token for {row.site} has expired: ask for a new one")
    else:
        connection.execute(
            update(enrolment_token)
            .where(enrolment_token.c.token == identifier)
            .values(used=now, used_by=public_key)
        )
        known = {"site": row.site, "public_key": public_key, "enrolled": now, "revoked": None}
        upsert(connection, peer, [known])
        admitted(connection, row.site, public_key)
    answer = {
        "site": row.site,
        "parent": identity.site,
        "parent_key": identity.public_key.hex(),
        "roots": list(row.roots),
        "secrets": dict(identity.secrets),
        "marks": [mark.model_dump() for mark in marks(connection, row.site)],
    }
    nonce = os.urandom(12)
    sealed = AESGCM(bytes(row.key)).encrypt(nonce, canonical.encode(answer), public_key)
    return canonical.encode({"sealed": b64encode(nonce + sealed).decode()})


def token_of(request: bytes) -> str:
    """The token that a request was made with. Raises RefusedError for what is no request."""
    return _read(request)[0]


def accept(token: str, public_key: bytes, answer: bytes) -> Admission:
    """Open the parent's answer. Raises RefusedError when it was not made by who issued the token."""
    _, secret = _split(token)
    try:
        sealed = b64decode(canonical.decode(answer)["sealed"])
        opened = AESGCM(_derive(secret)).decrypt(sealed[:12], sealed[12:], public_key)
    except (InvalidTag, ValueError, KeyError, TypeError) as error:
        message = "the answer was not made by the site that issued the token: check the address"
        raise RefusedError("token", message) from error
    fields = canonical.decode(opened)
    return Admission(
        fields["site"], fields["parent"], bytes.fromhex(fields["parent_key"]),
        tuple(fields["roots"]), fields["secrets"],
        # A parent of an older release says nothing of them.
        tuple(Mark.model_validate(mark) for mark in fields.get("marks", ())),
    )  # fmt: skip


def _must_still_hold(connection: Connection, row: Row[Any], public_key: bytes) -> None:
    """A used token answers whom it served, while that key is the site's. Raises RefusedError."""
    held = connection.execute(
        select(peer.c.public_key).where(peer.c.site == row.site, peer.c.revoked.is_(None))
    ).scalar()
    if bytes(row.used_by) != public_key or held is None or bytes(held) != public_key:
        message = f"this token for {row.site} was used already: ask for a new one"
        raise RefusedError("token", message)


def _split(token: str) -> tuple[str, str]:
    identifier, dot, secret = token.strip().partition(".")
    if not dot or not identifier or not secret:
        raise RefusedError("token", "a token reads <id>.<secret>: copy it whole")
    return identifier, secret


def _read(request: bytes) -> tuple[str, bytes, str]:
    try:
        fields: Any = canonical.decode(request)
        return str(fields["token"]), bytes.fromhex(fields["public_key"]), str(fields["mac"])
    except (ValueError, KeyError, TypeError) as error:
        raise RefusedError("malformed", f"the enrolment request cannot be read: {error}") from error


def _derive(secret: str) -> bytes:
    # The secret has 128 random bits: a plain hash with a label is as strong as it.
    return hashlib.sha256(b"chainwright.enrolment.1:" + secret.encode()).digest()


def _mac(key: bytes, identifier: str, public_key: bytes) -> str:
    return hmac.new(key, identifier.encode() + b":" + public_key, hashlib.sha256).hexdigest()
