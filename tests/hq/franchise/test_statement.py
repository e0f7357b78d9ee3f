"""Statements of a franchise over real tables: worked by hand, locked, and followed by their differences."""

from __future__ import annotations

import os
import random
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from hq import catalogue_import, periods
from hq.franchise import ledger, locking
from hq.franchise.locking import FranchiseError, Lock
from hq.goods import relay
from hq.goods.document import GoodsError
from hq.periods import PeriodError
from schemas.domain.franchise.charges import Period
from schemas.domain.franchise.term import subtotals
from schemas.tables.staff import audit
from tests.hq.conftest import ADMIN, Chain
from tests.hq.day_builder import BranchDay
from tests.hq.franchise.scene import (
    APRIL,
    FINANCE,
    FIRST,
    NOW,
    a_day,
    agree,
    balance,
    franchise,
    late,
    lock,
    look,
    move,
    reclose,
)
from tests.hq.goods.goods_scene import line

FIFTH = date(2026, 4, 5)
SEEDS = range(int(os.environ.get("CHAINWRIGHT_SEEDS", "3")))


def deliver(chain: Chain, number: str, on: date, pieces: int = 10) -> None:
    with chain.hq.engine.begin() as connection:
        lines = (line(1, "1001", pieces * 1000, pieces * 100),)
        move(connection, "transfer_out", "N001", number, lines, on, partner="N003")


def receive(
    chain: Chain,
    number: str,
    note: str,
    on: date,
    came: int,
    damaged: int = 0,
    **more: Any,  # noqa: ANN401
) -> None:
    with chain.hq.engine.begin() as connection:
        lines = (line(1, "1001", came * 1000, came * 150, expected=10_000, damaged=damaged * 1000),)
        move(connection, "transfer_in", "N003", number, lines, on, partner="N001",
             refers_to=note, **more)  # fmt: skip


def send_back(chain: Chain, number: str, on: date, pieces: int, came: int) -> None:
    with chain.hq.engine.begin() as connection:
        lines = (line(1, "1001", pieces * 1000, pieces * 140),)
        move(connection, "transfer_out", "N003", number, lines, on, partner="N001")
        back = (line(1, "1001", came * 1000, came * 140, expected=pieces * 1000),)
        move(connection, "transfer_in", "N001", f"N001-I-{number}", back, on, partner="N003",
             refers_to=number)  # fmt: skip


def test_a_statement_is_what_was_delivered_sold_and_agreed(chain: Chain) -> None:
    """10 × 1.50, 2 damaged at half, 1 short, 3 back at 1.40; royalties below their minimum of 2.00.

    Royalties: 5 % of 12.00 − 1.38 + 8.00, of a category that nobody knows, and 3 % of 1.00 of fruit.
    """
    agree(chain)
    deliver(chain, "N001-O-1", FIFTH)
    receive(chain, "N003-I-1", "N001-O-1", FIFTH + timedelta(days=1), 7, 2)
    send_back(chain, "N003-O-1", FIFTH, 4, 3)
    a_day(chain, FIFTH, (1200, 138, "02"), (800, 0, "01-001"), (100, 0, "01-1"))
    with chain.hq.engine.begin() as connection:
        made = look(connection, APRIL)
        assert subtotals(made.terms) == {
            "delivery": 1500, "short": -150, "damaged": -150, "returned": -420,
            "royalty": 93 + 3, "levy": 21, "minimum": 200 - 96, "fee": 3000, "goods_tax": 101,
            "tax": 186,
        }, made.terms  # fmt: skip


def test_what_comes_after_the_lock_is_a_named_difference_of_the_next(chain: Chain) -> None:
    agree(chain)
    deliver(chain, "N001-O-1", FIFTH)
    day = a_day(chain, FIFTH, (1200, 138, "02"))
    with chain.hq.engine.begin() as connection:
        first = lock(connection, APRIL)
        before = ledger.terms_of(connection, first.number)
        assert first.lacks["on_the_way"] == 1
        assert look(connection, Period(date(2026, 5, 1), date(2026, 5, 9))).carried == ()
    receive(chain, "N003-I-1", "N001-O-1", date(2026, 4, 28), 9)
    late(chain, day, 100_000)
    reclose(chain, day, "a till was forgotten")
    may = Period(date(2026, 5, 1), date(2026, 5, 9))
    with chain.hq.engine.begin() as connection:
        made = look(connection, may)
        assert [(one.term.kind, one.cause, one.was, one.now) for one in made.carried] == [
            ("short", "goods", 0, -150), ("royalty", "sales", 53, 5053), ("levy", "sales", 12, 1012),
            ("minimum", "sales", 147, 0), ("goods_tax", "goods", 195, 176),
            ("tax", "sales", 183, 483),
        ]  # fmt: skip
        (changed,) = made.changed
        assert (changed.on, changed.was, changed.now, changed.revision) == (FIFTH, 1200, 101_200, 2)
        second = lock(connection, may)
        assert ledger.changed_days(connection, second) == [changed]
        assert ledger.terms_of(connection, first.number) == before, "a locked one never changes"
        assert [one.was for one in ledger.carried_of(connection, second.number)] == [
            one.was for one in made.carried
        ]
        settled, scratch = balance(connection)
        assert settled == scratch
        acts = select(audit.c.subject, audit.c.reason).where(audit.c.act == "franchise.lock")
        assert connection.execute(acts).first() == ("1 N003 2026-04-01 – 2026-04-30", "as it is")
    chain.load(
        "franchise_rules",
        "rule,kind,audience,category,rate,amount,from,through\nL1,levy,,,2.00,,2026-04-05,\n",
    )
    with chain.hq.engine.begin() as connection:
        carried = look(connection, Period(date(2026, 5, 10), date(2026, 5, 10))).carried
        assert [(one.origin, one.term.kind, one.cause) for one in carried] == [(1, "levy", "rule")]


