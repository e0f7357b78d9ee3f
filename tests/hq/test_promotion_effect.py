"""What a published promotion did, by branch and day."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from schemas.domain.promotion.effect import PercentOff, SpendGift
from schemas.domain.ticket import Discount, SaleLine
from tests.hq.conftest import Chain
from tests.hq.day_builder import MONDAY, TUESDAY, BranchDay, lanes_of, line, state
from tests.hq.promotion_scene import drafted, offer, published
from tests.hq.test_web_price_changes import Open
from tests.hq.test_web_price_changes import open_as as open_as  # noqa: PLC0414 - a fixture

DAYS = "from=2026-03-02&to=2026-03-03"


def promoted(given: SaleLine, *shares: tuple[str, int]) -> SaleLine:
    taken = tuple(Discount("promotion", amount, "Week", rule=number) for number, amount in shares)
    return replace(
        given, amount=given.amount - sum(one.amount for one in taken),
        discounts=(*given.discounts, *taken),
    )  # fmt: skip


@pytest.fixture
def number(chain: Chain) -> str:
    """Give a promotion, after N001 sold twice under it on Monday and once on Tuesday, N002 once."""
    with chain.hq.engine.begin() as connection:
        number = published(connection, offer(PercentOff(1000), "1001"))
    lanes = lanes_of("N001", 1)
    days = [
        BranchDay("N001", MONDAY, lanes), BranchDay("N001", TUESDAY, lanes),
        BranchDay("N002", MONDAY, lanes_of("N002", 1)),
    ]  # fmt: skip
    apples = line("1001", 1000, quantity=2000, off=100)
    days[0].sell(
        0, promoted(apples, (number, 190), ("S000777", 10)), promoted(apples, (number, 190))
    )
    days[0].sell(0, promoted(line("1001", 1000), (number, 100)), line("1003", 3000))
    days[0].sell(0, replace(promoted(line("1001", 1000), (number, 100)), voided=True))
    days[0].sell(0, promoted(line("1003", 3000), ("S000777", 300)))
    days[0].count()
    days[0].close()
    days[1].sell(0, promoted(line("1001", 1000, quantity=500), (number, 50)), hour=9)
    days[2].sell(0, promoted(line("1001", 1000), (number, 100)))
    state(chain.hq.engine, *days)
    return number


def test_by_branch_and_day_on_the_page_and_as_csv(open_as: Open, number: str) -> None:
    buyer = open_as("BUY", "900001")
    assert f"/promotions/{number}/effect" in buyer.get(f"/promotions/{number}").text
    text = buyer.get(f"/promotions/{number}/effect?{DAYS}").text
    assert "<dd>¥6.30<small>by this promotion" in text
    assert "<dt>Sales of these lines</dt><dd>¥56.60" in text
    answer = buyer.get(f"/promotions/{number}/effect.csv?{DAYS}")
    header, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert header[3:6] == ["Quantity", "Discount (CNY)", "Sales (CNY)"]
    assert rows == [
        ["N001", "2026-03-02", "2", "5", "4.80", "43.10", "complete"],
        ["N002", "2026-03-02", "1", "1", "1.00", "9.00", "Still open"],
        ["N001", "2026-03-03", "1", "0.5", "0.50", "4.50", "Still open"],
    ]


def test_only_ones_own_branches_and_only_what_was_published(
    chain: Chain, open_as: Open, number: str
) -> None:
    region, buyer = open_as("REG", "900003"), open_as("BUY", "900001", "zh-CN")
    rows = region.get(f"/promotions/{number}/effect.csv?{DAYS}").text.splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == ["N001", "N001"]
    assert region.get(f"/promotions/{number}/effect?{DAYS}&branch=N002").status_code == 403
    nothing = buyer.get(f"/promotions/{number}/effect?from=2026-01-01").text
    assert "没有因此让利" in nothing
    with chain.hq.engine.begin() as connection:
        draft = drafted(connection, offer())
    answer = buyer.get(f"/promotions/{draft}/effect")
    assert (answer.status_code, "从未发布" in answer.text) == (422, True)


def test_a_gift_counts_for_what_it_would_have_cost(chain: Chain, open_as: Open) -> None:
    with chain.hq.engine.begin() as connection:
        number = published(connection, offer(SpendGift(5000, "1003", "box")))
    day = BranchDay("N001", MONDAY, lanes_of("N001", 1))
    day.sell(0, line("1001", 6000), promoted(line("1003", 3000), (number, 3000)))
    state(chain.hq.engine, day)
    answer = open_as("BUY", "900001").get(f"/promotions/{number}/effect.csv?{DAYS}")
    _, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert rows == [["N001", "2026-03-02", "1", "1", "30.00", "0.00", "Still open"]]
