"""Settling a shift at its till (交班): the X reading, the cashier's blind count, the Z.

    asked                          the lane's journal              printed
    an X reading                   –                               X: all but the tenders
    the end, without a count       shift.ended                     –: the branch counts the till
    the end, with a count          shift.ended, till.counted       Z: expected, counted, over or short

A count names every tender and currency, whether it was taken or not (`schemas.domain.till`); what is left
empty is nought. Money is keyed as one amount, or by denomination, piece by piece
(`schemas.domain.denomination`). Nothing of what should be there is shown before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from babel.numbers import get_currency_precision

from pos_frontend.basket import read_amount
from pos_frontend.catalogue import Catalogue
from pos_frontend.day import Terms
from pos_frontend.drawer import AtDrawer
from pos_frontend.errors import TillError
from pos_frontend.journal import Shift
from schemas.domain.denomination import Pieces, amounts, contradicted, faces
from schemas.domain.till import COUNTED_KINDS, TillCounted, is_currency, is_money
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
    pieces: tuple[Pieces, ...] = ()


@dataclass(frozen=True, slots=True)
class Keyed:
    """A count as it was keyed: amounts by key, and the pieces of those that were counted by denomination."""

    amounts: Mapping[str, str] = field(default_factory=dict)
    pieces: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def keys(catalogue: Catalogue, at: Terms) -> tuple[str, ...]:
    """What is counted in a till of this lane: every kind, and every currency that ever had a rate here."""
    return (*COUNTED_KINDS, *catalogue.currencies(at.currency))


def faces_of(key: str, at: Terms) -> tuple[int, ...]:
    """The denominations by which a key may be counted."""
    return faces(_currency(key, at)) if is_money(key) else ()


def read_count(
    asked: Keyed, wanted: tuple[str, ...], at: Terms
) -> tuple[dict[str, int], tuple[Pieces, ...]]:
    """The amounts that were keyed, and the pieces. Raises TillError."""
    if unknown := sorted({*asked.amounts, *asked.pieces} - set(wanted)):
        raise TillError("not_counted", key=unknown[0])
    pieces = tuple(_pieces(asked, at))
    sums = amounts(pieces)
    counted: dict[str, int] = {}
    for key in wanted:
        keyed = asked.amounts.get(key, "").strip()
        counted[key] = _amount(key, keyed, at.decimals) if keyed else sums.get(key, 0)
    if differing := contradicted(counted, pieces):
        raise TillError("pieces_differ", key=differing)
    return counted, pieces


def counted(
    shift: Shift, who: AtDrawer, found: Mapping[str, int], pieces: tuple[Pieces, ...]
) -> TillCounted:
    """The cashier's count as it is kept."""
    return TillCounted(
        shift.shift, who.terms.branch, who.lane, shift.business_date, dict(found),
        who.present.operator, who.at, denominations=pieces,
    )  # fmt: skip


def _pieces(asked: Keyed, at: Terms) -> Iterator[Pieces]:
    for key, by_face in asked.pieces.items():
        known = {str(face): face for face in faces_of(key, at)}
        for face, keyed in by_face.items():
            if face not in known:
                raise TillError("not_counted", key=f"{key} {face}")
            if number := read_amount(keyed.strip() or "0", 0):
                yield Pieces(key, known[face], number)


def _currency(key: str, at: Terms) -> str:
    return key if is_currency(key) else at.currency


def _amount(key: str, text: str, decimals: int) -> int:
    return read_amount(text, get_currency_precision(key) if is_currency(key) else decimals)
