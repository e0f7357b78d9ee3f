"""What a victim does: one site of a street in a process of its own, on the same databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from pos_frontend import databases
from replication import identity, repair
from replication.apply import Inbound
from replication.parent import Parent
from replication.streams import journal_of
from replication.transport.http import HttpTransport
from replication.transport.letters.numbers import Numbers
from replication.transport.letters.office import WAY, LetterOffice
from replication.transport.letters.transport import LetterTransport
from replication.transport.sftp import keys
from replication.transport.sftp.client import SftpCarrier, SshPlace
from replication.transport.sftp.server import SftpServer
from replication.verify_site import verify_feeds
from schemas.tables.base import open_postgres, open_sqlite, reading
from tests.faults.street import PACE, linked, project, serving
from tests.pos_frontend.shop import BREAD, MILK, Scene
from tests.sites import NOON, Books, SmallSite

Tell = Callable[[object], None]


@dataclass(frozen=True, slots=True)
class Where:
    """Enough to open a site in another process."""

    journals: str
    feeds: str
    directory: Path


def where(site: SmallSite) -> Where:
    """Where a site's databases are."""
    return Where(_url(site.journals), _url(site.feeds), site.directory)


def _url(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def _engine(url: str) -> Engine:
    if url.startswith("sqlite"):
        return open_sqlite(url.removeprefix("sqlite:///"))
    return open_postgres(url)


def opened(at: Where) -> SmallSite:
    """The site on connections of this process."""
    journals = _engine(at.journals)
    feeds = journals if at.feeds == at.journals else _engine(at.feeds)
    with reading(journals) as connection:
        who = identity.load(connection)
    parent = None
    if who.kind != "lane":
        relay = None if who.parent is None else journal_of(who.site)
        parent = Parent(journals, who, Inbound(project, lambda: NOON, relay))
    return SmallSite(who, journals, feeds, Books(), at.directory, parent)


def _for_ever() -> None:
    threading.Event().wait()


def serve(tell: Tell, at: Where, port: int) -> None:
    """Be a parent, over http."""
    with serving(opened(at), port) as address:
        tell(address)
        _for_ever()


def follow(tell: Tell, at: Where, address: str) -> None:
    """Be a child, over http."""
    site = opened(at)
    with linked(site, HttpTransport(address, site.identity, timeout=2.0)):
        tell("linked")
        _for_ever()


def mend(tell: Tell, at: Where, address: str) -> None:
    """Verify every feed and repair it, five records at once."""
    repair.AT_ONCE = 5
    site = opened(at)
    runner = site.link(HttpTransport(address, site.identity))
    report = verify_feeds(runner.site, runner, None, repair=True)
    tell([one.repaired for one in report.found])


def answer_letters(tell: Tell, at: Where, place: Path, port: int) -> None:
    """Be a parent with a letter box, reached by sftp."""
    site = opened(at)
    with ExitStack() as stack:
        office = LetterOffice(site.serving(), place / "box", place / "aside", pause=0.01)
        key = keys.host_key(place / "host.key")
        server = SftpServer(site.serving(), place / "box", key, ("127.0.0.1", port))
        for one in (office, server):
            one.start()
            stack.callback(one.stop)
        tell(server.host_key.asbytes())
        _for_ever()


def write_letters(tell: Tell, at: Where, parent: str, parent_key: bytes, to: SshPlace) -> None:
    """Be a child that writes letters."""
    site = opened(at)
    with linked(site, by_letters(site, parent, parent_key, to), PACE):
        tell("linked")
        _for_ever()


def by_letters(site: SmallSite, parent: str, parent_key: bytes, to: SshPlace) -> LetterTransport:
    """A child's transport over sftp."""
    numbers = Numbers(site.feeds, parent, WAY)
    carrier = SftpCarrier(to, site.identity)
    return LetterTransport(site.identity, parent_key, numbers, carrier, pause=0.05)


def sell(tell: Tell, data: Path) -> None:
    """Be a till, and tell each receipt after its commit."""
    with databases.for_till(data) as both:
        scene = Scene(data, both)
        if scene.till.shift is None:
            scene.ready()
        else:
            scene.till.sign_in("C1", "1111")
        while True:
            scene.till.scan(MILK)
            scene.till.scan(f"2*{BREAD}")
            scene.till.tender("cash", "50")
            tell(scene.prints.printed[-1][0])
