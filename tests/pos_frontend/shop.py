"""A little shop: its catalogue as records, and a lane that knows it.

401234500001  milk    3.50  members 3.20   tax 13 %      also under item code 1001
401234500018  bread   8.99
2010          apples  6.80 per kg (sold by item code)
2011          a gift  0.00 (a mistake in the price book)
2012          nothing has published its price
member 9001, tier "member"; cashier C1 with PIN 1111, manager M1 with PIN 9999
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from pos_frontend import databases
from pos_frontend.authority import Door
from pos_frontend.basket import Sale
from pos_frontend.catalogue import Catalogue
from pos_frontend.databases import Databases
from pos_frontend.day import Terms
from pos_frontend.journal import LaneJournal
from pos_frontend.lane import Lane
from pos_frontend.payment.payments import Payments
from pos_frontend.settling import ShiftReport
from pos_frontend.till import Till
from pos_frontend.weighing import Scale
from replication import identity, position
from replication.identity import Identity
from replication.position import Position
from replication.sealing import MEMBER_KEY
from schemas.domain.barcode import normalise
from schemas.domain.ticket import TenderKind, Ticket
from schemas.domain.till import CashMoved
from schemas.tables.base import open_sqlite
from schemas.tables.catalogue_store import CatalogueStore
from schemas.wire.record import Record
from schemas.wire.records import (
    Barcode,
    Branch,
    BusinessDay,
    Item,
    Member,
    Operator,
    Price,
    PriceChange,
    RecordBody,
    Tax,
)
from tests import lane_files
from tests.quick_hash import hashed

LANE = "N001.03"
BRANCH = "N001"
DAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)  # noon in Shanghai
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
MILK, BREAD = "401234500001", "401234500018"
CHAIN, OWN, LOCAL = "feed:chain", f"feed:branch:{BRANCH}", f"feed:local:{BRANCH}"

Bodies = Mapping[str, Sequence[RecordBody]]


def header(document: str, number: int = 1, **changes: object) -> PriceChange:
    """Return the header that makes a document's rows hold from long ago for good."""
    fields: dict[str, object] = {
        "document": document, "title": document, "starts": LONG_AGO, "ends": None,
        "published": number, "rows": 1, **changes,
    }  # fmt: skip
    return PriceChange.model_validate(fields)


def price(document: str, item: str, cents: int, tier: str = "", unit: str = "piece") -> Price:
    """Return a row of a document."""
    return Price(document=document, item=item, unit=unit, tier=tier, price=cents)


def chain_records() -> list[RecordBody]:
    """Return what headquarters tells the whole chain."""
    return [
        Tax(tax_code="v13", rate=1300),
        Item(item="1001", name="纯牛奶 1L", category="dairy", unit="piece", tax_code="v13"),
        Item(item="1002", name="全麦面包 Wholemeal bread", category="bakery", unit="piece"),
        Item(item="2010", name="红富士苹果", category="fruit", unit="kg"),
        Item(item="2011", name="赠品", category="gifts", unit="piece"),
        Item(item="2012", name="无价商品", category="gifts", unit="piece"),
        Barcode(barcode=normalise(MILK), item="1001", unit="piece"),
        Barcode(barcode=normalise(BREAD), item="1002", unit="piece"),
        price("book", "1001", 350),
        price("book", "1001", 320, tier="member"),
        price("book", "1002", 899),
        price("book", "2010", 680, unit="kg"),
        price("book", "2011", 0),
        header("book"),
        Member(member="9001", tier="member", sealed=""),
    ]


def branch_records(currency: str = "CNY", cash_rounding: int = 1) -> list[RecordBody]:
    """Return what headquarters tells this branch."""
    return [
        Branch(
            branch=BRANCH, name="城西一店", zone="Asia/Shanghai", currency=currency,
            cash_rounding=cash_rounding,
        ),
        Operator(operator="C1", name="收银员一", role="cashier", pin_hash=hashed("1111")),
        Operator(operator="C2", name="李芳", role="cashier", pin_hash=hashed("2222")),
        Operator(operator="M1", name="陈店长", role="branch_manager", pin_hash=hashed("9999")),
    ]  # fmt: skip


