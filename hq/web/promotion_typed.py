"""Reading what was typed into a promotion's form, and writing it back as it would be typed.

    percent   10 or 12.5        basis points        codes   1001, 1002 1003    in their order, once each
    amount    9.90              minor units         hours   08:00-10:00 …      minutes since midnight
    count     3                 units

Nothing is refused at once: what cannot be read gathers in `problems`, so that a person sees it all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hq.refusal import RefusalError
from replication.console.languages import msgid
from schemas.domain.money import NumberError, format_amount, parse_amount
from schemas.domain.promotion.promotion import Hours

_NUMBER = msgid("“%(value)s” is no number with at most %(decimals)s decimals: correct it.")
_NO_PRICE = msgid("The price is empty: type one, which may be 0.")
_HOURS = msgid("“%(value)s” are no hours; write them like 17:00-19:30.")

_PERCENT_DECIMALS = 2
_HOUR = 60
_SHOWN = 40
_BETWEEN = re.compile(r"[\s,;，、；]+")
_SPAN = re.compile(r"([0-9]{1,2}):([0-5][0-9])[-–~]([0-9]{1,2}):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields whose names begin with `prefix`; `decimals` are those of the currency's amounts."""

    form: Mapping[str, str]
    decimals: int
    problems: list[RefusalError] = field(default_factory=list)
    prefix: str = ""

    def text(self, name: str) -> str:
        """A field without blanks around it; one that the form has not is empty."""
        return self.form.get(f"{self.prefix}{name}", "").strip()

    def has(self, name: str) -> bool:
        """Whether a box was ticked."""
        return bool(self.text(name))

    def percent(self, name: str) -> int:
        """Basis points; nought when it is empty."""
        return self._number(name, _PERCENT_DECIMALS) or 0

    def amount(self, name: str) -> int:
        """Minor units; nought when it is empty."""
        return self._number(name, self.decimals) or 0

    def count(self, name: str) -> int:
        """A whole number; nought when it is empty."""
        return self._number(name, 0) or 0

    def limit(self, name: str) -> int | None:
        """A whole number; none when it is empty."""
        return self._number(name, 0)

    def some_price(self, name: str) -> int | None:
        """Minor units; none when it is empty, for a price may be nought."""
        return self._number(name, self.decimals)

    def price(self, name: str) -> int:
        """Minor units of a price that has to be there."""
        if not self.text(name):
            self.problems.append(RefusalError(_NO_PRICE))
        return self.some_price(name) or 0

    def codes(self, name: str) -> tuple[str, ...]:
        """Codes between blanks or commas, also wide ones."""
        return tuple(dict.fromkeys(one for one in _BETWEEN.split(self.text(name)) if one))

    def hours(self, name: str) -> tuple[Hours, ...]:
        """Spans of hours; whether they lie within a day is judged with the rest of the promotion."""
        spans = ((one, _SPAN.fullmatch(one)) for one in self.codes(name))
        found: list[Hours] = []
        for text, span in spans:
            if span is None:
                self.problems.append(RefusalError(_HOURS, value=text[:_SHOWN]))
            else:
                numbers = [int(one) for one in span.groups()]
                found.append(
                    Hours(numbers[0] * _HOUR + numbers[1], numbers[2] * _HOUR + numbers[3])
                )
        return tuple(found)

    def rows(self, columns: tuple[str, ...]) -> Iterator[Typed]:
        """The rows of a table in which something was typed."""
        number = 1
        while any(row_field(number, one) in self.form for one in columns):
            row = Typed(self.form, self.decimals, self.problems, row_field(number, ""))
            if any(row.text(one) for one in columns):
                yield row
            number += 1

    def _number(self, name: str, decimals: int) -> int | None:
        value = self.text(name).removesuffix("%").rstrip()
        if not value:
            return None
        try:
            return parse_amount(value, decimals)
        except NumberError:
            self.problems.append(RefusalError(_NUMBER, value=value[:_SHOWN], decimals=decimals))
            return None


@dataclass(frozen=True, slots=True)
class Writing:
    """The other way round: values as `Typed` reads them."""

    decimals: int

    def percent(self, points: int) -> str:
        """1000 is `10`, nought is empty."""
        return format_percent(points) if points else ""

    def amount(self, minor: int | None) -> str:
        """None is empty."""
        return "" if minor is None else format_amount(minor, self.decimals)


def row_field(number: int, name: str) -> str:
    """The name of a field in a row of a form's table; rows count from 1."""
    return f"row{number}_{name}"


def format_percent(points: int) -> str:
    """Basis points as percent in the shortest form: 1250 is `12.5`."""
    return format_amount(points, _PERCENT_DECIMALS).rstrip("0").rstrip(".")


def format_hours(hours: Hours) -> str:
    """Hours as they are typed."""
    return f"{_clock(hours.starts)}-{_clock(hours.ends)}"


def _clock(minute: int) -> str:
    return f"{minute // _HOUR:02}:{minute % _HOUR:02}"
