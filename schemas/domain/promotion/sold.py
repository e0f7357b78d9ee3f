"""Promotions on the lines of a ticket: what of them a promotion may touch, and what it does to them.

    line of a ticket                               is evaluated as
    sold                                           its amount before promotions
    voided                                         nothing: it is left out
    a return, or without a price of the catalogue  excluded
    overridden                                     excluded: somebody has said what it costs
    with the amount of its label (rule 9)          excluded: the printed amount is charged
    entered as a gift                              excluded: it follows from what others cost

The till prices a basket with it, and headquarters replays past tickets with the same: `base` takes off
what promotions took off, `promoted` puts on what they take off now.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace

from schemas.domain.promotion.evaluation import evaluate
from schemas.domain.promotion.ruleset import RuleSet
from schemas.domain.promotion.sale import Context, Line, Outcome, Share
from schemas.domain.quantity import WEIGHED_UNIT
from schemas.domain.tax import TaxPolicy, taxed
from schemas.domain.ticket import Discount, SaleLine

#: What promotions took off each line, by its number.
Shares = Mapping[int, Sequence[Share]]


def base(line: SaleLine) -> SaleLine:
    """Return a line as it is before promotions, its tax unchanged; a return is left as it is."""
    if line.quantity <= 0:
        return line
    taken = [one for one in line.discounts if one.kind == "promotion"]
    if not taken:
        return line
    return replace(
        line,
        amount=line.amount + sum(one.amount for one in taken),
        discounts=tuple(one for one in line.discounts if one.kind != "promotion"),
    )


def outcome(
    lines: Iterable[SaleLine], parents: Mapping[str, str], rules: RuleSet, context: Context
) -> Outcome:
    """Evaluate lines that `base` returned; `parents` names the category above each category."""
    return evaluate(seen(lines, parents), rules, context)


def seen(
    lines: Iterable[SaleLine], parents: Mapping[str, str], gifts: Container[int] = ()
) -> list[Line]:
    """Return such lines as promotions see them; `gifts` are the numbers of those that were entered as gifts,
    see `schemas.domain.gift`.
    """
    sold = [evaluated(line, parents) for line in lines if not line.voided]
    return [replace(line, excluded=True) if line.number in gifts else line for line in sold]


def promoted(lines: Iterable[SaleLine], shares: Shares, policy: TaxPolicy) -> tuple[SaleLine, ...]:
    """Return lines that `base` returned with what promotions take off them, and their tax."""
    return taxed((_less(line, shares.get(line.number, ())) for line in lines), policy)


def path(category: str | None, parents: Mapping[str, str]) -> tuple[str, ...]:
    """Return a category and those above it, from the top down; a circle is cut where it closes."""
    found: list[str] = []
    while category and category not in found:
        found.append(category)
        category = parents.get(category)
    return tuple(reversed(found))


def evaluated(line: SaleLine, parents: Mapping[str, str]) -> Line:
    """Return a line that `base` returned as promotions see it."""
    return Line(
        number=line.number,
        item=line.item,
        unit=line.unit,
        quantity=line.quantity,
        amount=line.amount,
        category=path(line.category, parents),
        weighed=line.unit == WEIGHED_UNIT,
        excluded=line.quantity <= 0 or line.unknown_item or _is_fixed(line),
    )


def _is_fixed(line: SaleLine) -> bool:
    """Whether somebody, or its label, has said what a line costs."""
    return any(
        one.kind == "override" or (one.kind == "label" and one.reason != "repriced")
        for one in line.discounts
    )


def _less(line: SaleLine, shares: Sequence[Share]) -> SaleLine:
    if not shares:
        return line
    taken = [Discount("promotion", one.amount, one.title, rule=one.promotion) for one in shares]
    return replace(
        line,
        amount=line.amount - sum(one.amount for one in shares),
        discounts=(*line.discounts, *taken),
    )
