"""Waiting for the journal to grow: woken by a commit elsewhere, and never later than the timeout."""

from __future__ import annotations

import threading

import pytest

from replication.journal_growth import JournalGrowth
from tests.sites import SmallSite, Town

#: Longer than any test may take: who waits this long was not woken.
_FOR_EVER = 60.0


@pytest.fixture(params=["branch", "lane"])
def site(request: pytest.FixtureRequest, town: Town) -> SmallSite:
    hq = town.headquarters()
    branch = town.branch("B001", hq)
    return branch if request.param == "branch" else town.lane("B001.01", branch)


def test_a_commit_of_the_journal_wakes(site: SmallSite) -> None:
    growth = JournalGrowth(site.journals, threading.Event())
    growth.wait(_FOR_EVER)  # the first opens, and answers at once
    waiting = threading.Thread(target=growth.wait, args=(_FOR_EVER,), daemon=True)
    waiting.start()
    site.write(b"{}")
    waiting.join(_FOR_EVER / 2)
    assert not waiting.is_alive()
    growth.close()


def test_what_was_committed_between_two_waits_is_not_slept_through(site: SmallSite) -> None:
    growth = JournalGrowth(site.journals, threading.Event())
    growth.wait(_FOR_EVER)
    site.write(b"{}")
    site.write(b"{}", b"{}")
    growth.wait(_FOR_EVER)
    growth.close()


def test_nothing_new_is_waited_for_no_longer_than_told(site: SmallSite) -> None:
    growth = JournalGrowth(site.journals, threading.Event())
    for _ in range(3):
        growth.wait(0.02)
    growth.close()
