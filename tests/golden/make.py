"""The golden batches of every wire version, made by a fixed key from fixed facts.

`python -m tests.golden.make` writes those that are not there yet: what one release sent, every later
one must read, so a golden file never changes, and what comes later gets a file of its own. A version
has a directory of its own; those of the older ones are what this software writes for older peers.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from schemas.domain.attendance import AttendanceClocked
from schemas.domain.basket import Basket, EnteredLine, ItemUnit, Override
from schemas.domain.correction import Act, Exchange, post_void, tender_exchange
from schemas.domain.day import (
    DayClosed,
    DayEnded,
    DayOpened,
    DayReopened,
    DayTotals,
    LaneAbsent,
    LaneTotals,
)
from schemas.domain.denomination import Pieces
from schemas.domain.exceptions import TillException
from schemas.domain.label import Printed
from schemas.domain.lane import LaneEnrolled, LaneRevoked
from schemas.domain.member import MemberRegistered
from schemas.domain.period import DayOrderAnswered, TicketsPosted
from schemas.domain.pickup import Picked, PickupStepped, hash_code
from schemas.domain.pricing import PriceRow
from schemas.domain.promotion.effect import CouponOff, NthOff, SpendGift
from schemas.domain.promotion.promotion import Hours, Limits, Period, Scope, Who
from schemas.domain.promotion.promotion import Promotion as Rule
from schemas.domain.promotion.sale import PresentedCoupon
from schemas.domain.refund import PaidSale, PaidWith
from schemas.domain.safe import SafeCounted, SafeMoved
from schemas.domain.stock.document import StockDocument, StockLine
from schemas.domain.stock.move import StockMove, StockMoved
from schemas.domain.suspension import BasketResumed, BasketSuspended
from schemas.domain.ticket import (
    Authorization,
    Control,
    CouponUsed,
    Discount,
    Foreign,
    Original,
    OriginalTender,
    PointsEarned,
    Returned,
    SaleLine,
    TenderLine,
    Ticket,
)
from schemas.domain.till import (
    BasketCancelled,
    CashMoved,
    CountersMoved,
    PaymentSettled,
    ShiftEnded,
    ShiftOpened,
    TillCounted,
)
from schemas.domain.till_settlement import BatchTotal, TerminalSettled, TillAccepted
from schemas.wire import entries
from schemas.wire.batch import pack_feed, pack_journal, pack_repair
from schemas.wire.delivery import Delivery, DeliveryLine, StockMinimum, Supplier
from schemas.wire.entries import Fact, Statement
from schemas.wire.entry import GENESIS, Entry, entry_hash
from schemas.wire.pickup import PickupLine, PickupOrder
from schemas.wire.promotion_rule import encode_rule
from schemas.wire.record import Record
from schemas.wire.records import (
    Barcode,
    Branch,
    BranchPolicy,
    BusinessDay,
    Category,
    DayOrder,
    ExchangeRate,
    Item,
    LabelLayout,
    LaneMessage,
    Member,
    Operator,
    PeriodLock,
    PointsRule,
    Price,
    PriceChange,
    Promotion,
    RecordBody,
    Subscription,
    Tax,
    Unit,
)
from schemas.wire.surplus import FeedSurplus, surplus_of
from schemas.wire.versions import WIRE_VERSION

HOME = Path(__file__).parent
VERSIONS = tuple(range(1, WIRE_VERSION + 1))
#: The version in which the sort "repair" and the newer kinds came.
_SECOND = 2
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NOON = datetime(2026, 11, 22, 12, 0, 0, 123456, UTC)
TODAY = date(2026, 11, 22)
LANE, BRANCH = "journal:N001.01", "journal:N001"

TICKET = Ticket(
    uuid="0b5d3c1e-5b1f-4a59-9d7e-1f2a3b4c5d6e", branch="N001", lane="N001.01", counter=17,
    shift="s1", business_date=TODAY, zone="Asia/Shanghai", started=NOON, committed=NOON,
    operator="C1", member="1234", total=1099, rounding=0, change=1, control=Control(1, 1099, 5000),
    lines=(
        SaleLine(
            1, "10001", "红富士苹果", "kg", 1234, 899, 999, barcode="04100010000017",
            category="fruit", tax_code="full", tax_rate=1300, tax=115, price_document="P000001",
            discounts=(Discount("member_price", 110, "member", rule="P000002"),),
        ),
        SaleLine(2, "99999", "?", "piece", 1000, 100, 100, unknown_item=True),
        SaleLine(3, "10002", "voided", "piece", 1000, 500, 500, voided=True),
    ),
    tenders=(TenderLine("coupon", 100, "K-1"), TenderLine("cash", 1000)),
)  # fmt: skip

LANE_FACTS: tuple[Fact, ...] = (
    ShiftOpened("s1", "N001", "N001.01", "C1", TODAY, NOON, 20_000),
    TICKET,
    BasketCancelled("b2", "N001", "N001.01", TODAY, "C1", NOON, 350, 2),
    ShiftEnded("s1", "N001", "N001.01", "C1", TODAY, NOON, 17, 1, 1099, 5000),
)
RESTORED_FACTS: tuple[Fact, ...] = (
    CountersMoved("N001", "N001.01", TODAY, 18, 1017, 1, 1099, 5000, NOON, "restored"),
)

BRANCH_FACTS: tuple[Fact, ...] = (
    DayOpened("N001", TODAY, "M1", NOON),
    TillCounted("s1", "N001", "N001.01", TODAY, {"cash": 20_999, "coupon": 100}, "M1", NOON),
    DayClosed(
        "N001", TODAY, 1, "M1", NOON,
        DayTotals(1, 1099, {"cash": 999, "coupon": 100}, {"cash": 0, "coupon": 0}),
        (LaneTotals("N001.01", 1, 1099, 17, 5000),),
    ),
    DayReopened("N001", TODAY, 1, "M1", "recount", NOON),
)  # fmt: skip
#: A day whose sales ended before its close, and a close without a lane.
CLOSE_FACTS: tuple[Fact, ...] = (
    DayEnded("N001", TODAY, "M1", NOON),
    DayClosed(
        "N001", TODAY, 1, "M1", NOON, DayTotals(0, 0, {"cash": 0}, {}),
        (LaneTotals("N001.01", 0, 0, 0, 0),),
        (LaneAbsent("N001.01", "硬盘损坏", "M1", "M2", ("till_uncounted:s1", "lane_silent:N001.01")),),
    ),
)  # fmt: skip
POLICY_RECORDS: tuple[RecordBody, ...] = (
    BranchPolicy(
        checks="lane_silent=ignore till_short=stop", day_ends="03:00", till_by="lane", tolerance=500,
        count_safe=True, absent_lane_authority=False, published=NOON,
    ),
)  # fmt: skip
LANE_KEY_FACTS: tuple[Fact, ...] = (
    LaneEnrolled("N001", "N001.01", KEY.public_key().public_bytes_raw().hex(), NOON),
    LaneRevoked("N001", "N001.01", NOON, "M1", "stolen"),
)
DRAWER_FACTS: tuple[Fact, ...] = (
    CashMoved(
        "u3", "s1", "N001", "N001.01", TODAY, "C1", NOON, "pickup", 60_000, "钱箱现金过多", "C1"
    ),
    CashMoved("u4", "s1", "N001", "N001.01", TODAY, "C1", NOON, "no_sale", 0, "需要零钱", "M1"),
)
SURPLUS_FACTS: tuple[Statement, ...] = (
    FeedSurplus(
        "N001", "feed:chain",
        (
            surplus_of("c1", Record(7, "tax", "full", 1, Tax(tax_code="full", rate=900).encode())),
            surplus_of("c1", Record(8, "item", "gone", 1, b"", deleted=True)),
        ),
        NOON,
    ),
)  # fmt: skip
#: A ticket with a stale label, and a layout of labels: both came after the batches above were made.
LABEL_FACTS: tuple[Fact, ...] = (
    replace(
        TICKET, total=800, change=0, control=Control(1, 800, 5000),
        lines=(
            SaleLine(
                1, "2010", "红富士苹果", "kg", 1234, 680, 800, barcode="230201000800012348",
                discounts=(Discount("label", 39, "stale", rule="ew"),),
            ),
        ),
        tenders=(TenderLine("card", 800),),
    ),
)  # fmt: skip
#: What a payment terminal took, and what was settled by word.
PAYMENT_FACTS: tuple[Fact, ...] = (
    replace(
        TICKET, change=0,
        tenders=(
            TenderLine("card", 599, "r1", Authorization("000017", "***1234", "UnionPay", "S1")),
            TenderLine("qr", 500, "r2", Authorization("000018")),
        ),
    ),
    PaymentSettled(
        "r3", "b3", "s1", "N001", "N001.01", TODAY, "C1", NOON, "card", 1099, "missing", "无记录", "M1"
    ),
)  # fmt: skip
#: What a till noticed that no ticket tells.
EXCEPTION_FACTS: tuple[Fact, ...] = (
    TillException(
        "x1", "N001", "N001.01", TODAY, "C1", NOON, "refused", "override", "pin", "refused", NOON,
        times=3, authority="M1", basket="b1",
    ),
    TillException(
        "x2", "N001", "N001.01", TODAY, "", NOON, "device", "printer", "trouble", "began", NOON,
        detail="缺纸",
    ),
)  # fmt: skip
#: A basket with every kind of line that one may have, set aside and gone on with.
SUSPENDED_FACTS: tuple[Fact, ...] = (
    BasketSuspended(
        "s1", "b1", "N001", "N001.01", TODAY, "C1", NOON, "红衣女士", NOON, 1149, 3,
        Basket(
            (
                EnteredLine(
                    1, ItemUnit("10001", "红富士苹果", "kg", 1000, "fruit", "full", 1300), 1234, NOON, 899,
                    (PriceRow("P000001", 0, "10001", "kg", "", 899, NOON, None, 7),),
                    (Override(1000, "临期或破损", "M1"),),
                ),
                EnteredLine(2, ItemUnit("99999", "?", "piece"), 1000, NOON, 349, unknown_item=True),
                EnteredLine(3, ItemUnit("10002", "voided", "piece"), 1000, NOON, 500, voided=True),
                EnteredLine(
                    4, ItemUnit("2010", "梨", "kg"), 500, NOON, 680, printed=Printed(340, "ew", stale=True)
                ),
                EnteredLine(
                    5, ItemUnit("10001", "红富士苹果", "kg"), 1000, NOON, 899,
                    given_back=SaleLine(
                        5, "10001", "红富士苹果", "kg", -1000, 899, -540,
                        discounts=(Discount("override", -359, "临期或破损", authority="M1"),),
                        returned=Returned(
                            checked=True, original=Original("N001", "N001.01-000003", "t3", 1)
                        ),
                    ),
                ),
            ),
            "1234", "gold",
        ),
    ),
    BasketResumed("s1", "b2", "N001", "N001.01", "N001.02", TODAY, "C1", NOON, True, False),
)  # fmt: skip
LABEL_RECORDS: tuple[RecordBody, ...] = (
    LabelLayout(
        layout="ew", prefix="23", item_digits=5, value="amount", value_digits=5, second_digits=5,
    ),
)  # fmt: skip
PROMOTION_RECORDS: tuple[RecordBody, ...] = (
    Promotion(
        promotion="S000001", ends=NOON, published=7,
        rule=encode_rule(
            Rule(
                id="S000001", title="第二件半价", period=Period(NOON, NOON, (6, 7), (Hours(1080, 1320),)),
                effect=NthOff(5000), scope=Scope(categories=("fruit",), excluded_items=("10002",)),
                who=Who(members_only=True), mode="best_price", group="fruit", limits=Limits(basket=2),
            )
        ),
    ),
)  # fmt: skip
PROMOTION_FACTS: tuple[Ticket, ...] = (
    replace(
        TICKET, total=1050, change=0, control=Control(1, 1050, 5000),
        lines=(
            SaleLine(
                1, "1002", "矿泉水", "piece", 4000, 350, 1050,
                discounts=(Discount("promotion", 350, "第二件半价", rule="S000001"),),
            ),
        ),
        tenders=(TenderLine("card", 1050),),
    ),
)  # fmt: skip
#: Members as they came with their hashes, what earns points, and what a till knew of them.
MEMBER_RECORDS: tuple[RecordBody, ...] = (
    Member(member="1234", tier="gold", sealed="c2VhbGVk", phone_key="0f", card_key="a0"),
    Member(member="1235", tier="", sealed="c2VhbGVk", merged="1234", provisional=True),
    PointsRule(category="*", amount=100, points=1),
    PointsRule(category="fruit", amount=100, points=3, unpaid=""),
)
MEMBER_FACTS: tuple[Fact, ...] = (
    MemberRegistered(
        "N001.01-3f9a12", "N001", "N001.01", TODAY, "C1", NOON, "c2VhbGVk", "0f", ""
    ),
    replace(TICKET, points=(PointsEarned("S000001", 10, (1,)), PointsEarned("points", 10, (1, 2)))),
)  # fmt: skip
#: What is paid in foreign money and by voucher, and what a refund gives back to the tender that paid it.
TENDER_RECORDS: tuple[RecordBody, ...] = (
    ExchangeRate(currency="USD", local_currency="CNY", starts=NOON, rate=7_123_400),
)
TENDER_FACTS: tuple[Fact, ...] = (
    replace(
        TICKET, change=826,
        tenders=(
            TenderLine("voucher", 500, "V-1", face_value=500),
            TenderLine("foreign", 1425, foreign=Foreign("USD", 200, 7_123_400)),
        ),
    ),
    replace(
        TICKET, uuid="1b5d3c1e-5b1f-4a59-9d7e-1f2a3b4c5d6e", counter=18, total=-350, change=0,
        control=Control(2, 749, 4650),
        lines=(
            SaleLine(
                1, "1002", "矿泉水", "piece", -1000, 350, -350,
                returned=Returned(checked=True, original=Original("N001", "N001.01-000003", "t3", 1)),
            ),
        ),
        tenders=(
            TenderLine(
                "card", -200, "r4", Authorization("000019"), original_tender=OriginalTender("t3", 1)
            ),
            TenderLine("cash", -150, original_tender=OriginalTender("t3", 2, "终端断线", "M1")),
        ),
    ),
)  # fmt: skip
#: What a branch has to expect, and what goods did there.
STOCK_RECORDS: tuple[RecordBody, ...] = (
    Item(item="9001", name="送货", category="10", unit="次", stocked=False),
    Branch(
        branch="D001",
        name="配送中心",
        zone="Asia/Shanghai",
        currency="CNY",
        branch_kind="distribution_centre",
    ),
    Supplier(supplier="S1", name="果园"),
    DeliveryLine(
        document="PO-1",
        number=1,
        item="1002",
        unit="case",
        factor=12_000,
        quantity=2000,
        value=7200,
    ),
    Delivery(document="PO-1", direction="order", partner="S1", expected=TODAY, rows=1),
    StockMinimum(item="1002", minimum=24_000),
)
STOCK_FACTS: tuple[Fact, ...] = (
    StockMoved(
        "N001", NOON,
        (
            StockMove("t3", 1, "1002", -1000, None, "sale", TODAY, NOON),
            StockMove("t3", 2, "1003", -1234, -650, "sale", TODAY, NOON),
        ),
    ),
    StockDocument(
        "d1", "N001-R-000001", "receipt", "N001", TODAY, NOON, "M1",
        (StockLine(1, "1002", "矿泉水", "case", 12_000, 2000, 7200, 3000, 1000),),
        (
            StockMove("d1", 1, "1002", 24_000, 7200, "receipt", TODAY, NOON),
            StockMove("d1", 2, "1002", 0, -300, "variance", TODAY, NOON),
        ),
        "S1", "PO-1", final=False,
    ),
)  # fmt: skip
#: A till that goes on with its lane, counted piece by piece and accepted; the safe; a terminal's batch; who came.
SETTLEMENT_FACTS: tuple[Fact, ...] = (
    ShiftOpened("s2", "N001", "N001.01", "C2", TODAY, NOON, 0, continues="s1"),
    ShiftOpened("s3", "N001", "N001.01", "C1", TODAY, NOON, 999, handed_over_from="s2"),
    TillCounted(
        "s2", "N001", "N001.01", TODAY, {"cash": 20_000}, "M1", NOON,
        denominations=(Pieces("cash", 10_000, 2),),
    ),
    TillAccepted("s2", "N001", "N001.01", TODAY, 1, {"cash": -999}, "M1", "M2", "少款", NOON),
    TerminalSettled(
        "s2", "N001", "N001.01", TODAY, "C2", NOON, "settled", (BatchTotal("card", 2, 1050),)
    ),
    SafeMoved("m1", "N001", TODAY, "deposit", "cash", 50_000, "B-17", "", "M1", "", NOON),
    SafeCounted(
        "m2", "N001", TODAY, {"cash": 10_000}, {"cash": 10_100}, "早班", "M1", NOON,
        (Pieces("cash", 10_000, 1),),
    ),
    AttendanceClocked("a1", "N001", "C1", TODAY, "in", NOON, NOON, "C1"),
)  # fmt: skip
#: What a branch says to one lane, and to all.
MESSAGE_RECORDS: tuple[RecordBody, ...] = tuple(
    LaneMessage(
        message=f"m{number}", lane=lane, text="今天 21:30 关店", sender="M1", name="店长", at=NOON,
        until=NOON + timedelta(hours=number),
    )
    for number, lane in enumerate(("N001.01", ""), 1)
)  # fmt: skip
#: A promotion for coupons of one use, another that gives something, and what a till makes of both.
COUPON_RECORDS: tuple[RecordBody, ...] = (
    Promotion(
        promotion="S000002", ends=None, published=8,
        rule=encode_rule(
            Rule(
                id="S000002", title="会员券", period=Period(NOON), effect=CouponOff(1000, 200),
                who=Who(coupon="ONCE", single_use=True),
            )
        ),
    ),
    Promotion(
        promotion="S000003", ends=None, published=9,
        rule=encode_rule(
            Rule(id="S000003", title="满赠", period=Period(NOON), effect=SpendGift(500, "1002", "piece"))
        ),
    ),
)  # fmt: skip
COUPON_FACTS: tuple[Fact, ...] = (
    replace(
        TICKET, change=0, total=1150, control=Control(1, 1150, 5100),
        lines=(
            SaleLine(
                1, "1002", "矿泉水", "piece", 4000, 350, 1150,
                discounts=(Discount("promotion", 250, "会员券", rule="S000002"),),
            ),
            SaleLine(
                2, "1002", "矿泉水", "piece", 1000, 350, 0,
                discounts=(Discount("promotion", 350, "满赠", rule="S000003"),),
            ),
        ),
        tenders=(TenderLine("card", 1150),),
        coupons=(
            CouponUsed("ONCE-7Q2M94KX", "ONCE", None, "会员券"),
            CouponUsed("OTHER-1", "OTHER", "G000012", "另一张"),
        ),
    ),
    BasketSuspended(
        "s9", "b9", "N001", "N001.01", TODAY, "C1", NOON, "", NOON, 350, 2,
        Basket(
            (
                EnteredLine(1, ItemUnit("1002", "矿泉水", "piece"), 1000, NOON, 350),
                EnteredLine(2, ItemUnit("1002", "矿泉水", "piece"), 1000, NOON, 350, gift_of="S000003"),
            ),
            coupons=(PresentedCoupon("ONCE-7Q2M94KX", "ONCE"),),
        ),
    ),
)  # fmt: skip
#: What a customer of an online shop fetches, and what the branch did with it.
PICKUP_RECORDS: tuple[RecordBody, ...] = (
    PickupLine(order="W000000000017", number=1, item="1002", name="矿泉水", unit="piece", quantity=4000),
    PickupOrder(
        order="W000000000017", client="web", client_key="A-17", reference="17", placed=NOON,
        until=NOON + timedelta(days=2), payment="online", total=1400, rows=1, note="门口取",
        code_hash=hash_code("W000000000017", "123456"),
    ),
    PickupOrder(
        order="W000000000018", client="web", client_key="A-18", reference="18", placed=NOON,
        until=NOON, payment="till", total=0, rows=1, code_hash="", withdrawn="expired",
    ),
)  # fmt: skip
PICKUP_FACTS: tuple[Fact, ...] = (
    PickupStepped(
        "p1", "N001", "W000000000017", 1, "picked", "M1", NOON,
        (Picked(1, "1002", "矿泉水", 3000), Picked(1, "1003", "茶", 1000)),
    ),
    PickupStepped("p2", "N001", "W000000000017", 2, "ready", "M1", NOON),
    PickupStepped(
        "p3", "N001", "W000000000017", 3, "handed_over", "M1", NOON, (), "N001.01", 17,
        TICKET.uuid, "没带提货码",
    ),
    PickupStepped("p4", "N001", "W000000000018", 1, "given_back", "branch", NOON, remark="expired"),
)  # fmt: skip
#: What is paid with points and stored value, reserved or out of a grant, and what a refund gives back of it.
REDEMPTION_FACTS: tuple[Fact, ...] = (
    replace(
        TICKET, change=0,
        tenders=(
            TenderLine("points", 250, points=750),
            TenderLine("stored_value", TICKET.total - 250, grant="G000012"),
        ),
    ),
    replace(
        TICKET, uuid="2c6e4d2f-6c2a-4b6a-8e8f-2a3b4c5d6e7f", counter=18, total=-350, change=0,
        control=Control(2, 749, 4650),
        lines=(
            SaleLine(
                1, "1002", "矿泉水", "piece", -1000, 350, -350,
                returned=Returned(checked=True, original=Original("N001", "N001.01-000003", "t3", 1)),
            ),
        ),
        tenders=(
            TenderLine("points", -200, points=-600, original_tender=OriginalTender("t3", 1)),
            TenderLine("stored_value", -150, original_tender=OriginalTender("t3", 2)),
        ),
    ),
    BasketSuspended(
        uuid="s-redeemed", basket="b-redeemed", branch="N001", lane="N001.01", business_date=TODAY, operator="C1",
        at=NOON, name="", started=NOON, amount=-350, lines=1, held=Basket(),
        originals=(PaidSale("t3", (PaidWith(1, "points", 100, points=600, paid=200),)),),
    ),
)  # fmt: skip
RECORDS: tuple[RecordBody, ...] = (
    Category(category="fruit", name="水果"),
    Item(item="10001", name="红富士苹果", category="fruit", unit="kg", tax_code="full"),
    Unit(item="10001", unit="box", factor=10_000),
    Barcode(barcode="04100010000017", item="10001", unit="kg"),
    Tax(tax_code="full", rate=1300),
    Price(document="P000001", item="10001", unit="kg", tier="", price=899),
    PriceChange(document="P000001", title="开业价", starts=NOON, ends=None, published=1, rows=1),
    Member(member="1234", tier="gold", sealed="c2VhbGVk"),
    Operator(operator="C1", name="收银员一", role="cashier", pin_hash="$argon2id$x"),
    Branch(branch="N001", name="一店", zone="Asia/Shanghai", currency="CNY"),
    Subscription(followed="feed:chain"),
    BusinessDay(business_date=TODAY, state="open"),
)


#: What a branch corrects by itself, and says to headquarters' orders. Nothing of it is a lane's.
_SOLD = replace(TICKET, tenders=(TenderLine("card", 599, "r1"), TenderLine("cash", 501)))
_ACT = Act("c1", "M1", "C1", "扫了两遍", NOON)
CORRECTION_FACTS: tuple[Statement, ...] = (
    post_void(_SOLD, (), _ACT),
    tender_exchange(_SOLD, (), replace(_ACT, uuid="c2"), Exchange("cash", "card", 100)),
    TicketsPosted("N001", date(2026, 3, 2), date(2026, 4, 1), (_SOLD.uuid,), _ACT.at),
    DayOrderAnswered("N001", date(2026, 3, 2), "4f1c0a7d9e21", "carried_out", _ACT.at),
)
DIRECTIVE_RECORDS: tuple[RecordBody, ...] = (
    DayOrder(
        number="4f1c0a7d9e21", business_date=date(2026, 3, 2), operator="HQ-OPS",
        reason="少点一个钱箱", ordered=_ACT.at,
    ),
    PeriodLock(through=date(2026, 3, 31), operator="FIN", reason="三月结账", published=_ACT.at),
)  # fmt: skip


def chained(stream: str, facts: tuple[Statement, ...]) -> list[Entry]:
    """The facts as a journal's first entries."""
    made: list[Entry] = []
    for sequence, fact in enumerate(facts, 1):
        kind, version = entries.kind_of(fact)
        committed, body = "2026-11-22T12:00:00.123456Z", entries.encode(fact)
        previous = made[-1].hash if made else GENESIS
        digest = entry_hash(stream, "e1", sequence, kind, version, committed, previous, body)
        made.append(Entry(stream, "e1", sequence, kind, version, committed, previous, body, digest))
    return made


