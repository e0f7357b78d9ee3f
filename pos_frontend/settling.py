"""Settling a shift at its till (交班): the X reading, the cashier's blind count, the Z.

    asked                          the lane's journal              printed
    an X reading                   –                               X: all but the tenders
    the end, without a count       shift.ended                     –: the branch counts the till
    the end, with a count          shift.ended, till.counted       Z: expected, counted, over or short

A count names every tender and currency, whether it was taken or not (`schemas.domain.till`); what is left
empty is nought. Nothing of what should be there is shown before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from babel.numbers import get_currency_precision

from pos_frontend.basket import read_amount
from pos_frontend.catalogue import Catalogue
from pos_frontend.day import Terms
from pos_frontend.errors import TillError
from pos_frontend.journal import Shift
from schemas.domain.till import COUNTED_KINDS, TillCounted, is_currency
from schemas.domain.till_reading import Reading


@dataclass(frozen=True, slots=True)
class ShiftReport:
    """What an X or a Z prints: an X while nothing was `counted`."""

    lane: str
    shift: Shift
    operator: str
    at: datetime
    reading: Reading
    counted: Mapping[str, int] | None = None


def keys(catalogue: Catalogue, at: Terms) -> tuple[str, ...]:
    """What is counted in a till of this lane: every kind, and every currency that ever had a rate here."""
    return (*COUNTED_KINDS, *catalogue.currencies(at.currency))


def read_count(asked: Mapping[str, str], wanted: tuple[str, ...], at: Terms) -> dict[str, int]:
    """The amounts that were keyed. Raises TillError."""
    if unknown := sorted(set(asked) - set(wanted)):
        raise TillError("not_counted", key=unknown[0])
    return {key: _amount(key, asked.get(key, "").strip(), at.decimals) for key in wanted}


def counted(
    shift: Shift, branch: str, lane: str, operator: str, at: datetime, amounts: Mapping[str, int]
) -> TillCounted:
    """The cashier's count as it is kept."""
    return TillCounted(shift.shift, branch, lane, shift.business_date, dict(amounts), operator, at)


def _amount(key: str, text: str, decimals: int) -> int:
    if not text:
        return 0
    return read_amount(text, get_currency_precision(key) if is_currency(key) else decimals)
