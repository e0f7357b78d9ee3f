"""The terms a sale is made under: which business date, whose clock, whose money.

    the branch told of an open day   the lane knows nothing better   the sale's date
    yes                              –                               that day
    yes, one before the shift began  the date of its open shift      that of the shift, provisional
    no, or never reached             its own clock, branch's zone    the local date, provisional

A lane that was away hears of past days one by one: within a shift that it opened for a later one it
does not go back to them.

Terms are taken when a basket begins and hold until it ends (rule 20): a day that opens meanwhile is
the next basket's. A provisional day is later adopted by the branch (rule 23).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

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
    own = now.astimezone(ZoneInfo(record.zone)).date()
    if told is not None and shift is not None and told < shift:
        told, own = None, shift
    return Terms(
        branch=record.branch,
        name=record.name,
        zone=record.zone,
        currency=record.currency,
        decimals=get_currency_precision(record.currency),
        tax_policy=record.tax_policy,
        cash_rounding=record.cash_rounding,
        business_date=told or own,
        provisional=told is None,
        rates=catalogue.exchange_rates(record.currency, now),
    )
