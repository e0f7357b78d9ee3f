"""Baskets that are set aside (挂单) and gone on with (取单), at another lane of the branch perhaps.

    state       holds                               next
    suspended   the basket as it was, no number     resumed, by one lane (the branch decides which)
    resumed     –                                   the basket goes on under a uuid of its own: sold,
                                                    cancelled, or suspended once more, as a new one

A lane that cannot ask its branch may resume what it suspended itself. So a basket can be resumed twice,
here and at another lane: both are kept, and the branch shows them side by side.

    resumed at the prices of     each line costs                                       rule 11
    its suspension               what it cost when it was entered
    now                          what its item and unit cost now; as it was: a line that is voided, given
                                 back, of an unknown item, for the amount on its label, or without a
                                 price now. Overridden amounts stand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from schemas.domain.basket import Basket, EnteredLine, ItemUnit
from schemas.domain.pricing import PriceRow, price_in_force
from schemas.domain.refund import PaidSale


@dataclass(frozen=True, slots=True)
class BasketSuspended:
    """A basket was set aside; `uuid` is of this suspension, `basket` was the basket's at the lane.

    `started` is when the basket was begun, `amount` what was to be paid, `lines` how many lines counted;
    `held` is all of it, voided lines too, and `originals` how the sales were paid that goods come back from,
    so that these are given back as they were paid wherever it goes on (rule 22).
    """

    uuid: str
    basket: str
    branch: str
    lane: str
    business_date: date
    operator: str
    at: datetime
    name: str
    started: datetime
    amount: int
    lines: int
    held: Basket
    originals: tuple[PaidSale, ...] = ()


@dataclass(frozen=True, slots=True)
class BasketResumed:
    """A suspended basket goes on at `lane` as `basket`; it was suspended at `of_lane`.

    `claimed` says that the branch gave it to this lane, `repriced` that its prices are of now.
    """

    uuid: str
    basket: str
    branch: str
    lane: str
    of_lane: str
    business_date: date
    operator: str
    at: datetime
    claimed: bool
    repriced: bool


def follows_prices(line: EnteredLine) -> bool:
    """Whether a line's price is another when it is repriced."""
    stands = line.printed is not None and not line.printed.repriced
    return not (line.voided or line.unknown_item or line.given_back or stands)


def repriced(
    line: EnteredLine, what: ItemUnit, rows: Iterable[PriceRow], at: datetime
) -> EnteredLine:
    """The line at the prices in force among `rows`, as if it was entered now; without one, as it was.

    `what` is the item as it is known now; the line keeps the code under which it was scanned.
    """
    unit = (line.what.item, line.what.unit)
    prices = tuple(row for row in rows if (row.item, row.unit) == unit and row.holds(at))
    priced = price_in_force(prices, "", at)
    # A price of nothing is a mistake in the price book, not a gift (rule 9).
    if (what.item, what.unit) != unit or priced is None or priced.list.price == 0:
        return line
    return replace(
        line,
        what=replace(what, barcode=line.what.barcode),
        entered=at,
        list_price=priced.list.price,
        prices=prices,
    )
