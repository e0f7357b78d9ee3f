"""A franchise and its headquarters: deliveries, receipts, returns and days as journals state them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection

from hq.franchise import ledger, locking
from hq.franchise.ledger import Locked
from hq.franchise.locking import Lock
from hq.franchise.statement import Statement, from_scratch, of_period
from hq.reports.branches import KnownBranch, known_branches
from replication.console.users import User
from schemas.domain.franchise.charges import Period
from schemas.domain.franchise.term import due
from schemas.domain.stock.document import DocumentKind, StockLine
from tests.hq.conftest import ADMIN, Chain
from tests.hq.day_builder import BranchDay, lanes_of, line, state
from tests.hq.goods.goods_scene import posted, say, stock_the_chain

NOW = datetime(2026, 5, 11, 4, tzinfo=UTC)
FIRST = date(2026, 4, 1)
APRIL = Period(FIRST, date(2026, 4, 30))
FINANCE = User("FIN", "Finance", "finance")

RULES = (
    "rule,kind,audience,category,rate,amount,from,through,sales,tax\n"
    "R1,royalty,,,5.00,,2026-01-01,,net,6.00\n"
    "R2,royalty,,01,3.00,,2026-01-01,,,6.00\n"
    "L1,levy,,,1.00,,2026-01-01,,,\n"
    "M1,minimum,N003,,,2.00,2026-01-01,,,\n"
    "F1,fee,,,,30.00,2026-01-01,,,6.00\n"
    "T1,goods_tax,,,13.00,,2026-01-01,,,\n"
    "D1,damaged,,,50.00,,2026-01-01,,,\n"
)


def agree(chain: Chain) -> None:
    """Let N003 be a franchise with rules; N001 sends, a piece of 1001 is delivered for 1.50."""
    stock_the_chain(chain)
    chain.load("franchise_rules", RULES)


def noon(on: date) -> datetime:
    """Noon by the branches' clock."""
    return datetime.combine(on, time(4), UTC)


def move(
    connection: Connection, kind: DocumentKind, branch: str, number: str,
    lines: Sequence[StockLine], on: date, **more: Any,  # noqa: ANN401 - fields
) -> None:  # fmt: skip
    """State a document of a date."""
    made = posted(kind, branch, number, lines, noon(on), **more)
    moves = tuple(replace(one, business_date=on) for one in made.moves)
    say(connection, replace(made, business_date=on, moves=moves))


def a_day(chain: Chain, on: date, *sales: tuple[int, int, str], branch: str = "N003") -> BranchDay:
    """A closed day that sold so much, with so much tax in it, of these categories."""
    day = BranchDay(branch, on, lanes_of(branch, 1))
    for amount, tax, category in sales:
        day.sell(0, replace(line("1001", amount, category=category), tax=tax))
    day.count()
    day.close()
    state(chain.hq.engine, day)
    return day


def late(chain: Chain, day: BranchDay, amount: int, category: str = "02") -> None:
    """A ticket comes for a day that was closed."""
    day.sell(0, line("1001", amount, category=category), hour=20)
    state(chain.hq.engine, day)


def reclose(chain: Chain, day: BranchDay, reason: str = "counted wrongly") -> None:
    """The day is opened and closed again."""
    day.reopen(reason)
    day.count(correction=True, reason=reason)
    day.close()
    state(chain.hq.engine, day)


def franchise(connection: Connection, code: str = "N003") -> KnownBranch:
    """The branch."""
    return next(one for one in known_branches(connection) if one.branch == code)


def look(connection: Connection, period: Period) -> Statement:
    """The open statement of a period."""
    return of_period(connection, franchise(connection), period, NOW)


def lock(
    connection: Connection, period: Period, actor: User = ADMIN, reason: str = "as it is"
) -> Locked:
    """Lock it as it stands."""
    seen = look(connection, period).due
    return locking.lock(connection, Lock("N003", period, seen, reason), actor, "CNY", NOW)


def balance(connection: Connection) -> tuple[int, int]:
    """What all locked statements and the open differences come to; the same from scratch."""
    branch = franchise(connection)
    held = ledger.of_branch(connection, branch.branch)
    begins = held[-1].last + timedelta(days=1) if held else FIRST
    following = look(connection, Period(begins, begins))
    settled = sum(one.due for one in held) + due(one.term for one in following.carried)
    scratch = (from_scratch(connection, branch, Period(one.first, one.last)) for one in held)
    return settled, sum(due(terms) for terms in scratch)
