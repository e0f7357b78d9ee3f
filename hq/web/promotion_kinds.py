"""The kinds of promotion that can be drafted, each with the fields of its form.

A kind asks for single fields, for boxes to tick, and for rows of a table. `read` makes its effect of
what was typed, `written` what would be typed for an effect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hq.web.promotion_typed import Typed, Writing, row_field
from replication.console.languages import msgid
from schemas.domain.promotion.effect import (
    AmountOff,
    BreakStep,
    Bundle,
    BundlePart,
    BuyGet,
    CouponOff,
    Effect,
    FixedPrice,
    MixAndMatch,
    MixGroup,
    NthOff,
    PercentOff,
    PointsMultiplier,
    QuantityBreak,
    SpendGift,
    SpendOff,
    SpendStep,
    TierPercent,
    TierRate,
)

_PERCENT = msgid("Percent off")
_AMOUNT = msgid("Amount off")
_PRICE = msgid("Price")
_UNITS = msgid("Number of units")
_ITEMS = msgid("Items")

Rows = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form; codes are wider than figures."""

    name: str
    label: str
    what: Literal["figure", "text"] = "figure"
    required: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind as it is offered. With `own_goods` its rows say what it is about, not the scope."""

    name: str
    does: str
    read: Callable[[Typed], Effect]
    written: Callable[[Any, Writing], dict[str, str]]
    fields: tuple[Field, ...] = ()
    columns: tuple[Field, ...] = ()
    boxes: tuple[tuple[str, str], ...] = ()
    own_goods: bool = False


def _rows(rows: Rows) -> dict[str, str]:
    return {
        row_field(number, name): value
        for number, row in enumerate(rows, 1)
        for name, value in row.items()
    }


def _count(value: int) -> str:
    return str(value)


def _read_tiers(typed: Typed) -> TierPercent:
    rows = typed.rows(("tier", "percent"))
    return TierPercent(tuple(TierRate(row.text("tier"), row.percent("percent")) for row in rows))


def _write_tiers(effect: TierPercent, write: Writing) -> dict[str, str]:
    return _rows(
        [{"tier": one.tier, "percent": write.percent(one.percent)} for one in effect.rates]
    )


def _read_breaks(typed: Typed) -> QuantityBreak:
    rows = typed.rows(("quantity", "percent", "price"))
    return QuantityBreak(
        tuple(
            BreakStep(row.count("quantity"), row.percent("percent"), row.some_price("price"))
            for row in rows
        )
    )


def _write_breaks(effect: QuantityBreak, write: Writing) -> dict[str, str]:
    return _rows(
        [
            {
                "quantity": _count(one.quantity),
                "percent": write.percent(one.percent),
                "price": write.amount(one.price),
            }
            for one in effect.steps
        ]
    )


def _read_bundle(typed: Typed) -> Bundle:
    parts = tuple(
        BundlePart(row.text("item"), row.count("count"), row.text("unit"))
        for row in typed.rows(("item", "count", "unit"))
    )
    return Bundle(parts, typed.price("price"))


def _write_bundle(effect: Bundle, write: Writing) -> dict[str, str]:
    parts: Rows = [
        {"item": one.item, "count": _count(one.count), "unit": one.unit} for one in effect.parts
    ]
    return {"price": write.amount(effect.price), **_rows(parts)}


def _read_mix(typed: Typed) -> MixAndMatch:
    groups = tuple(
        MixGroup(
            row.count("count"), row.codes("items"), row.codes("categories"), row.percent("percent")
        )
        for row in typed.rows(("count", "items", "categories", "percent"))
    )
    return MixAndMatch(groups, typed.some_price("price"))


def _write_mix(effect: MixAndMatch, write: Writing) -> dict[str, str]:
    groups: Rows = [
        {
            "count": _count(one.count),
            "items": " ".join(one.items),
            "categories": " ".join(one.categories),
            "percent": write.percent(one.percent),
        }
        for one in effect.groups
    ]
    return {"price": write.amount(effect.price), **_rows(groups)}


def _read_spend(typed: Typed) -> SpendOff:
    steps = tuple(
        SpendStep(row.amount("minimum"), row.amount("amount"), row.percent("percent"))
        for row in typed.rows(("minimum", "amount", "percent"))
    )
    return SpendOff(steps, typed.has("every"), typed.has("full_price_only"))


def _write_spend(effect: SpendOff, write: Writing) -> dict[str, str]:
    steps: Rows = [
        {
            "minimum": write.amount(one.minimum),
            "amount": write.amount(one.amount or None),
            "percent": write.percent(one.percent),
        }
        for one in effect.steps
    ]
    return {
        "every": "yes" if effect.every else "",
        "full_price_only": "yes" if effect.full_price_only else "",
        **_rows(steps),
    }


def _read_coupon(typed: Typed) -> CouponOff:
    return CouponOff(
        typed.amount("minimum"),
        typed.amount("amount"),
        typed.percent("percent"),
        typed.has("full_price_only"),
    )


def _write_coupon(effect: CouponOff, write: Writing) -> dict[str, str]:
    return {
        "minimum": write.amount(effect.minimum or None),
        "amount": write.amount(effect.amount or None),
        "percent": write.percent(effect.percent),
        "full_price_only": "yes" if effect.full_price_only else "",
    }


def _read_gift(typed: Typed) -> SpendGift:
    return SpendGift(
        typed.amount("minimum"),
        typed.text("item"),
        typed.text("unit"),
        typed.count("quantity"),
        typed.has("every"),
    )


def _write_gift(effect: SpendGift, write: Writing) -> dict[str, str]:
    return {
        "minimum": write.amount(effect.minimum),
        "item": effect.item,
        "unit": effect.unit,
        "quantity": _count(effect.quantity),
        "every": "yes" if effect.every else "",
    }


KINDS: Mapping[str, Kind] = {
    "percent_off": Kind(
        msgid("Percent off each unit"),
        msgid("So many per cent off each unit."),
        lambda typed: PercentOff(typed.percent("percent")),
        lambda effect, write: {"percent": write.percent(effect.percent)},
        (Field("percent", _PERCENT, required=True),),
    ),
    "amount_off": Kind(
        msgid("Amount off each unit"),
        msgid("An amount off each unit, of a weighed item off each kilogram."),
        lambda typed: AmountOff(typed.amount("amount")),
        lambda effect, write: {"amount": write.amount(effect.amount)},
        (Field("amount", _AMOUNT, required=True),),
    ),
    "fixed_price": Kind(
        msgid("Special price"),
        msgid("Each unit at this price, unless it costs less already."),
        lambda typed: FixedPrice(typed.price("price")),
        lambda effect, write: {"price": write.amount(effect.price)},
        (Field("price", _PRICE, required=True),),
    ),
    "tier_percent": Kind(
        msgid("Percent off by member tier"),
        msgid("Members of each tier get their own percentage off."),
        _read_tiers,
        _write_tiers,
        columns=(Field("tier", msgid("Tier"), "text"), Field("percent", _PERCENT)),
    ),
    "quantity_break": Kind(
        msgid("The more, the cheaper"),
        msgid("From so many units on, all of them cheaper: per cent off, or a price for each."),
        _read_breaks,
        _write_breaks,
        columns=(
            Field("quantity", msgid("From units")),
            Field("percent", _PERCENT),
            Field("price", msgid("or price each")),
        ),
    ),
    "nth_off": Kind(
        msgid("Every second cheaper"),
        msgid("Every second (third …) unit, the cheapest of them, at so many per cent off."),
        lambda typed: NthOff(typed.percent("percent"), typed.count("nth")),
        lambda effect, write: {
            "nth": _count(effect.nth),
            "percent": write.percent(effect.percent),
        },
        (
            Field("nth", msgid("Every how many units"), required=True),
            Field("percent", msgid("Percent off that unit"), required=True),
        ),
    ),
    "buy_get": Kind(
        msgid("Buy some, get some"),
        msgid("Buy so many and get so many more for nothing, the cheapest of them."),
        lambda typed: BuyGet(typed.count("buy"), typed.count("get")),
        lambda effect, _write: {"buy": _count(effect.buy), "get": _count(effect.get)},
        (
            Field("buy", msgid("Buy units"), required=True),
            Field("get", msgid("Get units for nothing"), required=True),
        ),
    ),
    "bundle": Kind(
        msgid("Bundle"),
        msgid("Certain items together at one price."),
        _read_bundle,
        _write_bundle,
        (Field("price", msgid("Price of all together"), required=True),),
        (
            Field("item", msgid("Item"), "text"),
            Field("count", _UNITS),
            Field("unit", msgid("Unit (empty: any)"), "text"),
        ),
        own_goods=True,
    ),
    "mix_and_match": Kind(
        msgid("Mix and match"),
        msgid("So many out of each group together: at one price, or per cent off by group."),
        _read_mix,
        _write_mix,
        (Field("price", msgid("Price of all together (empty: per cent off by group)")),),
        (
            Field("count", _UNITS),
            Field("items", _ITEMS, "text"),
            Field("categories", msgid("Categories"), "text"),
            Field("percent", _PERCENT),
        ),
        own_goods=True,
    ),
    "spend_off": Kind(
        msgid("Spend and save"),
        msgid("From an amount spent on, an amount or per cent off what was spent."),
        _read_spend,
        _write_spend,
        columns=(
            Field("minimum", msgid("From spent")),
            Field("amount", _AMOUNT),
            Field("percent", msgid("or percent off")),
        ),
        boxes=(
            ("every", msgid("For every so much spent, not once (one step with an amount)")),
            ("full_price_only", msgid("Count only what no other promotion made cheaper")),
        ),
    ),
    "coupon_off": Kind(
        msgid("Coupon"),
        msgid("What a coupon takes off a basket: an amount or per cent, from a minimum on."),
        _read_coupon,
        _write_coupon,
        (
            Field("minimum", msgid("From spent (empty: any)")),
            Field("amount", _AMOUNT),
            Field("percent", msgid("or percent off")),
        ),
        boxes=(("full_price_only", msgid("Count only what no other promotion made cheaper")),),
    ),
    "spend_gift": Kind(
        msgid("Spend and receive"),
        msgid("From an amount spent on, an item for nothing, which the cashier puts in."),
        _read_gift,
        _write_gift,
        (
            Field("minimum", msgid("From spent"), required=True),
            Field("item", msgid("Gift: item"), "text", required=True),
            Field("unit", msgid("Gift: unit"), "text", required=True),
            Field("quantity", msgid("Gift: number of units"), required=True),
        ),
        boxes=(("every", msgid("For every so much spent, not once")),),
    ),
    "points_multiplier": Kind(
        msgid("Times the points"),
        msgid("Members earn so many times the usual points; it stacks with everything."),
        lambda typed: PointsMultiplier(typed.percent("factor"), typed.amount("minimum")),
        lambda effect, write: {
            "factor": write.percent(effect.factor),
            "minimum": write.amount(effect.minimum or None),
        },
        (
            Field("factor", msgid("Times (2 is double)"), required=True),
            Field("minimum", msgid("From spent (empty: any)")),
        ),
    ),
}
