"""Gifts (满赠) in a basket: which lines are given, and what is still due (rules 14 and 16).

A gift is an entered line with `gift_of`, the promotion that gives it. What it costs follows from the basket:

    the promotion gives           the line
    all of it                     costs nothing: its price, less as much by that promotion
    a part of it                  costs the rest
    nothing, or something else    costs its price, until the promotion gives it (again)

A line given by no promotion is charged and stays in the basket, for it lies on the belt: nothing goes
from a basket by itself, and what is charged is seen. Lines of gifts take part in no promotion, so that one never
changes what others cost, nor whether it is given. Of several lines the earlier ones are given first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from schemas.domain.basket import Basket
from schemas.domain.money import divide
from schemas.domain.promotion.sale import Gift, Outcome, Share
from schemas.domain.ticket import SaleLine


@dataclass(frozen=True, slots=True)
class Given:
    """What gifts take off which lines, by number; what of them is still due; how much of each is taken."""

    shares: Mapping[int, Share]
    due: tuple[Gift, ...]
    taken: Mapping[str, int]


def gift_lines(basket: Basket) -> dict[int, str]:
    """Return the promotion of each line that was entered as a gift, by number."""
    return {line.number: line.gift_of for line in basket.lines if line.gift_of is not None}


def given(lines: Iterable[SaleLine], of: Mapping[int, str], gifts: Iterable[Gift]) -> Given:
    """Return what becomes of the lines of gifts (`of`: their promotions) when these gifts are due.

    The lines are those before promotions; quantities are in thousandths.
    """
    all_due = {gift.promotion: gift for gift in gifts}
    left = {gift.promotion: gift.quantity for gift in all_due.values()}
    shares: dict[int, Share] = {}
    for line in lines:
        gift = all_due.get(of.get(line.number, ""))
        if line.voided or gift is None or (line.item, line.unit) != (gift.item, gift.unit):
            continue
        free = min(line.quantity, left[gift.promotion])
        left[gift.promotion] -= free
        off = divide(line.amount * free, line.quantity)
        if off:
            shares[line.number] = Share(gift.promotion, gift.title, off)
    due = tuple(replace(one, quantity=left[one.promotion]) for one in all_due.values())
    taken = {one.promotion: one.quantity - left[one.promotion] for one in all_due.values()}
    return Given(shares, tuple(one for one in due if one.quantity), taken)


def as_gift(basket: Basket, promotion: str, quantity: int) -> Basket:
    """Make the last line a gift; of a line of more than that, the rest becomes a sold line behind it."""
    last = basket.lines[-1]
    lines = [replace(last, quantity=min(quantity, last.quantity), gift_of=promotion)]
    if last.quantity > quantity:
        more = last.quantity - quantity
        lines.append(replace(last, number=last.number + 1, quantity=more))
    return replace(basket, lines=(*basket.lines[:-1], *lines))


def with_gifts(found: Outcome, gifts: Given) -> Outcome:
    """Return an outcome with what gifts take off, and without the uses of those that were not taken."""
    lines = tuple(
        replace(line, amount=line.amount - share.amount, shares=(*line.shares, share))
        if (share := gifts.shares.get(line.number))
        else line
        for line in found.lines
    )
    uses = dict(found.uses)
    for gift in found.gifts:
        taken = gifts.taken[gift.promotion]
        # Each use gives the same quantity; one that is taken in part is used.
        uses[gift.promotion] = -(-taken * uses[gift.promotion] // gift.quantity)
        if not taken:
            del uses[gift.promotion]
    return replace(
        found, lines=lines, total=sum(line.amount for line in lines), gifts=gifts.due, uses=uses
    )