def test_days_that_finance_locked_are_not_looked_at_again_but_when_closed_again(
    chain: Chain,
) -> None:
    agree(chain)
    day = a_day(chain, FIRST, (1200, 138, "02"))
    period = Period(FIRST, FIRST)
    with chain.hq.engine.begin() as connection:
        assert look(connection, period).lacks["unlocked"] == 1
        before = NOW - timedelta(days=1)
        periods.lock(connection, "feed:branch:N003", FIRST, FINANCE, "done", before)
        assert "unlocked" not in look(connection, period).lacks
        assert lock(connection, period, FINANCE, "").lacks == {}
    # Whatever a branch did before it heard of the lock holds.
    late(chain, day, 1000)
    with chain.hq.engine.begin() as connection:
        following = Period(date(2026, 4, 2), date(2026, 4, 2))
        assert [one.on for one in look(connection, following).changed] == [FIRST]
        assert len(set(balance(connection))) == 1


def test_goods_without_a_price_are_named_and_charged_once_they_have_one(chain: Chain) -> None:
    agree(chain)
    with chain.hq.engine.begin() as connection:
        out = (line(1, "1002", 3000, None),)
        move(connection, "transfer_out", "N001", "N001-O-9", out, FIFTH, partner="N003")
        assert look(connection, APRIL).lacks["unpriced"] == 1
        lock(connection, APRIL)
    chain.load("delivery_prices", "item,unit,price\n1002,piece,4.00\n")
    with chain.hq.engine.begin() as connection:
        relay.send_on(connection, "N001-O-9", "N003", ADMIN, "a price was missing", NOW)
        carried = look(connection, Period(date(2026, 5, 1), date(2026, 5, 9))).carried
        assert [(one.term.kind, one.term.amount) for one in carried] == [
            ("delivery", 1200), ("goods_tax", 156)
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("branch", "first", "last", "said"),
    [
        ("N002", FIRST, APRIL.last, "no franchise"),
        ("N009", FIRST, APRIL.last, "may not see"),
        ("N003", APRIL.last, FIRST, "ends before it begins"),
        ("N003", FIRST, date(2027, 4, 2), "366 days at most"),
        ("N003", FIRST, NOW.date(), "not over yet"),
        ("N003", FIFTH, APRIL.last, "settled through 2026-04-01"),
        ("N003", FIRST, APRIL.last, "settled through 2026-04-01"),
    ],
)
def test_what_is_not_locked(chain: Chain, branch: str, first: date, last: date, said: str) -> None:
    agree(chain)
    with chain.hq.engine.begin() as connection:
        lock(connection, Period(FIRST, FIRST))
        asked = Lock(branch, Period(first, last), 0, "why")
        with pytest.raises(FranchiseError, match=said):
            locking.lock(connection, asked, ADMIN, "CNY", NOW)


