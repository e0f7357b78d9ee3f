"""A chain to be replenished: N001 is a distribution centre that serves N002 (own) and N003 (a franchise).

    1001   six a day in N002, four in N003; bought by the box of 24 from S1, goes through the centre
    1002   three a day in N002, brought there by S1 itself
    1003   sold in N002, and nobody is named who has it

Three weeks of days are closed; this morning is Monday, 2 March 2026, noon on the branches' clock.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta

from hq.replenishment import proposal as proposals
from hq.replenishment.proposal import HeldLine, Proposal, Search
from hq.replenishment.run import Outcome, replenish
from schemas.domain.stock.move import StockMove, StockMoved, StockReason
from schemas.domain.ticket import Ticket
from tests.hq.conftest import NOON, Chain
from tests.hq.day_builder import BranchDay, Lane, dates, hear, lanes_of, line, state
from tests.hq.goods.goods_scene import be, say

TODAY = date(2026, 3, 2)
FIRST = date(2026, 2, 9)
WEEKS = 3
_PRICES = {"1001": 200, "1002": 300, "1003": 500}


def moved(
    branch: str, at: datetime, reason: StockReason, quantities: dict[str, int], reference: str,
    on: date,
) -> StockMoved:  # fmt: skip
    """What a branch books: so many pieces of each item."""
    moves = tuple(
        StockMove(reference, number, item, pieces * 1000, None, reason, on, at)
        for number, (item, pieces) in enumerate(quantities.items(), 1)
    )
    return StockMoved(branch, at, moves)


def sold(day: BranchDay, pieces: dict[str, int]) -> Ticket:
    """One ticket, and what it moved."""
    lines = [
        line(item, _PRICES[item], quantity=1000 * n, category="01") for item, n in pieces.items()
    ]
    ticket = day.sell(0, *lines)
    out = {item: -n for item, n in pieces.items()}
    day.facts.append(
        moved(day.branch, ticket.committed, "sale", out, ticket.uuid, day.business_date)
    )
    return ticket


def stock(chain: Chain, branch: str, pieces: dict[str, int], on: date = FIRST) -> None:
    """Let goods have come on a day."""
    at = datetime.combine(on, NOON.timetz()) - timedelta(days=1)
    reference = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{branch} {pieces} {on}"))
    with chain.hq.engine.begin() as connection:
        say(connection, moved(branch, at, "receipt", pieces, reference, at.date()))


def trade(chain: Chain, branch: str, pieces: dict[str, int]) -> dict[date, BranchDay]:
    """Three weeks of days, each with the same sales, all of them closed."""
    lanes: tuple[Lane, ...] = lanes_of(branch, 1)
    made = {}
    for on in dates(FIRST, 7 * WEEKS):
        day = made[on] = BranchDay(branch, on, lanes)
        sold(day, pieces)
        day.count()
        day.close()
    state(chain.hq.engine, *made.values())
    return made


def set_up(chain: Chain) -> dict[date, BranchDay]:
    """All of it; the days of N002."""
    chain.load("suppliers", "supplier,name,closed\nS1,Orchard,\nS2,Dairy,\nS3,Gone,yes\n")
    chain.load("units", "item,unit,factor\n1001,box,24\n1002,tray,10\n")
    chain.load("costs", "item,unit,cost\n1001,box,24.00\n1002,piece,2.00\n")
    chain.load("delivery_prices", "item,unit,price\n1001,piece,1.50\n")
    be(chain, "N001", "distribution_centre")
    be(chain, "N003", "franchise")
    chain.load("served_branches", "branch,centre,lead_days\nN002,N001,1\nN003,N001,1\n")
    chain.load("item_sources", "item,supplier,unit,direct\n1001,S1,box,\n1002,S1,tray,yes\n")
    chain.load("supplier_terms", "supplier,lead_days,review_days\nS1,2,7\n")
    with chain.hq.engine.begin() as connection:
        hear(connection, "N001", NOON)
    stock(chain, "N001", {"1001": 480})
    stock(chain, "N002", {"1001": 140, "1002": 70, "1003": 100})
    stock(chain, "N003", {"1001": 90})
    trade(chain, "N003", {"1001": 4})
    return trade(chain, "N002", {"1001": 6, "1002": 3, "1003": 1})


def run(chain: Chain, at: datetime = NOON, operator: str = "hq") -> Outcome:
    """A run."""
    return replenish(chain.hq.engine, at, operator)


def held(chain: Chain, branch: str, partner: str, state: str = "open") -> Proposal:
    """The only proposal of a branch and partner in a state."""
    with chain.hq.engine.connect() as connection:
        search = Search(branch=branch, partner=partner, state=state)
        (found,) = proposals.newest(connection, search)
    return found


def lines_of(chain: Chain, proposal: Proposal) -> dict[str, HeldLine]:
    """Its lines by item."""
    with chain.hq.engine.connect() as connection:
        return {one.item: one for one in proposals.lines(connection, proposal.proposal)}
