"""The journals that the stores of `chain_file` would have written; `chain_delivery` brings them to headquarters.

    a day of a store       opened, a receipt for each basket, closed with what its lane and it counted
    one of ten stores      counts its till besides, which is a few cents short
    a date without sales   is not opened; the last one of the file is, so that none is missing behind it
    a latecomer            a basket that reaches its branch when all days are closed: its day is closed again

Facts are made as they are asked for, so that those of the whole chain are never held at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from itertools import groupby, islice
from typing import Any, NamedTuple

from pandas import DataFrame, Series

from schemas.domain.correction import TicketCorrected
from schemas.domain.day import DayClosed, DayOpened, DayReopened, DayTotals, LaneTotals
from schemas.domain.ticket import Control, Discount, SaleLine, TenderLine, Ticket
from schemas.domain.till import ShiftEnded, ShiftOpened, TillCounted
from schemas.wire.entries import Fact
from tests.journeys.chain_file import LAST

FLOAT = 10_000
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


class _Basket(NamedTuple):
    """A row of `chain_file.baskets`."""

    basket: int
    day: str
    at: datetime
    lines: int
    operator: str
    member: str
    total: int
    coupons: int
    card: int
    cash: int
    pays_cash: bool
    change: int


def _plain(column: Series) -> list[Any]:
    """Its values as Python's own."""
    return list(column.dt.to_pydatetime()) if column.name == "at" else column.to_list()


@dataclass
class _Lane:
    """The only one of a store, and what it counts."""

    name: str
    counter: int = 0
    grand_total: int = 0

    def sell(
        self, day: Day, baskets: Iterable[_Basket], lines: Iterator[SaleLine]
    ) -> Iterator[Ticket]:
        """The receipts of a date; their lines come next of all."""
        gross = 0
        for place, basket in enumerate(baskets, 1):
            gross, self.counter = gross + basket.total, self.counter + 1
            self.grand_total += basket.total
            control = Control(place, gross, self.grand_total)
            of_basket = tuple(islice(lines, basket.lines))
            yield _ticket(basket, (day, self.name, self.counter), of_basket, control)


def life(
    branch: str, lines: DataFrame, baskets: DataFrame, late: Chosen, lived: Callable[[Day], None]
) -> Iterator[Fact]:
    """The journal of a branch; `lived` is told of each day that was closed, `late` come behind all."""
    lane, sold, held = _Lane(f"{branch}.01"), _lines(lines), list[tuple[Day, Ticket]]()
    on = date.min
    rows = (
        _Basket(*row)
        for row in zip(*(_plain(baskets[name]) for name in _Basket._fields), strict=True)
    )
    for text, of_day in groupby(rows, key=lambda one: one.day):
        on = date.fromisoformat(text)
        day, begins = Day(branch, on), datetime.combine(on, time(), UTC)
        yield DayOpened(branch, on, "M", begins)
        if has_till(branch):
            yield ShiftOpened(day.shift, branch, lane.name, f"{branch}-C0", on, begins, FLOAT)
        for ticket in lane.sell(day, of_day, sold):
            if ticket.uuid == f"{branch}-{late.get((branch, text))}":
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
    basket: _Basket, place: tuple[Day, str, int], lines: tuple[SaleLine, ...],
    control: Control,
) -> Ticket:  # fmt: skip
    day, lane, counter = place
    tenders = [TenderLine("coupon", basket.coupons, "c")] if basket.coupons else []
    if basket.card:
        tenders.append(TenderLine("card", basket.card))
    if basket.pays_cash:
        tenders.append(TenderLine("cash", basket.cash))
    at = basket.at.replace(tzinfo=UTC)
    return Ticket(
        uuid=f"{day.branch}-{basket.basket}", branch=day.branch, lane=lane, counter=counter,
        shift=day.shift, business_date=day.on, zone="UTC", started=at, committed=at,
        operator=basket.operator,
        lines=lines, tenders=tuple(tenders), total=basket.total, rounding=0, change=basket.change,
        control=control, member=basket.member,
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
