"""Options as the script reads them: integers, and how to write them."""

from __future__ import annotations

import json

from replication.console.charts import Scale, Series, axis_chart, pie_chart


def test_amounts_stay_integers() -> None:
    scale = Scale("zh_CN", "CNY")
    option = axis_chart("area", ["8", "9"], [Series("净额", [123_450, None])], scale)
    assert option["format"] == {"decimals": 2, "prefix": "¥", "language": "zh-CN"}
    assert option["series"][0]["data"] == [123_450, None]
    assert option["series"][0]["type"] == "line"
    assert "areaStyle" in option["series"][0]
    assert not option["legend"]["show"]
    json.dumps(option)


def test_bars_lie_down_and_stack() -> None:
    series = [Series("a", [1]), Series("b", [2])]
    option = axis_chart("bar", ["x"], series, Scale("en"), stacked=True, horizontal=True)
    assert (option["xAxis"]["type"], option["yAxis"]["type"]) == ("value", "category")
    assert [one["stack"] for one in option["series"]] == ["all", "all"]
    assert option["format"] == {"decimals": 0, "prefix": "", "language": "en"}


def test_a_pie_names_its_parts() -> None:
    option = pie_chart([("粮油", 7)], Scale("zh_CN"))
    assert option["series"][0]["data"] == [{"name": "粮油", "value": 7}]
