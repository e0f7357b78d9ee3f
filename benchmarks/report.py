"""Figures as a table for people and as JSON for programs.

what is measured           ours (least–most)        ratio (least–most)   limit
  against what             the peer's, likewise
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.measures import Measure, Outcome, Spread, Unit

_HEAD = ("measure", "middle (least–most)", "ratio to the peer", "limit")


def table(measures: Sequence[Measure]) -> str:
    """Two lines per measure, ours and the peer's, under a heading, columns aligned."""
    rows = [_HEAD, *(row for one in measures for row in _rows(one))]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_HEAD))]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return "\n".join([lines[0], "─" * max(map(len, lines)), *lines[1:]])


def as_json(hardware: Mapping[str, str], outcomes: Mapping[str, Outcome]) -> dict[str, Any]:
    """Everything, times in seconds."""
    return {
        "hardware": dict(hardware),
        "benchmarks": {
            name: {
                "measures": [asdict(one) | {"over": one.is_over} for one in found.measures],
                "notes": list(found.notes),
            }
            for name, found in outcomes.items()
        },
    }


def _rows(one: Measure) -> tuple[tuple[str, ...], tuple[str, ...]]:
    ratio = f"{one.ratio.middle:.2f}× ({one.ratio.least:.2f}–{one.ratio.most:.2f})"
    return (
        (one.name, _figure(one.ours, one.unit), ratio, _limit(one)),
        (f"  against {one.against}", _figure(one.peer, one.unit), "", ""),
    )


def _figure(spread: Spread, unit: Unit) -> str:
    least, most = sorted((unit.convert(spread.least), unit.convert(spread.most)))
    middle = unit.convert(spread.middle)
    return f"{_number(middle)} {unit.name} ({_number(least)}–{_number(most)})"


def _number(value: float) -> str:
    """Three digits that mean something."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _limit(one: Measure) -> str:
    if one.limit is None:
        return "–"
    most = one.limit.most
    allowed = (
        f"{most:g}×" if one.limit.of_ratio else f"{_number(one.unit.convert(most))} {one.unit.name}"
    )
    return f"≤ {allowed}: {'OVER ITS LIMIT' if one.is_over else 'kept'}"
