"""Whatever the order in which entries come about and reach headquarters, the figures are the same.

a branch     Monday: six receipts of two lanes, one of them post-voided, one exchanged, a till counted
again, closed up to three times; Tuesday: open, and takes what comes after the lock
any order    in which the lanes' receipts reach the branch, before or after each close
in which two branches' entries come in between one another at headquarters
the same     every day's totals, lane by lane and hour by hour, its digest, its last revision; and at
each close what the branch stated is what headquarters had computed by then
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from schemas.domain.correction import Act, Exchange, post_void, tender_exchange
from schemas.domain.day import DayClosed, DayOpened, DayReopened, DayTotals
from schemas.domain.period import TicketsPosted
from schemas.domain.ticket import Ticket
from schemas.tables import sales_store
from schemas.tables.base import open_postgres
from schemas.tables.day_figures import day_totals
from schemas.tables.days import business_day, day_revision
from schemas.tables.lane_audit import audit
from schemas.tables.ticket_digest import day_digest, held, ticket_hash
from schemas.tables.tickets import ticket
from schemas.wire.entries import Fact
from tests.hq.day_builder import MONDAY, TUESDAY, BranchDay, lanes_of, line

_numbers = count(1)
_CLOSES = 3


@pytest.fixture
def engine(hq_database: str) -> Iterator[Engine]:
    opened = open_postgres(hq_database)
    yield opened
    opened.dispose()


class Branch:
    """What a branch states when its lanes' receipts come in a given order; its totals by a model of its own."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.day = BranchDay(code, MONDAY, lanes_of(code, 2))
        for number in range(6):
            self.day.sell(number % 2, line(f"I{number}", 100 * (number + 1)), hour=9 + number)
        sold = self.day.tickets
        act = Act(f"{code}-void", f"{code}-M", f"{code}-C1", "twice", self.day.at(22, 10))
        self.void = post_void(sold[0], (), act)
        act = Act(f"{code}-exchange", f"{code}-M", f"{code}-M", "wrong key", self.day.at(22, 11))
        self.exchange = tender_exchange(sold[1], (), act, Exchange("cash", "card", 50))
        self.shifts = [one for one in self.day.facts if not isinstance(one, (Ticket, DayOpened))]
        self.facts: list[Fact] = [self.day.facts[0], *self.shifts]

    def state(self, arrivals: Sequence[tuple[int, int]]) -> list[Fact]:
        """All of its journal; `arrivals` say for each receipt before which close it came, and its place."""
        order = sorted(range(6), key=lambda one: arrivals[one])
        for close in range(_CLOSES):
            self.facts += [self.day.tickets[one] for one in order if arrivals[one][0] == close]
            if close:
                again = DayReopened(
                    self.code, MONDAY, close, "M", "late receipts", self.day.at(22, 20 + close)
                )
                self.facts.append(again)
            self._correct()
            self._close(close + 1)
        tuesday = DayOpened(self.code, TUESDAY, f"{self.code}-M", self.day.at(23))
        self.facts.append(tuesday)
        late = [self.day.tickets[one] for one in order if arrivals[one][0] == _CLOSES]
        if late:
            # What a branch says of them stands before them in its journal.
            uuids = tuple(one.uuid for one in late)
            posted = TicketsPosted(self.code, MONDAY, TUESDAY, uuids, self.day.at(23, 30))
            self.facts += [posted, *late]
        return self.facts

    def _correct(self) -> None:
        for one in (self.void, self.exchange):
            held_here = {fact.uuid for fact in self.facts if isinstance(fact, Ticket)}
            if one not in self.facts and one.ticket in held_here:
                self.facts.append(one)

    def _close(self, revision: int) -> None:
        self.facts.append(
            DayClosed(
                self.code, MONDAY, revision, "M", self.day.at(22, 30 + revision), self._model(), ()
            )
        )

    def _model(self) -> DayTotals:
        sold = [one for one in self.facts if isinstance(one, Ticket)]
        cash, gross, card = sum(one.total for one in sold), sum(one.total for one in sold), None
        if self.void in self.facts:
            cash, gross = cash - 100, gross - 100
        if self.exchange in self.facts:
            cash, card = cash - 50, 50
        return DayTotals(
            len(sold), gross, {"cash": cash, **({} if card is None else {"card": card})}, {}
        )


_arrivals = st.lists(st.tuples(st.integers(0, _CLOSES), st.integers(0, 9)), min_size=6, max_size=6)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(_arrivals, _arrivals, st.randoms(use_true_random=False))
def test_any_order_ends_with_the_same_figures(
    engine: Engine, first: list[tuple[int, int]], second: list[tuple[int, int]], random: Random
) -> None:
    some, others = Branch(f"A{next(_numbers)}"), Branch(f"B{next(_numbers)}")
    journals = [some.state(first), others.state(second)]
    with engine.begin() as connection:
        while any(journals):
            one = random.choice([journal for journal in journals if journal])
            some_of_it = random.randint(1, len(one))
            sales_store.write(connection, one[:some_of_it])
            del one[:some_of_it]
    for branch, arrivals in ((some, first), (others, second)):
        _check(engine, branch, arrivals)


def _check(engine: Engine, branch: Branch, arrivals: Sequence[tuple[int, int]]) -> None:
    late = [one for one in range(6) if arrivals[one][0] == _CLOSES]
    totals = [100 * (one + 1) for one in range(6)]
    void, exchange = 0 not in late, 1 not in late
    with engine.connect() as connection:
        monday, tuesday = (day_totals(connection, branch.code, on) for on in (MONDAY, TUESDAY))
        assert tuesday.gross == sum(totals[one] for one in late)
        assert monday.gross + tuesday.gross == sum(totals) - (100 if void else 0)
        assert monday.tickets + tuesday.tickets == 6
        assert monday.tenders.get("card", 0) == (50 if exchange else 0)
        audited = audit(connection, branch.code, MONDAY)
        assert (audited.problems, sum(one.tickets for one in audited.totals)) == ((), 6)
        rows = connection.execute(
            select(day_revision).where(day_revision.c.branch == branch.code)
        ).all()
        assert [row.differences for row in rows if row.differences] == _gaps(rows)
        assert [row.computed for row in rows] == [row.totals for row in rows]
        state = connection.execute(
            select(business_day.c.state, business_day.c.revision).where(
                business_day.c.branch == branch.code, business_day.c.business_date == MONDAY
            )
        ).one()
        assert tuple(state) == ("closed", _CLOSES)
        assert not connection.execute(
            select(func.count()).where(ticket.c.branch == branch.code, ticket.c.late)
        ).scalar()
        hashes = {
            uuid: ticket_hash(content)
            for uuid, content in held(connection, branch.code, MONDAY).items()
        }
        assert len(hashes) == 6 + void + exchange
        assert day_digest(hashes)


def _gaps(rows: Sequence[Any]) -> list[list[str]]:
    """Of a close before some receipts came, only that its lanes' counts have gaps."""
    return [
        row.differences
        for row in rows
        if row.differences and all("its lane had sold" in words for words in row.differences)
    ]
