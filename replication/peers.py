"""The sites that are enrolled here, and the keys that they prove themselves by."""

from __future__ import annotations

from sqlalchemy import Connection, select

from replication.errors import RefusedError
from schemas.tables.link import peer


def key_of_peer(connection: Connection, site: str) -> bytes:
    """The key of an enrolled child. Raises RefusedError unknown_site or revoked."""
    row = connection.execute(select(peer).where(peer.c.site == site)).one_or_none()
    if row is None:
        raise RefusedError("unknown_site", f"{site} is not enrolled here: enrol it first")
    if row.revoked is not None:
        raise RefusedError("revoked", f"the key of {site} was revoked: enrol it anew")
    return bytes(row.public_key)
