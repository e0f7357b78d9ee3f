"""One lane of one branch that sells what was recorded: the till itself, on the lane's own files.

Prices and days come as records, as the sync process brings them. A branch manager stands at the till, whose
own authority overrides and returns are by.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import select

from pos_frontend import databases
from pos_frontend.basket import Overriding
from pos_frontend.weighing import Weight
from replication.streams import journal_of
from schemas.domain.ticket import Ticket
from schemas.domain.till import ShiftEnded
from schemas.tables.base import open_sqlite, reading
from schemas.tables.catalogue_store import CatalogueStore
from schemas.tables.journal import journal_entry
from schemas.wire import entries
from schemas.wire.record import Record
from schemas.wire.records import Branch, Operator, RecordBody
from tests.journeys.control import DaySum
from tests.pos_frontend.shop import BRANCH, CHAIN, LANE, LOCAL, OWN, Scene, a_day, make_lane
from tests.quick_hash import hashed


@dataclass
class Done:
    """What a run did, by what it was; and what its journal comes to."""

    sums: dict[date, DaySum]
    tickets: int
    did: Counter[str]


class ScaleDouble:
    """A scale on which somebody has put something."""

    def __init__(self) -> None:
        self.grams = 0

    def read_weight(self) -> Weight:
        """See `weighing.Scale`."""
        return Weight("stable_weight", self.grams)


class JourneyLane(Scene):
    """A till, its scale, and what is told to its catalogue."""

    told = 0

    def tell(self, stream: str, bodies: Iterable[RecordBody]) -> None:
        """Bring records into the catalogue, as the sync process does."""
        records: list[Record] = []
        for body in bodies:
            self.told += 1
            records.append(
                Record(self.told, body.kind, body.record_key(), body.version, body.encode())
            )
        engine = open_sqlite(str(self.data / "catalogue.db"))
        try:
            with engine.begin() as connection:
                CatalogueStore().apply(connection, stream, 1, records)
        finally:
            engine.dispose()

    @contextmanager
    def day(self, on: date, opened: datetime) -> Iterator[None]:
        """A business day of this lane, from its opening to the end of its shift."""
        self.clock.now = opened
        self.tell(LOCAL, [a_day(on)])
        self.till.sign_in("M1", "9999")
        self.till.open_shift("0")
        yield
        self.till.end_shift()
        self.tell(LOCAL, [a_day(on, "closed")])

    def prices(self, code: str) -> bool:
        """Whether something has a price."""
        found = self.catalogue.find(code)
        return found is not None and bool(found.prices)

    def charge(self, amount: int, reason: str) -> bool:
        """Have the last line cost what was recorded, by authority and with a reason, if it does not."""
        sale = self.till.sale
        assert sale is not None
        last = sale.lines[-1]
        if last.amount != amount:
            self.till.override(Overriding(last.number, _text(amount), reason))
        return last.amount != amount

    def pay(self, amount: int, *, cash: bool) -> None:
        """Pay what is left: with notes of five and change, or a card; a refund in cash."""
        if cash and amount > 0:
            assert self.till.tender("cash", _text(-(-amount // 500) * 500))
        else:
            assert self.till.tender("card" if amount > 0 else "cash")


@contextmanager
def lane(
    data: Path, zone: str, currency: str, bodies: Iterable[RecordBody]
) -> Iterator[JourneyLane]:
    """A lane that knows this branch and its chain's records."""
    own = [
        Branch(branch=BRANCH, name="Journeys", zone=zone, currency=currency),
        Operator(operator="M1", name="M1", role="branch_manager", pin_hash=hashed("9999")),
    ]
    make_lane(data, {CHAIN: [], OWN: own, LOCAL: []})
    with databases.for_till(data) as both:
        made = JourneyLane(data, both)
        made.scale = ScaleDouble()
        made.restart()
        made.tell(CHAIN, bodies)
        yield made


def sums_of(scene: JourneyLane) -> dict[date, DaySum]:
    """What the lane's journal comes to by business date, of which its own counters must say the same."""
    sums: dict[date, DaySum] = defaultdict(DaySum)
    ended: dict[date, ShiftEnded] = {}
    tickets: dict[date, int] = defaultdict(int)
    query = select(journal_entry).where(journal_entry.c.stream == journal_of(LANE))
    with reading(scene.both.journal) as connection:
        for row in connection.execute(query.order_by(journal_entry.c.sequence)):
            fact = entries.decode(row.kind, row.version, bytes(row.body))
            if isinstance(fact, Ticket):
                _add(sums[fact.business_date], fact)
                tickets[fact.business_date] += 1
            elif isinstance(fact, ShiftEnded):
                ended[fact.business_date] = fact
    told = {on: (one.tickets, one.gross) for on, one in ended.items()}
    assert told == {on: (tickets[on], one.total) for on, one in sums.items()}
    return dict(sums)


def _add(day: DaySum, ticket: Ticket) -> None:
    day.total += ticket.total
    day.coupons += sum(one.amount for one in ticket.tenders if one.kind == "coupon")
    for line in ticket.sold():
        day.lines += 1
        if line.returned is not None:
            day.returned += 1
            day.given_back -= line.amount


def _text(amount: int) -> str:
    return f"{amount // 100}.{amount % 100:02}"
