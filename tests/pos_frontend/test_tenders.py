"""Foreign money and vouchers at the till: what is taken, what it is worth, and what the paper says."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from pos_frontend import checkout
from pos_frontend.devices.layout import Receipt
from pos_frontend.devices.sheet import Style
from pos_frontend.errors import TillError
from pos_frontend.settings import Language
from schemas.domain.ticket import Foreign, OriginalTender, TenderLine, Ticket, discrepancies
from schemas.wire.records import ExchangeRate
from tests.pos_frontend.shop import (
    BREAD,
    CHAIN,
    LONG_AGO,
    MILK,
    NOON,
    OWN,
    Scene,
    branch_records,
    load,
)


def rate(currency: str, rate: int, starts: datetime = LONG_AGO, local: str = "CNY") -> ExchangeRate:
    return ExchangeRate(currency=currency, local_currency=local, starts=starts, rate=rate)


def last(scene: Scene) -> Ticket:
    assert scene.till.last is not None
    return scene.till.last


@pytest.fixture
def at_counter(scene: Scene) -> Scene:
    """Give a till that takes dollars and yen, with milk and bread for 12.49 in its basket."""
    rates = [
        rate("USD", 7_000_000), rate("USD", 7_123_400, NOON - timedelta(hours=1)),
        rate("USD", 9_000_000, NOON + timedelta(hours=1)), rate("JPY", 47_800),
        rate("EUR", 8_000_000), rate("EUR", 0, NOON), rate("GBP", 9_000_000, local="HKD"),
    ]  # fmt: skip
    load(scene.data, {CHAIN: rates, OWN: branch_records(cash_rounding=5)})
    scene.ready()
    scene.till.scan(MILK)
    scene.till.scan(BREAD)
    return scene


def test_what_has_a_rate_now_is_offered_and_the_basket_keeps_its_rates(at_counter: Scene) -> None:
    till = at_counter.till
    assert till.sale is not None
    offered = checkout.payment(till.sale).foreign
    assert [(one.currency, one.decimals, one.rate, one.due) for one in offered] == [
        ("JPY", 0, 47_800, 262), ("USD", 2, 7_123_400, 176),
    ]  # fmt: skip
    for currency in ("EUR", "GBP", "XXX", None):
        with pytest.raises(TillError, match="currency"):
            till.tender("foreign", "1", currency=currency)
    at_counter.clock.now = NOON + timedelta(hours=2)
    till.tender("foreign", "1", currency="USD")
    assert till.sale.tenders[0].amount == 712
    till.cancel()
    till.scan(MILK)
    assert till.sale.terms.rates["USD"] == 9_000_000


def test_change_for_foreign_money_is_rounded_local_cash(at_counter: Scene) -> None:
    till = at_counter.till
    assert till.tender("foreign", "20", currency="USD") is True
    ticket = last(at_counter)
    assert ticket.tenders == (
        TenderLine("foreign", 14247, foreign=Foreign("USD", 2000, 7_123_400)),
    )
    assert (ticket.change, ticket.rounding) == (13000, -2)  # 129.98 becomes 130.00
    assert discrepancies(ticket) == []


@pytest.mark.parametrize(
    ("amount", "fault"),
    [("0", "tender_amount"), ("-1", "amount"), ("1.5", "number"), ("x", "number")],
)
def test_what_is_no_amount_of_yen(at_counter: Scene, amount: str, fault: str) -> None:
    with pytest.raises(TillError, match=fault):
        at_counter.till.tender("foreign", amount, currency="JPY")


def test_everything_mixed_and_back_out_after_the_total(at_counter: Scene) -> None:
    till = at_counter.till

    def pay() -> None:
        till.tender("voucher", "2", "V-1")
        till.tender("coupon", "1", "K-1")
        till.tender("card", "3")
        till.tender("foreign", "50", currency="JPY")  # 2.39
        till.tender("cash", "1")

    pay()
    assert till.sale is not None
    told = checkout.payment(till.sale)
    assert (till.state, told.tendered, told.left, told.due) == ("tendering", 939, 310, 310)
    till.back()
    assert (till.state, till.sale.tenders) == ("selling", ())
    pay()
    assert till.tender("cash", "5") is True
    ticket = last(at_counter)
    assert [one.kind for one in ticket.tenders] == [
        "voucher", "coupon", "card", "foreign", "cash", "cash",
    ]  # fmt: skip
    assert (ticket.total, ticket.rounding, ticket.change) == (1249, 0, 190)
    assert discrepancies(ticket) == []


def test_a_voucher_forfeits_what_is_left_of_it(at_counter: Scene) -> None:
    till = at_counter.till
    for amount, number, fault in (
        ("20", None, "voucher"), (None, "V-1", "amount"), ("0", "V-1", "tender_amount"),
        ("20", "V" * 65, "code"),
    ):  # fmt: skip
        with pytest.raises(TillError, match=fault):
            till.tender("voucher", amount, number)
    till.tender("voucher", "5", "V-1")
    with pytest.raises(TillError, match="voucher_twice"):
        till.tender("voucher", "5", "V-1")
    assert till.tender("voucher", "20", "V-2") is True
    ticket = last(at_counter)
    assert [(one.amount, one.face_value, one.forfeited) for one in ticket.tenders] == [
        (500, 500, 0), (749, 2000, 1251),
    ]  # fmt: skip
    assert (ticket.change, ticket.rounding, discrepancies(ticket)) == (0, 0, [])


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("width", [58, 80])
def test_the_paper_says_how_it_was_paid(at_counter: Scene, language: Language, width: int) -> None:
    at_counter.till.tender("voucher", "2", "V-1")
    at_counter.till.tender("foreign", "20", currency="USD")
    ticket = last(at_counter)
    tenders = (
        *ticket.tenders,
        TenderLine("voucher", 100, "V-2", face_value=500),
        TenderLine("cash", -500, original_tender=OriginalTender("t", 1, "unplugged", "M1")),
    )
    receipt = Receipt(replace(ticket, tenders=tenders), "shop", "CNY", 2)
    printed = receipt.lay_out(Style(width, language)).decode("gbk", "replace")
    lines = [" ".join(line.split()) for line in printed.splitlines()]
    said = {
        "zh_CN": ["代金券 V-1 2.00", "外币 142.47", "汇率 7.1234 USD 20.00", "面值 5.00", "不找零 4.00",
                  "改退现金，授权人 M1 unplugged"],
        "en": ["Voucher V-1 2.00", "Foreign currency 142.47", "Rate 7.1234 USD 20.00", "Face value 5.00",
               "Forfeited 4.00", "In cash by M1 unplugged"],
    }  # fmt: skip
    for one in said[language]:
        assert one in lines, lines
