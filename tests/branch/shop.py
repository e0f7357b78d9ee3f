"""A small chain for the tests of a branch: headquarters, one branch, lanes that sell.

The databases, the signatures and the batches are real; the network is not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine

from branch import bootstrap, days, tills
from branch.bootstrap import Branch
from branch.settings import BranchSettings
from hq import inbound as headquarters_inbound
from pos_frontend.recovery import recovery_of
from replication import feed, identity, journal, outbox
from replication.apply import Inbound
from replication.identity import Identity
from replication.parent import Parent
from replication.runner import LinkRunner, Pace, Site
from replication.streams import CHAIN_FEED, branch_feed, journal_of, local_feed
from replication.subscribe import Outlet
from replication.testing import MemoryTransport
from schemas.domain.day import DayClosed
from schemas.domain.policy import Policy, write_checks
from schemas.domain.ticket import Control, SaleLine, TenderLine, Ticket
from schemas.domain.till import (
    COUNTED_KINDS,
    BasketCancelled,
    CashMoved,
    Movement,
    ShiftEnded,
    ShiftOpened,
)
from schemas.tables.base import open_postgres, open_sqlite, reading, upsert
from schemas.tables.catalogue import OFFICE_KINDS
from schemas.tables.catalogue_store import CatalogueStore
from schemas.tables.kinds import DatabaseKind
from schemas.tables.link import peer
from schemas.wire import records
from schemas.wire.entries import Fact, encode, kind_of
from tests import lane_files
from tests.quick_hash import hashed

CODE = "N001"
DAY = date(2026, 3, 2)
ZONE = "America/New_York"
MANAGER = "N001-M"
PASSWORD = "a long password"
_HASHED = hashed(PASSWORD)

MakeDatabase = Callable[[DatabaseKind], str]


@dataclass
class ShopClock:
    """A clock that a test moves; it starts at noon of the business date, New York time."""

    now: datetime = datetime(2026, 3, 2, 17, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_minutes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)


def piece(item: str = "milk", price: int = 350, quantity: int = 1000, number: int = 1) -> SaleLine:
    """A line that costs its list price."""
    return SaleLine(
        number=number, item=item, name=item.capitalize(), unit="piece", quantity=quantity,
        list_price=price, amount=price * quantity // 1000, category="food",
    )  # fmt: skip


@dataclass
class LaneTill:
    """A lane that sells: its journal, its counters, its line to the branch."""

    name: str
    clock: ShopClock
    journal: Engine
    catalogue: Engine
    runner: LinkRunner
    line: MemoryTransport
    counter: int = 0
    grand_total: int = 0
    tickets: int = 0
    gross: int = 0
    shift: str = ""
    operator: str = ""
    business_date: date = DAY
    shifts: int = 0
    sold: list[Ticket] = field(default_factory=list)

    def state(self, *facts: Fact) -> None:
        """Append facts to the lane's own journal."""
        drafts = [journal.Draft(*kind_of(fact), self.clock(), encode(fact)) for fact in facts]
        with self.journal.begin() as connection:
            journal.append(connection, journal_of(self.name), drafts)

    def open_shift(self, operator: str = "C1", float_amount: int = 10_000) -> str:
        self.shifts += 1
        self.operator, self.shift = operator, f"{self.name}-shift-{self.shifts}"
        self.state(
            ShiftOpened(
                self.shift,
                CODE,
                self.name,
                operator,
                self.business_date,
                self.clock(),
                float_amount,
            )
        )
        return self.shift

    def ticket(
        self, *lines: SaleLine, tenders: tuple[TenderLine, ...] = (), change: int = 0
    ) -> Ticket:
        """Commit a sale to the lane's counters and give its ticket, which is not stated yet."""
        held = lines or (piece(),)
        total = sum(line.amount for line in held if not line.voided)
        self.counter, self.tickets = self.counter + 1, self.tickets + 1
        self.gross, self.grand_total = self.gross + total, self.grand_total + total
        one = Ticket(
            uuid=f"{self.name}-{self.counter}", branch=CODE, lane=self.name, counter=self.counter,
            shift=self.shift, business_date=self.business_date, zone=ZONE,
            started=self.clock(), committed=self.clock(), operator=self.operator,
            lines=held, tenders=tenders or (TenderLine("cash", total),), total=total, rounding=0,
            change=change, control=Control(self.tickets, self.gross, self.grand_total),
        )  # fmt: skip
        self.sold.append(one)
        return one

    def sell(
        self, *lines: SaleLine, tenders: tuple[TenderLine, ...] = (), change: int = 0
    ) -> Ticket:
        one = self.ticket(*lines, tenders=tenders, change=change)
        self.state(one)
        return one

    def cancel(self, amount: int = 500) -> None:
        self.state(
            BasketCancelled(
                f"{self.name}-cancelled-{amount}", CODE, self.name, self.business_date,
                self.operator, self.clock(), amount, 1,
            )
        )  # fmt: skip

    def move_cash(self, movement: Movement, amount: int) -> None:
        """Open the drawer without a sale, with the manager beside."""
        self.state(
            CashMoved(
                f"{self.shift}-{movement}", self.shift, CODE, self.name, self.business_date,
                self.operator, self.clock(), movement, amount, "零钱", MANAGER,
            )
        )  # fmt: skip

    def end_shift(self) -> ShiftEnded:
        fact = ShiftEnded(
            self.shift, CODE, self.name, self.operator, self.business_date, self.clock(),
            self.counter, self.tickets, self.gross, self.grand_total,
        )  # fmt: skip
        self.state(fact)
        return fact

    def push(self) -> None:
        """Send what the branch lacks, and report how the lane stands."""
        stream = journal_of(self.name)
        self.runner.push_once()
        while self.line.down is False and self._pending(stream):
            self.runner.push_once()
        self.runner.report_once()

    def _pending(self, stream: str) -> int:
        with reading(self.journal) as journals, reading(self.catalogue) as marks:
            return outbox.look(journals, marks, stream).pending


