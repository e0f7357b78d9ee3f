"""Generated baskets and promotions: small numbers, so that ties and roundings are common."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

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
    QuantityBreak,
    SpendOff,
    SpendStep,
    level_of,
)
from schemas.domain.promotion.promotion import Limits, Mode, Promotion, Scope, Who
from schemas.domain.promotion.sale import Line
from tests.schemas.domain.promotion.offers import offer

ITEMS = ("a", "b", "c", "d")
CATEGORIES = {"a": ("x",), "b": ("x", "y"), "c": ("x", "y"), "d": ()}
PERCENTS = st.sampled_from([500, 1000, 3333, 5000, 10_000])
COUNTS = st.integers(1, 2)
PRICES = st.integers(0, 60)


@st.composite
def lines(draw: st.DrawFn, most: int = 6) -> list[Line]:
    """Draw a basket, returns and weighed lines among them."""
    found: list[Line] = []
    for number in range(1, draw(st.integers(1, most)) + 1):
        item = draw(st.sampled_from(ITEMS))
        pieces = draw(st.sampled_from([1, 1, 1, 2, 3]))
        one = Line(
            number, item, "piece", pieces * 1000, draw(st.integers(0, 40)) * pieces,
            CATEGORIES[item],
        )  # fmt: skip
        kind = draw(st.sampled_from(["plain"] * 8 + ["weighed", "excluded"]))
        if kind == "weighed":
            one = replace(one, weighed=True, quantity=draw(st.integers(1, 3000)))
        found.append(replace(one, excluded=True) if kind == "excluded" else one)
    return found


UNIT: st.SearchStrategy[Effect] = st.one_of(
    st.builds(PercentOff, PERCENTS),
    st.builds(AmountOff, st.integers(1, 15)),
    st.builds(FixedPrice, st.integers(0, 30)),
)
SET: st.SearchStrategy[Effect] = st.one_of(
    st.builds(NthOff, PERCENTS, st.integers(2, 3)),
    st.builds(BuyGet, COUNTS, COUNTS),
    st.builds(
        lambda percent, price: QuantityBreak((BreakStep(2, percent), BreakStep(3, 0, price))),
        PERCENTS, st.integers(0, 30),
    ),
    st.builds(
        lambda one, other, price: Bundle((BundlePart("a", one), BundlePart("b", other)), price),
        COUNTS, COUNTS, PRICES,
    ),
    st.builds(
        lambda one, other, price: MixAndMatch(
            (MixGroup(one, ("a",)), MixGroup(other, (), ("x",))), price
        ),
        COUNTS, COUNTS, PRICES,
    ),
    st.builds(
        lambda one, percent: MixAndMatch(
            (MixGroup(one, ("b",)), MixGroup(1, (), ("x",), percent))
        ),
        COUNTS, PERCENTS,
    ),
)  # fmt: skip
BASKET: st.SearchStrategy[Effect] = st.one_of(
    st.builds(
        lambda low, off, percent: SpendOff(
            (SpendStep(low, min(low, off)), SpendStep(low * 2, 0, percent))
        ),
        st.integers(1, 60), st.integers(1, 30), PERCENTS,
    ),
    st.builds(
        lambda low, off: SpendOff((SpendStep(low, min(low, off)),), every=True),
        st.integers(10, 60), st.integers(1, 30),
    ),
    st.builds(
        lambda low, off, full: CouponOff(low, off, 0, full),
        st.integers(0, 60), st.integers(1, 30), st.booleans(),
    ),
    st.builds(lambda low, off: CouponOff(low, 0, off), st.integers(0, 60), PERCENTS),
)  # fmt: skip
SCOPES = st.sampled_from(
    [
        Scope(),
        Scope(items=("a",)),
        Scope(items=("a", "b")),
        Scope(items=("c", "d")),
        Scope(categories=("x",)),
        Scope(categories=("y",)),
    ]
)
WAYS: list[tuple[Mode, str]] = [
    ("exclusive", ""),
    ("best_price", "g"),
    ("best_price", "h"),
    ("compound", ""),
]
MODES = st.sampled_from(WAYS)


@st.composite
def promotions(draw: st.DrawFn, most: int = 4) -> list[Promotion]:
    """Draw promotions that work, with names out of order."""
    names = draw(st.permutations(["p", "q", "r", "s"]))
    found: list[Promotion] = []
    for name in names[: draw(st.integers(1, most))]:
        effect = draw(st.one_of(UNIT, SET, BASKET))
        mode, group = draw(MODES)
        scope = draw(SCOPES)
        own = isinstance(effect, Bundle | MixAndMatch)
        caps = [None, 1, 2] if level_of(effect) != "set" else [None, 3]
        found.append(
            replace(
                offer(name, effect, scope=Scope() if own else scope),
                mode=mode,
                group=group,
                priority=draw(st.integers(0, 1)),
                who=Who(coupon="k") if isinstance(effect, CouponOff) else Who(),
                limits=Limits(basket=draw(st.sampled_from([None, *caps]))),
            )
        )
    return found
