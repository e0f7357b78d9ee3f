"""Enrolling a branch at headquarters, once, with a one-time token and a key made here.

| what happened before                   | what a call does                                         |
|----------------------------------------|----------------------------------------------------------|
| nothing                                | migrates the database, asks with a new key, keeps both   |
| asked, the answer was lost             | asks again with the same key: the same answer comes      |
| headquarters refused, or was not there | raises, and keeps the key for the next call              |
| enrolled                               | raises EnrolledError: a database belongs to one site     |

The key rests in a file under `data`, readable by its owner only, until the database holds it.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, select

from replication import enrolment, identity, outbox
from replication.enrolment import Admission
from replication.identity import Identity
from replication.transport.base import Transport
from schemas.tables.base import upsert
from schemas.tables.link import peer
from schemas.tables.link import site as site_table
from schemas.tables.migrate import upgrade_engine


class EnrolledError(RuntimeError):
    """The database belongs to a site already."""


def enrol(engine: Engine, transport: Transport, token: str, data: Path, now: datetime) -> Identity:
    """Make the database behind `engine` that of the branch for which `token` was issued.

    Raises EnrolledError, RefusedError when headquarters says no, LinkDownError when it is silent.
    """
    upgrade_engine(engine, "branch")
    with engine.connect() as connection:
        held = connection.execute(select(site_table.c.site)).scalar()
    if held is not None:
        raise EnrolledError(f"this database belongs to {held} already: give a new site a new one")
    key_file = data / "enrolment.key"
    private_key = _key(key_file)
    asking = Identity("", "branch", None, private_key)
    answer = transport.enrol(enrolment.ask(token, asking.public_key))
    admission = enrolment.accept(token, asking.public_key, answer)
    admitted = _keep(engine, admission, private_key, now)
    key_file.unlink()
    return admitted


def _keep(engine: Engine, admission: Admission, private_key: bytes, now: datetime) -> Identity:
    admitted = Identity(
        admission.site,
        "branch",
        admission.parent,
        private_key,
        admission.roots,
        admission.secrets,
    )
    parent = {
        "site": admission.parent,
        "public_key": admission.parent_key,
        "enrolled": now,
        "revoked": None,
    }
    with engine.begin() as connection:
        identity.establish(connection, admitted)
        upsert(connection, peer, [parent])
        for mark in admission.marks:
            outbox.remember(connection, mark, now, over=True)
    return admitted


def _key(file: Path) -> bytes:
    """The key of an earlier call whose answer was lost, or a new one, on disk before it is used."""
    if file.exists():
        return file.read_bytes()
    file.parent.mkdir(parents=True, exist_ok=True)
    key = identity.new_private_key()
    aside = file.with_suffix(".new")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(key)
        out.flush()
        os.fsync(out.fileno())
    aside.rename(file)
    return key
