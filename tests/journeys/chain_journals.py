"""The journals that the stores of `chain_file` would have written, and their delivery to headquarters.

    a day of a store       opened, a receipt for each basket, closed with what its lane and it counted
    one of ten stores      counts its till besides, which is a few cents short
    a date without sales   is not opened; the last one of the file is, so that none is missing behind it
    a latecomer            a basket that reaches its branch when all days are closed: its day is closed again
    closed again           a day on which somebody moved a payment from cash to a card

Everything is kept in the journals and projected by the code with which headquarters takes it in. Facts are made
as they are told, so that those of the whole chain are never held at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from itertools import islice
from random import Random
from typing import Any

from pandas import DataFrame
from sqlalchemy import Engine

from hq.consolidation import taking
from hq.inbound import project
from replication import journal
from replication.apply import Arrival
from replication.streams import journal_of
from schemas.domain.correction import Act, Exchange, TicketCorrected, tender_exchange
from schemas.domain.day import DayClosed, DayOpened, DayReopened, DayTotals, LaneTotals
from schemas.domain.ticket import Control, Discount, SaleLine, TenderLine, Ticket
from schemas.domain.till import ShiftEnded, ShiftOpened, TillCounted
from schemas.wire import entries
from schemas.wire.entries import Fact
from tests.hq.day_builder import ensure_journal, instant_of
from tests.journeys.chain_file import LAST

FLOAT = 10_000
_BATCH = 500
#: By branch and date as text, a basket.
Chosen = Mapping[tuple[str, str], int]


def has_till(branch: str) -> bool:
    """Whether a store counts its till."""
    return int(branch[1:]) % 10 == 0


def short(on: str) -> int:
    """How much its till lacks on a date."""
    return int(on[-2:]) % 7


@dataclass
class Day:
    """What a branch and its lane count of a date."""

    branch: str
    on: date
    tickets: list[Ticket] = field(default_factory=list)
    corrections: list[TicketCorrected] = field(default_factory=list)
    revision: int = 0

    @property
    def shift(self) -> str:
        """Its only one."""
        return f"{self.branch}-{self.on}"

    def at(self, hour: int, minute: int = 0) -> datetime:
        """An instant of it."""
        return datetime.combine(self.on, time(hour, minute, 59), UTC)

    def taken(self) -> dict[str, int]:
        """By kind of tender, cash net of the change."""
        sums = {"cash": 0}
        facts: list[Ticket | TicketCorrected] = [*self.tickets, *self.corrections]
        for one in facts:
            for tender in one.tenders:
                sums[tender.kind] = sums.get(tender.kind, 0) + tender.amount
            sums["cash"] -= one.change
        return sums

    def close(self) -> DayClosed:
        """Close it, once more where it was."""
        self.revision += 1
        taken, gross = self.taken(), sum(one.total for one in self.tickets)
        over = dict.fromkeys(sorted(taken), 0) if has_till(self.branch) and self.tickets else {}
        if over:
            over["cash"] = -short(str(self.on))
        lanes: tuple[LaneTotals, ...] = ()
        if self.tickets:
            last = self.tickets[-1]
            told = LaneTotals(
                last.lane, len(self.tickets), gross, last.counter, last.control.grand_total
            )
            lanes = (told,)
        totals = DayTotals(len(self.tickets), gross, taken, over)
        at = self.at(23, 50 + self.revision)
        return DayClosed(self.branch, self.on, self.revision, "M", at, totals, lanes)

    def reopen(self) -> DayReopened:
        """Open it again."""
        return DayReopened(self.branch, self.on, self.revision, "M", "again", self.at(23, 55))

    def count(self) -> Iterator[Fact]:
        """End its shift, and count."""
        last, counted = self.tickets[-1], self.taken()
        counted["cash"] += FLOAT - short(str(self.on))
        yield ShiftEnded(
            self.shift, self.branch, last.lane, f"{self.branch}-C0", self.on, self.at(23, 30),
            last.counter, len(self.tickets), last.control.gross, last.control.grand_total,
        )  # fmt: skip
        yield TillCounted(
            self.shift, self.branch, last.lane, self.on, counted, "M", self.at(23, 40)
        )


@dataclass
class Store:
    """A branch and its journal, of which `told` entries are at headquarters; `kept` are days to be closed again."""

    branch: str
    facts: Iterator[Fact]
    kept: dict[str, Day]
    ended: bool = False

    def tell(self, engine: Engine, count: int) -> None:
        """Have headquarters take in what comes next."""
        self.take(engine, list(islice(self.facts, count)))

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
            of_lane = (Ticket, ShiftOpened, ShiftEnded)
            project(
                connection,
                [
                    Arrival(
                        entry, one.lane if isinstance(one, of_lane) else self.branch, self.branch
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

        facts = _life(branch, lines.iloc[begins:ends], of_branch, late, lived)
        found.append(Store(branch, facts, days))
        begins = ends
    return found


def deliver(engine: Engine, journals: Sequence[Store], chance: Random | None = None) -> None:
    """All of it, store by store, or in slices by chance."""
    waiting = list(journals)
    while waiting:
        one = waiting[0] if chance is None else chance.choice(waiting)
        one.tell(engine, _BATCH if chance is None else chance.randrange(1, 2 * _BATCH))
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


def _life(
    branch: str,
    lines: DataFrame,
    baskets: DataFrame,
    late: Chosen,
    lived: Callable[[Day], None],
) -> Iterator[Fact]:
    lane, grand_total, counter, held = f"{branch}.01", 0, 0, list[tuple[Day, Ticket]]()
    sold = _lines(lines)
    on = date.min
    for text, of_day in baskets.groupby("day", sort=False, observed=True):
        on = date.fromisoformat(text)
        day = Day(branch, on)
        yield DayOpened(branch, on, "M", datetime.combine(on, time(), UTC))
        if has_till(branch):
            opened = datetime.combine(on, time(), UTC)
            yield ShiftOpened(day.shift, branch, lane, f"{branch}-C0", on, opened, FLOAT)
        gross = 0
        for place, basket in enumerate(of_day.to_dict("records"), 1):
            gross, counter = gross + basket["total"], counter + 1
            grand_total += basket["total"]
            control = Control(place, gross, grand_total)
            of_basket = tuple(islice(sold, basket["lines"]))
            ticket = _ticket(basket, (day, lane, counter), of_basket, control)
            if late.get((branch, text)) == basket["basket"]:
                held.append((day, ticket))
                continue
            day.tickets.append(ticket)
            yield ticket
        if has_till(branch):
            yield from day.count()
        yield day.close()
        lived(day)
    if on < LAST:
        yield DayOpened(branch, LAST, "M", datetime.combine(LAST, time(), UTC))
        yield Day(branch, LAST).close()
    for day, ticket in held:
        day.tickets.append(ticket)
        day.tickets.sort(key=lambda one: one.counter)
        yield from (ticket, day.reopen(), day.close())


def _ticket(
    basket: Mapping[str, Any], place: tuple[Day, str, int], lines: tuple[SaleLine, ...],
    control: Control,
) -> Ticket:  # fmt: skip
    day, lane, counter = place
    tenders = [TenderLine("coupon", basket["coupons"], "c")] if basket["coupons"] else []
    if basket["card"]:
        tenders.append(TenderLine("card", basket["card"]))
    if basket["pays_cash"]:
        tenders.append(TenderLine("cash", basket["cash"]))
    at = basket["at"].to_pydatetime().replace(tzinfo=UTC)
    return Ticket(
        uuid=f"{day.branch}-{basket['basket']}", branch=day.branch, lane=lane, counter=counter,
        shift=day.shift, business_date=day.on, zone="UTC", started=at, committed=at,
        operator=basket["operator"],
        lines=lines, tenders=tuple(tenders), total=basket["total"], rounding=0, change=basket["change"],
        control=control, member=basket["member"],
    )  # fmt: skip


_COLUMNS = (
    "basket", "item", "quantity", "price", "sales", "category", "rate", "tax", "retail", "override",
    "rule",
)  # fmt: skip


def _lines(lines: DataFrame) -> Iterator[SaleLine]:
    """Those of one store, one after the other, numbered from one in each basket."""
    number, before = 0, None
    rows = zip(*(lines[name].to_list() for name in _COLUMNS), strict=True)
    for basket, item, quantity, price, sales, category, rate, tax, retail, override, rule in rows:
        number = number + 1 if basket == before else 1
        before = basket
        discounts = [Discount("promotion", retail, "retail", rule=rule)] if retail else []
        if override:
            discounts.append(Discount("override", override, "as recorded"))
        yield SaleLine(
            number=number, item=item, name=item, unit="piece", quantity=quantity, list_price=price,
            amount=sales, category=category, discounts=tuple(discounts), tax_rate=rate, tax=tax,
        )  # fmt: skip
