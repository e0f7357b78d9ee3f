"""What is evaluated, and what comes out of it (rule 16).

    a line's amount = its base amount − the sum of its shares
    total           = the sum of the lines' amounts, those that never qualify included

Each share says which promotion took how much off; a promotion that took nothing off is not named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Line:
    """A line as the basket holds it: `amount` is what it costs after the member price.

    `number` is its own in the basket; `category` is the path of category codes from the top down;
    `quantity` is in thousandths. `excluded` is a return or an overridden line: nothing touches it.
    """

    number: int
    item: str
    unit: str
    quantity: int
    amount: int
    category: tuple[str, ...] = ()
    weighed: bool = False
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class PresentedCoupon:
    """A coupon that the customer presents: its own number and its kind."""

    number: str
    kind: str


@dataclass(frozen=True, slots=True)
class Context:
    """The customer and the clock. `at` is aware, `zone` the branch's, `tier` empty without member.

    `used_by_member` and `used_today` say how often promotions were used before, by id, counted as
    `Outcome.uses` counts.
    """

    at: datetime
    zone: str
    member: str | None = None
    tier: str = ""
    birthday: date | None = None
    coupons: tuple[PresentedCoupon, ...] = ()
    used_by_member: Mapping[str, int] = field(default_factory=dict)
    used_today: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Share:
    """What one promotion took off one line."""

    promotion: str
    title: str
    amount: int


@dataclass(frozen=True, slots=True)
class Gift:
    """An item that is due for nothing, `quantity` in thousandths."""

    promotion: str
    title: str
    item: str
    unit: str
    quantity: int


@dataclass(frozen=True, slots=True)
class PricedLine:
    """What a line costs and why; `points` are hundredths, 100 is plain, given by `points_by`."""

    number: int
    amount: int
    shares: tuple[Share, ...] = ()
    points: int = 100
    points_by: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The basket's price: lines by number, the gifts due, the numbers of coupons that were used.

    `uses` counts each promotion that was used as its limits do, to be remembered for next time.
    """

    lines: tuple[PricedLine, ...]
    total: int
    gifts: tuple[Gift, ...] = ()
    coupons: tuple[str, ...] = ()
    uses: Mapping[str, int] = field(default_factory=dict)
