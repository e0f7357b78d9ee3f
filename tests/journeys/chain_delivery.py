"""The journals of the chain brought to headquarters, which keeps and projects them by its own code.

in order         store by store
by chance        in slices of any size, one store's between the others'
closed again     a day on which somebody moved a payment from cash to a card
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random

from pandas import DataFrame
from sqlalchemy import Engine

from hq.consolidation import taking
from hq.inbound import project
from replication import journal
from replication.apply import Arrival
from replication.streams import journal_of
from schemas.domain.correction import Act, Exchange, tender_exchange
from schemas.domain.ticket import Ticket
from schemas.domain.till import ShiftEnded, ShiftOpened
from schemas.wire import entries
from schemas.wire.entries import Fact
from tests.hq.day_builder import ensure_journal, instant_of
from tests.journeys.chain_journals import Chosen, Day, life

_BATCH = 500
_OF_A_LANE = (Ticket, ShiftOpened, ShiftEnded)


@dataclass
class Store:
    """A branch and its journal, of which `told` entries are at headquarters; `kept` are days to be closed again."""

    branch: str
    facts: Iterator[Fact]
    kept: dict[str, Day]
    ended: bool = False

    def tell(self, engine: Engine, count: int) -> int:
        """Have headquarters take in what comes next; answers how much that was."""
        facts = list(islice(self.facts, count))
        self.take(engine, facts)
        return len(facts)

    def take(self, engine: Engine, facts: Sequence[Fact]) -> None:
        """Have headquarters take in what its journal says now; nothing ends it."""
        if not facts:
            self.ended = True
            return
        name = journal_of(self.branch)
        with engine.begin() as connection:
            ensure_journal(connection, self.branch)
            drafts = [
                journal.Draft(*entries.kind_of(one), instant_of(one), entries.encode(one))
                for one in facts
            ]
            written = journal.append(connection, name, drafts)
            project(
                connection,
                [
                    Arrival(
                        entry, one.lane if isinstance(one, _OF_A_LANE) else self.branch, self.branch
                    )
                    for one, entry in zip(facts, written, strict=True)
                ],
            )


def stores(
    lines: DataFrame, baskets: DataFrame, late: Chosen, kept: Collection[tuple[str, str]]
) -> list[Store]:
    """The branches with their journals; `late` are baskets that come last, `kept` are days to be remembered."""
    begins, found = 0, []
    for branch, of_branch in baskets.groupby("branch", sort=False, observed=True):
        ends = begins + int(of_branch["lines"].sum())
        days: dict[str, Day] = {}
        wanted = {on for where, on in kept if where == branch}

        def lived(day: Day, days: dict[str, Day] = days, wanted: set[str] = wanted) -> None:
            if str(day.on) in wanted:
                days[str(day.on)] = day

        facts = life(branch, lines.iloc[begins:ends], of_branch, late, lived)
        found.append(Store(branch, facts, days))
        begins = ends
    return found


def deliver(
    engine: Engine, journals: Sequence[Store], chance: Random | None = None
) -> Iterator[int]:
    """All of it, store by store, or in slices by chance; answers after each how many entries are taken in."""
    waiting, entries_taken = list(journals), 0
    while waiting:
        one = waiting[0] if chance is None else chance.choice(waiting)
        entries_taken += one.tell(
            engine, _BATCH if chance is None else chance.randrange(1, 2 * _BATCH)
        )
        yield entries_taken
        if one.ended:
            waiting.remove(one)
    taking.take_in(engine)


def close_again(engine: Engine, journals: Sequence[Store], chosen: Chosen) -> None:
    """Open the days that were kept again, move what a basket paid in cash to a card, and close them."""
    for store in journals:
        for on, day in store.kept.items():
            uuid = f"{store.branch}-{chosen[store.branch, on]}"
            sale = next(one for one in day.tickets if one.uuid == uuid)
            act = Act(f"{uuid}-c", "M", "", "paid by card", day.at(23, 54))
            moved = Exchange("cash", "card", sale.tenders[-1].amount - sale.change)
            opened = day.reopen()
            day.corrections.append(tender_exchange(sale, (), act, moved))
            store.take(engine, [opened, day.corrections[-1], day.close()])
