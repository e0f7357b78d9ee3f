"""Two branches whose journals say all that moves an aggregate, in an order by chance, and their delivery."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from sqlalchemy import Connection, Engine, insert

from hq.consolidation.held import Spoken, keep
from replication import journal
from replication.streams import journal_of
from schemas.domain.correction import Act, Exchange, post_void, tender_exchange
from schemas.domain.day import DayClosed, DayOpened, DayReopened, DayTotals
from schemas.domain.period import TicketsPosted
from schemas.domain.stock.move import StockMove, StockMoved
from schemas.domain.ticket import Discount, Foreign, SaleLine, TenderLine, Ticket
from schemas.tables import sales_store
from schemas.tables.catalogue import item
from schemas.wire import entries
from schemas.wire.entries import Fact
from tests.hq.day_builder import (
    CATEGORIES,
    MONDAY,
    BranchDay,
    describe,
    ensure_journal,
    instant_of,
    lanes_of,
    line,
)

PARENTS = {code: parent for code, _, parent in CATEGORIES if parent} | {"01": "", "02": ""}
SERVICES = frozenset({"wash"})
_GOODS = (
    ("apple", 333, "01-001-001"), ("pear", 250, "01-001"), ("kale", 459, "01-002"),
    ("tea", 1280, "02-001"), ("wash", 500, "02"), ("odd", 777, None),
)  # fmt: skip


@dataclass
class Shop:
    """A branch; `facts` is its journal, of which `told` are at headquarters."""

    branch: str
    chance: Random
    first: date = MONDAY
    facts: list[Fact] = field(default_factory=list)
    told: int = 0

    def live(self) -> None:
        """Three days: sales, corrections, closes and closes again, latecomers, one of them posted elsewhere."""
        lanes = lanes_of(self.branch, 2)
        days = [
            BranchDay(self.branch, self.first + timedelta(days=number), lanes)
            for number in range(3)
        ]
        for day in days:
            self._open(day)
            for _ in range(self.chance.randrange(1, 6)):
                self._sell(day)
            self._correct(day)
            self._close(day, 1)
            for late in range(self.chance.randrange(3)):
                self._sell(day, posted=self._elsewhere(day, days) if late else None)
            self._correct(day)
            if self.chance.random() < 0.6:
                again = DayReopened(self.branch, day.business_date, 1, "M", "late", day.at(22, 40))
                self.facts.append(again)
                self._close(day, 2)
        self._restate(days[-1])

    def _open(self, day: BranchDay) -> None:
        if not any(
            isinstance(one, DayOpened) and one.business_date == day.business_date
            for one in self.facts
        ):
            self.facts.append(day.facts[0])

    def _elsewhere(self, day: BranchDay, days: Sequence[BranchDay]) -> date | None:
        later = [one for one in days if one.business_date > day.business_date]
        if not later:
            return None
        self._open(later[0])
        return later[0].business_date

    def _sell(self, day: BranchDay, posted: date | None = None) -> None:
        chance = self.chance
        lines = [self._line() for _ in range(chance.randrange(1, 5))]
        total = sum(one.amount for one in lines if not one.voided)
        tenders = chance.choice((
            (TenderLine("cash", total + 100),), (TenderLine("card", total),),
            (TenderLine("cash", 10), TenderLine("qr", total - 10)),
            (TenderLine("foreign", total + 50, foreign=Foreign("USD", total + 50, 1_000_000)),),
        ))  # fmt: skip
        sold = day.sell(
            chance.randrange(2), *lines, hour=chance.randrange(8, 21), tenders=tenders,
            member=chance.choice((None, "M1", "M2")),
        )  # fmt: skip
        say = (
            TicketsPosted(self.branch, day.business_date, posted, (sold.uuid,), day.at(22, 50))
            if posted
            else None
        )
        before = chance.random() < 0.5
        self.facts += [say, sold] if say and before else [sold]
        self._move(day, sold)
        if say and not before:
            self.facts.append(say)

    def _line(self) -> SaleLine:
        chance = self.chance
        code, price, category = chance.choice(_GOODS)
        quantity = chance.choice((1000, 2000, 1234, -1000))
        made = line(code, price, quantity=quantity, category=category, voided=chance.random() < 0.1)
        off = chance.randrange(1, 20)
        kinds = chance.choice((
            (), (Discount("promotion", off, "p", rule="P1"),),
            (Discount("promotion", off, "p", rule="P1"), Discount("promotion", 3, "q", rule="P2"),
             Discount("member_price", 2, "m")),
        ))  # fmt: skip
        amount = made.amount - sum(one.amount for one in kinds)
        return replace(made, amount=amount, discounts=kinds, tax=amount // 10, tax_rate=1300)

    def _move(self, day: BranchDay, sold: Ticket, minute: int = 0) -> None:
        goods = {one.item: 0 for one in sold.sold() if one.item not in {*SERVICES, "odd"}}
        for one in sold.sold():
            if one.item in goods:
                goods[one.item] -= one.quantity
        moves = tuple(
            StockMove(sold.uuid, number, code, quantity, self.chance.choice((quantity // 10 - 1, None)),
                      "sale", day.business_date, sold.committed)
            for number, (code, quantity) in enumerate(goods.items(), 1)
        )  # fmt: skip
        if moves:
            self.facts.append(StockMoved(self.branch, day.at(22, 59 - minute), moves))

    def _restate(self, day: BranchDay) -> None:
        """As after a restore: moves of a ticket come once more, stated earlier, or later, than they were."""
        for sold in day.tickets[:2]:
            self._move(day, sold, minute=self.chance.choice((0, 30)))

    def _correct(self, day: BranchDay) -> None:
        if not day.tickets or self.chance.random() < 0.4:
            return
        done = {one.ticket for one in self.facts if hasattr(one, "ticket")}
        sold = self.chance.choice(day.tickets)
        if sold.uuid in done:
            return
        act = Act(f"{sold.uuid}-c", f"{self.branch}-M", "", "wrong", day.at(22, 5))
        if sold.tenders[0].kind == "card" and sold.total > 9:
            self.facts.append(tender_exchange(sold, (), act, Exchange("card", "cash", 9)))
        else:
            self.facts.append(post_void(sold, (), act))

    def _close(self, day: BranchDay, revision: int) -> None:
        at = day.at(22, 10 + revision)
        totals = DayTotals(0, 0, {"cash": 0}, {})
        self.facts.append(DayClosed(self.branch, day.business_date, revision, "M", at, totals, ()))

    def tell(self, connection: Connection, count: int) -> None:
        """Have headquarters take in what comes next of the journal: kept in it, then projected."""
        facts = self.facts[self.told : self.told + count]
        self.told += len(facts)
        name = journal_of(self.branch)
        ensure_journal(connection, self.branch)
        drafts = [
            journal.Draft(*entries.kind_of(one), instant_of(one), entries.encode(one))
            for one in facts
        ]
        kept = journal.append(connection, name, drafts)
        spoken = [
            Spoken(fact, name, entry.epoch, entry.sequence)
            for fact, entry in zip(facts, kept, strict=True)
        ]
        keep(connection, spoken)
        sales_store.write(connection, facts)


def prefixes(facts: Sequence[Fact]) -> Iterator[tuple[date, int, Sequence[Fact]]]:
    """Each close, by date and revision, with all that the journal said up to it."""
    for number, one in enumerate(facts):
        if isinstance(one, DayClosed):
            yield one.business_date, one.revision, facts[:number]


def stock(engine: Engine, *branches: str) -> None:
    """Publish branches, categories and goods, of which one is a service."""
    shared = {"stream": "feed:chain", "generation": 1}
    with engine.begin() as connection:
        describe(connection, *branches)
        connection.execute(
            insert(item),
            [
                shared | {"key": code, "item": code, "name": f"Item {code}", "category": category,
                          "unit": "piece", "tax_code": "", "stocked": code not in SERVICES}
                for code, _, category in _GOODS if category
            ],
        )  # fmt: skip
