"""Made-up sales that show all that a layout prints: to look at one, and to find what it cannot print.

sample     has
sale       a member with points, weighed goods, a promotion with a coupon, an override, two rates of tax, cash and a card
return     goods back from a receipt, and without one
slip       a pickup to the safe
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

from pos_frontend.devices.layout import Receipt
from pos_frontend.devices.layout_file import LayoutError
from pos_frontend.devices.sheet import Printable, Style
from pos_frontend.devices.slip import Slip
from schemas.domain.ticket import (
    Authorization,
    Control,
    CouponUsed,
    Discount,
    Original,
    PointsEarned,
    Returned,
    SaleLine,
    TenderLine,
    Ticket,
)
from schemas.domain.till import CashMoved

_AT = datetime(2026, 3, 2, 4, 5, 6, tzinfo=UTC)
_DATE = date(2026, 3, 2)
_SHOP, _ZONE, _CURRENCY, _DECIMALS = "示例店 Sample shop", "Asia/Shanghai", "CNY", 2
_SALE = Ticket(
    uuid="00000000-0000-4000-8000-000000000007", branch="N001", lane="N001.01", counter=7,
    shift="sample", business_date=_DATE, zone=_ZONE, started=_AT, committed=_AT, operator="C1",
    member="9001", total=4265, rounding=0, change=735,
    lines=(
        SaleLine(1, "1001", "纯牛奶 250ml Milk", "piece", 3000, 350, 960, tax_rate=1300, tax=110,
                 discounts=(Discount("promotion", 90, "第二件半价"),)),
        SaleLine(2, "2010", "苹果 Apples", "kg", 1234, 680, 839, tax_rate=900, tax=69),
        SaleLine(3, "3001", "特级初榨橄榄油 Extra virgin olive oil 500 ml", "piece", 1000, 2899, 2466,
                 tax_rate=1300, tax=284, discounts=(Discount("override", 433, "临期", authority="M1"),)),
    ),
    tenders=(
        TenderLine("card", 3000, "sample", Authorization("123456", "************1234", "UnionPay", "S00017")),
        TenderLine("cash", 2000),
    ),
    control=Control(1, 4265, 4265), points=(PointsEarned("*", 42, (1, 2, 3)),),
    coupons=(CouponUsed("SPRING-7Q2M94KX", "SPRING", title="第二件半价"),),
)  # fmt: skip
_RETURN = replace(
    _SALE, counter=8, member=None, total=-1189, change=0, tenders=(TenderLine("cash", -1189),),
    lines=(
        SaleLine(1, "1001", "纯牛奶 250ml Milk", "piece", -1000, 350, -350, tax_rate=1300, tax=-40,
                 returned=Returned(checked=True, original=Original("N002", "N002.01-000017", "u", 1))),
        SaleLine(2, "2010", "苹果 Apples", "kg", -1234, 680, -839, tax_rate=900, tax=-69,
                 returned=Returned("质量问题", "M1")),
    ),
)  # fmt: skip
_MOVED = CashMoved(
    "5a5a5a5a-sample", "sample", "N001", "N001.01", _DATE, "C1", _AT, "pickup", 60_000,
    "钱箱现金过多", "M1",
)  # fmt: skip


def samples() -> Iterator[tuple[str, Printable]]:
    """Every sample and its name."""
    sale = Receipt(_SALE, _SHOP, _CURRENCY, _DECIMALS)
    yield "sale", sale
    yield "copy", sale.as_copy()
    yield "return", replace(sale, ticket=_RETURN)
    yield "slip", Slip(_MOVED, _SHOP, _ZONE, _DECIMALS)


def try_out(style: Style) -> Style:
    """Lay every sample out, and return the style. Raises LayoutError where one cannot be printed."""
    for name, one in samples():
        try:
            one.lay_out(style)
        except ValueError as error:
            message = f"the layout cannot print a {name}: {error}; see its barcode and QR codes"
            raise LayoutError(message) from error
    return style