def relayed(stream: str, originals: list[Entry]) -> list[Entry]:
    """The same entries as a branch relays them."""
    made: list[Entry] = []
    for one in originals:
        previous = made[-1].hash if made else GENESIS
        digest = entry_hash(
            stream, "e2", one.sequence, one.kind, one.version, one.committed, previous, one.body,
            one.hash,
        )  # fmt: skip
        made.append(
            replace(one, stream=stream, epoch="e2", previous=previous, hash=digest,
                    origin=one.as_origin())
        )  # fmt: skip
    return made


def numbered(bodies: tuple[RecordBody, ...]) -> list[Record]:
    """The bodies as records of a feed."""
    return [
        Record(10 * number, body.kind, body.record_key(), body.version, body.encode())
        for number, body in enumerate(bodies, 1)
    ]


def records() -> list[Record]:
    """One record of every kind that the second release knew, and a tombstone."""
    return [*numbered(RECORDS), Record(999, "item", "gone", 1, b"", deleted=True)]


def repaired() -> list[Record]:
    """Records out of order, and one that is no more."""
    first, second, *_ = records()
    return [second, first, Record(0, "item", "never", 1, b"", deleted=True)]


def batches(wire: int) -> dict[str, bytes]:
    """Every golden batch of a version by the name of its file."""
    sign = KEY.sign
    lane = chained(LANE, LANE_FACTS)
    made = {
        "lane": pack_journal(lane, "N001.01", sign, wire),
        "branch": pack_journal(chained(BRANCH, BRANCH_FACTS), "N001", sign, wire),
        "relay": pack_journal(relayed(BRANCH, lane), "N001", sign, wire),
        "restored": pack_journal(chained(LANE, RESTORED_FACTS), "N001.01", sign, wire),
        "feed": pack_feed("feed:chain", "e3", 0, 1000, records(), "hq", sign, wire),
        "label_feed": pack_feed(
            "feed:chain", "e3", 0, 1000, numbered(LABEL_RECORDS), "hq", sign, wire
        ),
        "label_lane": pack_journal(chained(LANE, LABEL_FACTS), "N001.01", sign, wire),
        "promotion_feed": pack_feed(
            "feed:chain", "e3", 0, 1000, numbered(PROMOTION_RECORDS), "hq", sign, wire
        ),
        "promotion_lane": pack_journal(chained(LANE, PROMOTION_FACTS), "N001.01", sign, wire),
        "member_feed": pack_feed(
            "feed:chain", "e3", 0, 1000, numbered(MEMBER_RECORDS), "hq", sign, wire
        ),
        "member_lane": pack_journal(chained(LANE, MEMBER_FACTS), "N001.01", sign, wire),
        "tender_feed": pack_feed(
            "feed:chain", "e3", 0, 1000, numbered(TENDER_RECORDS), "hq", sign, wire
        ),
        "tender_lane": pack_journal(chained(LANE, TENDER_FACTS), "N001.01", sign, wire),
    }
    if wire >= _SECOND:
        made |= {
            "repair": pack_repair("feed:chain", "e3", 1000, repaired(), "hq", sign, wire),
            "drawer": pack_journal(chained(LANE, DRAWER_FACTS), "N001.01", sign, wire),
            "exception": pack_journal(chained(LANE, EXCEPTION_FACTS), "N001.01", sign, wire),
            "payment": pack_journal(chained(LANE, PAYMENT_FACTS), "N001.01", sign, wire),
            "coupon_feed": pack_feed(
                "feed:chain", "e3", 0, 1000, numbered(COUPON_RECORDS), "hq", sign, wire
            ),
            "coupon_lane": pack_journal(chained(LANE, COUPON_FACTS), "N001.01", sign, wire),
            "redemption_lane": pack_journal(chained(LANE, REDEMPTION_FACTS), "N001.01", sign, wire),
            "stock_feed": pack_feed(
                "feed:branch:N001", "e3", 0, 1000, numbered(STOCK_RECORDS), "hq", sign, wire
            ),
            "stock": pack_journal(chained(BRANCH, STOCK_FACTS), "N001", sign, wire),
            "settlement": pack_journal(chained(BRANCH, SETTLEMENT_FACTS), "N001", sign, wire),
            "suspended": pack_journal(chained(LANE, SUSPENDED_FACTS), "N001.01", sign, wire),
            "message_feed": pack_feed(
                "feed:local:N001", "e3", 0, 1000, numbered(MESSAGE_RECORDS), "N001", sign, wire
            ),
            "surplus": pack_journal(chained(BRANCH, SURPLUS_FACTS), "N001", sign, wire),
            "correction": pack_journal(chained(BRANCH, CORRECTION_FACTS), "N001", sign, wire),
            "directive_feed": pack_feed(
                "feed:branch:N001", "e3", 0, 1000, numbered(DIRECTIVE_RECORDS), "hq", sign, wire
            ),
            "pickup_feed": pack_feed(
                "feed:branch:N001", "e3", 0, 1000, numbered(PICKUP_RECORDS), "hq", sign, wire
            ),
            "pickup": pack_journal(chained(BRANCH, PICKUP_FACTS), "N001", sign, wire),
            "close": pack_journal(chained(BRANCH, CLOSE_FACTS), "N001", sign, wire),
            "policy_feed": pack_feed(
                "feed:chain", "e3", 0, 1000, numbered(POLICY_RECORDS), "hq", sign, wire
            ),
            "lane_keys": pack_journal(chained(BRANCH, LANE_KEY_FACTS), "N001", sign, wire),
        }
    return made


def home(wire: int) -> Path:
    """Where the golden batches of a version are."""
    return HOME / f"wire-{wire}"


if __name__ == "__main__":
    for version in VERSIONS:
        home(version).mkdir(exist_ok=True)
        for name, data in batches(version).items():
            file = home(version) / f"{name}.batch"
            if not file.exists():
                file.write_bytes(data)
