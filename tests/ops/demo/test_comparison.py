"""The demo's comparison can fail: whatever is done to one ticket, at whichever site, is named.

Three tickets were recorded at N001 and one at N002. A lane sells them, a branch relays them,
headquarters projects them. Then, or before the next hop, somebody meddles with the second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import partial

import pytest
from sqlalchemy import Engine, delete, insert, select, update

import branch.inbound
import hq.inbound
from ops.demo.comparison import Comparison, compare
from ops.demo.expected import Expected, ExpectedLine
from replication import journal
from replication.clock import system_clock
from replication.errors import RefusedError
from replication.testing import MemoryTransport
from schemas.domain.ticket import Control, SaleLine, TenderLine, Ticket
from schemas.tables.catalogue import branch as branch_table
from schemas.tables.journal import journal_entry
from schemas.tables.tickets import ticket, ticket_line, ticket_tender
from schemas.wire import entries
from tests.sites import NOON, SmallSite, Town

ON = date(2026, 3, 1)
SECOND = "t2"
BASKETS = {1: ("N001", 300), 2: ("N001", 450), 3: ("N001", 125), 4: ("N002", 999)}
SOLD = {basket: f"t{basket}" for basket in BASKETS}


def ticket_of(basket: int, lane: str, counter: int, before: int) -> Ticket:
    """The ticket that a basket became: two lines, a coupon of 0.25 and the rest by card."""
    branch_code, total = BASKETS[basket]
    lines = (
        SaleLine(1, "A", "A", "piece", 1000, 100, 100),
        SaleLine(2, "B", "B", "piece", 1000, total - 100, total - 100),
    )
    return Ticket(
        uuid=SOLD[basket], branch=branch_code, lane=lane, counter=counter, shift="s",
        business_date=ON, zone="UTC", started=NOON, committed=NOON, operator="C", lines=lines,
        tenders=(TenderLine("coupon", 25), TenderLine("card", total - 25)), total=total,
        rounding=0, change=0, control=Control(counter, before + total, before + total),
    )  # fmt: skip


def recorded() -> Expected:
    """What the data file says of the same baskets."""
    amounts = [
        (basket, code, amount, coupon)
        for basket, (code, total) in BASKETS.items()
        for amount, coupon in ((100, 25), (total - 100, 0))
    ]
    return Expected(
        ON,
        tuple(
            ExpectedLine(
                basket, code, 1, 1, NOON, 1, (), Decimal(amount) / 100, Decimal(coupon) / 100
            )
            for basket, code, amount, coupon in amounts
        ),
    )


@dataclass
class Chain:
    """The sites and how far the tickets have come."""

    hq: SmallSite
    branch: SmallSite
    lane: SmallSite

    def up(self, child: SmallSite, above: SmallSite) -> None:
        """One hop; a refusal stops it there, as it would a runner that tells of it."""
        with suppress(RefusedError):
            child.link(MemoryTransport(above.serving(), child.name)).push_once()

    def compared(self) -> Comparison:
        with self.hq.feeds.connect() as connection:
            return compare(connection, recorded(), SOLD, NOON)


@pytest.fixture
def chain(town: Town) -> Chain:
    """Headquarters, N001 with a lane that sold three tickets, and N002's ticket, there already."""
    headquarters = town.headquarters(hq.inbound.project)
    sites = {}
    for code in ("N001", "N002"):
        row = {
            "stream": "feed:chain", "key": code, "generation": 1, "branch": code, "name": code,
            "zone": "UTC", "currency": "USD", "tax_policy": "line", "cash_rounding": 1,
        }  # fmt: skip
        with headquarters.feeds.begin() as connection:
            connection.execute(insert(branch_table).values(row))
        shop = town.branch(
            code, headquarters, project=partial(branch.inbound.project, code, system_clock)
        )
        lane = town.lane(f"{code}.01", shop)
        before = 0
        baskets = [basket for basket, (held, _) in BASKETS.items() if held == code]
        for counter, basket in enumerate(baskets, 1):
            one = ticket_of(basket, lane.name, counter, before)
            before += one.total
            state(lane, one)
        sites[code] = Chain(headquarters, shop, lane)
    other = sites["N002"]
    other.up(other.lane, other.branch)
    other.up(other.branch, headquarters)
    return sites["N001"]


def state(site: SmallSite, one: Ticket) -> None:
    """Write a ticket into a site's own journal."""
    kind, version = entries.kind_of(one)
    with site.journals.begin() as connection:
        draft = journal.Draft(kind, version, NOON, entries.encode(one))
        journal.append(connection, site.stream, [draft])


def second(lane: str = "N001.01") -> Ticket:
    return ticket_of(2, lane, 2, 300)


