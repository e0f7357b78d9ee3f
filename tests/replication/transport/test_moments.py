"""What a child tells of the moment: heard by its parent, signed as all it says, and no trace of it left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette

from replication.errors import RefusedError
from replication.identity import Identity
from replication.transport.http import HttpTransport
from replication.transport.http_server import LinkServer
from replication.transport.moments import Heard
from schemas.tables.link import refusal
from tests.serving import served
from tests.sites import SmallSite, Town


@contextmanager
def parent(site: SmallSite, heard: Heard | None) -> Iterator[str]:
    """A parent's end of the link that hears moments, or is of a release that knew none."""
    links = LinkServer(site.serving(), moments=heard)
    with served(Starlette(routes=links.routes())) as address:
        yield address


def test_a_moment_is_heard_from_who_signed_it_and_from_nobody_else(town: Town) -> None:
    hq = town.headquarters()
    branch = town.branch("N001", hq)
    lane, other = town.lane("N001.01", branch), town.lane("N001.02", branch)
    said: list[tuple[str, bytes]] = []

    def heard(site: str, body: bytes) -> None:
        said.append((site, body))

    with parent(branch, heard) as address:
        line = HttpTransport(address, lane.identity)
        with pytest.raises(RefusedError, match="say hello first"):
            line.moment(b"{}")
        runner = lane.link(line)
        runner.push_once()
        line.moment(b'{"state": "idle"}')
        line.moment(b'{"state": "selling"}')
        assert said == [("N001.01", b'{"state": "idle"}'), ("N001.01", b'{"state": "selling"}')]
        posing = Identity("N001.01", "lane", "N001", other.identity.private_key, ())
        foreign = HttpTransport(address, posing)
        foreign._session, foreign._counter = line._session, 50
        with pytest.raises(RefusedError, match="was not signed by"):
            foreign.moment(b'{"state": "idle"}')
        with pytest.raises(RefusedError, match="exceeds"):
            line.moment(b"x" * 20_000)
        line.close()
        foreign.close()
    assert len(said) == 2
    with branch.feeds.connect() as connection:
        refused = connection.execute(select(func.count()).select_from(refusal)).scalar_one()
    assert refused == 2


def test_a_parent_of_an_earlier_release_refuses_the_moment_and_nothing_else(town: Town) -> None:
    hq = town.headquarters()
    branch = town.branch("N001", hq)
    lane = town.lane("N001.01", branch)
    with parent(branch, None) as address:
        line = HttpTransport(address, lane.identity)
        runner = lane.link(line)
        runner.push_once()
        with pytest.raises(RefusedError) as refused:
            line.moment(b"{}")
        assert refused.value.code == "not_online"
        runner.report_once()
        line.close()
