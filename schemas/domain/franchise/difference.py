"""What changed of a period after its statement was locked, as named differences for the next statement.

    the term                              cause
    is of sales, or of what they come to  sales: tickets came or were corrected, days were closed again
    is of goods                           goods: a receipt came late, a price was named, a note was sent on
    has another rate, or its rule changed rule: what was agreed was changed for days that were settled

*Property*: of every term, what was settled and its difference come to what it would be now. What consumed the
old figures gets the difference, once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

from schemas.domain.franchise.term import GOODS, KINDS, Term

Cause = Literal["sales", "goods", "rule"]
CAUSES: tuple[Cause, ...] = get_args(Cause)

_TAXES = frozenset({"goods_tax", "tax"})


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much a term of the statement `origin` differs from what was settled of it: `was` in all so far."""

    origin: int
    term: Term
    was: int
    cause: Cause

    @property
    def now(self) -> int:
        """What the term would be now."""
        return self.was + self.term.amount


def add(settled: Term, further: Term) -> Term:
    """Both together: sums of the figures, and what the later one says of itself."""
    return replace(
        further, amount=settled.amount + further.amount, base=settled.base + further.base,
        quantity=settled.quantity + further.quantity, less=settled.less + further.less,
    )  # fmt: skip


def differences(
    origin: int, settled: Mapping[str, Term], now: Mapping[str, Term]
) -> list[Difference]:
    """What is left to settle of a statement's period, by kind and key; `settled` are sums by key."""
    found: list[Difference] = []
    for key in {*settled, *now}:
        before, after = settled.get(key), now.get(key)
        one = _change(before, after)
        if one is not None:
            was = 0 if before is None else before.amount
            found.append(Difference(origin, one, was, _cause(before, after)))
    return sorted(found, key=lambda one: (KINDS.index(one.term.kind), one.term.key))


def _change(before: Term | None, after: Term | None) -> Term | None:
    """The difference as a term; None where there is none."""
    if before is None:
        return after if after is not None and (_says(after) or not after.priced) else None
    gone = replace(before, amount=0, base=0, quantity=0, less=0)
    now = after or gone
    change = replace(
        now, amount=now.amount - before.amount, base=now.base - before.base,
        quantity=now.quantity - before.quantity, less=now.less - before.less,
    )  # fmt: skip
    return change if _says(change) or now.priced != before.priced else None


def _says(one: Term) -> bool:
    return any((one.amount, one.base, one.quantity, one.less))


def _cause(before: Term | None, after: Term | None) -> Cause:
    one = after or before
    if one is None or one.kind in GOODS:
        rates = {term.rate for term in (before, after) if term is not None}
        return "rule" if len(rates) > 1 else "goods"
    if one.kind in _TAXES:
        return "goods" if one.kind == "goods_tax" else "sales"
    # A royalty's line is there whenever its rule counts, whatever was sold.
    kept = before is not None and after is not None and before.rate == after.rate
    return "sales" if kept and one.kind != "fee" and not _minimum_changed(before, after) else "rule"


def _minimum_changed(before: Term | None, after: Term | None) -> bool:
    """Whether another least amount was agreed, beside what the royalties come to."""
    kinds = {one.kind for one in (before, after) if one is not None}
    base = 0 if before is None else before.base
    return kinds == {"minimum"} and base != (0 if after is None else after.base)
