"""Points (积分): what a ticket earns, and what of it goes again when goods come back (rule 17).

    a line's base     what it cost, net of discounts, less its part of what tenders paid that earn nothing
    a rule's points   base × points ÷ amount, over the lines that are the rule's; whole points only
    a multiplier's    the same × (factor − 100) ÷ 100, over the lines that it multiplies

A line is the rule's of its own category, or else of the nearest one above that has a rule. Return
lines earn nothing. What does not make up a whole point earns none: 9.99 at a point for each 1.00 is 9.

    of 100 points on lines for 30.00        came back so far     is taken back in all
    a third                                 10.00                33
    two thirds                              20.00                67
    all of it                               30.00                100

The sum that is taken back is rounded, not each part of it, so returns in any pieces and any order take
back what was earned and no more. Amounts are minor units.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from schemas.domain.money import divide
from schemas.domain.promotion.sold import path
from schemas.domain.promotion.spread import spread
from schemas.domain.ticket import PointsEarned, SaleLine, TenderLine

#: The category of the rule for whatever has none of its own, and what that rule is called.
EVERYTHING = "*"
_NAME = "points"
_PLAIN = 100


@dataclass(frozen=True, slots=True)
class PointsRule:
    """Goods of a category, and below it, earn `points` for each `amount`. What was paid with tenders of
    the kinds in `unpaid` earns nothing.
    """

    category: str
    amount: int
    points: int
    unpaid: tuple[str, ...] = ("coupon", "points")

    @property
    def name(self) -> str:
        """What the ledger calls it."""
        return _NAME if self.category == EVERYTHING else f"{_NAME}:{self.category}"


@dataclass(frozen=True, slots=True)
class Multiplied:
    """A line's points times `factor` hundredths, by a promotion."""

    factor: int
    promotion: str


@dataclass(frozen=True, slots=True)
class PointsTerms:
    """How points are earned: the rules by their category, and the category above each category."""

    rules: Mapping[str, PointsRule]
    parents: Mapping[str, str]


def earned(
    lines: Iterable[SaleLine],
    tenders: Sequence[TenderLine],
    terms: PointsTerms,
    multiplied: Mapping[int, Multiplied],
) -> tuple[PointsEarned, ...]:
    """What the lines of a ticket, paid like this, earn by each rule; rules that come to nothing are
    left out. `multiplied` is by the number of a line.
    """
    sold = [line for line in lines if not line.voided and line.quantity > 0 and line.amount > 0]
    found: dict[str, tuple[Fraction, list[int]]] = {}
    for line, rule, base in _based(sold, tenders, terms):
        plain = Fraction(base * rule.points, rule.amount)
        _add(found, rule.name, plain, line.number)
        if more := multiplied.get(line.number):
            extra = plain * (more.factor - _PLAIN) / _PLAIN
            _add(found, more.promotion, extra, line.number)
    return tuple(
        PointsEarned(name, int(points), tuple(numbers))
        for name, (points, numbers) in sorted(found.items())
        if int(points)
    )


def taken_back(points: int, sold: int, given: int) -> int:
    """What of a rule's points is taken back in all, when of lines that were sold for so much goods for
    `given` came back. No more than was earned, whatever came back.
    """
    return divide(points * min(given, sold), sold) if sold > 0 else 0


def _add(
    found: dict[str, tuple[Fraction, list[int]]], name: str, more: Fraction, line: int
) -> None:
    points, numbers = found.get(name, (Fraction(0), []))
    found[name] = (points + more, [*numbers, line])


def _based(
    sold: Sequence[SaleLine], tenders: Sequence[TenderLine], terms: PointsTerms
) -> Iterator[tuple[SaleLine, PointsRule, int]]:
    """Each line that has a rule, with the rule and the amount that earns."""
    parts: dict[tuple[str, ...], list[int]] = {}
    for place, line in enumerate(sold):
        rule = _rule_of(line, terms)
        if rule is None:
            continue
        if rule.unpaid not in parts:
            parts[rule.unpaid] = _unpaid_parts(sold, tenders, rule.unpaid)
        yield line, rule, line.amount - parts[rule.unpaid][place]


def _rule_of(line: SaleLine, terms: PointsTerms) -> PointsRule | None:
    for category in reversed(path(line.category, terms.parents)):
        if category in terms.rules:
            return terms.rules[category]
    return terms.rules.get(EVERYTHING)


def _unpaid_parts(
    sold: Sequence[SaleLine], tenders: Sequence[TenderLine], kinds: tuple[str, ...]
) -> list[int]:
    """How much of each line was paid with tenders of these kinds."""
    amounts = [line.amount for line in sold]
    paid = sum(one.amount for one in tenders if one.kind in kinds and one.amount > 0)
    return spread(min(paid, sum(amounts)), amounts)
