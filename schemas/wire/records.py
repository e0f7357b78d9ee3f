"""The kinds of record that travel down, each a pydantic model; its key and the table it rests in.

Bodies carry every field by name; a reader keeps what it does not know in the stored original and
ignores it. Personal fields of a member are sealed before they enter a record.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from schemas.wire.delivery import Delivery, DeliveryLine, StockMinimum, Supplier
from schemas.wire.pickup import PickupLine, PickupOrder
from schemas.wire.record_body import RecordBody as RecordBody  # noqa: PLC0414 - part of this module's face


class Category(RecordBody):
    """A category (分类) and its parent's code, empty at the top."""

    kind = "category"
    key = ("category",)
    category: str
    name: str
    parent: str = ""


class Item(RecordBody):
    """An item (商品) under its code; quantities of it are in `unit`. A service has no stock."""

    kind = "item"
    key = ("item",)
    added = ("stocked",)
    item: str
    name: str
    category: str
    unit: str
    tax_code: str = ""
    stocked: bool = True


class Unit(RecordBody):
    """A sellable unit beside the base unit; `factor` is thousandths of the base unit."""

    kind = "unit"
    key = ("item", "unit")
    item: str
    unit: str
    factor: int


class Barcode(RecordBody):
    """A barcode, normalised (rule 7), and the item and unit it stands for."""

    kind = "barcode"
    key = ("barcode",)
    barcode: str
    item: str
    unit: str


class LabelLayout(RecordBody):
    """How in-store labels with a prefix are read; see `schemas.domain.label`."""

    kind = "label_layout"
    key = ("layout",)
    layout: str
    prefix: str
    item_digits: int
    value: Literal["amount", "weight"]
    value_digits: int
    second_digits: int = 0
    amount_decimals: int = 2
    weight_decimals: int = 3
    check_from: Literal["right", "left"] = "right"
    declared: bool = False


class Tax(RecordBody):
    """A tax code and its rate in basis points."""

    kind = "tax"
    key = ("tax_code",)
    tax_code: str
    rate: int


class ExchangeRate(RecordBody):
    """What one unit of `currency` is worth from `starts` on, in millionths of a `local_currency` unit;
    nought from when it is no longer taken. See `schemas.domain.exchange`.
    """

    kind = "exchange_rate"
    key = ("currency", "local_currency", "starts")
    currency: str
    local_currency: str
    starts: datetime
    rate: int


class Price(RecordBody):
    """A row of a price document; inert until the document's header is applied. Minor units."""

    kind = "price"
    key = ("document", "item", "unit", "tier")
    document: str
    item: str
    unit: str
    tier: str
    price: int


class PriceChange(RecordBody):
    """The header of a price document: its rows hold in [starts, ends) on the branch's clock.

    `published` orders documents of the same audience: the later one wins a tie (rule 11).
    """

    kind = "price_change"
    key = ("document",)
    document: str
    title: str
    starts: datetime
    ends: datetime | None
    published: int
    rows: int
    withdrawn: bool = False


class Promotion(RecordBody):
    """A promotion (促销): `rule` is all of it, as `schemas.wire.promotion_rule` writes it.

    It is no part of any basket from `ends` on. `published` orders two of the same number, of which the
    more specific audience speaks, and then the later one.
    """

    kind = "promotion"
    key = ("promotion",)
    promotion: str
    ends: datetime | None
    published: int
    rule: str
    withdrawn: bool = False


class Member(RecordBody):
    """A member (会员); `sealed` holds the personal fields, encrypted, in base64. `phone_key` and
    `card_key` are keyed hashes of what they are found by, see `replication.sealing`; `merged` is the
    member who took this one's place, and `provisional` says that a till made it and nobody looked at it.
    """

    kind = "member"
    key = ("member",)
    added = ("phone_key", "card_key", "merged", "provisional")
    member: str
    tier: str
    sealed: str
    phone_key: str = ""
    card_key: str = ""
    merged: str = ""
    provisional: bool = False


class PointsRule(RecordBody):
    """What goods of a category earn (rule 17), `*` for all that have no rule of their own: `points` for
    each `amount`, in minor units. `unpaid` are the kinds of tender, between blanks, that earn nothing.
    """

    kind = "points_rule"
    key = ("category",)
    category: str
    amount: int
    points: int
    unpaid: str = "coupon points"


class Operator(RecordBody):
    """Who may work at a branch, with the argon2id hashes of PIN (lane) and password (back office)."""

    kind = "operator"
    key = ("operator",)
    operator: str
    name: str
    role: Literal["branch_manager", "cashier"]
    pin_hash: str
    password_hash: str = ""


#: A franchised branch buys what is delivered to it (rule 28); a distribution centre (配送中心) sends to others.
BranchKind = Literal["own", "franchise", "distribution_centre"]


class Branch(RecordBody):
    """A branch (门店) and what its lanes must know to sell: clock, money and tax policy. One that is closed
    for good takes no goods.
    """

    kind = "branch"
    key = ("branch",)
    added = ("branch_kind", "closed")
    branch: str
    name: str
    zone: str
    currency: str
    tax_policy: Literal["line", "receipt"] = "line"
    cash_rounding: int = 1
    branch_kind: BranchKind = "own"
    closed: bool = False


class BranchPolicy(RecordBody):
    """How a branch keeps its day, see `schemas.domain.policy`: one in each feed. `checks` is written as
    `write_checks` does, `day_ends` as `03:00`; of two groups' the one that was `published` later holds.
    """

    kind = "branch_policy"
    key = ("policy",)
    policy: Literal["branch"] = "branch"
    checks: str
    day_ends: str
    till_by: Literal["operator", "lane"]
    tolerance: int
    count_safe: bool
    absent_lane_authority: bool
    published: datetime


class Subscription(RecordBody):
    """A feed that the reader of this record follows."""

    kind = "subscription"
    key = ("followed",)
    followed: str


class BusinessDay(RecordBody):
    """A branch's word to its lanes on which business date is in which state."""

    kind = "business_day"
    key = ("business_date",)
    business_date: date
    state: Literal["open", "closed", "reopened"]


class LaneMessage(RecordBody):
    """What a branch says to who works one of its lanes, or all of them where `lane` is empty, from `at`
    until `until`. `sender` is an operator, `name` theirs.
    """

    kind = "lane_message"
    key = ("message",)
    message: str
    lane: str
    text: str
    sender: str
    name: str
    at: datetime
    until: datetime


class DayOrder(RecordBody):
    """Headquarters orders a branch to reopen a day, in the branch's own feed; see `schemas.domain.period`."""

    kind = "day_order"
    key = ("number",)
    number: str
    business_date: date
    operator: str
    reason: str
    ordered: datetime


class PeriodLock(RecordBody):
    """No day of this feed's branches is reopened up to a date; of several locks the furthest counts."""

    kind = "period_lock"
    key = ("lock",)
    lock: Literal["period"] = "period"
    through: date
    operator: str
    reason: str
    published: datetime


BODIES: dict[str, type[RecordBody]] = {
    body.kind: body
    for body in (
        Category, Item, Unit, Barcode, LabelLayout, Tax, ExchangeRate, Price, PriceChange, Promotion,
        Member, PointsRule, Operator, Branch, BranchPolicy, Supplier, DeliveryLine, Delivery,
        StockMinimum, Subscription, BusinessDay, DayOrder, PeriodLock, LaneMessage,
        PickupLine, PickupOrder,
    )
}  # fmt: skip
