"""What the lane knows of the master data, looked up in catalogue.db while another process writes it.

Each lookup is one short read: it sees one state of the file, waits for nobody and holds nothing
open. Where feeds of several audiences speak of one key, the most specific speaks (branch, then
group, then chain), as it does for prices (rule 11).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, select

from schemas.domain.barcode import normalise
from schemas.domain.basket import ItemUnit
from schemas.domain.exchange import ExchangeRate, rates_in_force
from schemas.domain.label import LabelLayout
from schemas.domain.points import PointsRule
from schemas.domain.policy import Policy
from schemas.domain.pricing import PriceRow
from schemas.domain.tax import TaxPolicy
from schemas.tables.base import reading
from schemas.tables.catalogue import (
    barcode,
    branch,
    business_day_record,
    category,
    exchange_rate,
    item,
    label_layout,
    lane_message,
    member,
    operator,
    points_rule,
    price,
    price_change,
    promotion,
    tax,
    unit,
)
from schemas.tables.link import position
from schemas.tables.policy_store import find_policy

_LEVELS = {"chain": 0, "group": 1, "branch": 2, "local": 3}
_PIECE = 1000

# Built once: what is executed for every scan must not be put together for every scan.
_BARCODE = select(barcode.c.stream, barcode.c.item, barcode.c.unit).where(
    barcode.c.barcode == bindparam("code")
)
_ITEM = select(item).where(item.c.item == bindparam("code"))
_UNIT = select(unit.c.stream, unit.c.factor).where(
    unit.c.item == bindparam("item"), unit.c.unit == bindparam("unit")
)
_TAX = select(tax.c.stream, tax.c.rate).where(tax.c.tax_code == bindparam("code"))
_PRICES = (
    select(price, price_change.c.starts, price_change.c.ends, price_change.c.published)
    .join(
        price_change,
        (price_change.c.stream == price.c.stream) & (price_change.c.key == price.c.document),
    )
    .where(
        price.c.item == bindparam("item"),
        price.c.unit == bindparam("unit"),
        price_change.c.withdrawn.is_(False),
    )
)
_LAYOUTS = select(label_layout)
_PROMOTIONS = select(promotion).order_by(promotion.c.published)
_CATEGORIES = select(category.c.stream, category.c.category, category.c.parent)
_RATES = select(exchange_rate).where(exchange_rate.c.local_currency == bindparam("local"))
_FED = select(position.c.stream, position.c.epoch, position.c.through).order_by(position.c.stream)
_MEMBER = select(member).where(member.c.member == bindparam("code"))
_MEMBERS_BY = {
    name: select(member).where(member.c[name] == bindparam("hashed"))
    for name in ("phone_key", "card_key")
}
_POINTS_RULES = select(points_rule)
_OPERATOR = select(operator).where(operator.c.operator == bindparam("code"))
_BRANCH = select(branch).where(branch.c.branch == bindparam("code"))
_LAYOUT = tuple(field.name for field in fields(LabelLayout))
_MESSAGES = (
    select(lane_message)
    .where(lane_message.c.lane.in_(("", bindparam("lane"))))
    .order_by(lane_message.c.at)
)
_DAY = (
    select(business_day_record.c.business_date)
    .where(business_day_record.c.state == "open")
    .order_by(business_day_record.c.business_date.desc())
    .limit(1)
)
_LOADING = select(position.c.stream).where(position.c.target.is_not(None)).limit(1)
_READ = select(position.c.stream).limit(1)


@dataclass(frozen=True, slots=True)
class Found:
    """An item in a unit, and all its published price rows that address this branch."""

    what: ItemUnit
    prices: tuple[PriceRow, ...]


@dataclass(frozen=True, slots=True)
class PublishedRule:
    """A promotion that addresses this branch, as it came."""

    promotion: str
    rule: str


@dataclass(frozen=True, slots=True)
class LaneMessage:
    """What the branch says to its lanes until an instant; `name` is who said it."""

    message: str
    text: str
    name: str
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """A member (会员) by number; `merged` is who took their place, if anybody did."""

    member: str
    tier: str
    sealed: str
    merged: str


@dataclass(frozen=True, slots=True)
class Operator:
    """Who may work here; `pin_hash` is argon2id."""

    operator: str
    name: str
    role: str
    pin_hash: str


@dataclass(frozen=True, slots=True)
class BranchRecord:
    """What headquarters says of this branch: its clock, its money and its tax policy."""

    branch: str
    name: str
    zone: str
    currency: str
    tax_policy: TaxPolicy
    cash_rounding: int


class Catalogue:
    """Lookups on a reading engine of catalogue.db. Safe among threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, code: str) -> Found | None:
        """Return the item behind a barcode as scanned (rule 7), or else behind an item code."""
        with reading(self._engine) as connection:
            scanned = _first(connection, _BARCODE, code=normalise(code))
            row = _first(connection, _ITEM, code=scanned.item if scanned else code)
            if row is None:
                return None
            in_unit = scanned.unit if scanned else row.unit
            return _found(connection, row, in_unit, code if scanned else None)

    def in_unit(self, code: str, unit_code: str) -> Found | None:
        """Return an item by its code, in one of its units."""
        with reading(self._engine) as connection:
            row = _first(connection, _ITEM, code=code)
            return None if row is None else _found(connection, row, unit_code, None)

    def factor(self, code: str, in_unit: str) -> int:
        """Return thousandths of the base unit in a unit of an item; of an unknown one, those of a piece."""
        with reading(self._engine) as connection:
            return _factor(connection, code, in_unit)

    def label_layouts(self) -> list[LabelLayout]:
        """Return how this branch's in-store labels are read."""
        with reading(self._engine) as connection:
            rows = connection.execute(_LAYOUTS).all()
        nearest = {
            row.layout: row for row in sorted(rows, key=lambda row: audience_level(row.stream))
        }
        return [LabelLayout(*(getattr(row, name) for name in _LAYOUT)) for row in nearest.values()]

    def exchange_rates(self, local: str, at: datetime) -> dict[str, int]:
        """Return what other currencies are taken at, in millionths of a unit of the local one."""
        with reading(self._engine) as connection:
            rows = connection.execute(_RATES, {"local": local}).all()
        nearest = {
            (row.currency, row.starts): row
            for row in sorted(rows, key=lambda row: audience_level(row.stream))
        }
        return rates_in_force(
            (ExchangeRate(row.currency, row.rate, row.starts) for row in nearest.values()), at
        )

    def currencies(self, local: str) -> tuple[str, ...]:
        """Return the other currencies that ever had a rate here, by their codes."""
        with reading(self._engine) as connection:
            rows = connection.execute(_RATES, {"local": local})
            return tuple(sorted({row.currency for row in rows}))

    def fed(self) -> tuple[tuple[str, str, int], ...]:
        """Return how far each feed was read: what is read again after this says the same is the same."""
        with reading(self._engine) as connection:
            return tuple((row.stream, row.epoch, row.through) for row in connection.execute(_FED))

    def promotions(self) -> list[PublishedRule]:
        """Return the promotions for this branch that were not withdrawn, over or not."""
        with reading(self._engine) as connection:
            rows = connection.execute(_PROMOTIONS).all()
        nearest = {
            row.promotion: row for row in sorted(rows, key=lambda row: audience_level(row.stream))
        }
        return [
            PublishedRule(row.promotion, row.rule) for row in nearest.values() if not row.withdrawn
        ]

    def categories(self) -> dict[str, str]:
        """Return each category with the one above it, empty at the top."""
        with reading(self._engine) as connection:
            rows = connection.execute(_CATEGORIES).all()
        nearest = sorted(rows, key=lambda row: audience_level(row.stream))
        return {row.category: row.parent for row in nearest}

    def member(self, number: str) -> Member | None:
        """Return the member with this number."""
        with reading(self._engine) as connection:
            row = _first(connection, _MEMBER, code=number)
        return None if row is None else _member(row)

    def members_by(self, column: str, hashed: str) -> list[Member]:
        """Return the members whose `phone_key` or `card_key` it is; of no hash, nobody."""
        if not hashed:
            return []
        with reading(self._engine) as connection:
            rows = connection.execute(_MEMBERS_BY[column], {"hashed": hashed}).all()
        nearest = sorted(rows, key=lambda row: audience_level(row.stream))
        return list({row.member: _member(row) for row in nearest}.values())

    def points_rules(self) -> list[PointsRule]:
        """Return what earns points."""
        with reading(self._engine) as connection:
            rows = connection.execute(_POINTS_RULES).all()
        nearest = sorted(rows, key=lambda row: audience_level(row.stream))
        found = {
            row.category: PointsRule(
                row.category, row.amount, row.points, tuple(row.unpaid.split())
            )
            for row in nearest
        }
        return [one for one in found.values() if one.amount > 0]

    def operator(self, code: str) -> Operator | None:
        """Return the operator with this code, if headquarters lets them work here."""
        with reading(self._engine) as connection:
            row = _first(connection, _OPERATOR, code=code)
        return None if row is None else Operator(row.operator, row.name, row.role, row.pin_hash)

    def branch(self, code: str) -> BranchRecord | None:
        """Return what is known of a branch; None until its record has arrived."""
        with reading(self._engine) as connection:
            row = _first(connection, _BRANCH, code=code)
        if row is None:
            return None
        return BranchRecord(
            row.branch, row.name, row.zone, row.currency, row.tax_policy, row.cash_rounding
        )

    def messages(self, lane: str) -> list[LaneMessage]:
        """Return what the branch says to a lane, or to all of them, the oldest first; over or not."""
        with reading(self._engine) as connection:
            rows = connection.execute(_MESSAGES, {"lane": lane}).all()
        return [LaneMessage(row.message, row.text, row.name, row.at, row.until) for row in rows]

    def policy(self) -> Policy:
        """Return how this branch keeps its day."""
        with reading(self._engine) as connection:
            return find_policy(connection)

    def open_day(self) -> date | None:
        """Return the business date that the branch told its lanes is open."""
        with reading(self._engine) as connection:
            day: date | None = connection.execute(_DAY).scalar()
        return day

    def is_loading(self) -> bool:
        """Whether a feed was never read, or is being loaded anew."""
        with reading(self._engine) as connection:
            never = connection.execute(_READ).first() is None
            return never or connection.execute(_LOADING).first() is not None


