"""Each item of a stocktake with its counts, what was expected, and what it still waits for (rule 26).

What was expected at an instant is what is on hand now less all that moved since: the ledger is read once,
in one state of the database, and no copy of it is made when the stocktake begins. Once it is approved, what it
posted is what is shown: the averages go on, and what it put right is on hand by then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, text

from branch import items
from branch.items import FoundItem
from branch.stocktake import counting, scope, session
from branch.stocktake.counting import Held
from branch.stocktake.session import Stocktake
from schemas.domain.stock.average import Holding
from schemas.domain.stock.stocktake import NOUGHT, WAITING, Choice, Count, Verdict, judge, worth
from schemas.tables import stock_store
from schemas.tables.stock import stock_document, stock_document_line
from schemas.tables.stocktake import stocktake_choice, stocktake_sheet

_MOVED = text(
    "SELECT span.place,"
    " coalesce(sum(move.quantity) FILTER (WHERE move.at > span.until), 0) AS since,"
    " coalesce(sum(abs(move.quantity)) FILTER (WHERE move.at <= span.until), 0) AS meanwhile"
    " FROM unnest(CAST(:places AS integer[]), CAST(:items AS text[]),"
    " CAST(:began AS timestamptz[]), CAST(:untils AS timestamptz[]))"
    " AS span(place, item, began, until)"
    " JOIN stock_move move ON move.branch = :branch AND move.item = span.item"
    " AND move.at > span.began GROUP BY span.place"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One item. `value` is what its difference is worth at cost without tax, None where nobody knows or none
    counts; `places` are the sheets on which it was counted.
    """

    goods: FoundItem
    holding: Holding
    counts: tuple[Count, ...]
    verdict: Verdict
    value: int | None
    choice: Choice | None
    places: tuple[str, ...]

    @property
    def waits(self) -> bool:
        """Whether the stocktake cannot be approved before somebody did something about this."""
        return self.verdict.state in WAITING

    @property
    def shown(self) -> Count | None:
        """The count that counts, or the last that there is."""
        return self.verdict.count or (self.counts[-1] if self.counts else None)


@dataclass(frozen=True, slots=True)
class Posted:
    """What a document of this stocktake says of an item."""

    counted_at: datetime
    difference: int
    value: int | None


@dataclass(frozen=True, slots=True)
class Unknown:
    """A code that was counted and that nobody knows."""

    code: str
    quantity: int
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """The whole stocktake: differences first, those worth most before the others."""

    stocktake: Stocktake
    lines: tuple[Line, ...]
    unknown: tuple[Unknown, ...]

    def waiting(self) -> list[Line]:
        """The lines for which somebody has to do something."""
        return [one for one in self.lines if one.waits]

    def posted(self) -> list[Line]:
        """The lines whose count goes into the document."""
        return [one for one in self.lines if one.verdict.count is not None]


def review(connection: Connection, branch: str, name: str, *, lock: bool = False) -> Review:
    """Look at a stocktake. Unless with `lock`, which holds the branch's stock, the connection should read one
    state of the database. Raises StocktakeError.
    """
    stocktake = session.find(connection, name)
    entries = counting.standing(counting.of_stocktake(connection, name))
    due = scope.due(connection, branch, stocktake)
    found = {one.item for one in entries if one.item}
    known = {**items.of_codes(connection, found - due.keys()), **due}
    choices = _choices(connection, name)
    held = stock_store.holdings(connection, branch, [*known], lock=lock)
    posted = _posted(connection, name)
    counts = _counts(connection, branch, entries, choices, held, posted)
    counted = stock_store.last_counted(connection, branch, [*known])
    sheets = _sheet_names(connection, name)
    places: dict[str, dict[str, None]] = {}
    for one in entries:
        places.setdefault(one.item, {})[sheets[one.sheet]] = None
    lines = [
        _line(
            stocktake, one, held[item], counts.get(item, ()), choices.get(item),
            posted.get(item) or counted.get(item), tuple(places.get(item, ())),
        )
        for item, one in known.items()
    ]  # fmt: skip
    return Review(stocktake, tuple(sorted(lines, key=_order)), _unknown(entries))


