"""Redeeming points (积分抵现), stored value (储值) and single-use coupons (rules 17 to 19).

Headquarters' ledgers are the truth. `available` is the balance less what is reserved for other tickets.

    the line       a redemption is                         and pays
    is up          an inquiry: headquarters reserves it    what is available, at most what is asked for
                   for the ticket's uuid
    is down        out of a grant of this lane             what the grant has room for
    is down, and   refused
    no grant

A grant (授权额度) is a number, an amount and a cap per member that headquarters hands to one lane in
advance, in one epoch of its journal, until an instant. It is used up once and never fills again; a lane
that was put back has another epoch, and none of its old grants. So the chain risks no more than the sum
of what is open.

    of a grant of 100.00, 30.00 a member      has used         room
    nobody has redeemed                       –                30.00
    this member redeemed 20.00                20.00            10.00
    others redeemed 85.00                     85.00            15.00
    it has ended                              whatever         0

Amounts are minor units of money, for coupons so many coupons.

Points are worth money by a rate, in whole minor units: 250 points at 100 for 1.00 are worth 2.50, and
2.505 costs what 2.51 does. What a refund gives back of the points a tender cost is rounded as a sum, so that
refunds in any pieces give back what was redeemed and no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from schemas.domain.money import divide

#: What is redeemed. The first two are kinds of tender; a coupon takes off what its promotion says.
RedeemedKind = Literal["points", "stored_value", "coupon"]


@dataclass(frozen=True, slots=True)
class PointsRate:
    """So many points are worth so many minor units; both are above nought."""

    points: int
    amount: int

    def worth(self, points: int) -> int:
        """What so many points pay, in whole minor units; nothing for a balance below nought."""
        return max(0, points) * self.amount // self.points

    def cost(self, amount: int) -> int:
        """How many points pay an amount: never too few."""
        return -(-amount * self.points // self.amount)


@dataclass(frozen=True, slots=True)
class Grant:
    """What one lane may redeem while nobody can be asked. `epoch` is that of the lane's journal; `rate`
    is what points were worth when it was made, in a grant of points.
    """

    number: str
    kind: RedeemedKind
    lane: str
    epoch: str
    amount: int
    cap: int
    until: datetime
    rate: PointsRate | None = None


@dataclass(frozen=True, slots=True)
class GrantUse:
    """What a grant was used for, by account: a member's number, for coupons too."""

    by_account: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """What all of them redeemed."""
        return sum(self.by_account.values())


def room(grant: Grant, used: GrantUse, account: str, epoch: str, at: datetime) -> int:
    """What an account may still redeem out of a grant at a lane whose journal is in this epoch."""
    if at >= grant.until or epoch != grant.epoch:
        return 0
    of_account = grant.cap - used.by_account.get(account, 0)
    return max(0, min(of_account, grant.amount - used.total))


def points_given_back(points: int, paid: int, back: int) -> int:
    """How many of the points that a tender cost are given back in all, when of the `paid` of it so much
    was given back in all.
    """
    return divide(points * min(back, paid), paid) if paid > 0 else 0


def overspent(available: int, redeemed: int) -> int:
    """What of a redemption was not there: it is posted as receivable, and the sale stands (rule 19)."""
    return max(0, redeemed - max(0, available))
