"""A few branch databases and one headquarters, in one server of their own; four unless fewer do.

Headquarters runs as the process that it is in production; the branches' links run on threads here,
each with its own session over HTTP, for as long as `links` lasts. All databases share the server,
its disk and its settings: fsync and synchronous_commit on, and what logical replication needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg
from sqlalchemy import Engine

from benchmarks import native, small_chain
from benchmarks.native import Native
from benchmarks.shops import Shop
from branch.inbound import regain
from ops.demo.processes import SiteProcess, answers, free_port
from ops.embedded_postgres import EmbeddedPostgres
from replication import identity
from replication.clock import system_clock
from replication.recovery import Recovery
from replication.runner import LinkRunner, Site
from replication.serving import collect_seldom
from replication.streams import journal_of
from replication.subscribe import Outlet
from replication.transport.http import HttpTransport
from schemas.tables.base import open_postgres
from schemas.tables.catalogue_store import CatalogueStore
from schemas.tables.tickets import ticket

BRANCHES = ("B001", "B002", "B003", "B004")


@dataclass(frozen=True, slots=True)
class Chain:
    """The server, headquarters' engine, a plain connection to it, its address, its process."""

    server: EmbeddedPostgres
    hq: Engine
    looking: psycopg.Connection
    address: str
    process: SiteProcess
    shops: tuple[Shop, ...]
    place: Path

    @contextmanager
    def links(self, address: str | None = None) -> Iterator[None]:
        """The branches' links to headquarters run, as in each branch's own server."""
        runners = [self.link(shop, address) for shop in self.shops]
        for runner in runners:
            runner.start()
        try:
            yield
        finally:
            for runner in runners:
                runner.stop()

    def link(self, shop: Shop, address: str | None = None) -> LinkRunner:
        """A branch's link, to headquarters' own address or over a line to it."""
        outlet = Outlet(CatalogueStore(), system_clock, relays=True)
        who = shop.identity
        back = Recovery(
            shop.engine, journal_of(who.site), system_clock, self.place / f"{who.site}.json",
            epoch_begun=lambda _connection, _reason: None,
            project=partial(regain, who.site, system_clock),
        )  # fmt: skip
        site = Site(who, shop.engine, shop.engine, outlet, back, dict)
        return LinkRunner(site, HttpTransport(address or self.address, shop.identity))


@contextmanager
def running(place: Path, branches: Sequence[str] = BRANCHES) -> Iterator[Chain]:
    """All of it in `place`, up."""
    # As a branch's own server does, whose links these are.
    collect_seldom()
    with ExitStack() as stack:
        server = stack.enter_context(EmbeddedPostgres(place / "postgres", native.SETTINGS))
        hq = small_chain.database(stack, server, "hq")
        port = free_port(0)
        address = f"http://127.0.0.1:{port}"
        small_chain.write_settings(place, "hq", "", port, server.dsn("hq"))
        small_chain.found(hq, branches)
        process = small_chain.serve(stack, place, "hq", answers(address))
        shops = []
        for number, code in enumerate(branches, 1):
            server.ensure_database(code)
            engine = open_postgres(server.dsn(code), pool_size=10)
            stack.callback(engine.dispose)
            small_chain.enrol_branch(hq, engine, address, place / code, code)
            with engine.connect() as connection:
                shops.append(Shop(number, engine, identity.load(connection)))
        looking = stack.enter_context(native.connect(server, "hq"))
        yield Chain(server, hq, looking, address, process, tuple(shops), place)


def check(chain: Chain, peer: Native, expected: int) -> None:
    """Both must hold every ticket once, nothing parked, every control total agreeing."""
    found = chain.looking.execute(
        "SELECT (SELECT count(*) FROM ticket), (SELECT count(*) FROM quarantine),"
        " (SELECT count(*) FROM day_revision WHERE differences::text <> '[]')"
    ).fetchone()
    held = peer.count()
    if found != (expected, 0, 0) or held != expected:
        message = (
            f"of {expected} {ticket.name}s headquarters has (held, parked, days that differ) {found}"
            f", the native subscriber {held}"
        )
        raise native.NotReplicatedError(message)
