"""What was agreed with franchised branches, as data: each rule has a kind, an audience and its dates.

    kind        says                                                               rate      amount    category
    royalty     a share of what was sold                                           yes       –         may name one
    levy        the same under another name, such as a marketing levy              yes       –         may name one
    minimum     the least that royalties come to in a month                        –         a month   –
    fee         so much a month                                                    –         a month   –
    short       which share of what did not come is credited; whole without one    yes       –         –
    damaged     the same of what came damaged                                      yes       –         –
    returned    the same of what came back                                         yes       –         –
    goods_tax   the tax on goods; none without one                                 yes       –         may name one

What was agreed with a branch alone takes the place of what holds for its group, and that of what holds for
everybody, kind by kind and whole: who pays by categories of their own pays nothing of others. Within it the
rule counts whose category is nearest to what was sold. Two rules of one kind, audience
and category never hold on the same date. `tax_rate` is the tax on what a royalty, levy, minimum or fee comes to.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from schemas.domain.franchise.term import WHOLE

RuleKind = Literal[
    "royalty", "levy", "minimum", "fee", "short", "damaged", "returned", "goods_tax"
]  # fmt: skip
RULE_KINDS: tuple[RuleKind, ...] = get_args(RuleKind)
BY_MONTH: frozenset[RuleKind] = frozenset({"minimum", "fee"})
BY_SALES: frozenset[RuleKind] = frozenset({"royalty", "levy"})
BY_CATEGORY: frozenset[RuleKind] = frozenset({"royalty", "levy", "goods_tax"})

#: An audience that is a group begins so; an empty one is every franchised branch.
GROUP = "group:"

Fault = Literal["rate", "amount", "category", "tax", "order"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, from `first` through `through`, both included; None for as long as nobody says otherwise.

    `of_net` lets a share be of sales without tax.
    """

    rule: str
    kind: RuleKind
    audience: str
    category: str
    rate: int
    amount: int
    of_net: bool
    tax_rate: int
    first: date
    through: date | None

    def holds(self, on: date) -> bool:
        """Whether it counts on a date."""
        return self.first <= on and (self.through is None or on <= self.through)


def fault(one: Rule) -> Fault | None:
    """What cannot be of a rule by itself."""
    by_month = one.kind in BY_MONTH
    if one.through is not None and one.through < one.first:
        return "order"
    if (one.amount > 0) != by_month or one.amount < 0:
        return "amount"
    if not 0 <= one.rate <= WHOLE or (by_month and one.rate):
        return "rate"
    if one.category and one.kind not in BY_CATEGORY:
        return "category"
    taxed = one.kind in BY_SALES or by_month
    if not 0 <= one.tax_rate <= WHOLE or (one.tax_rate and not taxed):
        return "tax"
    return None


def overlap(one: Rule, others: Iterable[Rule]) -> Rule | None:
    """A rule that would hold beside this one on some date, if there is any."""
    for other in others:
        same = (one.kind, one.audience, one.category) == (
            other.kind, other.audience, other.category
        )  # fmt: skip
        if same and one.rule != other.rule and _meet(one, other) and _meet(other, one):
            return other
    return None


def _meet(one: Rule, other: Rule) -> bool:
    return other.through is None or one.first <= other.through


@dataclass(frozen=True, slots=True)
class Agreement:
    """The rules that can hold for one branch, the most specific first, and the categories above each."""

    rules: Sequence[Rule]
    parents: Mapping[str, str]

    def of(self, kind: RuleKind, on: date, category: str = "") -> Rule | None:
        """The rule of a kind that counts on a date for a category, None where nothing was agreed."""
        path = self._path(category)
        holding = [one for one in self.rules if one.kind == kind and one.holds(on)]
        fitting = [
            one
            for one in holding
            if one.audience == holding[0].audience and (not one.category or one.category in path)
        ]
        return min(fitting, key=lambda one: path.get(one.category, len(path)), default=None)

    def counting(self, kind: RuleKind, dates: Iterable[date]) -> list[Rule]:
        """The rules of a kind that count on any of these dates, for whatever category."""
        found: set[Rule] = set()
        for on in dates:
            holding = [one for one in self.rules if one.kind == kind and one.holds(on)]
            found |= {one for one in holding if one.audience == holding[0].audience}
        return sorted(found, key=lambda one: one.rule)

    def _path(self, category: str) -> Mapping[str, int]:
        """The category and those above it, each with its distance; a circle ends where it began."""
        path: dict[str, int] = {}
        while category and category not in path:
            path[category] = len(path)
            category = self.parents.get(category, "")
        return path


def agreement(
    rules: Iterable[Rule], branch: str, groups: Collection[str], parents: Mapping[str, str]
) -> Agreement:
    """What was agreed with one branch. Of two of its groups the first by code goes before."""
    audiences = [branch, *(f"{GROUP}{one}" for one in sorted(groups)), ""]
    place = {audience: number for number, audience in enumerate(audiences)}
    mine = [one for one in rules if one.audience in place]
    return Agreement(sorted(mine, key=lambda one: (place[one.audience], one.rule)), parents)
