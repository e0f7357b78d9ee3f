"""A count as it is typed into a form: per key an amount, or pieces by denomination, or both.

    typed                          taken as
    an amount                      the amount
    pieces                         what they come to
    both                           the amount, if the pieces come to it; else refused
    nothing                        refused: nought is written as 0

The form adds up while it is typed; what counts is what is added up here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from branch.voice import Voice
from replication.console.app import Page
from replication.console.formats import decimals_of
from replication.console.languages import msgid
from schemas.domain.denomination import Pieces, amounts, faces
from schemas.domain.money import NumberError, parse_amount
from schemas.domain.till import is_money

_NO_AMOUNT = msgid("Write an amount such as 1234.50, or 0")
_NO_PIECES = msgid("Write how many pieces there are: a whole number")
_DISAGREE = msgid("The pieces come to %(pieces)s: correct them, or the amount")
_MOST_PIECES = 1_000_000


@dataclass(frozen=True, slots=True)
class Face:
    """A face value to count: the name of its field, and how it reads."""

    field: str
    value: int
    label: str


@dataclass(frozen=True, slots=True)
class Counting:
    """What was typed, and what it comes to; with `errors`, by field, it comes to nothing."""

    typed: Mapping[str, str]
    amounts: Mapping[str, int]
    pieces: tuple[Pieces, ...]
    errors: Mapping[str, str]


def faces_of(voice: Voice, keys: Iterable[str]) -> dict[str, list[Face]]:
    """Per key that is counted by denomination, its face values."""
    return {
        key: [
            Face(f"{key}-{value}", value, voice.counted(key, value))
            for value in faces(voice.currency_of(key))
        ]
        for key in keys
        if is_money(key) and faces(voice.currency_of(key))
    }


def read(page: Page, voice: Voice, keys: Iterable[str]) -> Counting:
    """Read a sent form."""
    held = faces_of(voice, keys)
    typed: dict[str, str] = {}
    counted: dict[str, int] = {}
    pieces: list[Pieces] = []
    errors: dict[str, str] = {}
    for key in keys:
        typed[key] = page.form.get(key, "").strip()
        for face in held.get(key, ()):
            typed[face.field] = page.form.get(face.field, "").strip()
            number = _whole(typed[face.field])
            if number is None:
                errors[face.field] = page.gettext(_NO_PIECES)
            elif number:
                pieces.append(Pieces(key, face.value, number))
        by_piece = any(typed[face.field] for face in held.get(key, ()))
        counted[key] = amounts(one for one in pieces if one.key == key).get(key, 0)
        if typed[key] or not by_piece:
            sum_, counted[key] = counted[key], _amount(typed[key], key, voice)
            if counted[key] < 0 and (is_money(key) or not typed[key].startswith("-")):
                errors[key] = page.gettext(_NO_AMOUNT)
            elif by_piece and sum_ != counted[key]:
                errors[key] = page.gettext(_DISAGREE, pieces=voice.counted(key, sum_))
    return Counting(typed, counted, tuple(pieces), errors)


def _whole(text: str) -> int | None:
    """So many pieces, none of them where nothing is typed; None for what is no number of pieces."""
    try:
        number = parse_amount(text or "0", 0)
    except NumberError:
        return None
    return number if 0 <= number <= _MOST_PIECES else None


def _amount(text: str, key: str, voice: Voice) -> int:
    """The amount; below nought for what is none."""
    try:
        return parse_amount(text, decimals_of(voice.currency_of(key)))
    except NumberError:
        return -1
