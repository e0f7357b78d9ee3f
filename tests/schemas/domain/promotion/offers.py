"""Lines, promotions and customers for these tests, with just what a case is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

from schemas.domain.promotion.effect import Effect
from schemas.domain.promotion.evaluation import evaluate
from schemas.domain.promotion.promotion import Limits, Mode, Period, Promotion, Scope, Who
from schemas.domain.promotion.ruleset import RuleSet
from schemas.domain.promotion.sale import Context, Line, Outcome, PresentedCoupon

#: Monday the second of March, eight in the evening in Shanghai.
EVENING = datetime(2026, 3, 2, 12, tzinfo=UTC)
ALWAYS = Period(datetime(2026, 1, 1, tzinfo=UTC))
STRANGER = Context(EVENING, "Asia/Shanghai")
GOLD = replace(STRANGER, member="m1", tier="gold", birthday=date(1990, 3, 2))


def line(
    number: int,
    item: str,
    amount: int,
    pieces: int = 1,
    category: tuple[str, ...] = (),
    unit: str = "piece",
) -> Line:
    """Return a line of some pieces that cost `amount` together."""
    return Line(number, item, unit, pieces * 1000, amount, category)


def weighed(number: int, item: str, amount: int, grams: int) -> Line:
    """Return a weighed line."""
    return Line(number, item, "kg", grams, amount, weighed=True)


def offer(
    name: str,
    effect: Effect,
    *items: str,
    scope: Scope | None = None,
    who: Who | None = None,
    mode: Mode = "exclusive",
    group: str = "",
    priority: int = 0,
    limits: Limits | None = None,
) -> Promotion:
    """Return a promotion on items, or on everything, that is always in force."""
    return Promotion(
        id=name,
        title=name.upper(),
        period=ALWAYS,
        effect=effect,
        scope=scope or Scope(items=items),
        who=who or Who(),
        mode=mode,
        group=group,
        priority=priority,
        limits=limits or Limits(),
    )


def coupon(number: str, kind: str) -> PresentedCoupon:
    """Return a coupon that is presented."""
    return PresentedCoupon(number, kind)


def price(lines: list[Line], *promotions: Promotion, context: Context = STRANGER) -> Outcome:
    """Evaluate a basket under promotions that all work."""
    rules = RuleSet(promotions)
    assert rules.refused == ()
    return evaluate(lines, rules, context)


def shares(outcome: Outcome) -> Mapping[int, list[tuple[str, int]]]:
    """Return what took how much off each line that anything did."""
    return {
        one.number: [(share.promotion, share.amount) for share in one.shares]
        for one in outcome.lines
        if one.shares
    }
