"""Which transport the settings ask for, ready to be used, and at what pace it is used.

http   real time: a long poll waits at headquarters
sftp   every few seconds a letter: reports are made seldom, because each costs its bytes
"""

from __future__ import annotations

from sqlalchemy import Engine

from branch.settings import BranchSettings
from replication import following
from replication.identity import Identity
from replication.runner import Pace
from replication.transport.base import Transport
from replication.transport.http import HttpTransport
from replication.transport.letters.numbers import Numbers
from replication.transport.letters.office import WAY
from replication.transport.letters.transport import LetterTransport
from replication.transport.sftp.client import SftpCarrier, SshPlace
from schemas.tables.base import reading


def transport(settings: BranchSettings, identity: Identity, engine: Engine) -> Transport:
    """The way to headquarters; nothing is connected yet."""
    sftp = settings.link.sftp
    if settings.link.transport == "http" or sftp is None:
        return HttpTransport(settings.parent, identity)
    place = SshPlace(
        sftp.host, sftp.port, sftp.user or identity.site, sftp.host_key, sftp.directory,
        sftp.timeout,
    )  # fmt: skip
    with reading(engine) as connection:
        parent_key = following.parent_key(connection, identity)
    numbers = Numbers(engine, identity.parent or "", WAY)
    carrier = SftpCarrier(place, identity)
    return LetterTransport(identity, parent_key, numbers, carrier, pause=sftp.look)


def pace(settings: BranchSettings) -> Pace:
    """How often the link looks and reports."""
    if settings.link.transport == "http":
        return Pace()
    return Pace(look=1.0, report=10.0, alive=60.0)
