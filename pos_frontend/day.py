"""The terms a sale is made under: which business date, whose clock, whose money.

    a shift is open    the branch told of an open day    the sale's date
    yes                of the shift's                    the shift's
    yes                of another, or of none            the shift's, provisional
    no                 yes                               that day
    no                 no, or never reached              that of this hour by the lane's clock and the policy, provisional

A shift is of one date from its first ticket to its last, for its count and the lane's control totals are:
a branch that was put back, or a lane that was away and hears of past days one by one, moves no ticket to
a day that its shift is not counted with. A day that opens meanwhile is the next shift's (rule 20).

Terms are taken when a basket begins and hold until it ends. A provisional day is later adopted by the
branch (rule 23).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from babel.numbers import get_currency_precision

from pos_frontend.catalogue import Catalogue
from pos_frontend.errors import TillError
from schemas.domain.tax import TaxPolicy


@dataclass(frozen=True, slots=True)
class Terms:
    """`decimals` is how many of them the currency has, `cash_rounding` the step in minor units, `rates`
    what other currencies are taken at, see `schemas.domain.exchange`.
    """

    branch: str
    name: str
    zone: str
    currency: str
    decimals: int
    tax_policy: TaxPolicy
    cash_rounding: int
    business_date: date
    provisional: bool
    rates: dict[str, int] = field(default_factory=dict)


def terms(catalogue: Catalogue, branch: str, now: datetime, shift: date | None = None) -> Terms:
    """Return the terms at this instant. Raises TillError `not_loaded` before the branch is known.

    `shift` is the date that the open shift was opened for.
    """
    record = catalogue.branch(branch)
    if record is None:
        raise TillError("not_loaded")
    told = catalogue.open_day()
    on = shift or told or catalogue.policy().date_of(now, record.zone)
    return Terms(
        branch=record.branch,
        name=record.name,
        zone=record.zone,
        currency=record.currency,
        decimals=get_currency_precision(record.currency),
        tax_policy=record.tax_policy,
        cash_rounding=record.cash_rounding,
        business_date=on,
        provisional=on != told,
        rates=catalogue.exchange_rates(record.currency, now),
    )
