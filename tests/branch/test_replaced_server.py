"""The same as `test_replaced`, with processes over http: a server dies, another machine takes over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from sqlalchemy import Engine, select

from branch import lanes
from pos_frontend import databases
from pos_frontend.enrol import enrol
from pos_frontend.recovery import recovery_of
from replication import following, identity, journal
from replication.clock import system_clock
from replication.errors import LinkError, RefusedError
from replication.runner import LinkRunner, Pace
from replication.runner import Site as LinkSite
from replication.streams import journal_of
from replication.subscribe import Outlet
from replication.transport.http import HttpTransport
from schemas.domain.till import BasketCancelled
from schemas.tables.base import open_postgres, reading
from schemas.tables.catalogue import OFFICE_KINDS
from schemas.tables.catalogue_store import CatalogueStore
from schemas.tables.journal import journal_entry
from schemas.wire.entries import decode, encode, kind_of
from tests.branch.shop import CODE, DAY, MakeDatabase
from tests.branch.test_cli import Site, headquarters, issue, serving, site

__all__ = ["headquarters", "site"]
LANE = "N001.01"


@contextmanager
def link_of(data: Path, address: str) -> Iterator[LinkRunner]:
    """The lane's link, as its sync process makes it."""
    with databases.for_sync(data) as both, databases.journal_writer(data) as writer:
        with reading(both.journal) as connection:
            who = identity.load(connection)
        outlet = Outlet(CatalogueStore(OFFICE_KINDS), system_clock, relays=False)
        back = recovery_of(writer, LANE, system_clock, data)
        transport = HttpTransport(address, who)
        link = LinkSite(who, both.journal, both.catalogue, outlet, back, dict)
        yield LinkRunner(link, transport, Pace(look=0.0, wait=0.2, report=0.0))
        transport.close()


def state(data: Path, basket: str) -> None:
    fact = BasketCancelled(basket, CODE, LANE, DAY, "C1", system_clock(), 100, 1)
    with databases.journal_writer(data) as writer, writer.begin() as connection:
        draft = journal.Draft(*kind_of(fact), system_clock(), encode(fact))
        journal.append(connection, journal_of(LANE), [draft])


def until(link: LinkRunner, holds: Callable[[], bool]) -> None:
    """Push and fetch, as the loops do, until something holds."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, f"it did not come to hold: {link.trouble}"
        try:
            link.push_once()
            link.fetch_once()
        except LinkError as error:
            if isinstance(error, RefusedError) and not error.heals:
                raise
            link.greet_again()
            time.sleep(0.05)


def baskets(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        entry = journal_entry.c
        query = select(entry.kind, entry.version, entry.body).where(
            entry.kind == "basket.cancelled"
        )
        facts = [decode(row[0], row[1], bytes(row[2])) for row in connection.execute(query)]
    return sorted(fact.uuid for fact in facts if isinstance(fact, BasketCancelled))


def test_a_lane_goes_on_when_another_machine_answers_at_its_branchs_address(
    site: Site, headquarters: tuple[str, Engine], new_database: MakeDatabase, tmp_path: Path
) -> None:
    above, data = headquarters[1], tmp_path / "lane"
    address = f"http://127.0.0.1:{site.port}"
    assert site.run("enrol", "--token", issue(above)).returncode == 0
    engine = open_postgres(site.dsn)
    with engine.begin() as connection:
        token = lanes.issue_token(connection, CODE, LANE, "M1", system_clock())
        old = identity.load(connection).public_key
    engine.dispose()
    with serving(site):
        enrol(data, partial(HttpTransport, address), token, system_clock)
        state(data, "before")
        with link_of(data, address) as link:
            until(link, lambda: baskets(above) == ["before"])
    state(data, "between")

    settings = tmp_path / "new" / "branch.toml"
    settings.parent.mkdir()
    settings.write_text(site.settings.read_text("utf-8"), "utf-8")
    fresh = replace(site, settings=settings, dsn=new_database("branch"))
    done = fresh.run("enrol", "--token", issue(above))
    assert "entries of its journal came back" in done.stdout, done.stderr
    with serving(fresh), link_of(data, address) as link:
        until(link, lambda: baskets(above) == ["before", "between"])
        assert link.trouble is None
        with reading(link.site.feeds) as connection:
            assert following.parent_key(connection, link.site.identity) != old
