"""A report of a range of dates as one table: for the page, for paper and for a spreadsheet alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from branch.day_state import Day
from branch.reports import blocks, period
from branch.reports.figures import Part
from branch.reports.period import Lacking, Period
from branch.tills import Till
from branch.voice import Voice
from replication.console.formats import MISSING, decimals_of, number, percent, quantity
from replication.console.languages import msgid
from replication.console.pdf import Block, PdfFacts, PdfNote, PdfTable
from replication.console.table_export import Cell
from schemas.domain.money import format_amount

What = Literal["item", "hour", "operator", "history"]
TITLES: Mapping[What, str] = {
    "item": msgid("Sales by item"),
    "hour": msgid("Sales by hour"),
    "operator": msgid("Sales by operator"),
    "history": msgid("X and Z reports"),
}
_NOT_CLOSED = msgid("Not closed, the figures may still change: %(dates)s.")
_LATE = msgid("With receipts that came after the close: %(dates)s.")
_QUANTITY_DECIMALS = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One row: as it is shown, as it is written for a spreadsheet, and the files that it leads to."""

    shown: tuple[str, ...]
    written: tuple[Cell, ...]
    files: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A report; `numbers` are the columns of figures, `total` is the last row of the same columns."""

    heads: tuple[str, ...]
    numbers: frozenset[int]
    lines: tuple[Line, ...]
    total: Line | None = None


def table(connection: Connection, voice: Voice, what: What, about: Period) -> Table:
    """The report that was asked for."""
    return _TABLES[what](connection, voice, about)


def notes(voice: Voice, lacks: Lacking) -> list[str]:
    """What the figures lack, in sentences; nothing when they are complete."""
    return [
        voice.text(text, dates=", ".join(voice.day(day.business_date) for day in days))
        for text, days in ((_NOT_CLOSED, lacks.unfinished), (_LATE, lacks.late))
        if days
    ]


def printed(voice: Voice, about: Period, found: Table, lacks: Lacking) -> Sequence[Block]:
    """The report on paper: about what, what it lacks, and its figures."""
    everyone = voice.text(msgid("all"))
    facts = [
        (voice.text(msgid("From")), voice.day(about.first)),
        (voice.text(msgid("To")), voice.day(about.last)),
        (voice.text(msgid("Lane")), about.lane or everyone),
        (
            voice.text(msgid("Operator")),
            voice.person(about.operator) if about.operator else everyone,
        ),
    ]
    rows = [line.shown for line in found.lines]
    if found.total is not None:
        rows.append(found.total.shown)
    return [
        PdfFacts(facts),
        *(PdfNote(text) for text in notes(voice, lacks)),
        PdfTable(found.heads, rows, found.numbers, totals=int(found.total is not None)),
    ]


def _items(connection: Connection, voice: Voice, about: Period) -> Table:
    sold = period.items(connection, about)
    whole = sum(one.amount for one in sold)
    lines = tuple(
        Line(
            (one.item, one.name, quantity(one.quantity), voice.amount(one.amount),
             percent(one.amount, whole)),
            (one.item, one.name, format_amount(one.quantity, _QUANTITY_DECIMALS),
             _plain(voice, one.amount), percent(one.amount, whole)),
        )
        for one in sold
    )  # fmt: skip
    total = Line(
        (voice.text(msgid("Total")), "", "", voice.amount(whole), percent(whole, whole)),
        (voice.text(msgid("Total")), "", "", _plain(voice, whole), percent(whole, whole)),
    )
    heads = (msgid("Item"), msgid("Name"), msgid("Quantity"), msgid("Sales"), msgid("Share"))
    return Table(tuple(map(voice.text, heads)), frozenset({2, 3, 4}), lines, total)


def _hours(connection: Connection, voice: Voice, about: Period) -> Table:
    rows = [(f"{int(one.key):02d}:00", one) for one in period.hours(connection, about)]
    return _parts(voice, msgid("Hour"), rows)


def _operators(connection: Connection, voice: Voice, about: Period) -> Table:
    rows = [(voice.person(one.key), one) for one in period.operators(connection, about)]
    return _parts(voice, msgid("Operator"), rows)


def _parts(voice: Voice, label: str, rows: Sequence[tuple[str, Part]]) -> Table:
    whole = sum(part.amount for _, part in rows)
    tickets = sum(part.tickets for _, part in rows)
    total = Part("", tickets, whole)
    heads = (label, msgid("Receipts"), msgid("Sales"), msgid("Share"))
    return Table(
        tuple(map(voice.text, heads)),
        frozenset({1, 2, 3}),
        tuple(_part(voice, name, part, whole) for name, part in rows),
        _part(voice, voice.text(msgid("Total")), total, whole),
    )


def _part(voice: Voice, name: str, part: Part, whole: int) -> Line:
    share = percent(part.amount, whole)
    return Line(
        (name, number(part.tickets), voice.amount(part.amount), share),
        (name, part.tickets, _plain(voice, part.amount), share),
    )


def _history(connection: Connection, voice: Voice, about: Period) -> Table:
    heads = (
        msgid("Date"), msgid("Lane"), msgid("Operator"), msgid("From"), msgid("To"), msgid("State"),
        msgid("Over or short"),
    )  # fmt: skip
    lines = [
        line
        for day, held in period.history(connection, about)
        for line in _of_day(voice, about, day, held)
    ]
    return Table(tuple(map(voice.text, heads)), frozenset(), tuple(lines))


def _of_day(voice: Voice, about: Period, day: Day, held: Sequence[Till]) -> Iterator[Line]:
    if day.revision and not about.lane and not about.operator:
        named = voice.text(msgid("the day, revision %(revision)s"), revision=day.revision)
        cells = (voice.day(day.business_date), named, MISSING, voice.instant(day.opened),
                 voice.instant(day.changed), MISSING, MISSING)  # fmt: skip
        yield Line(cells, cells, (("Z", f"/days/{day.business_date}/z.pdf"),))
    for till in held:
        counted = bool(till.counts)
        cells = (
            voice.day(till.business_date), till.lane,
            " → ".join(voice.person(one) for one in till.operators), voice.instant(till.opened),
            voice.instant(till.ended), voice.text(_STATES[till.state]),
            blocks.differences(voice, till.over_short or {}) if counted else MISSING,
        )  # fmt: skip
        letters = ("X", "Z") if counted else ("X",)
        files = tuple((one, f"/tills/{till.shift}/{one.lower()}.pdf") for one in letters)
        yield Line(cells, cells, files)


def _plain(voice: Voice, amount: int) -> str:
    return format_amount(amount, decimals_of(voice.profile.currency))


_STATES = {
    "running": msgid("Shift running"), "to_count": msgid("To count"), "settled": msgid("Settled"),
}  # fmt: skip
_TABLES: Mapping[What, Callable[[Connection, Voice, Period], Table]] = {
    "item": _items, "hour": _hours, "operator": _operators, "history": _history,
}  # fmt: skip
