"""A promotion in a buyer's words, in the language of a page.

What it gives is one sentence; on what, for whom, when, with what others and how often are one each.
Long lists of codes are cut with a word on how many there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hq.promotion_names import Names
from hq.web.promotion_form import WEEKDAYS
from hq.web.promotion_typed import format_hours, format_percent
from replication.console import formats
from replication.console.languages import msgid
from replication.console.page import Page
from schemas.domain.promotion.effect import (
    AmountOff,
    Bundle,
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
)
from schemas.domain.promotion.eligibility import asks_for_member
from schemas.domain.promotion.promotion import Promotion

_PERCENT = msgid("%(percent)s%% off each unit")
_AMOUNT = msgid("%(amount)s off each unit, or each kilogram")
_PRICE = msgid("each unit, or kilogram, for %(amount)s, unless it costs less already")
_TIER = msgid("%(percent)s%% off for tier %(tier)s")
_BREAK_PERCENT = msgid("from %(count)s units on %(percent)s%% off all of them")
_BREAK_PRICE = msgid("from %(count)s units on %(amount)s each")
_NTH = msgid("of every %(count)s units the cheapest at %(percent)s%% off")
_BUY_GET = msgid("buy %(buy)s and get %(get)s more for nothing, the cheapest of them")
_BUNDLE = msgid("%(parts)s together for %(amount)s")
_MIX_PRICE = msgid("together for %(amount)s: %(parts)s")
_MIX_PERCENT = msgid("together: %(parts)s")
_PART = msgid("%(count)s of %(goods)s")
_PART_PERCENT = msgid("%(count)s of %(goods)s at %(percent)s%% off")
_EVERY = msgid("%(amount)s off for every %(minimum)s spent")
_SPEND = msgid("%(amount)s off from %(minimum)s spent on")
_SPEND_PERCENT = msgid("%(percent)s%% off from %(minimum)s spent on")
_COUPON = msgid("%(amount)s off the basket")
_COUPON_PERCENT = msgid("%(percent)s%% off the basket")
_GIFT = msgid("%(count)s %(unit)s of %(goods)s for nothing, from %(minimum)s spent on")
_GIFT_EVERY = msgid("%(count)s %(unit)s of %(goods)s for nothing, for every %(minimum)s spent")
_FULL_PRICE = msgid("counting only what no other promotion made cheaper")
_EVERYTHING = msgid("everything")
_CATEGORY = msgid("category %(name)s")
_SOLD_BY = msgid("sold by %(units)s")
_EXCEPT = msgid("except %(goods)s")
_MORE = msgid("%(number)s more")
_OWN_GOODS = msgid("what the offer names")
_EVERYONE = msgid("everyone")
_MEMBERS = msgid("members")
_TIERS = msgid("members of the tiers %(tiers)s")
_BIRTHDAYS = {
    "day": msgid("on their birthday"), "month": msgid("in the month of their birthday"),
}  # fmt: skip
_WITH_COUPON = msgid("with a coupon of the kind %(kind)s")
_WITH_COUPON_ONCE = msgid("with a coupon of the kind %(kind)s, each once")
_MEMBER_DAYS = msgid("on the days %(days)s of the month")
_POINTS = msgid("%(factor)s times the points")
_POINTS_FROM = msgid("%(factor)s times the points, from %(minimum)s spent on")
_ALL_DAYS = msgid("every day, all day")
_PRIORITY = msgid("computed in the order of priority %(priority)s")
_MODES = {
    "exclusive": msgid("exclusive: a unit in it is in no other promotion"),
    "best_price": msgid("best price: of group %(group)s one applies"),
    "compound": msgid("stacks on everything that is not exclusive"),
}
_NO_LIMIT = msgid("no limit")
_LIMITS = {
    "basket": msgid("%(count)s units, sets or uses per basket"),
    "member": msgid("%(count)s units, sets or uses per member and till"),
    "day": msgid("%(count)s units, sets or uses per day and till"),
}
_COMMA = msgid(", ")
_SEMICOLON = msgid("; ")

_SHOWN = 12

Facts = list[tuple[str, str]]


def facts(page: Page, offer: Promotion, names: Names, currency: str) -> Facts:
    """What a promotion says, as pairs of a label and words."""
    words = _Words(page, names, currency)
    return [
        (page.gettext(msgid("What it gives")), words.effect(offer.effect)),
        (page.gettext(msgid("On what")), words.goods_of(offer)),
        (page.gettext(msgid("For whom")), words.who(offer)),
        (page.gettext(msgid("Days and hours")), words.times(offer)),
        (page.gettext(msgid("With other promotions")), words.mode(offer)),
        (page.gettext(msgid("How often")), words.limit(offer)),
    ]


class _Words:
    def __init__(self, page: Page, names: Names, currency: str) -> None:
        self._page, self._names, self._currency = page, names, currency

    def effect(self, effect: Effect) -> str:
        """One sentence."""
        said: Mapping[type, Callable[[Any], str]] = {
            PercentOff: lambda one: self._percent(_PERCENT, one.percent),
            AmountOff: lambda one: self._say(_AMOUNT, amount=self._amount(one.amount)),
            FixedPrice: lambda one: self._say(_PRICE, amount=self._amount(one.price)),
            TierPercent: self._tiers,
            QuantityBreak: self._breaks,
            NthOff: lambda one: self._percent(_NTH, one.percent, count=one.nth),
            BuyGet: lambda one: self._say(_BUY_GET, buy=one.buy, get=one.get),
            Bundle: self._bundle,
            MixAndMatch: self._mix,
            SpendOff: self._spend,
            CouponOff: self._coupon,
            SpendGift: self._gift,
            PointsMultiplier: self._points,
        }
        return said[type(effect)](effect)

    def goods_of(self, offer: Promotion) -> str:
        scope = offer.scope
        if isinstance(offer.effect, Bundle | MixAndMatch):
            found = [self._say(_OWN_GOODS)]
        else:
            found = [self._goods(scope.items, scope.categories)]
        if scope.units:
            found.append(self._say(_SOLD_BY, units=self._list(scope.units)))
        if scope.excluded_items or scope.excluded_categories:
            goods = self._goods(scope.excluded_items, scope.excluded_categories)
            found.append(self._say(_EXCEPT, goods=goods))
        return self._several(found)

    def who(self, offer: Promotion) -> str:
        who = offer.who
        is_theirs = asks_for_member(who) or isinstance(offer.effect, TierPercent | PointsMultiplier)
        found = [self._say(_MEMBERS if is_theirs else _EVERYONE)]
        if who.tiers:
            found = [self._say(_TIERS, tiers=self._list(who.tiers))]
        if who.birthday != "no":
            found.append(self._say(_BIRTHDAYS[who.birthday]))
        if who.member_days:
            days = self._list(str(one) for one in who.member_days)
            found.append(self._say(_MEMBER_DAYS, days=days))
        if who.coupon is not None:
            text = _WITH_COUPON_ONCE if who.single_use else _WITH_COUPON
            found.append(self._say(text, kind=who.coupon))
        return self._several(found)

    def times(self, offer: Promotion) -> str:
        days = [self._say(WEEKDAYS[one]) for one in offer.period.weekdays]
        hours = [format_hours(one) for one in offer.period.hours]
        return self._several(self._list(one) for one in (days, hours) if one) or self._say(
            _ALL_DAYS
        )

    def mode(self, offer: Promotion) -> str:
        found = [self._say(_MODES[offer.mode], group=offer.group)]
        if offer.priority:
            found.append(self._say(_PRIORITY, priority=offer.priority))
        return self._several(found)

    def limit(self, offer: Promotion) -> str:
        limits = offer.limits
        most = {"basket": limits.basket, "member": limits.member, "day": limits.day}
        found = [
            self._say(_LIMITS[name], count=count)
            for name, count in most.items()
            if count is not None
        ]
        return self._several(found) or self._say(_NO_LIMIT)

    def _points(self, effect: PointsMultiplier) -> str:
        factor = format_percent(effect.factor)
        if not effect.minimum:
            return self._say(_POINTS, factor=factor)
        return self._say(_POINTS_FROM, factor=factor, minimum=self._amount(effect.minimum))

    def _tiers(self, effect: TierPercent) -> str:
        return self._list(self._percent(_TIER, one.percent, tier=one.tier) for one in effect.rates)

    def _breaks(self, effect: QuantityBreak) -> str:
        return self._several(
            self._percent(_BREAK_PERCENT, one.percent, count=one.quantity)
            if one.price is None
            else self._say(_BREAK_PRICE, count=one.quantity, amount=self._amount(one.price))
            for one in effect.steps
        )

    def _bundle(self, effect: Bundle) -> str:
        parts = self._list(
            self._say(_PART, count=one.count, goods=f"{self._item(one.item)} {one.unit}".strip())
            for one in effect.parts
        )
        return self._say(_BUNDLE, parts=parts, amount=self._amount(effect.price))

    def _mix(self, effect: MixAndMatch) -> str:
        parts = self._several(self._group(one) for one in effect.groups)
        if effect.price is None:
            return self._say(_MIX_PERCENT, parts=parts)
        return self._say(_MIX_PRICE, parts=parts, amount=self._amount(effect.price))

    def _group(self, group: MixGroup) -> str:
        goods = self._goods(group.items, group.categories)
        if not group.percent:
            return self._say(_PART, count=group.count, goods=goods)
        return self._percent(_PART_PERCENT, group.percent, count=group.count, goods=goods)

    def _spend(self, effect: SpendOff) -> str:
        found = [self._step(one, every=effect.every) for one in effect.steps]
        if effect.full_price_only:
            found.append(self._say(_FULL_PRICE))
        return self._several(found)

    def _coupon(self, effect: CouponOff) -> str:
        # A coupon is one step of a threshold; without a minimum it asks for nothing but itself.
        if effect.minimum:
            found = [
                self._step(SpendStep(effect.minimum, effect.amount, effect.percent), every=False)
            ]
        elif effect.percent:
            found = [self._percent(_COUPON_PERCENT, effect.percent)]
        else:
            found = [self._say(_COUPON, amount=self._amount(effect.amount))]
        if effect.full_price_only:
            found.append(self._say(_FULL_PRICE))
        return self._several(found)

    def _gift(self, effect: SpendGift) -> str:
        return self._say(
            _GIFT_EVERY if effect.every else _GIFT,
            count=effect.quantity,
            unit=effect.unit,
            goods=self._item(effect.item),
            minimum=self._amount(effect.minimum),
        )

    def _step(self, step: SpendStep, *, every: bool) -> str:
        minimum = self._amount(step.minimum)
        if step.percent:
            return self._percent(_SPEND_PERCENT, step.percent, minimum=minimum)
        text = _EVERY if every else _SPEND
        return self._say(text, amount=self._amount(step.amount), minimum=minimum)

    def _goods(self, items: Iterable[str], categories: Iterable[str]) -> str:
        found = [self._item(one) for one in items]
        for one in categories:
            name = _called(one, self._names.categories)
            found.append(self._say(_CATEGORY, name=name))
        return self._list(found) if found else self._say(_EVERYTHING)

    def _item(self, code: str) -> str:
        return _called(code, self._names.items)

    def _amount(self, minor: int) -> str:
        return formats.amount(minor, self._currency, self._page.language)

    def _list(self, words: Iterable[str]) -> str:
        found = list(words)
        if len(found) > _SHOWN:
            more = self._say(_MORE, number=len(found) - _SHOWN)
            found = [*found[:_SHOWN], more]
        return self._say(_COMMA).join(found)

    def _several(self, words: Iterable[str]) -> str:
        return self._say(_SEMICOLON).join(words)

    def _percent(self, text: str, points: int, **values: object) -> str:
        return self._say(text, percent=format_percent(points), **values)

    def _say(self, text: str, **values: object) -> str:
        return self._page.gettext(text, **values)


def _called(code: str, names: Mapping[str, str]) -> str:
    return f"{code} {names[code]}" if code in names else code
