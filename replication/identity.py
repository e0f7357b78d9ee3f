"""Who a site is: its name, its Ed25519 key, its journal's epoch, and what it was told at enrolment.

The private key is made here, rests in the site's own database and never leaves it. The row in
`site` is written once; `load` raises NotEnrolledError while there is none.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Connection, insert, select

from replication.streams import journal_of
from schemas.tables.journal import stream
from schemas.tables.link import site as site_table
from schemas.wire.entry import GENESIS


class NotEnrolledError(RuntimeError):
    """The database belongs to no site yet."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A site that can sign. `roots` are the feeds it starts from; `secrets` the keys it was given."""

    site: str
    kind: str
    parent: str | None
    private_key: bytes = field(repr=False)
    roots: tuple[str, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    def sign(self, data: bytes) -> bytes:
        """The site's signature of `data`, 64 bytes."""
        return Ed25519PrivateKey.from_private_bytes(self.private_key).sign(data)

    @property
    def public_key(self) -> bytes:
        """32 bytes."""
        return (
            Ed25519PrivateKey.from_private_bytes(self.private_key).public_key().public_bytes_raw()
        )


def new_private_key() -> bytes:
    """A fresh Ed25519 private key, 32 bytes."""
    return Ed25519PrivateKey.generate().private_bytes_raw()


def new_epoch() -> str:
    """The name of one incarnation of a database."""
    return uuid.uuid4().hex


def signature_holds(public_key: bytes, signature: bytes, data: bytes) -> bool:
    """Whether the holder of `public_key` signed `data`."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def signed_by(site: str, public_key: bytes) -> Callable[[str, bytes, bytes], bool]:
    """Tells of a signer, a signature and what was signed whether it is this site and holds."""

    def verify(signer: str, signature: bytes, signed: bytes) -> bool:
        return signer == site and signature_holds(public_key, signature, signed)

    return verify


def begin_journal(connection: Connection, site: str) -> None:
    """Begin the first epoch of a site's journal, unless that was done."""
    name = journal_of(site)
    if connection.execute(select(stream.c.name).where(stream.c.name == name)).first() is None:
        connection.execute(
            insert(stream).values(name=name, epoch=new_epoch(), head=0, hash=GENESIS, floor=0)
        )


def establish(connection: Connection, identity: Identity) -> None:
    """Write who this site is, and begin its journal unless it is begun."""
    begin_journal(connection, identity.site)
    connection.execute(
        insert(site_table).values(
            site=identity.site,
            kind=identity.kind,
            parent=identity.parent,
            private_key=identity.private_key,
            roots=list(identity.roots),
            secrets=dict(identity.secrets),
        )
    )


def load(connection: Connection) -> Identity:
    """Who this site is. Raises NotEnrolledError."""
    row: Any = connection.execute(select(site_table)).one_or_none()
    if row is None:
        message = "this database belongs to no site yet: run `init` or `enrol` first"
        raise NotEnrolledError(message)
    return Identity(
        row.site, row.kind, row.parent, bytes(row.private_key), tuple(row.roots), dict(row.secrets)
    )
