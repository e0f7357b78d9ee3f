"""A lane drops old entries by night: the till prints its last ticket again and goes on as before."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from pos_frontend import databases
from pos_frontend.purge import purge
from replication import chain_check
from replication.runner import LinkRunner
from replication.testing import MemoryTransport
from schemas.tables.base import reading
from schemas.tables.journal import journal_entry
from schemas.tables.receipt_continuity import ReceiptContinuity
from tests.pos_frontend.shop import BRANCH, LANE, NOON, make_lane
from tests.pos_frontend.test_recovery import scene, sell, synchronise, tickets
from tests.sites import SmallSite, Town

LATER = NOON + timedelta(days=36)


@pytest.fixture
def hq(town: Town) -> SmallSite:
    return town.headquarters()


@pytest.fixture
def branch(town: Town, hq: SmallSite) -> SmallSite:
    return town.branch(BRANCH, hq)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    make_lane(tmp_path / "data")
    return tmp_path / "data"


def secure(data: Path, branch: SmallSite, hq: SmallSite) -> None:
    """Everything to headquarters, and the word of it back to the lane."""
    synchronise(data, branch)
    up: LinkRunner = branch.link(MemoryTransport(hq.serving(), BRANCH))
    for _ in range(3):
        up.push_once()
    synchronise(data, branch)


def by_night(data: Path, now: datetime) -> int:
    with databases.for_sync(data) as both, databases.journal_writer(data) as writer:
        gone = purge(both.catalogue, writer, LANE, 35, now)
        with closing(both.journal.connect()) as journals, reading(both.catalogue) as feeds:
            assert chain_check.check(journals, feeds, ReceiptContinuity()).breaks == ()
    return gone


def left(data: Path) -> int:
    with databases.for_till(data) as both, reading(both.journal) as connection:
        return connection.execute(select(func.count()).select_from(journal_entry)).scalar_one()


def test_the_last_ticket_stays_and_the_till_goes_on(
    data: Path, branch: SmallSite, hq: SmallSite
) -> None:
    with scene(data) as till:
        first = sell(till, 3)
        till.till.end_shift()
    secure(data, branch, hq)
    assert by_night(data, NOON + timedelta(days=34)) == 0
    # The opening and two tickets go; the last ticket and the end of the shift stay.
    assert by_night(data, LATER) == 3
    assert left(data) == 2
    with scene(data) as till:
        last = till.journal.last_ticket()
        assert last is not None
        assert last.receipt == first[-1]
        since = sell(till, 2)
        assert till.journal.counters().receipt == 5
        till.till.end_shift()
    secure(data, branch, hq)
    assert sorted(one.receipt for one in tickets(branch)) == [*first, *since]


def test_nothing_goes_that_headquarters_does_not_hold_or_an_open_shift_needs(
    data: Path, branch: SmallSite, hq: SmallSite
) -> None:
    with scene(data) as till:
        sell(till, 2)
    synchronise(data, branch)
    assert by_night(data, LATER) == 0
    secure(data, branch, hq)
    assert by_night(data, LATER) == 0
    with scene(data) as till:
        till.till.sign_in("C1", "1111")
        till.till.end_shift()
    assert by_night(data, LATER) == 2