def _line(
    stocktake: Stocktake,
    one: FoundItem,
    holding: Holding,
    counts: Sequence[Count],
    choice: Choice | None,
    before: Posted | datetime | None,
    places: tuple[str, ...],
) -> Line:
    """An item as it stands, or as it was posted. `before` is what a document says of it: this stocktake's own
    once it is over, else the instant of the last approved count.
    """
    if isinstance(before, Posted):
        count = next((one for one in counts if one.at == before.counted_at), None)
        verdict = Verdict("agreed" if choice is None else "chosen", count)
        return Line(one, holding, tuple(counts), verdict, before.value, choice, places)
    verdict = judge(counts, holding, stocktake.tolerance, choice, before)
    shown = verdict.count or (counts[-1] if counts else None)
    value = None if shown is None else worth(holding, shown.difference)
    return Line(one, holding, tuple(counts), verdict, value, choice, places)


def _order(line: Line) -> tuple[int, int, str]:
    """First what differs, by its worth, unknown worth before all; then what fits; then what nobody counted."""
    if line.shown is None:
        return (2, 0, line.goods.name)
    if line.shown.difference == 0:
        return (1, 0, line.goods.name)
    return (0, -(10**15) if line.value is None else -abs(line.value), line.goods.name)


def _counts(
    connection: Connection,
    branch: str,
    entries: Sequence[Row[Any]],
    choices: Mapping[str, Choice],
    holdings: Mapping[str, Holding],
    posted: Mapping[str, Posted],
) -> dict[str, list[Count]]:
    """The counts of each item, round by round, with what was expected at each one's instant."""
    runs: dict[tuple[str, int], list[Row[Any]]] = {}
    for entry in entries:
        if entry.item in holdings:
            runs.setdefault((entry.item, entry.round), []).append(entry)
    held = {key: counting.total(run) for key, run in runs.items()}
    for item, choice in choices.items():
        if choice.round == NOUGHT and item in holdings:
            people = frozenset({choice.operator})
            held[item, NOUGHT] = Held(0, choice.at, choice.at, people)
    ordered = sorted(held.items())
    moved = _moved(connection, branch, [(item, one) for (item, _), one in ordered])
    counts: dict[str, list[Count]] = {}
    for place, ((item, round_), one) in enumerate(ordered):
        since, meanwhile = moved.get(place, (0, 0))
        expected = holdings[item].quantity - since
        done = posted.get(item)
        if done is not None and done.counted_at <= one.last:
            # What this stocktake itself put right was not there when it was counted.
            expected -= done.difference
        count = Count(round_, one.counted, expected, one.last, one.operators, meanwhile)
        counts.setdefault(item, []).append(count)
    return counts


def _posted(connection: Connection, name: str) -> dict[str, Posted]:
    """What the documents of a stocktake say of its items; nothing before its approval."""
    line = stock_document_line.c
    query = (
        select(line.item, line.counted_at, line.quantity - line.expected, line.value)
        .join(stock_document, stock_document.c.uuid == line.document_uuid)
        .where(stock_document.c.refers_to == name, line.counted_at.is_not(None))
    )
    return {row[0]: Posted(*row[1:]) for row in connection.execute(query)}


def _moved(
    connection: Connection, branch: str, spans: Sequence[tuple[str, Held]]
) -> dict[int, tuple[int, int]]:
    """What moved of each item since it was counted, and while it was."""
    rows = connection.execute(
        _MOVED,
        {
            "branch": branch,
            "places": list(range(len(spans))),
            "items": [item for item, _ in spans],
            "began": [one.first for _, one in spans],
            "untils": [one.last for _, one in spans],
        },
    )
    return {row.place: (int(row.since), int(row.meanwhile)) for row in rows}


def _choices(connection: Connection, name: str) -> dict[str, Choice]:
    rows = connection.execute(select(stocktake_choice).where(stocktake_choice.c.stocktake == name))
    return {row.item: Choice(row.round, row.operator, row.at, row.reason) for row in rows}


def _sheet_names(connection: Connection, name: str) -> dict[int, str]:
    query = select(stocktake_sheet).where(stocktake_sheet.c.stocktake == name)
    return {row.sheet: row.name for row in connection.execute(query)}


def _unknown(entries: Sequence[Row[Any]]) -> tuple[Unknown, ...]:
    runs: dict[str, list[Row[Any]]] = {}
    for one in entries:
        if not one.item:
            runs.setdefault(one.code, []).append(one)
    return tuple(
        Unknown(code, sum(one.quantity for one in run), tuple(one.number for one in run))
        for code, run in sorted(runs.items())
    )
