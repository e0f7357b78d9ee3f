"""A branch that was away for a month comes back: scaled down, the real size is measured by the bench."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from replication.transport.http import HttpTransport
from tests.faults.street import found_street, linked, relayed, serving
from tests.sites import Town

DAYS, TICKETS, PRICES = 30, 20, 40


@pytest.mark.fault("9", "a branch that was away for 30 days")
def test_a_branch_that_was_away_for_thirty_days(town: Town) -> None:
    street = found_street(town)
    street.price(**{f"t{n:02}": 0 for n in range(PRICES)})
    with ExitStack() as stack:
        hq, branch = (
            stack.enter_context(serving(street.hq)),
            stack.enter_context(serving(street.branch)),
        )
        upper = HttpTransport(hq, street.branch.identity)
        with (
            linked(street.branch, upper),
            linked(street.lane, HttpTransport(branch, street.lane.identity)),
        ):
            street.must_agree()
        stack.enter_context(linked(street.lane, HttpTransport(branch, street.lane.identity)))
        for day in range(1, DAYS + 1):
            street.sell(*(f"day {day} sale {n}".encode() for n in range(TICKETS)))
            street.price(**{f"t{n:02}": day * 100 + n for n in range(PRICES)})
        assert relayed(street.hq) == []
        stack.enter_context(linked(street.branch, HttpTransport(hq, street.branch.identity)))
        street.must_agree()
