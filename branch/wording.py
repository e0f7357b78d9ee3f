"""What a branch tells a person, said later in their language: an English wording and its values.

The wording is the key of the translation; instants, dates and amounts stay values until somebody
shows them on the branch's clock and in its currency. `str` says it in English, for logs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from schemas.domain.money import format_amount


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units, to be written in the branch's currency."""

    minor: int

    def __str__(self) -> str:
        return format_amount(self.minor)


Value = str | int | date | datetime | Money


@dataclass(frozen=True, slots=True)
class Wording:
    """A text that takes `values` as `%(name)s`."""

    text: str
    values: Mapping[str, Value] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text % self.values


class RefusalError(ValueError):
    """What a person asked for cannot be done: which record, why, and the way out."""

    def __init__(self, text: str, **values: Value) -> None:
        self.wording = Wording(text, values)
        super().__init__(str(self.wording))
