"""Headquarters put together: its database, who it is, its clock, and what its branches reach.

`open_headquarters` refuses a database that is not migrated (MigrationNeededError) or belongs to
nobody (NotEnrolledError); `close` lets go of its connections. What a server runs on these parts is
`hq.web.app.application`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine

from hq import inbound
from hq.day_answers import ANSWERS
from hq.inquiries import DECIDERS, answerers
from hq.settings import HeadquartersSettings
from replication import identity as identities
from replication import incarnation
from replication.apply import Inbound
from replication.clock import Clock, clock_of
from replication.decision import Decisions
from replication.identity import Identity
from replication.inquiry import Limits
from replication.inquiry_desk import InquiryDesk
from replication.ledger import FILE as LEDGER_FILE
from replication.ledger import Ledger
from replication.parent import Parent
from replication.produced import ProducedFeeds
from replication.sealing import MEMBER_KEY
from replication.transport.http_server import LinkServer
from schemas.tables import migrate
from schemas.tables.base import open_postgres

#: A branch asks for all of its lanes; one of many must not take every place.
_INQUIRIES = Limits(total=24, per_site=8)


@dataclass(frozen=True, slots=True)
class Headquarters:
    """The parts of headquarters that commands and pages work with."""

    engine: Engine
    identity: Identity
    clock: Clock
    settings: HeadquartersSettings
    link: LinkServer
    feeds: ProducedFeeds
    ledger: Ledger

    @property
    def member_key(self) -> str:
        """The chain's key for the personal fields of members."""
        return self.identity.secrets[MEMBER_KEY]

    def close(self) -> None:
        """Let go of the database's connections."""
        self.engine.dispose()


def open_headquarters(settings: HeadquartersSettings, dsn: str) -> Headquarters:
    """Headquarters on the database at `dsn`. Raises MigrationNeededError or NotEnrolledError."""
    engine = open_postgres(dsn)
    ledger = Ledger(settings.data / LEDGER_FILE)
    try:
        migrate.require(engine, "hq")
        with engine.begin() as connection:
            identity = identities.load(connection)
            ledger.reconcile(connection)
    except BaseException:
        engine.dispose()
        raise
    clock = clock_of(settings.clock)
    parent = Parent(engine, identity, Inbound(inbound.project, clock, answers=ANSWERS), ledger)
    desk = InquiryDesk(
        identity.site, open_postgres(dsn, pool_size=4), answerers(clock), None, _INQUIRIES,
        decisions=Decisions(clock, DECIDERS),
    )  # fmt: skip
    feeds = ProducedFeeds(engine, identity.site, settings.data / incarnation.FILE)
    return Headquarters(engine, identity, clock, settings, LinkServer(parent, desk), feeds, ledger)


@contextmanager
def opened(settings: HeadquartersSettings, dsn: str) -> Iterator[Headquarters]:
    """The same for the length of a `with` block."""
    headquarters = open_headquarters(settings, dsn)
    try:
        yield headquarters
        headquarters.feeds.note()
    finally:
        headquarters.close()
