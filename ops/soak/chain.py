"""The soak's chain: headquarters, three branches, two lanes each, founded once and begun anew per seed.

    prepare   found, publish, enrol, load ─ every disk keeps a backup "base", every kind one that is bare
    begin     every disk put back to its base, marks too, time back to the first morning
    take away a disk is replaced by an empty one
    enrol     the site is enrolled on it by a token, with a new key, as soon as its parent lets it in

The founding takes seconds, a beginning some tenths of one.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from argon2 import PasswordHasher

from branch import enrolment as branch_enrolment
from hq import price_changes, publication, sites, staff
from hq.price_changes import NewPriceChange
from hq.price_rows import PriceCell
from ops.embedded_postgres import EmbeddedPostgres
from ops.soak.disks import LANE_FILES, LaneDisk, PostgresDisk, administration
from ops.soak.names import drawn_from
from ops.soak.prices import CHAIN, Master, PriceDocument
from ops.soak.sites import SoakLine, SoakSite, Time, acquaint, knows_another, mark_of
from pos_frontend import databases
from pos_frontend import enrol as lane_enrolment
from replication import enrolment as tokens
from replication import identity as identities
from replication.console.users import User
from replication.errors import LinkDownError
from replication.identity import Identity
from replication.streams import branch_feed, local_feed
from schemas.tables import migrate
from schemas.tables.kinds import DatabaseKind
from schemas.wire.records import Branch, Category, Item, Tax

HQ = "hq"
BRANCHES = {code: (f"{code}.01", f"{code}.02") for code in ("N001", "N002", "N003")}
GROUPS = {"N001": ("near",), "N002": ("near",), "N003": ("far",)}
ALL_GROUPS = ("near", "far")
ITEMS = {f"10{number:02}": 100 + 37 * number for number in range(1, 9)}
ZONE = "Asia/Shanghai"
#: Eight in the morning in the shops, some years ahead of the machine's own clock.
BEGINNING = datetime(2031, 3, 3, 0, 0, tzinfo=UTC)
LONG_AGO = BEGINNING - timedelta(days=30)
BOOK = "P000001"
PIN = "1111"
BUYER = User("BUY", "Buyer", "buyer")
APPROVER = User("APP", "Approver", "approver")
ADMIN = User("ADMIN", "Administrator", "administrator")
BASE = "base"
_KINDS: tuple[DatabaseKind, ...] = ("hq", "branch")


@dataclass
class SoakChain:
    """All sites of the chain, by name; headquarters first, a branch before its lanes."""

    server: EmbeddedPostgres
    directory: Path
    prefix: str
    time: Time = field(default_factory=lambda: Time(BEGINNING))
    sites: dict[str, SoakSite] = field(default_factory=dict)
    keys_drawn: int = 0
    #: Sites that wait to be enrolled, because their disk is empty or of before they were enrolled anew.
    outside: set[str] = field(default_factory=set)

    @property
    def hq(self) -> SoakSite:
        """Headquarters."""
        return self.sites[HQ]

    @property
    def lanes(self) -> list[str]:
        """The names of all lanes."""
        return [lane for lanes in BRANCHES.values() for lane in lanes]

    @property
    def children(self) -> list[str]:
        """Every site that has a parent, a branch before its lanes."""
        return [name for name in self.sites if name != HQ]

    def above(self, name: str) -> SoakSite:
        """A site's parent."""
        return self.sites[HQ if "." not in name else name.partition(".")[0]]

    def below(self, name: str) -> list[SoakSite]:
        """A site's children."""
        return [self.sites[one] for one in self.children if self.above(one).name == name]

    def open(self, name: str) -> str | None:
        """Start a site, and let its children reach it."""
        site = self.sites[name]
        restored = site.open()
        for child in self.below(name):
            if child.line is not None and site.parent is not None:
                child.line.parent = site.parent
        return restored

    def connect(self, name: str, seed: int) -> None:
        """Lay a line from a site to its parent, which is open."""
        parent = self.above(name).parent
        if parent is None:
            message = f"{self.above(name).name} is not open"
            raise LookupError(message)
        self.sites[name].line = SoakLine(parent, name, seed)

    def fall(self, name: str) -> None:
        """End a site."""
        self.sites[name].fall()

    def begin(self, seed: int) -> Master:
        """Begin anew: every disk as it was when the chain was founded, every site open, on lines
        whose faults follow from the seed.
        """
        self.time.now = BEGINNING
        self.time.wrong.clear()
        self.outside.clear()
        for name, site in self.sites.items():
            site.fall()
            site.disk.put_back(BASE)
            self._clear(site)
            for file in self.base_mark(name).parent.iterdir():
                shutil.copyfile(file, site.disk.mark.parent / file.name)
        for number, name in enumerate(self.sites):
            if name != HQ:
                self.connect(name, seed * 1_000 + number)
            self.open(name)
        book = PriceDocument(BOOK, CHAIN, LONG_AGO, None, dict(ITEMS), 1)
        groups = {code: frozenset(of_branch) for code, of_branch in GROUPS.items()}
        return Master(groups, {BOOK: book})

    @contextmanager
    def untouched(self) -> Iterator[None]:
        """Look at databases as nobody's process: no site dies of it."""
        for site in self.sites.values():
            site.tripwire.paused = True
        try:
            yield
        finally:
            for site in self.sites.values():
                site.tripwire.paused = False

    def take_away(self, name: str) -> None:
        """Put an empty disk into a site's machine."""
        site = self.sites[name]
        site.fall()
        if isinstance(site.disk, PostgresDisk):
            site.disk.wipe(self._bare("hq" if name == HQ else "branch"))
        elif isinstance(site.disk, LaneDisk):
            site.disk.fill(self.directory / "bare")
        self._clear(site)
        self.outside.add(name)

    def enrol(self, name: str) -> None:
        """Enrol a site that is outside. Raises LinkDownError and RefusedError: try again later."""
        site, above = self.sites[name], self.above(name)
        if not above.is_up or site.line is None:
            raise LinkDownError(f"{above.name} is down")
        line, data, now = site.line, site.disk.mark.parent, above.clock()
        with above.disk.feeds.begin() as connection:
            token = tokens.issue(connection, name, list(_roots(name)), now, timedelta(days=1))
        if site.kind == "branch":
            branch_enrolment.enrol(site.disk.journals, line, token, data, site.clock())
        else:
            lane_enrolment.enrol(data, lambda _: line, token, site.clock)
        self.outside.discard(name)
        self.acquaint(name)

    def is_refused(self, name: str) -> bool:
        """Whether a lane was put back to before it was enrolled anew: its branch knows another key."""
        site, above = self.sites[name], self.above(name)
        return site.kind == "lane" and above.is_up and knows_another(above, site)

    def acquaint(self, name: str) -> None:
        """Let a site and its neighbours know each other's keys, whatever a backup says of them. Only what
        a branch knows of its lanes it has to remember by itself.
        """
        neighbours = self.below(name)
        if name != HQ:
            neighbours.append(self.above(name))
        for other in neighbours:
            for holder, known in ((self.sites[name], other), (other, self.sites[name])):
                if not self.outside & {holder.name, known.name} and known.kind != "lane":
                    acquaint(holder, known)

    def establish(self, name: str) -> None:
        """Write on a bare disk whose it is, with a key of its own."""
        self.keys_drawn += 1
        key = hashlib.sha256(f"{name} {self.keys_drawn}".encode()).digest()
        site = self.sites[name]
        parent = None if name == HQ else self.above(name).name
        with site.disk.journals.begin() as connection:
            identities.establish(connection, Identity(name, site.kind, parent, key, _roots(name)))

    def _bare(self, kind: str) -> str:
        return f"{self.prefix}bare-{kind}"

    def base_mark(self, name: str) -> Path:
        """Where the mark of a site lies as it was when the chain was founded."""
        return self.directory / "beside" / name / self.sites[name].disk.mark.name

    @staticmethod
    def _clear(site: SoakSite) -> None:
        """Remove what a site keeps beside its database, such as the mark of its incarnation."""
        for file in site.disk.mark.parent.iterdir():
            if file.is_file() and not file.name.startswith(LANE_FILES):
                file.unlink()

    def keep_base(self) -> None:
        """Keep every disk and mark as they are now, to begin from."""
        for name, site in self.sites.items():
            site.report()
            site.fall()
            kept = self.base_mark(name).parent
            kept.mkdir(parents=True)
            for file in site.disk.mark.parent.iterdir():
                if file.is_file() and not file.name.startswith(LANE_FILES):
                    shutil.copyfile(file, kept / file.name)
            site.disk.keep(BASE)

    def make_bare(self) -> None:
        """Make what a new machine begins with: a migrated database that belongs to nobody."""
        for kind in _KINDS:
            name = self._bare(kind)
            self.server.ensure_database(name)
            migrate.upgrade(self.server.dsn(name), kind)
        databases.create(self.directory / "bare")

    def drop(self) -> None:
        """Drop every database of this chain, whoever else uses the server."""
        for site in self.sites.values():
            site.fall()
        with self.server.administration() as connection:
            names = connection.execute(
                "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", (self.prefix,)
            ).fetchall()
            for (name,) in names:
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def prepared(server: EmbeddedPostgres, directory: Path, prefix: str) -> Iterator[SoakChain]:
    """A chain that was founded in databases of the server whose names begin with `prefix`."""
    with ExitStack() as stack:
        connection = stack.enter_context(administration(server))
        chain = SoakChain(server, directory, prefix)
        stack.callback(chain.drop)
        chain.make_bare()
        for name in [HQ, *(one for code, lanes in BRANCHES.items() for one in (code, *lanes))]:
            mark = mark_of(directory, name)
            if "." in name:
                disk: LaneDisk | PostgresDisk = LaneDisk(mark.parent)
                disk.fill(directory / "bare")  # type: ignore[union-attr]
            else:
                disk = PostgresDisk(server, connection, f"{prefix}{name}", mark)
                disk.wipe(f"{prefix}bare-{'hq' if name == HQ else 'branch'}")
            chain.sites[name] = SoakSite(name, disk, chain.time)
        with drawn_from("founding"):
            _found(chain)
        yield chain


