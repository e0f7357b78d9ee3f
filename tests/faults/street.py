"""A lane, its branch and headquarters, linked over real http, for faults of the line and of processes.

What each receives it projects into a table of its own, in the transaction of the link: a sale that
came twice, or came and was not projected, shows there. `differences` compares the three, record by
record, with what was written.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Column, Connection, LargeBinary, MetaData, Table, Text, select
from sqlalchemy.schema import CreateTable
from starlette.applications import Starlette

from ops.soak.line import Line
from replication import chain_check, quarantine
from replication.apply import Arrival
from replication.runner import LinkRunner, Pace
from replication.streams import CHAIN_FEED
from replication.transport.base import Transport
from replication.transport.http import HttpTransport
from replication.transport.http_server import LinkServer
from schemas.tables.base import Big, reading
from schemas.tables.feed import feed_record
from schemas.tables.journal import journal_entry
from schemas.wire.records import Tax
from tests.replication.test_feed import publish, taxes
from tests.serving import served
from tests.sites import SmallSite, Town

BRANCH, LANE = "N001", "N001.01"
#: As the product's, but quicker to try again: a test need not wait for a pause to end.
PACE = Pace(
    look=0.1,
    wait=5.0,
    report=0.3,
    alive=1.0,
    first_pause=0.05,
    longest_pause=0.4,
    trouble_pause=1.0,
)

projected = Table(
    "projected", MetaData(),
    Column("place", Big, primary_key=True, autoincrement=True),
    Column("writer", Text), Column("body", LargeBinary),
)  # fmt: skip


def project(connection: Connection, arrivals: Sequence[Arrival]) -> None:
    """Write the arrivals down, with the position that moves over them or not at all."""
    rows = [{"writer": one.writer, "body": one.entry.body} for one in arrivals]
    connection.execute(projected.insert(), rows)


def add_projection(site: SmallSite) -> None:
    """Give a site the table that `project` writes."""
    with site.feeds.begin() as connection:
        connection.execute(CreateTable(projected, if_not_exists=True))


@contextmanager
def serving(site: SmallSite, port: int = 0) -> Iterator[str]:
    """A parent's end of the link, over http; its address."""
    links = LinkServer(site.serving())
    links.listener.start()
    try:
        with served(Starlette(routes=links.routes()), port) as address:
            try:
                yield address
            finally:
                links.bell.close()
    finally:
        links.listener.stop()


@contextmanager
def linked(site: SmallSite, transport: Transport, pace: Pace = PACE) -> Iterator[LinkRunner]:
    """A child's end, running."""
    runner = LinkRunner(site.link(transport).site, transport, pace)
    runner.start()
    try:
        yield runner
    finally:
        runner.stop()


@dataclass
class Street:
    """The three sites, and what they wrote."""

    hq: SmallSite
    branch: SmallSite
    lane: SmallSite
    sold: list[bytes] = field(default_factory=list)
    rates: dict[str, int] = field(default_factory=dict)

    def sell(self, *bodies: bytes) -> None:
        """Let the lane commit, whatever its line does."""
        self.lane.write(*bodies)
        self.sold += bodies

    def price(self, **rates: int) -> None:
        """Let headquarters publish."""
        publish(self.hq, CHAIN_FEED, *(Tax(tax_code=k, rate=v) for k, v in rates.items()))
        self.rates |= rates

    def differences(self) -> list[str]:
        """What differs between what was written and what each site holds, record by record."""
        found: list[str] = []
        for site in (self.branch, self.hq):
            found += _compared(f"journal at {site.name}", relayed(site), bodies_of(self.lane))
            found += _compared(f"projected at {site.name}", projection(site), self.sold)
        found += _compared("journal at the lane", bodies_of(self.lane), self.sold)
        found += _compared("feed at the branch", feed_rows(self.branch), feed_rows(self.hq))
        for site in (self.branch, self.lane):
            if taxes(site.feeds) != self.rates:
                found.append(f"catalogue at {site.name}: {taxes(site.feeds)}, not {self.rates}")
        # The dearest comes last, and is not asked while something is on its way still.
        return found or self.unsound()

    def unsound(self) -> list[str]:
        """Chains of hashes that break, and entries set aside."""
        found: list[str] = []
        for site in (self.hq, self.branch, self.lane):
            with reading(site.journals) as journals, reading(site.feeds) as feeds:
                report = chain_check.check(journals, feeds, _Deaf())
                found += [f"chain at {site.name}: {one}" for one in report.breaks]
                if quarantine.count_waiting(journals):
                    found.append(f"{site.name} has entries in quarantine")
        return found

    def must_agree(self, seconds: float = 60.0) -> None:
        """Return when nothing differs; fail with what does."""
        limit = time.monotonic() + seconds
        while found := self.differences():
            assert time.monotonic() < limit, found
            time.sleep(0.25)


class _Deaf:
    """Watches nothing but the chain itself."""

    def hear(self, kind: str, body: bytes) -> None:
        """See `Watcher`."""

    def problems(self) -> list[str]:
        """See `Watcher`."""
        return []


def _compared(what: str, here: Sequence[object], wanted: Sequence[object]) -> list[str]:
    if here == wanted:
        return []
    unlike = next(
        (n for n, pair in enumerate(zip(here, wanted, strict=False)) if pair[0] != pair[1]), None
    )
    return [f"{what}: {len(here)} held, {len(wanted)} wanted, the first that differs is {unlike}"]


def bodies_of(site: SmallSite) -> list[bytes]:
    return [one.body for one in site.entries()]


def relayed(site: SmallSite) -> list[bytes]:
    """The lane's entries that a site above holds, in the lane's order."""
    query = (
        select(journal_entry.c.body)
        .where(journal_entry.c.origin_stream == f"journal:{LANE}")
        .order_by(journal_entry.c.origin_epoch, journal_entry.c.origin_sequence)
    )
    with site.journals.connect() as connection:
        return [bytes(one) for one in connection.execute(query).scalars()]


def projection(site: SmallSite) -> list[bytes]:
    with site.feeds.connect() as connection:
        rows = connection.execute(select(projected.c.body).order_by(projected.c.place)).scalars()
        return [bytes(row) for row in rows]


def feed_rows(site: SmallSite) -> list[tuple[object, ...]]:
    """Every record of the chain's feed, as it is kept to be served."""
    columns = [one for one in feed_record.columns if one.name != "generation"]
    query = (
        select(*columns).where(feed_record.c.stream == CHAIN_FEED).order_by(feed_record.c.number)
    )
    with site.feeds.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def found_street(town: Town) -> Street:
    """The three sites, enrolled and not linked yet."""
    hq = town.headquarters(project)
    branch = town.branch(BRANCH, hq, (CHAIN_FEED,), project)
    street = Street(hq, branch, town.lane(LANE, branch, (CHAIN_FEED,)))
    for site in (hq, branch):
        add_projection(site)
    return street


@dataclass(frozen=True)
class Lines:
    """The branch's line to headquarters and the lane's to its branch."""

    upper: Line
    lower: Line


@contextmanager
def running(street: Street, timeout: float = 2.0, seed: int = 0) -> Iterator[Lines]:
    """All three at work in this process, over two lines."""
    with ExitStack() as stack:
        lines: list[Line] = []
        for child, parent in ((street.branch, street.hq), (street.lane, street.branch)):
            port = int(stack.enter_context(serving(parent)).rpartition(":")[2])
            line = stack.enter_context(Line("127.0.0.1", port, seed=seed + len(lines)))
            stack.enter_context(
                linked(child, HttpTransport(line.address, child.identity, timeout=timeout))
            )
            lines.append(line)
        yield Lines(*lines)
