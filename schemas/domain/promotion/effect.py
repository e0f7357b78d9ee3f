"""The kinds of effect that a promotion can have (rule 14), as data.

Amounts and prices are in minor units, percents in basis points *off* (1000 is ten per cent off, the
Chinese 九折), counts in units. `kind` tells them apart as JSON. The rest of rule 14 are conditions:
time slot, birthday, member day and limits stand on the promotion, the member price in the price
book.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["unit", "set", "basket"]


@dataclass(frozen=True, slots=True)
class PercentOff:
    """Percent off each unit (折扣)."""

    percent: int
    kind: Literal["percent_off"] = "percent_off"


@dataclass(frozen=True, slots=True)
class AmountOff:
    """An amount off each unit, of a weighed line off each kilogram; never below nought (直降)."""

    amount: int
    kind: Literal["amount_off"] = "amount_off"


@dataclass(frozen=True, slots=True)
class FixedPrice:
    """Each unit at this price, unless it costs less already (特价)."""

    price: int
    kind: Literal["fixed_price"] = "fixed_price"


@dataclass(frozen=True, slots=True)
class TierRate:
    """What the members of one tier get off."""

    tier: str
    percent: int


@dataclass(frozen=True, slots=True)
class TierPercent:
    """Percent off each unit by the member's tier; other tiers get nothing (会员折扣)."""

    rates: tuple[TierRate, ...]
    kind: Literal["tier_percent"] = "tier_percent"


@dataclass(frozen=True, slots=True)
class BreakStep:
    """From `quantity` units on: percent off each of them, or each at a price."""

    quantity: int
    percent: int = 0
    price: int | None = None


@dataclass(frozen=True, slots=True)
class QuantityBreak:
    """The more units, the cheaper all of them (满件折): steps by rising quantity."""

    steps: tuple[BreakStep, ...]
    kind: Literal["quantity_break"] = "quantity_break"


@dataclass(frozen=True, slots=True)
class NthOff:
    """Percent off every nth unit, the cheapest of its n: the second at half price (第二件半价)."""

    percent: int
    nth: int = 2
    kind: Literal["nth_off"] = "nth_off"


@dataclass(frozen=True, slots=True)
class BuyGet:
    """Buy so many and get so many more for nothing, the cheapest of them (买N送M)."""

    buy: int
    get: int
    kind: Literal["buy_get"] = "buy_get"


@dataclass(frozen=True, slots=True)
class BundlePart:
    """So many of one item in one unit; an empty unit is any."""

    item: str
    count: int = 1
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Certain items together at one price (套餐)."""

    parts: tuple[BundlePart, ...]
    price: int
    kind: Literal["bundle"] = "bundle"


@dataclass(frozen=True, slots=True)
class MixGroup:
    """So many units out of items or categories; `percent` is taken off them if no price is set.

    A unit that several groups name belongs to the first.
    """

    count: int
    items: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    percent: int = 0


@dataclass(frozen=True, slots=True)
class MixAndMatch:
    """So many of each group together: at one price, or percent off by group (任选).

    Without a price, a group with 0 per cent is what has to be bought to get the others cheaper.
    """

    groups: tuple[MixGroup, ...]
    price: int | None = None
    kind: Literal["mix_and_match"] = "mix_and_match"


@dataclass(frozen=True, slots=True)
class SpendStep:
    """From `minimum` on: an amount or a percent off what was spent."""

    minimum: int
    amount: int = 0
    percent: int = 0


@dataclass(frozen=True, slots=True)
class SpendOff:
    """Spend and save (满减): the highest step reached; or one step's amount for `every` minimum.

    With `full_price_only` what a line-level promotion made cheaper does not count.
    """

    steps: tuple[SpendStep, ...]
    every: bool = False
    full_price_only: bool = False
    kind: Literal["spend_off"] = "spend_off"


@dataclass(frozen=True, slots=True)
class CouponOff:
    """What a coupon takes off a basket that reaches its minimum: an amount or a percent (优惠券)."""

    minimum: int = 0
    amount: int = 0
    percent: int = 0
    full_price_only: bool = False
    kind: Literal["coupon_off"] = "coupon_off"


@dataclass(frozen=True, slots=True)
class SpendGift:
    """Spend and receive an item for nothing (满赠): once, or for `every` minimum."""

    minimum: int
    item: str
    unit: str
    quantity: int = 1
    every: bool = False
    kind: Literal["spend_gift"] = "spend_gift"


@dataclass(frozen=True, slots=True)
class PointsMultiplier:
    """Points times `factor` hundredths, from a minimum spent on (多倍积分): 200 is double."""

    factor: int
    minimum: int = 0
    kind: Literal["points_multiplier"] = "points_multiplier"


UnitEffect = PercentOff | AmountOff | FixedPrice | TierPercent
SetEffect = QuantityBreak | NthOff | BuyGet | Bundle | MixAndMatch
MoneyEffect = SpendOff | CouponOff
RewardEffect = SpendGift | PointsMultiplier
Effect = UnitEffect | SetEffect | MoneyEffect | RewardEffect


def takes_money(effect: Effect) -> bool:
    """Whether it is a basket rule that takes money off, not one that rewards."""
    return isinstance(effect, MoneyEffect)


def level_of(effect: Effect) -> Level:
    """Return the level on which an effect is computed."""
    if isinstance(effect, UnitEffect):
        return "unit"
    return "set" if isinstance(effect, SetEffect) else "basket"
