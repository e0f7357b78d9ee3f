"""A value for a person, on screen and on paper, and for another program, in a CSV or an address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from hq.reporting.table import Answer, Column, Kind, Named, Share, Value
from replication.console import formats
from schemas.domain.money import format_amount
from schemas.domain.quantity import format_quantity


@dataclass(frozen=True, slots=True)
class Cells:
    """How values of one currency and clock are written in one language."""

    currency: str
    zone: str
    language: str

    def shown(self, value: Value, kind: Kind) -> str:
        """For a person."""
        match value:
            case None:
                return formats.MISSING
            case Named() | str():
                return str(value)
            case Share(part=part, whole=whole):
                return formats.percent(part, whole)
            case datetime():
                return formats.instant(value, self.zone, self.language)
            case date():
                return formats.day(value, self.language)
        return self._number(value, kind)

    def _number(self, value: int, kind: Kind) -> str:
        match kind:
            case "amount":
                return formats.plain_amount(value, self.currency)
            case "quantity":
                return formats.quantity(value)
            case "tenths":
                return formats.tenths(value)
            case _:
                return formats.number(value)

    def written(self, value: Value, kind: Kind) -> str:  # noqa: PLR0911 - one for each type of value
        """For a program: a point, no separators of thousands, no symbol; nothing where nothing is known."""
        match value:
            case None:
                return ""
            case Named(name=name):
                return name
            case str():
                return value
            case Share(part=part, whole=whole):
                return formats.percent(part, whole) if whole else ""
            case datetime():
                return value.isoformat(timespec="seconds")
            case date():
                return value.isoformat()
        match kind:
            case "amount":
                return format_amount(value, formats.decimals_of(self.currency))
            case "quantity":
                return format_quantity(value)
            case "tenths":
                return format_amount(value, 1)
            case _:
                return str(value)


def heads(answer: Answer, code: str) -> list[str]:
    """The heads of a file's columns: what is named has its code before it, under the word `code`."""
    found: list[str] = []
    number = 0
    for column in answer.columns:
        if column.kind == "named":
            number += 1
            found.append(code if number == 1 else f"{code} {number}")
        found.append(head(column, answer.currency))
    return found


def head(column: Column, currency: str) -> str:
    """A head that says in which currency its amounts are."""
    return f"{column.label} ({currency})" if column.kind == "amount" else column.label


def flat(columns: Sequence[Column], values: Sequence[Value]) -> list[tuple[Value, Kind]]:
    """The values of a file's columns, as `heads` has them."""
    found: list[tuple[Value, Kind]] = []
    for column, value in zip(columns, values, strict=True):
        if column.kind == "named":
            found.append((value.code if isinstance(value, Named) else "", "text"))
        found.append((value, column.kind))
    return found