def test_an_incomplete_one_wants_an_administrator_and_a_reason(chain: Chain) -> None:
    agree(chain)
    with chain.hq.engine.begin() as connection:
        out = (line(1, "1002", 3000, None),)
        move(connection, "transfer_out", "N001", "N001-O-9", out, FIFTH, partner="N003")
        assert franchise(connection).kind == "franchise"
        with pytest.raises(FranchiseError, match="administrator alone"):
            lock(connection, APRIL, FINANCE, "because")
        with pytest.raises(FranchiseError, match="Say why"):
            lock(connection, APRIL, ADMIN, " ")
        with pytest.raises(FranchiseError, match="another sum"):
            locking.lock(connection, Lock("N003", APRIL, 1, "why"), ADMIN, "CNY", NOW)
        with pytest.raises(FranchiseError, match="do not add up"):
            locking.franchised(connection, "N003", (), "EUR")
        assert lock(connection, APRIL).number == 1


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("X,royalty,,,2.00,,2026-03-01,", "the same dates as rule R1"),
        ("X,royalty,,,2.00,,,", "from: is empty"),
        ("X,royalty,,,2.00,,soon,", "soon is no date"),
        ("X,royalty,N002,,2.00,,2026-03-01,", "no franchised branch N002"),
        ("X,royalty,group:west,,2.00,,2026-03-01,", "no branch group west"),
        ("X,royalty,,99,2.00,,2026-03-01,", "no category 99"),
        ("X,rent,,,2.00,,2026-03-01,", "rent is no kind of rule"),
        ("X,fee,,,,,2026-03-01,", "needs an amount a month"),
        ("X,levy,,01,101,,2026-03-01,", "0 to 100 per cent"),
        ("X Y,levy,,01,1,,2026-03-01,", "X Y is no code"),
        ("X,levy,,01,1,,2026-03-01,2026-02-01", "before the first"),
    ],
)
def test_rules_that_cannot_be(chain: Chain, row: str, said: str) -> None:
    agree(chain)
    data = f"rule,kind,audience,category,rate,amount,from,through\n{row}\n".encode()
    with chain.hq.engine.connect() as connection:
        plan = catalogue_import.plan(
            connection, "franchise_rules", data, member_key=chain.hq.member_key, decimals=2
        )
    assert len(plan.problems) == 1
    assert said in str(plan.problems[0])


class _Chance:
    """What happens next to a franchise, by seed."""

    def __init__(self, chain: Chain, seed: int) -> None:
        self._chain = chain
        self._random = random.Random(seed)
        self._days: list[BranchDay] = []
        self._notes: list[str] = []

    def step(self, number: int) -> None:
        """Let one thing happen, if it can."""
        on = FIRST + timedelta(days=self._random.randrange(9))
        acts = [
            self._goods,
            self._goods,
            self._sales,
            self._sales,
            self._rule,
            self._lock,
            self._price,
        ]
        self._random.choice(acts)(number, on)

    def _goods(self, number: int, on: date) -> None:
        chance = self._random
        if not self._notes or chance.random() < 0.4:
            self._notes.append(f"N001-O-{number}")
            deliver(self._chain, self._notes[-1], on)
        elif chance.random() < 0.7:
            receive(self._chain, f"N003-I-{number}", chance.choice(self._notes), on,
                    chance.randrange(9), chance.randrange(3), final=chance.random() < 0.5)  # fmt: skip
        else:
            send_back(self._chain, f"N003-O-{number}", on, 5, chance.randrange(6))

    def _sales(self, number: int, on: date) -> None:
        del number, on
        chance = self._random
        amount, category = chance.randrange(9999), chance.choice(["02", "01-1"])
        if not self._days or chance.random() < 0.4:
            begun = FIRST + timedelta(days=len(self._days))
            self._days.append(a_day(self._chain, begun, (amount, 0, category)))
        elif chance.random() < 0.5:
            late(self._chain, chance.choice(self._days), amount, category)
        else:
            reclose(self._chain, chance.choice(self._days))

    def _rule(self, number: int, on: date) -> None:
        rate = self._random.randrange(1, 900) / 100
        self._chain.load(
            "franchise_rules", "rule,kind,audience,category,rate,amount,from,through\n"
            f"R{number % 2 + 8},royalty,N003,{'01' if number % 2 else ''},{rate},,{on},\n",
        )  # fmt: skip

    def _price(self, number: int, on: date) -> None:
        del number, on
        price = self._random.randrange(1, 9)
        self._chain.load("delivery_prices", f"item,unit,price\n1001,piece,{price}\n")
        if self._notes:
            note = self._random.choice(self._notes)
            with suppress(GoodsError), self._chain.hq.engine.begin() as connection:
                relay.send_on(connection, note, "N003", ADMIN, "another price", NOW)

    def _lock(self, number: int, on: date) -> None:
        del number
        with self._chain.hq.engine.begin() as connection:
            held = ledger.of_branch(connection, "N003")
            begins = held[-1].last + timedelta(days=1) if held else FIRST
            lock(connection, Period(begins, begins + timedelta(days=self._random.randrange(4))))
        with suppress(PeriodError), self._chain.hq.engine.begin() as connection:
            periods.lock(connection, "feed:branch:N003", on, FINANCE, "", NOW)


@pytest.mark.parametrize("seed", SEEDS)
def test_in_any_order_the_sum_is_as_from_scratch(chain: Chain, seed: int) -> None:
    """Deliveries, receipts, prices, returns, tickets, re-closes, rules and locks, in an order by seed."""
    agree(chain)
    chance = _Chance(chain, seed)
    for number in range(20):
        chance.step(number)
        with chain.hq.engine.connect() as connection:
            settled, scratch = balance(connection)
            assert settled == scratch, (seed, number)
