"""Terms of what was sold, of what is due by the month, and the tax on everything.

A royalty's base is what was sold on all days of the period on which its rule counts, rounded once for the
period. What is due by the month is due by the days of each month on which its rule counts: 1,000.00 a month from
16 to 30 April is 500.00. Tax is rounded once for each rate, of goods and of the rest apart.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

from schemas.domain.franchise.rule import Agreement, Rule
from schemas.domain.franchise.term import WHOLE, Kind, Term, due
from schemas.domain.money import divide

_DAY = 1000


@dataclass(frozen=True, slots=True)
class Sold:
    """What a branch sold of a category, as it was sold, on a business date; `tax` is in `sales`."""

    on: date
    category: str
    sales: int
    tax: int


@dataclass(frozen=True, slots=True)
class Period:
    """From a date through another, both included."""

    first: date
    last: date

    def dates(self) -> Iterator[date]:
        """Every date of it."""
        return (
            self.first + timedelta(days=offset)
            for offset in range((self.last - self.first).days + 1)
        )


@dataclass
class _ByMonth:
    """What a rule comes to in a period, not rounded yet."""

    amount: Fraction = Fraction(0)
    days: int = 0


def of_sales(period: Period, sold: Sequence[Sold], agreed: Agreement) -> list[Term]:
    """Royalties and levies: each rule that counts in the period, also one of which nothing was sold."""
    return [*_shares("royalty", period, sold, agreed), *_shares("levy", period, sold, agreed)]


def of_months(period: Period, royalties: int, agreed: Agreement) -> list[Term]:
    """Fees, and what royalties lack of their minimum."""
    terms: list[Term] = []
    minimums = _by_month("minimum", period, agreed)
    if minimums:
        least = sum((found.amount for found in minimums.values()), Fraction(0))
        days = sum(found.days for found in minimums.values())
        base = divide(least.numerator, least.denominator)
        lacking = max(base - royalties, 0)
        source = ", ".join(sorted(one.rule for one in minimums))
        terms.append(
            Term("minimum", "minimum", lacking, source, quantity=days * _DAY, base=base,
                 less=royalties)
        )  # fmt: skip
    for one, found in _by_month("fee", period, agreed).items():
        amount = divide(found.amount.numerator, found.amount.denominator)
        terms.append(
            Term("fee", f"fee:{one.rule}", amount, one.rule, quantity=found.days * _DAY,
                 base=one.amount)
        )  # fmt: skip
    return terms


def of_tax(
    goods: Sequence[tuple[Term, str]], others: Sequence[Term], period: Period, agreed: Agreement
) -> list[Term]:
    """The tax on goods, each with its category, and on the rest by the rules that made it."""
    on_goods: dict[int, int] = {}
    for term, category in goods:
        found = agreed.of("goods_tax", term.on or period.last, category)
        if found is not None and found.rate:
            on_goods[found.rate] = on_goods.get(found.rate, 0) + term.amount
    rates = {one.rule: one.tax_rate for one in agreed.rules}
    on_others: dict[int, int] = {}
    for term in others:
        # Of several minimums in one period the first by code says the tax.
        rate = rates[term.source.split(", ")[0]]
        if rate:
            on_others[rate] = on_others.get(rate, 0) + term.amount
    return [*_taxes("goods_tax", on_goods), *_taxes("tax", on_others)]


def statement(
    period: Period, goods: Sequence[tuple[Term, str]], sold: Sequence[Sold], agreed: Agreement
) -> list[Term]:
    """All terms of a period: those of its goods, of its sales, of its months, and their tax.

    `goods` are terms with the categories of their items, of any dates; `sold` are of the period alone.
    """
    inside = [
        (term, category)
        for term, category in goods
        if term.on is not None and period.first <= term.on <= period.last
    ]
    shares = of_sales(period, sold, agreed)
    royalties = due(one for one in shares if one.kind == "royalty")
    others = [*shares, *of_months(period, royalties, agreed)]
    return [*(term for term, _ in inside), *others, *of_tax(inside, others, period, agreed)]


def _shares(
    kind: Literal["royalty", "levy"], period: Period, sold: Sequence[Sold], agreed: Agreement
) -> list[Term]:
    bases: dict[Rule, int] = dict.fromkeys(agreed.counting(kind, period.dates()), 0)
    for one in sold:
        found = agreed.of(kind, one.on, one.category)
        if found is not None:
            base = one.sales - one.tax if found.of_net else one.sales
            bases[found] = bases.get(found, 0) + base
    return [
        Term(kind, f"{kind}:{one.rule}", divide(base * one.rate, WHOLE), one.rule, base=base,
             rate=one.rate)
        for one, base in sorted(bases.items(), key=lambda pair: pair[0].rule)
    ]  # fmt: skip


def _by_month(
    kind: Literal["minimum", "fee"], period: Period, agreed: Agreement
) -> dict[Rule, _ByMonth]:
    found: dict[Rule, _ByMonth] = {}
    for on in period.dates():
        rule = agreed.of(kind, on)
        if rule is not None:
            so_far = found.setdefault(rule, _ByMonth())
            so_far.amount += Fraction(rule.amount, calendar.monthrange(on.year, on.month)[1])
            so_far.days += 1
    return dict(sorted(found.items(), key=lambda pair: pair[0].rule))


def _taxes(kind: Kind, bases: dict[int, int]) -> list[Term]:
    return [
        Term(kind, f"{kind}:{rate}", divide(base * rate, WHOLE), base=base, rate=rate)
        for rate, base in sorted(bases.items())
    ]
