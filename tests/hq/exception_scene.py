"""A morning of two branches with an exception of every kind, for the page that shows them."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Engine

from schemas.domain.exceptions import TillException
from schemas.domain.ticket import Discount, Returned, SaleLine, TenderLine
from schemas.domain.till import BasketCancelled, CashMoved, PaymentSettled
from schemas.wire.entries import Fact
from tests.hq.day_builder import MONDAY, BranchDay, describe, lanes_of, line, number, state

OVERRIDES = 12


def overridden() -> SaleLine:
    """A line of 8.99 that a cashier sold for 5.00, by a manager's authority."""
    off = Discount("override", 399, "碰伤 bruised", authority="N001-M")
    return replace(line("1001", 899), amount=500, discounts=(off,))


def off_the_basket(sold: SaleLine) -> SaleLine:
    """A line that bears 1.00 of what a manager gave off its basket."""
    off = Discount("basket", 100, "破损 damaged", authority="N001-M")
    return replace(sold, amount=sold.amount - 100, discounts=(off,))


def live_a_morning(engine: Engine) -> BranchDay:
    """N001-C1 overrides far more often than the two others; gives the day of N001."""
    with engine.begin() as connection:
        describe(connection, "N001", "N002")
    first = BranchDay("N001", MONDAY, lanes_of("N001"))
    second = BranchDay("N002", MONDAY, lanes_of("N002", 1))
    for day, lane in ((first, 0), (first, 1), (second, 0)):
        for minute in range(20):
            day.sell(lane, *(line("1001", 899) for _ in range(5)), hour=9, minute=minute)
    for minute in range(OVERRIDES):
        sold = first.sell(0, overridden(), hour=10, minute=minute)
    stale = Discount("label", 39, "stale", rule="ew")
    first.sell(
        1, replace(line("1002", 839), amount=800, discounts=(stale,)), line("1003", 300, voided=True),
        line("?", 250, category=None), hour=11,
        tenders=(TenderLine("stored_value", 1050, grant="G1"),),
    )  # fmt: skip
    first.sell(1, *(off_the_basket(line("1001", 899)) for _ in range(2)), hour=11, minute=30)
    back = Returned("变质 spoilt", "N001-M")
    second.sell(
        0, replace(line("1001", 899), quantity=-1000, amount=-899, returned=back), hour=11,
    )  # fmt: skip
    first.facts += _beside(first, sold.uuid)
    state(engine, first, second)
    return first


def _beside(day: BranchDay, ticket: str) -> list[Fact]:
    at = day.at(12)
    noted = TillException(
        uuid=number(), branch="N001", lane="N001.01", business_date=MONDAY, operator="N001-C1", at=at,
        kind="refused", subject="override", cause="pin", result="refused", since=at,
        authority="N001-M", basket=ticket,
    )  # fmt: skip
    return [
        BasketCancelled(number(), "N001", "N001.01", MONDAY, "N001-C1", at, 1250, 3),
        CashMoved(number(), "s", "N001", "N001.01", MONDAY, "N001-C1", at, "no_sale", 0, "换零钱", "N001-M"),
        CashMoved(number(), "s", "N001", "N001.01", MONDAY, "N001-C1", at, "pickup", 500, "多", "N001-C1"),
        PaymentSettled(
            "r1", ticket, "s", "N001", "N001.01", MONDAY, "N001-C1", at, "card", 900, "missing",
            "无记录", "N001-M",
        ),
        noted,
        replace(noted, uuid=number(), at=day.at(12, 1), times=3),
        replace(noted, uuid=number(), kind="sign_in", subject="sign_in", authority="", basket=""),
        replace(noted, uuid="r2:not_paid", kind="payment", subject="card", cause="declined",
                result="not_paid", amount=1250, authority=""),
        replace(noted, uuid=number(), kind="device", subject="printer", cause="trouble",
                result="began", detail="没有纸 no paper", authority="", basket=""),
        replace(noted, uuid=number(), kind="device", subject="printer", cause="trouble",
                result="ended", at=day.at(12, 30), times=4, authority="", basket=""),
        replace(noted, uuid=number(), kind="attended", subject="age", cause="白酒 spirits",
                result="attended"),
        replace(noted, uuid=number(), kind="copy", subject="N001.01-000002", cause="reprint",
                result="printed", authority=""),
    ]  # fmt: skip