def _roots(name: str) -> tuple[str, ...]:
    """The feeds that a site follows from the first."""
    branch = name.partition(".")[0]
    if name == HQ:
        return ()
    return (branch_feed(branch),) if name == branch else (branch_feed(branch), local_feed(branch))


def _found(chain: SoakChain) -> None:
    for name in chain.sites:
        chain.establish(name)
    for name in chain.children:
        acquaint(chain.sites[name], chain.above(name))
        acquaint(chain.above(name), chain.sites[name])
    chain.open(HQ)
    _publish(chain)
    for name in chain.children:
        chain.connect(name, 0)
        chain.open(name)
        for _ in range(12):
            chain.sites[name].turn()
        chain.sites[name].report()
    chain.keep_base()


def _publish(chain: SoakChain) -> None:
    """What headquarters says before the first day: items, branches, people, one price book."""
    site, now = chain.hq, chain.hq.clock()
    with site.disk.feeds.begin() as connection:
        items = [Item(item=code, name=f"Item {code}", category="all", unit="piece", tax_code="none")
                 for code in ITEMS]  # fmt: skip
        category = Category(category="all", name="Everything")
        publication.publish(connection, {CHAIN: [Tax(tax_code="none", rate=0), category, *items]})
        for code, groups in GROUPS.items():
            sites.save_branch(connection, branch_record(code), groups)
        staff.save(connection, _people())
        cells = [PriceCell(item, "piece", "", price) for item, price in ITEMS.items()]
        new = NewPriceChange("The price book", CHAIN, LONG_AGO, None, cells)
        document = price_changes.draft(connection, new, BUYER, now)
        price_changes.approve(connection, document, APPROVER, now)
        price_changes.publish(connection, document, BUYER, now)
    if site.feeds is not None:
        site.feeds.note()


def branch_record(code: str) -> Branch:
    """What the chain knows of a branch."""
    return Branch(branch=code, name=f"Shop {code}", zone=ZONE, currency="CNY")


def _people() -> list[staff.Employee]:
    # As weak as can be: nobody but this program signs in, hundreds of times.
    pin = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PIN, salt=b"soak" * 4)
    roles: tuple[tuple[User, staff.Role], ...] = (
        (BUYER, "buyer"), (APPROVER, "approver"), (ADMIN, "administrator"),
    )  # fmt: skip
    people = [
        staff.Employee(one.operator, one.name, role, password_hash=pin) for one, role in roles
    ]
    for code, lanes in BRANCHES.items():
        people.append(staff.Employee(f"{code}-M", "Manager", "branch_manager", (code,), pin, pin))
        people += [
            staff.Employee(f"{lane}-C", "Cashier", "cashier", (code,), pin) for lane in lanes
        ]
    return people