def audience_level(stream: str) -> int:
    """Return how specific a feed's audience is: `feed:chain` 0, a group's 1, a branch's 2."""
    return _LEVELS[stream.split(":")[1]]


def _first(connection: Connection, query: Any, **values: str) -> Row[Any] | None:  # noqa: ANN401
    """Return the row of the most specific audience."""
    rows: Iterable[Row[Any]] = connection.execute(query, values)
    return max(rows, key=lambda row: audience_level(row.stream), default=None)


def _found(connection: Connection, row: Row[Any], in_unit: str, scanned: str | None) -> Found:
    """An item in a unit, as its record says; `scanned` is the barcode that named it, if one did."""
    what = ItemUnit(
        item=row.item,
        name=row.name,
        unit=in_unit,
        factor=_factor(connection, row.item, in_unit),
        category=row.category,
        tax_code=row.tax_code,
        tax_rate=_rate(connection, row.tax_code),
        barcode=scanned,
    )
    prices = connection.execute(_PRICES, {"item": row.item, "unit": in_unit})
    return Found(what, tuple(_price_row(one) for one in prices))


def _member(row: Row[Any]) -> Member:
    return Member(row.member, row.tier, row.sealed, row.merged)


def _factor(connection: Connection, code: str, in_unit: str) -> int:
    """Thousandths of the base unit in the unit sold; the base unit itself needs no record."""
    known = _first(connection, _UNIT, item=code, unit=in_unit)
    return _PIECE if known is None else int(known.factor)


def _rate(connection: Connection, code: str) -> int:
    known = _first(connection, _TAX, code=code)
    return 0 if known is None else int(known.rate)


def _price_row(row: Row[Any]) -> PriceRow:
    return PriceRow(
        document=row.document,
        audience_level=audience_level(row.stream),
        item=row.item,
        unit=row.unit,
        tier=row.tier,
        price=row.price,
        starts=row.starts,
        ends=row.ends,
        published=row.published,
    )
