"""Enrolment: a lane becomes one of its branch's, with a one-time token and a key of its own.

    create both databases ─ make a key and keep it ─ ask the branch ─ catalogue.db: the branch's key
                                                                     ─ journal.db: who we are

The key is kept before it is sent: when the answer is lost on its way, the same token and key ask
again and get the same answer. `journal.db` is written last, since what stands there is what makes
the lane one; a lane that is enrolled already is not enrolled again.
"""

from __future__ import annotations

import os
from pathlib import Path

from pos_frontend import databases
from replication import enrolment, identity
from replication.clock import Clock
from replication.enrolment import Admission
from replication.errors import RefusedError
from replication.identity import Identity, NotEnrolledError
from replication.transport.http import HttpTransport
from schemas.tables.base import open_sqlite, reading, upsert
from schemas.tables.link import peer

KIND = "lane"
_KEY = "enrolment.key"


class AlreadyEnrolledError(RuntimeError):
    """The data directory belongs to a lane already."""


def enrol(data: Path, parent: str, token: str, clock: Clock) -> Identity:
    """Enrol at the branch at `parent` and answer who this lane is now.

    Raises AlreadyEnrolledError, RefusedError (the token) and LinkDownError (ask again later).
    """
    databases.create(data)
    _refuse_second(data)
    key = _kept_key(data / _KEY)
    asking = Identity("", KIND, None, key)
    transport = HttpTransport(parent, None)
    try:
        answer = transport.enrol(enrolment.ask(token, asking.public_key))
    finally:
        transport.close()
    admission = enrolment.accept(token, asking.public_key, answer)
    branch, dot, number = admission.site.partition(".")
    if not dot or branch != admission.parent or not number:
        message = f"{admission.site} is no lane of {admission.parent}: ask for a lane's token"
        raise RefusedError("token", message)
    lane = Identity(admission.site, KIND, admission.parent, key, admission.roots, admission.secrets)
    _establish(data, lane, admission, clock)
    (data / _KEY).unlink()
    return lane


def _refuse_second(data: Path) -> None:
    engine = open_sqlite(str(data / "journal.db"))
    try:
        with reading(engine) as connection:
            known = identity.load(connection)
    except NotEnrolledError:
        return
    finally:
        engine.dispose()
    message = f"{data} is lane {known.site} already: choose another data directory for a new lane"
    raise AlreadyEnrolledError(message)


def _kept_key(path: Path) -> bytes:
    """The key of an enrolment under way, made and written down when there is none."""
    if path.exists():
        return path.read_bytes()
    key = identity.new_private_key()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return key


def _establish(data: Path, lane: Identity, admission: Admission, clock: Clock) -> None:
    row = {
        "site": admission.parent, "public_key": admission.parent_key, "enrolled": clock(),
        "revoked": None,
    }  # fmt: skip
    catalogue = open_sqlite(str(data / "catalogue.db"))
    journal = open_sqlite(str(data / "journal.db"))
    try:
        with catalogue.begin() as connection:
            upsert(connection, peer, [row])
        with journal.begin() as connection:
            identity.establish(connection, lane)
    finally:
        catalogue.dispose()
        journal.dispose()