def rewritten(engine: Engine, changed: Ticket | None) -> None:
    """Change the second ticket's entry in a journal at rest, or take it out."""
    is_it = journal_entry.c.body == entries.encode(second())
    with engine.begin() as connection:
        if changed is None:
            assert connection.execute(delete(journal_entry).where(is_it)).rowcount == 1
        else:
            body = entries.encode(changed)
            done = connection.execute(update(journal_entry).where(is_it).values(body=body))
            assert done.rowcount == 1


def a_cent_more(one: Ticket) -> Ticket:
    first, last = one.lines
    return replace(one, lines=(replace(first, amount=first.amount + 1), last))


MOVED = replace(second(), business_date=date(2026, 3, 2))


def drop(site: SmallSite) -> None:
    rewritten(site.journals, None)


def change(site: SmallSite) -> None:
    rewritten(site.journals, a_cent_more(second()))


def move(site: SmallSite) -> None:
    rewritten(site.journals, MOVED)


def double(site: SmallSite) -> None:
    """The same sale once more under another identity."""
    state(site, replace(second(), uuid="t2-again", counter=9))


def test_untouched_tickets_are_equal(chain: Chain) -> None:
    chain.up(chain.lane, chain.branch)
    chain.up(chain.branch, chain.hq)
    assert chain.compared().equal


@pytest.mark.parametrize("harm", [drop, double, move, change])
def test_meddling_at_the_lane_is_named(chain: Chain, harm: Callable[[SmallSite], None]) -> None:
    harm(chain.lane)
    chain.up(chain.lane, chain.branch)
    chain.up(chain.branch, chain.hq)
    assert named(chain.compared(), harm)


@pytest.mark.parametrize("harm", [drop, double, move, change])
def test_meddling_at_the_branch_is_named(chain: Chain, harm: Callable[[SmallSite], None]) -> None:
    chain.up(chain.lane, chain.branch)
    harm(chain.branch)
    chain.up(chain.branch, chain.hq)
    if harm is double:
        # A branch may not state a lane's ticket: it is parked, and counts for nothing.
        assert chain.compared().equal
        return
    assert named(chain.compared(), harm)


def at_hq_dropped(engine: Engine) -> None:
    with engine.begin() as connection:
        for table, key in ((ticket, "uuid"), (ticket_line, "ticket"), (ticket_tender, "ticket")):
            connection.execute(delete(table).where(table.c[key] == SECOND))


def at_hq_doubled(engine: Engine) -> None:
    with engine.begin() as connection:
        for table, key in ((ticket, "uuid"), (ticket_line, "ticket"), (ticket_tender, "ticket")):
            rows = connection.execute(select(table).where(table.c[key] == SECOND)).mappings()
            connection.execute(insert(table), [{**row, key: "t2-again"} for row in rows.all()])


def at_hq_moved_to_another_branch(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(update(ticket).where(ticket.c.uuid == SECOND).values(branch="N002"))


def at_hq_moved_to_another_day(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            update(ticket).where(ticket.c.uuid == SECOND).values(business_date=date(2026, 3, 2))
        )


def at_hq_a_cent(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            update(ticket_line)
            .where(ticket_line.c.ticket == SECOND, ticket_line.c.number == 1)
            .values(amount=101)
        )


@pytest.mark.parametrize(
    "harm",
    [
        at_hq_dropped,
        at_hq_doubled,
        at_hq_moved_to_another_branch,
        at_hq_moved_to_another_day,
        at_hq_a_cent,
    ],
)
def test_meddling_at_headquarters_is_named(chain: Chain, harm: Callable[[Engine], None]) -> None:
    chain.up(chain.lane, chain.branch)
    chain.up(chain.branch, chain.hq)
    harm(chain.hq.feeds)
    assert ticket_named(chain.compared().differences)


def test_aggregates_that_say_something_else_are_named(chain: Chain) -> None:
    chain.up(chain.lane, chain.branch)
    chain.up(chain.branch, chain.hq)
    with chain.hq.feeds.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE consolidated_fresh SET sales[1] = sales[1] + 1"
            " WHERE branch = 'N001' AND sales IS NOT NULL"
        )
    (said,) = chain.compared().differences
    assert said.startswith("branch N001")


def named(comparison: Comparison, harm: Callable[..., None]) -> bool:
    """Whether the branch differs and the second ticket, or its double, is what is named."""
    words = comparison.differences
    receipt = "N001.01-000009" if harm is double else "N001.01-000002"
    return any(one.startswith("branch N001") for one in words) and ticket_named(words, receipt)


def ticket_named(words: Iterable[str], receipt: str = "N001.01-000002") -> bool:
    """Whether the second ticket, or its double, is what is named."""
    return any("basket 2 " in one or receipt in one for one in words)
