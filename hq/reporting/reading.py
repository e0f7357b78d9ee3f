"""From parameters, as an address or a saved report has them, to a request, and back to an address.

What a report does not know is refused by name: a choice that is none, a column to sort by that is none. A
filter by a code that is gone is answered all the same: its figures stay, and the report says so itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast, get_args
from urllib.parse import urlencode

from sqlalchemy import Connection

from hq.reporting import asking
from hq.reporting.asking import AskedError, Change, Parameters
from hq.reporting.definition import ChartKind, Choice, Definition, Request
from hq.reporting.table import Drill
from replication.console.languages import msgid
from replication.console.words import Words

_NO_CHOICE = msgid("There is no report by “%(name)s”.")
_NO_OPTION = msgid("“%(value)s” is none of the values of %(label)s.")
_ADVICE = msgid("Choose one from the list.")
_LONG = msgid("“%(text)s…” is longer than any code: write at most %(most)s characters.")
_MOST = 200

#: Parameters that say where in a report somebody is, and so belong to no saved one.
PLACE = frozenset({"after", "saved", "name"})


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a report: what they may see, in whose words, when. Ranges that move are seen from `seen_from`,
    where that is not now.
    """

    scope: Sequence[str]
    words: Words
    now: datetime
    currency: str
    seen_from: datetime | None = None


def read_request(
    connection: Connection, definition: Definition, parameters: Parameters, reader: Reader,
    limit: int | None,
) -> Request:  # fmt: skip
    """What is asked of a report. Raises AskedError."""
    asked = asking.read(
        connection,
        parameters,
        reader.scope,
        reader.currency,
        reader.seen_from or reader.now,
        max(definition.days, 1),
    )
    choices = {one.name: _chosen(one, parameters) for one in definition.choices}
    filters = {one.name: _typed(parameters, one.name) for one in definition.filters}
    ascending = definition.ascending or definition.is_in_time(choices)
    sort = _one(parameters, "sort")
    order = _one(parameters, "order")
    return Request(
        asked=asked,
        choices=choices,
        filters=filters,
        sort=sort or ("key" if definition.is_in_time(choices) else definition.measure),
        descending=order == "down" if order else not (ascending or sort == "key"),
        after=tuple(parameters.get("after", ())) if limit is not None else (),
        limit=limit,
        now=reader.now,
        words=reader.words,
        comparison=next(
            (one for one in definition.comparisons if one == _one(parameters, "compare")), None
        ),
    )


def chart_kind(
    definition: Definition, request: Request, parameters: Parameters
) -> ChartKind | None:
    """What is drawn: what was chosen, else lines where time runs and bars elsewhere."""
    wanted = _one(parameters, "chart")
    if wanted in get_args(ChartKind):
        return cast("ChartKind", wanted)
    if definition.chart is None or wanted == "none":
        return None
    return "line" if definition.is_in_time(request.choices) else definition.chart


@dataclass(frozen=True, slots=True)
class Addresses:
    """A report's addresses: the same question with something changed."""

    definition: Definition
    request: Request
    parameters: Parameters

    def of(self, path: str = "", /, **changes: Change) -> str:
        """The report, or another `path`, asked the same but for what is changed."""
        asked = self.request.asked
        return asked.address(path or f"/reports/{self.definition.code}", self._kept() | changes)

    def sorted_by(self, column: str, first: str) -> str:
        """Sorted by a column, the other way round when it is already; `first` is that of the rows' names."""
        down = not self.request.descending if column == self.request.sort else column != first
        return self.of(sort=column, order="down" if down else "up")

    def following(self, after: Sequence[str], path: str = "") -> str:
        """The next page of rows."""
        return f"{self.of(path)}&{urlencode([('after', one) for one in after])}"

    def drilled(self, drill: Drill) -> str:
        """Where a row leads; a path of another report or page takes the dates and branches along alone."""
        if drill.path == f"/reports/{self.definition.code}":
            return self.of(drill.path, **drill.changes)
        return self.request.asked.address(drill.path, drill.changes)

    def query(self) -> str:
        """All that was asked for, as the query of an address."""
        return self.of().partition("?")[2]

    def _kept(self) -> dict[str, Change]:
        kept: dict[str, Change] = {}
        for choice in self.definition.choices:
            value = self.request.choices[choice.name]
            if value != choice.default and choice.means_something(self.request.choices):
                kept[choice.name] = value
        kept |= {name: value for name, value in self.request.filters.items() if value}
        if self.request.comparison:
            kept["compare"] = self.request.comparison
        for name in ("chart", "sort", "order", "columns"):
            if value := _one(self.parameters, name):
                kept[name] = value
        return kept


def _chosen(choice: Choice, parameters: Parameters) -> str:
    given = parameters.get(choice.name)
    if not given:
        return choice.default
    value = given[-1]
    if value not in {option for option, _ in choice.options}:
        if choice.name == "by":
            raise AskedError(_NO_CHOICE, 404, _ADVICE, name=value[:_MOST])
        raise AskedError(_NO_OPTION, 404, _ADVICE, value=value[:_MOST], label=choice.label)
    return value


def _typed(parameters: Parameters, name: str) -> str:
    text = _one(parameters, name).strip()
    if len(text) > _MOST:
        raise AskedError(_LONG, text=text[:20], most=_MOST)
    return text


def _one(parameters: Parameters, name: str) -> str:
    given = parameters.get(name, ())
    return given[-1] if given else ""
