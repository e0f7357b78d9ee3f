"""The ways of the settings, ready to be used, and at what pace each is used.

http, real time    a long poll waits at headquarters
sftp, real time    every few seconds a letter: reports are made seldom, because each costs its bytes
now and then       an exchange that fails is tried again after a minute, not after seconds
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, tzinfo

from sqlalchemy import Engine

from branch.settings import BranchSettings, SftpLinkSettings, WaySettings
from replication import following
from replication.clock import Clock
from replication.identity import Identity
from replication.pace import Pace
from replication.transport.base import Transport
from replication.transport.capped import CappedTransport
from replication.transport.http import HttpTransport
from replication.transport.letters.numbers import Numbers
from replication.transport.letters.office import WAY
from replication.transport.letters.transport import LetterTransport
from replication.transport.line_rate import Hours, LineRate
from replication.transport.sftp.client import SftpCarrier, SshPlace
from replication.ways import Way, Ways
from schemas.tables.base import reading

Zone = Callable[[], tzinfo]

_PACES = {"http": Pace(), "sftp": Pace(look=1.0, report=10.0, alive=60.0)}


def ways(
    settings: BranchSettings, identity: Identity, engine: Engine, clock: Clock, zone: Zone
) -> Ways:
    """The ways to headquarters; nothing is connected yet."""
    made = [_way(one, settings.parent, identity, engine, zone) for one in settings.link.ways]
    return Ways(made, clock, patience=settings.link.fall_back_minutes * 60)


def _way(settings: WaySettings, parent: str, identity: Identity, engine: Engine, zone: Zone) -> Way:
    transport: Transport
    if settings.sftp is not None and settings.transport == "sftp":
        transport = _by_letters(settings.sftp, identity, engine)
    else:
        transport = HttpTransport(settings.address or parent, identity)
    rate = None
    if settings.rate:
        rate = LineRate(Hours(settings.rate), lambda: datetime.now(zone()))
        transport = CappedTransport(transport, rate)
    pace = _PACES[settings.transport]
    if settings.schedule.mode != "real_time":
        pace = replace(pace, longest_pause=60.0, trouble_pause=600.0)
    return Way(settings.called, transport, settings.schedule, pace, rate)


def _by_letters(sftp: SftpLinkSettings, identity: Identity, engine: Engine) -> Transport:
    place = SshPlace(
        sftp.host, sftp.port, sftp.user or identity.site, sftp.host_key, sftp.directory,
        sftp.timeout,
    )  # fmt: skip
    with reading(engine) as connection:
        parent_key = following.parent_key(connection, identity)
    numbers = Numbers(engine, identity.parent or "", WAY)
    carrier = SftpCarrier(place, identity)
    return LetterTransport(identity, parent_key, numbers, carrier, pause=sftp.look)
