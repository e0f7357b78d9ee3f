"""A day's revisions side by side: every figure of every close and of now, and where it changed.

The columns are the revisions from the first close on, and last what headquarters computes now.
A figure that a column lacks, such as a tender that was not taken then, counts as nought.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hq.days import DayHistory
from schemas.domain.day import DayTotals, LaneTotals
from schemas.domain.till import is_currency

Section = Literal["totals", "tenders", "over_short", "lanes"]
Measure = Literal["tickets", "gross", "amount", "last_counter", "grand_total"]


@dataclass(frozen=True, slots=True)
class Line:
    """One figure across the columns. `subject` is the tender or the lane that it is about."""

    section: Section
    subject: str
    measure: Measure
    values: tuple[int, ...]

    @property
    def is_money(self) -> bool:
        """Minor units, as opposed to a count."""
        return self.measure in ("gross", "amount", "grand_total")

    @property
    def currency(self) -> str:
        """The foreign currency that the figure is in; empty for the branch's own."""
        return self.subject if self.section == "over_short" and is_currency(self.subject) else ""

    @property
    def changes(self) -> tuple[bool, ...]:
        """Of each column, whether it differs from the one before it."""
        pairs = zip(self.values, self.values[1:], strict=False)
        return (False, *(before != after for before, after in pairs))


def side_by_side(history: DayHistory) -> tuple[Line, ...]:
    """Every figure of the day, section by section."""
    totals = [*(one.totals for one in history.revisions), history.totals]
    lanes = [*(one.lanes for one in history.revisions), history.lanes]
    return (
        Line("totals", "", "tickets", tuple(one.tickets for one in totals)),
        Line("totals", "", "gross", tuple(one.gross for one in totals)),
        *_by_kind("tenders", totals),
        *_by_kind("over_short", totals),
        *_by_lane(lanes),
    )


def _by_kind(section: Literal["tenders", "over_short"], totals: list[DayTotals]) -> list[Line]:
    amounts = [one.tenders if section == "tenders" else one.over_short for one in totals]
    kinds = sorted({kind for one in amounts for kind in one})
    return [
        Line(section, kind, "amount", tuple(one.get(kind, 0) for one in amounts)) for kind in kinds
    ]


def _by_lane(columns: list[tuple[LaneTotals, ...]]) -> list[Line]:
    by_name = [{lane.lane: lane for lane in column} for column in columns]
    lines: list[Line] = []
    for name in sorted({name for column in by_name for name in column}):
        held = [column.get(name, LaneTotals(name, 0, 0, 0, 0)) for column in by_name]
        lines += [
            Line("lanes", name, "tickets", tuple(one.tickets for one in held)),
            Line("lanes", name, "gross", tuple(one.gross for one in held)),
            Line("lanes", name, "last_counter", tuple(one.last_counter for one in held)),
            Line("lanes", name, "grand_total", tuple(one.grand_total for one in held)),
        ]
    return lines
