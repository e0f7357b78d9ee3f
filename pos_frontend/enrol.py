"""Enrolment: a lane becomes one of its branch's, with a one-time token and a key of its own.

    create both databases ─ make a key and keep it ─ ask the branch ─ catalogue.db: the branch's key
                            ─ journal.db: what the branch holds of this lane's journal ─ who we are

The key is kept before it is sent: when the answer is lost on its way, the same token and key ask
again and get the same answer. `journal.db` is written last, since what stands there is what makes
the lane one. When a lane's disk was replaced, its journal comes back with the enrolment, and
receipt numbers jump, before the first sale can be made.

A lane that is enrolled already keeps its key and its journal; a new token lets it trust its branch's
new machine when headquarters' word for that cannot be believed (`replication.endorsement`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from pos_frontend import databases
from pos_frontend.link_site import link_site
from pos_frontend.recovery import recovery_of
from replication import endorsement, enrolment, identity
from replication.clock import Clock
from replication.enrolment import Admission
from replication.errors import RefusedError
from replication.identity import Identity, NotEnrolledError
from replication.recovery import begin_epoch
from replication.runner import LinkRunner
from replication.transport.base import Transport
from schemas.tables.base import open_sqlite, reading, upsert
from schemas.tables.link import peer

KIND = "lane"
_KEY = "enrolment.key"


class AlreadyEnrolledError(RuntimeError):
    """The data directory belongs to another lane already."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Who the lane is now, and how many entries of its own journal came back."""

    lane: Identity
    fetched_back: int


#: The way to the branch, for a lane that is enrolled or for one that is not yet.
Connect = Callable[[Identity | None], Transport]


def enrol(data: Path, connect: Connect, token: str, clock: Clock) -> Enrolled:
    """Enrol at the branch that `connect` leads to, and answer who this lane is now.

    Raises AlreadyEnrolledError, RefusedError (the token, or `busy` while the branch itself is being
    restored) and LinkDownError (ask again later).
    """
    databases.create(data)
    known = _known(data)
    key = known.private_key if known else _kept_key(data / _KEY)
    asking = Identity("", KIND, None, key)
    transport = connect(None)
    try:
        answer = transport.enrol(enrolment.ask(token, asking.public_key))
    finally:
        transport.close()
    admission = enrolment.accept(token, asking.public_key, answer)
    branch, dot, number = admission.site.partition(".")
    if not dot or branch != admission.parent or not number:
        message = f"{admission.site} is no lane of {admission.parent}: ask for a lane's token"
        raise RefusedError("token", message)
    if known is not None and known.site != admission.site:
        message = (
            f"{data} is lane {known.site} already, the token is for {admission.site}: choose another "
            "data directory for a new lane"
        )
        raise AlreadyEnrolledError(message)
    lane = Identity(admission.site, KIND, admission.parent, key, admission.roots, admission.secrets)
    fetched = _establish(data, lane, admission, connect, clock)
    (data / _KEY).unlink(missing_ok=True)
    return Enrolled(lane, fetched)


def _known(data: Path) -> Identity | None:
    engine = open_sqlite(str(data / "journal.db"))
    try:
        with reading(engine) as connection:
            return identity.load(connection)
    except NotEnrolledError:
        return None
    finally:
        engine.dispose()


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


def _establish(
    data: Path, lane: Identity, admission: Admission, connect: Connect, clock: Clock
) -> int:
    """Write down who the lane is, its lost journal first; how many entries of that came back."""
    row = {
        "site": admission.parent, "public_key": admission.parent_key, "enrolled": clock(),
        "revoked": None,
    }  # fmt: skip
    catalogue = open_sqlite(str(data / "catalogue.db"))
    journal = open_sqlite(str(data / "journal.db"))
    try:
        with catalogue.begin() as connection:
            endorsement.forget(connection)
            upsert(connection, peer, [row])
        with journal.begin() as connection:
            identity.begin_journal(connection, lane.site)
        back = recovery_of(journal, lane.site, clock, data)
        transport = connect(lane)
        try:
            site = link_site(lane, journal, catalogue, back)
            fetched = LinkRunner(site, transport).fetch_back()
        finally:
            transport.close()
        with journal.begin() as connection:
            if fetched:
                # The branch may not hold all that was sold: the numbers begin well beyond that.
                begin_epoch(back, connection, "the lane was enrolled anew")
            if _is_new(connection):
                identity.establish(connection, lane)
        return fetched
    finally:
        catalogue.dispose()
        journal.dispose()


def _is_new(connection: Connection) -> bool:
    try:
        identity.load(connection)
    except NotEnrolledError:
        return True
    return False
