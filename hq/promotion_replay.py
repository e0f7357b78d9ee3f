"""Past baskets under the promotions of now, against those and a draft: what the draft would have done.

    of a basket   its lines as they were before promotions, its instant, its branch, its member's tier
    before        what it costs with what is published for its branch
    after         the same with the draft besides
    touched       the draft took something off a line of it, or would give something
    discount      what the draft itself took off; it may put another promotion in its place
    effect        after − before: what sales really lose
    margin        before and after, of the lines whose purchase price is known: see `hq.replay_margin`
    gifts         what the draft would give, whoever takes it; worth what the item costs now

Lines that were given by a promotion are left out of both: nobody knows who would have taken them. A coupon that
the draft asks for is presented by nobody, or by everybody if that is asked.

A draft begins in the future, baskets lie in the past: its begin and end are left aside, its weekdays,
hours and all else hold, but for limits per member and day: nobody knows what they were used before. What is published holds as it is published, at each basket's own instant.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from hq.replay_margin import Margin, margin
from schemas.domain.promotion.promotion import Promotion
from schemas.domain.promotion.ruleset import RuleSet
from schemas.domain.promotion.sale import Context, Outcome, PresentedCoupon, PricedLine
from schemas.domain.promotion.sold import base, outcome
from schemas.domain.ticket import SaleLine

MOST_ITEMS = 10
_ALWAYS = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PastBasket:
    """A ticket as it was sold; `tier` is empty without a member or when theirs is not known, and there is
    no `birthday`. `costs` are what lines' goods are bought for, by their number, those that are known.
    """

    branch: str
    at: datetime
    lines: tuple[SaleLine, ...]
    member: str | None = None
    tier: str = ""
    birthday: date | None = None
    costs: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shop:
    """A branch's clock, and what is published for it."""

    zone: str
    published: tuple[Promotion, ...] = ()


@dataclass(slots=True)
class Figures:
    """Sums, in minor units; sales are of all baskets that were looked at, `gifts` thousandths of a unit."""

    baskets: int = 0
    touched: int = 0
    discount: int = 0
    before: int = 0
    after: int = 0
    margin: Margin = field(default_factory=Margin)
    gifts: int = 0

    @property
    def uncosted(self) -> int:
        """What of the sales before has no known cost, so that the margin says nothing of it."""
        return self.before - self.margin.sales

    @property
    def effect(self) -> int:
        """What sales gain; less than nought is what they lose."""
        return self.after - self.before

    def add(self, other: Figures) -> None:
        """Sum up."""
        self.baskets += other.baskets
        self.touched += other.touched
        self.discount += other.discount
        self.before += other.before
        self.after += other.after
        self.margin.add(other.margin)
        self.gifts += other.gifts


@dataclass(slots=True)
class ItemFigures:
    """Of an item the lines that the draft took something off: `quantity` in thousandths."""

    item: str
    name: str
    baskets: int = 0
    quantity: int = 0
    discount: int = 0
    before: int = 0
    after: int = 0


@dataclass(frozen=True, slots=True)
class Replay:
    """What came out: all, by branch, and the items most often touched."""

    total: Figures
    branches: Mapping[str, Figures]
    items: tuple[ItemFigures, ...]


def replay(
    baskets: Iterable[PastBasket], shops: Mapping[str, Shop], draft: Promotion,
    parents: Mapping[str, str], *, giving: Collection[str] = (), presented: bool = False,
) -> Replay:  # fmt: skip
    """Price each basket with and without the draft; every basket's branch is one of the shops.

    `giving` are the promotions that ever gave gifts; `presented`: everybody has the coupon it asks for.
    """
    kind = draft.who.coupon
    coupons = (PresentedCoupon(kind, kind),) if presented and kind else ()
    found = _Found(draft.id)
    timeless = replace(draft, period=replace(draft.period, starts=_ALWAYS, ends=None))
    # Branches that are addressed alike share their rules, which are costly to prepare.
    prepared = {
        given: (RuleSet(given), RuleSet((*given, timeless)))
        for given in {shop.published for shop in shops.values()}
    }
    for basket in baskets:
        shop = shops[basket.branch]
        context = Context(
            basket.at, shop.zone, basket.member, basket.tier, birthday=basket.birthday,
            coupons=coupons,
        )  # fmt: skip
        lines = [base(line) for line in basket.lines if not _was_given(line, giving)]
        without, with_it = prepared[shop.published]
        found.add(
            basket, lines, outcome(lines, parents, without, context),
            outcome(lines, parents, with_it, context),
        )  # fmt: skip
    return found.replay()


def _was_given(line: SaleLine, giving: Collection[str]) -> bool:
    return any(one.kind == "promotion" and one.rule in giving for one in line.discounts)


class _Found:
    """Sums up baskets one by one."""

    def __init__(self, draft: str) -> None:
        self._draft = draft
        self._branches: dict[str, Figures] = {}
        self._items: dict[str, ItemFigures] = {}

    def add(
        self, basket: PastBasket, lines: Iterable[SaleLine], before: Outcome, after: Outcome
    ) -> None:
        taken = {line.number: self._taken(line) for line in after.lines}
        discount = sum(taken.values())
        figures = self._branches.setdefault(basket.branch, Figures())
        gifts = sum(one.quantity for one in after.gifts if one.promotion == self._draft)
        touched = int(discount > 0 or gifts > 0)
        of_margin = margin(basket.lines, basket.costs, before, after)
        figures.add(Figures(1, touched, discount, before.total, after.total, of_margin, gifts))
        if discount:
            self._add_items(lines, taken, before, after)

    def replay(self) -> Replay:
        total = Figures()
        for figures in self._branches.values():
            total.add(figures)
        most = sorted(self._items.values(), key=lambda one: (-one.baskets, -one.discount, one.item))
        return Replay(total, dict(sorted(self._branches.items())), tuple(most[:MOST_ITEMS]))

    def _taken(self, line: PricedLine) -> int:
        return sum(share.amount for share in line.shares if share.promotion == self._draft)

    def _add_items(
        self, lines: Iterable[SaleLine], taken: Mapping[int, int], before: Outcome, after: Outcome
    ) -> None:
        was = {line.number: line.amount for line in before.lines}
        now = {line.number: line.amount for line in after.lines}
        in_basket: set[str] = set()
        for line in lines:
            if not taken.get(line.number):
                continue
            figures = self._items.setdefault(line.item, ItemFigures(line.item, line.name))
            figures.baskets += line.item not in in_basket
            in_basket.add(line.item)
            figures.quantity += line.quantity
            figures.discount += taken[line.number]
            figures.before += was[line.number]
            figures.after += now[line.number]