def records_of(bodies: Iterable[RecordBody], number: int = 1) -> list[Record]:
    """Return bodies as records of a feed."""
    return [
        Record(place, body.kind, body.record_key(), body.version, body.encode())
        for place, body in enumerate(bodies, start=number)
    ]


def load(data: Path, bodies: Bodies) -> None:
    """Write records into a lane's catalogue as its sync process would."""
    engine = open_sqlite(str(data / "catalogue.db"))
    try:
        with engine.begin() as connection:
            for stream, of_feed in bodies.items():
                CatalogueStore().apply(connection, stream, 1, records_of(of_feed))
                position.move(connection, Position(stream, "e", len(of_feed), applied_at=NOON))
    finally:
        engine.dispose()


def a_day(day: date = DAY, state: str = "open") -> BusinessDay:
    """Return the branch's word on a business date."""
    return BusinessDay.model_validate({"business_date": day, "state": state})


def make_lane(data: Path, bodies: Bodies | None = None, member_key: str = "") -> None:
    """Make the databases of a lane that is enrolled and knows the shop, with its day open; the key is
    what it was given to open what members have sealed.
    """
    data.mkdir(parents=True, exist_ok=True)
    for name, kind in databases.KINDS.items():
        lane_files.write(data / name, kind)
    engine = open_sqlite(str(data / "journal.db"))
    try:
        with engine.begin() as connection:
            key = identity.new_private_key()
            secrets = {MEMBER_KEY: member_key} if member_key else {}
            roots = (CHAIN, OWN, LOCAL)
            identity.establish(connection, Identity(LANE, "lane", BRANCH, key, roots, secrets))
    finally:
        engine.dispose()
    shop: Bodies = {CHAIN: chain_records(), OWN: branch_records(), LOCAL: [a_day()]}
    load(data, shop if bodies is None else bodies)


class Prints:
    """A printer that remembers what it was asked to print."""

    def __init__(self) -> None:
        self.printed: list[tuple[str, bool]] = []
        self.slips: list[CashMoved] = []
        self.reports: list[ShiftReport] = []
        self.left: Mapping[TenderKind, int] | None = None

    def submit(
        self, ticket: Ticket, at: Terms, *, copy: bool, left: Mapping[TenderKind, int] | None = None
    ) -> None:
        """See `Printing`."""
        del at
        self.left = left
        self.printed.append((ticket.receipt, copy))

    def submit_slip(self, moved: CashMoved, at: Terms) -> None:
        """See `Printing`."""
        del at
        self.slips.append(moved)

    def submit_report(self, report: ShiftReport, at: Terms) -> None:
        """See `Printing`."""
        del at
        self.reports.append(report)


class Keeps:
    """A place that keeps the newest basket at once."""

    def __init__(self) -> None:
        self.sale: Sale | None = None

    def keep(self, sale: Sale | None) -> None:
        """See `Keeping`."""
        self.sale = sale

    def kept(self) -> Sale | None:
        """See `Keeping`."""
        return self.sale


class Watch:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class Scene:
    """A till on real files, with a clock and a printer of the test's."""

    def __init__(self, data: Path, both: Databases) -> None:
        self.data = data
        self.both = both
        self.catalogue = Catalogue(both.catalogue)
        self.journal = LaneJournal(both.journal, LANE)
        self.prints = Prints()
        self.keeps = Keeps()
        self.clock = Watch()
        self.scale: Scale | None = None
        self.payments: Payments | None = None
        self.member_key = ""
        self.till = self.restart()

    def restart(self) -> Till:
        """Begin anew on the same files, as after a restart of the process."""
        lane = Lane(
            LANE, BRANCH, self.catalogue, self.journal, self.prints, self.keeps, self.clock,
            lambda: "无码商品", self.scale, self.payments, member_key=self.member_key,
        )  # fmt: skip
        self.till = Till(lane, Door(self.catalogue))
        return self.till

    def ready(self) -> Till:
        """Sign the cashier in and open a shift with a float of 200."""
        self.till.sign_in("C1", "1111")
        self.till.open_shift("200")
        return self.till