@dataclass
class Shop:
    """One branch with its lanes, and headquarters above it."""

    branch: Branch
    headquarters: Parent
    line: MemoryTransport
    runner: LinkRunner
    clock: ShopClock
    directory: Path

    @property
    def engine(self) -> Engine:
        return self.branch.engine

    def lane(self, number: int) -> LaneTill:
        name = f"{CODE}.{number:02d}"
        journals = self._lane_file(f"{name}-journal.db", "lane_journal")
        catalogue = self._lane_file(f"{name}-catalogue.db", "lane_catalogue")
        roots = (branch_feed(CODE), local_feed(CODE))
        who = Identity(name, "lane", CODE, identity.new_private_key(), roots)
        with journals.begin() as connection:
            identity.establish(connection, who)
        introduce(self.engine, who, self.clock())
        introduce(catalogue, self.branch.identity, self.clock())
        line = MemoryTransport(self.branch.link.parent, name)
        outlet = Outlet(CatalogueStore(OFFICE_KINDS), self.clock, relays=False)
        back = recovery_of(journals, name, self.clock, self.directory / name)
        runner = LinkRunner(Site(who, journals, catalogue, outlet, back, dict), line, QUICK)
        return LaneTill(name, self.clock, journals, catalogue, runner, line)

    def _lane_file(self, name: str, kind: DatabaseKind) -> Engine:
        lane_files.write(self.directory / name, kind)
        return open_sqlite(str(self.directory / name))

    def open_day(self, business_date: date = DAY) -> None:
        with self.engine.begin() as connection:
            days.open_day(connection, CODE, business_date, MANAGER, self.clock())

    def count(self, shift: str, reason: str = "", **counted: int) -> None:
        amounts: dict[str, int] = {kind: counted.get(kind, 0) for kind in COUNTED_KINDS}
        with self.engine.begin() as connection:
            tills.count(connection, CODE, shift, amounts, MANAGER, self.clock(), reason)

    def close_day(self, business_date: date = DAY, *accepted: str) -> DayClosed:
        with self.engine.begin() as connection:
            return days.close_day(connection, CODE, business_date, MANAGER, self.clock(), accepted)

    def reopen_day(self, reason: str, business_date: date = DAY) -> None:
        with self.engine.begin() as connection:
            days.reopen_day(connection, CODE, business_date, MANAGER, reason, self.clock())

    def set_policy(self, policy: Policy) -> None:
        """Let headquarters publish a policy for the chain, and the branch load it."""
        record = records.BranchPolicy(
            checks=write_checks(policy.checks), day_ends=policy.day_ends.isoformat("minutes"),
            till_by=policy.till_by, tolerance=policy.tolerance, count_safe=policy.count_safe,
            absent_lane_authority=policy.absent_lane_authority, published=self.clock(),
        )  # fmt: skip
        with self.headquarters.engine.begin() as connection:
            publish(connection, CHAIN_FEED, record)
        self.runner.fetch_once()

    def deliver(self) -> None:
        """Bring everything that the branch has to headquarters."""
        for _ in range(3):
            self.runner.push_once()


