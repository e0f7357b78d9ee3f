"""What `static/charts.js` draws: options of ECharts as plain values, for `ui.chart` in a template.

Values are integers, amounts in minor units; only the axis and the tooltip show them with a point.
A missing value is None and leaves a gap. What a chart shows also stands in a table on its page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from replication.console.formats import decimals_of, symbol_of

Kind = Literal["line", "area", "bar"]
Option = dict[str, Any]

_FEW_LABELS = 12


@dataclass(frozen=True, slots=True)
class Series:
    """One line or one colour of bars; a value per label."""

    name: str
    values: Sequence[int | None]


@dataclass(frozen=True, slots=True)
class Scale:
    """What the values are: of a currency in minor units, or plain figures when it is None, whose last so many
    digits are `decimals`.
    """

    language: str
    currency: str | None = None
    decimals: int = 0

    def as_format(self) -> dict[str, object]:
        """What the script needs to write them."""
        known = self.currency is not None
        return {
            "decimals": decimals_of(self.currency) if self.currency is not None else self.decimals,
            "prefix": symbol_of(self.currency or "", self.language) if known else "",
            "language": self.language.replace("_", "-"),
        }


def axis_chart(
    kind: Kind,
    labels: Sequence[str],
    series: Sequence[Series],
    scale: Scale,
    *,
    stacked: bool = False,
    horizontal: bool = False,
) -> Option:
    """Lines, areas or bars over labels. `horizontal` lays bars down, for long labels."""
    categories = {
        "type": "category",
        "data": list(labels),
        "axisTick": {"show": False},
        "inverse": horizontal,
    }
    values = {"type": "value", "splitLine": {"lineStyle": {"color": "#e6ebee"}}}
    return {
        "format": scale.as_format(),
        "grid": {
            "left": 8,
            "right": 28,
            "top": 36 if len(series) > 1 else 16,
            "bottom": 4,
            "containLabel": True,
        },
        "legend": {"show": len(series) > 1, "top": 0, "right": 0, "icon": "roundRect"},
        "tooltip": {"trigger": "axis"},
        "xAxis": values if horizontal else categories,
        "yAxis": categories if horizontal else values,
        "series": [_series(kind, one, stacked=stacked, labels=len(labels)) for one in series],
    }


def _series(kind: Kind, one: Series, *, stacked: bool, labels: int) -> Option:
    drawn: Option = {
        "name": one.name,
        "type": "bar" if kind == "bar" else "line",
        "data": list(one.values),
    }
    if kind == "bar":
        drawn["barMaxWidth"] = 34
    else:
        drawn["showSymbol"] = labels <= _FEW_LABELS
        drawn["lineStyle"] = {"width": 2}
    if kind == "area":
        drawn["areaStyle"] = {"opacity": 0.18}
    if stacked:
        drawn["stack"] = "all"
    return drawn


def pie_chart(parts: Sequence[tuple[str, int]], scale: Scale) -> Option:
    """Shares of a whole, each with its name. Parts of less than nought cannot be drawn: leave out."""
    return {
        "format": scale.as_format(),
        "tooltip": {"trigger": "item"},
        "series": [
            {
                "type": "pie",
                "radius": ["45%", "72%"],
                "data": [{"name": name, "value": value} for name, value in parts],
                "label": {"formatter": "{b}  {d}%"},
            }
        ],
    }
