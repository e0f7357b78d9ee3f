"""Figures of reports against an independent computation over what the branches stated."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert

from hq.reports.cashiers import cashiers
from hq.reports.member_value import member_values
from hq.reports.movers import movers
from hq.reports.stock_history import ages, turnover
from ops.embedded_postgres import EmbeddedPostgres
from schemas.domain.ticket import TenderLine
from schemas.tables.base import open_postgres
from schemas.tables.catalogue import item, member
from schemas.tables.days import cancelled_basket
from schemas.tables.kinds import DatabaseKind
from schemas.tables.stock import stock_move, stock_on_hand
from schemas.tables.till_figures import Span, till_figures, tills_in
from tests.hq.day_builder import MONDAY, BranchDay, dates, describe, lanes_of, line, state
from tests.postgres import fresh_database

BRANCHES = ("N001", "N002")
WEDNESDAY = MONDAY + timedelta(days=2)
SHARED = {"stream": "feed:chain", "generation": 1}
MEMBERS = ("m1", "m2", "m3", "m4", "m5", "old")


@pytest.fixture(scope="module")
def engine(
    hq_database_server: EmbeddedPostgres, postgres_template: Callable[[DatabaseKind], str]
) -> Iterator[Engine]:
    with fresh_database(hq_database_server, postgres_template("hq")) as dsn:
        opened = open_postgres(dsn)
        yield opened
        opened.dispose()


@pytest.fixture(scope="module")
def days(engine: Engine) -> list[BranchDay]:
    """Two branches, three days: members, returns, voided lines, cards; the last day is not counted."""
    lanes = {branch: lanes_of(branch) for branch in BRANCHES}
    lived: list[BranchDay] = []
    for place, day in enumerate(dates(MONDAY, 3)):
        for shift, branch in enumerate(BRANCHES):
            made = BranchDay(branch, day, lanes[branch])
            for number in range(4 + place + shift):
                who = MEMBERS[(number * (place + 1) + shift) % 7] if (number + place) % 7 < 6 and (number * (place + 1) + shift) % 7 < 6 else None  # fmt: skip
                goods = [line("A", 300 + number, quantity=1000 * (1 + number % 2)), line("B", 777)]
                if number % 3 == 0:
                    goods.append(line("A", 300, voided=True))
                if number % 4 == 3:
                    goods.append(line("B", 777, quantity=-1000))
                total = sum(one.amount for one in goods if not one.voided)
                card = (TenderLine("card", total),) if number % 2 else None
                made.sell(number % 2, *goods, hour=9 + number, tenders=card, member=who)
            if place < 2:
                made.count(short=150 * shift)
                made.close()
            lived.append(made)
    with engine.begin() as connection:
        describe(connection, *BRANCHES)
        connection.execute(
            insert(member),
            [SHARED | {"key": code, "member": code, "tier": "gold" if code == "m1" else "",
                       "sealed": "", "merged": "m1" if code == "old" else ""} for code in MEMBERS],
        )  # fmt: skip
        connection.execute(
            insert(cancelled_basket),
            [{"uuid": f"c{n}", "branch": "N001", "lane": "N001.01", "business_date": MONDAY,
              "operator": "N001-C1", "at": datetime(2026, 3, 2, 4, tzinfo=UTC), "amount": 1,
              "lines": 1} for n in range(2)],
        )  # fmt: skip
    state(engine, *lived)
    return lived


def test_over_and_short_are_those_of_each_day(engine: Engine, days: list[BranchDay]) -> None:
    with engine.connect() as connection:
        found = tills_in(connection, Span(BRANCHES, MONDAY, WEDNESDAY))
        for branch in BRANCHES:
            for day in dates(MONDAY, 3):
                mine = [one for one in found if (one.branch, one.business_date) == (branch, day)]
                theirs = till_figures(connection, branch, day)
                assert [(one.lane, one.operator, one.counts, one.over_short) for one in mine] == [
                    (one.lane, one.operator, one.counts, one.over_short) for one in theirs
                ]
    assert sum(one.over_short.get("cash", 0) for one in found) == -300
    assert [one.counts for one in found if one.business_date == WEDNESDAY] == [0] * 4


def test_cashiers_by_what_their_lanes_stated(engine: Engine, days: list[BranchDay]) -> None:
    with engine.connect() as connection:
        found = cashiers(connection, BRANCHES, MONDAY, WEDNESDAY)
    tickets = [one for day in days for one in day.tickets]
    for code in {one.operator for one in tickets}:
        mine = [one for one in tickets if one.operator == code]
        kept = [each for one in mine for each in one.lines if not each.voided]
        figures = found[code]
        assert figures.receipts == len(mine)
        assert figures.lines == len(kept)
        assert figures.sales == sum(each.amount for each in kept)
        assert figures.voided == sum(each.voided for one in mine for each in one.lines)
        assert figures.returned == -sum(each.amount for each in kept if each.quantity < 0)
        assert figures.cancelled == (2 if code == "N001-C1" else 0)
        # Two shifts of 8 to 21 o'clock ended, the third has not.
        assert figures.minutes == 2 * 13 * 60
        ended = [one for one in mine if one.business_date < WEDNESDAY]
        assert figures.timed_lines == sum(not each.voided for one in ended for each in one.lines)
    assert found["N002-C1"].over_short == -300


def test_members_by_recency_frequency_and_money(engine: Engine, days: list[BranchDay]) -> None:
    with engine.connect() as connection:
        found = {one.member: one for one in member_values(connection, BRANCHES, MONDAY, WEDNESDAY)}
    receipts, money, last = Counter[str](), Counter[str](), dict[str, date]()
    for day in days:
        for one in day.tickets:
            if one.member:
                who = "m1" if one.member == "old" else one.member
                receipts[who] += 1
                money[who] += one.total
                last[who] = max(last.get(who, day.business_date), day.business_date)
    assert {code: one.frequency for code, one in found.items()} == receipts
    assert {code: one.money for code, one in found.items()} == money
    for code, value in found.items():
        assert value.recency == (WEDNESDAY - last[code]).days
        below = sum(other < money[code] for other in money.values())
        assert value.scores[2] == below * 5 // len(money) + 1
    assert found["m1"].tier == "gold"


# --- stock: a ledger made up by hand ---

_TODAY = date(2026, 3, 31)
#: branch, item, days before today, quantity, value, reason
_LEDGER = (
    ("N001", "A", 200, 10_000, 1000, "receipt"),
    ("N001", "A", 100, -4_000, -400, "sale"),
    ("N001", "A", 40, 7_000, 721, "receipt"),
    ("N001", "A", 10, -3_000, -305, "sale"),
    ("N001", "A", 5, 1_000, 101, "sale"),
    ("N001", "B", 20, 5_000, 500, "receipt"),
    ("N002", "A", 61, 3_000, 333, "transfer_in"),
    ("N002", "B", 300, -2_000, None, "sale"),
    ("N002", "C", 15, 2_000, 77, "stocktake"),
    ("N002", "C", 1, -500, -19, "write_off"),
)


@pytest.fixture(scope="module")
def ledger(engine: Engine) -> None:
    held: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    with engine.begin() as connection:
        connection.execute(
            insert(item),
            [SHARED | {"key": code, "item": code, "name": f"Item {code}", "category": category,
                       "unit": "piece", "tax_code": ""}
             for code, category in (("A", "01"), ("B", "01"), ("C", "02"))],
        )  # fmt: skip
        for number, (branch, code, ago, quantity, value, reason) in enumerate(_LEDGER):
            day = _TODAY - timedelta(days=ago)
            connection.execute(
                insert(stock_move).values(
                    reference=f"r{number}", number=1, branch=branch, item=code, quantity=quantity,
                    value=value, reason=reason, business_date=day,
                    at=datetime(day.year, day.month, day.day, tzinfo=UTC),
                )
            )  # fmt: skip
            held[branch, code][0] += quantity
            held[branch, code][1] += value or 0
        connection.execute(
            insert(stock_on_hand),
            [{"branch": branch, "item": code, "quantity": quantity, "value": value}
             for (branch, code), (quantity, value) in held.items()],
        )  # fmt: skip


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize(("by", "place"), [("branch", 0), ("item", 1)])
def test_turnover_from_the_moves(engine: Engine, by: str, place: int) -> None:
    first, last = _TODAY - timedelta(days=30), _TODAY - timedelta(days=3)
    with engine.connect() as connection:
        found = turnover(connection, BRANCHES, first, last, by)  # type: ignore[arg-type]
    assert {one.key for one in found} == {row[place] for row in _LEDGER}
    for one in found:
        mine = [row for row in _LEDGER if row[place] == one.key]
        assert one.before == sum(row[4] or 0 for row in mine if row[2] > 30)
        assert one.after == sum(row[4] or 0 for row in mine if row[2] >= 3)
        within = [row for row in mine if 3 <= row[2] <= 30 and row[5] == "sale"]
        assert one.cost == -sum(row[4] or 0 for row in within)
    category = {"01": ("A", "B"), "02": ("C",)}
    with engine.connect() as connection:
        by_category = turnover(connection, BRANCHES, first, last, "category")
    for one in by_category:
        assert one.after == sum(row[4] or 0 for row in _LEDGER if row[1] in category[one.key] and row[2] >= 3)  # fmt: skip


@pytest.mark.usefixtures("ledger")
def test_stock_is_as_old_as_what_came_last(engine: Engine) -> None:
    with engine.connect() as connection:
        found = {one.key: one for one in ages(connection, ["N001"], _TODAY, "item")}
        every = ages(connection, BRANCHES, _TODAY, "branch")
    # 11 of A lie there for 1117: 7 came 40 days ago, 4 are left of what came 200 days ago.
    assert found["A"].values == (0, 1117 * 7 // 11 + 1, 0, 0, 1117 - (1117 * 7 // 11 + 1))
    assert found["B"].values == (500, 0, 0, 0, 0)
    with_stock = {"N001": 1117 + 500, "N002": 333 + 58}
    assert {one.key: one.value for one in every} == with_stock, "parts sum to the whole"


@pytest.mark.usefixtures("ledger")
def test_slow_sellers_and_what_does_not_move(engine: Engine) -> None:
    with engine.connect() as connection:
        found = {one.item: one for one in movers(connection, BRANCHES, _TODAY - timedelta(days=29), _TODAY)}  # fmt: skip
    assert (found["A"].on_hand, found["A"].value, found["A"].sold) == (14_000, 1450, 2000)
    assert found["A"].last_sold == _TODAY - timedelta(days=10)
    assert found["A"].cover == 210
    assert (found["B"].branches, found["B"].on_hand, found["B"].sold, found["B"].cover) == (1, 5000, 0, None)  # fmt: skip
    assert found["C"].last_sold is None