#: Nothing waits, and every report is sent: a test decides when a site reports.
QUICK = Pace(look=0.0, wait=0.0, report=0.0, alive=-1.0)


def introduce(engine: Engine, who: Identity, now: datetime) -> None:
    """Let a site know another's key, as an enrolment does."""
    row = {"site": who.site, "public_key": who.public_key, "enrolled": now, "revoked": None}
    with engine.begin() as connection:
        upsert(connection, peer, [row])


def publish(connection: Connection, stream: str, *bodies: records.RecordBody) -> None:
    """Publish records at headquarters."""
    drafts = [
        feed.Draft(body.kind, body.record_key(), body.version, body.encode()) for body in bodies
    ]
    feed.publish(connection, {stream: drafts})


def master_data() -> list[records.RecordBody]:
    """What headquarters tells the branch of itself."""
    cashiers = [
        records.Operator(operator=code, name=name, role="cashier", pin_hash=_HASHED)
        for code, name in (("C1", "收银员一"), ("C2", "Cashier Two"))
    ]
    return [
        records.Branch(branch=CODE, name="复兴路店 Fuxing Road", zone=ZONE, currency="USD"),
        records.Operator(
            operator=MANAGER, name="店长 Manager", role="branch_manager", pin_hash=_HASHED
        ),
        *cashiers,
        records.Subscription(followed=CHAIN_FEED),
    ]


def make_shop(new_database: MakeDatabase, directory: Path) -> Shop:
    """A chain whose branch is enrolled and has loaded its first feed."""
    clock = ShopClock()
    above = open_postgres(new_database("hq"))
    chain = Identity("hq", "hq", None, identity.new_private_key())
    with above.begin() as connection:
        identity.establish(connection, chain)
        publish(connection, branch_feed(CODE), *master_data())
        publish(connection, CHAIN_FEED, records.Tax(tax_code="A", rate=1300))
    headquarters = Parent(above, chain, Inbound(headquarters_inbound.project, clock))
    dsn = new_database("branch")
    own = Identity(CODE, "branch", "hq", identity.new_private_key(), (branch_feed(CODE),))
    engine = open_postgres(dsn)
    with engine.begin() as connection:
        identity.establish(connection, own)
    introduce(engine, chain, clock())
    introduce(above, own, clock())
    engine.dispose()
    settings = BranchSettings(data=directory, dsn=dsn, parent="http://127.0.0.1:9")
    branch = bootstrap.connect(settings, dsn, clock)
    line = MemoryTransport(headquarters, CODE)
    outlet = Outlet(CatalogueStore(), clock, relays=True)
    site = Site(own, branch.engine, branch.engine, outlet, branch.site.recovery, dict)
    runner = LinkRunner(site, line, QUICK)
    shop = Shop(branch, headquarters, line, runner, clock, directory)
    runner.push_once()
    load(runner)
    return shop


def load(runner: LinkRunner) -> None:
    """Fetch until nothing more comes: each feed needs a restart and its batches."""
    for _ in range(8):
        runner.fetch_once()
