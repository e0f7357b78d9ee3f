"""A report for a program: the reporting API. Keys are English and stay; docs/reports.md tells them.

    amounts       integers in minor units; `currency` says of which currency, and how many decimals it has
    quantities    integers, thousandths of a unit
    shares        {"part", "whole"} in the same unit
    named         {"code", "name"}
    completeness  of all, and of each row: whether it is complete, and every gap by problem, branch and date

`next` is the address of the following page, null at the end.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from hq.completeness import Completeness
from hq.reporting.made import Made
from hq.reporting.ranges import Range
from hq.reporting.table import Column, Named, Row, Share, Value, Verdicts
from replication.console.formats import decimals_of

MEDIA_TYPE = "application/json"


def as_json(made: Made, following: str | None = None) -> bytes:
    """The answer; `following` is the address of the next page."""
    request, answer, words = made.request, made.answer, made.words
    verdicts = Verdicts(answer.completeness)
    compared = answer.compared
    told: dict[str, Any] = {
        "report": made.definition.code,
        "title": made.title,
        "as_of": answer.completeness.as_of.isoformat(),
        "currency": {"code": answer.currency, "decimals": decimals_of(answer.currency)},
        "asked": {
            **_range(request.asked.range),
            "branches": request.asked.codes,
            **request.choices,
            **{name: value for name, value in request.filters.items() if value},
            "sort": request.sort,
            "order": "down" if request.descending else "up",
        },
        "columns": [_column(column) for column in answer.columns],
        "rows": [_row(answer.columns, row, verdicts.told(row, _brief)) for row in answer.rows],
        "total": None if answer.total is None else _values(answer.columns, answer.total),
        "completeness": _completeness(answer.completeness),
        "compared": None if compared is None else {
            "with": compared.comparison, **_range(compared.range),
            "completeness": _completeness(compared.completeness),
        },
        "notes": [str(note) for note in answer.notes],
        "language": words.language,
        "next": following,
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _range(asked: Range) -> dict[str, str]:
    return {"from": asked.first.isoformat(), "to": asked.last.isoformat()}


def _column(column: Column) -> dict[str, str]:
    return {"name": column.name, "kind": column.kind, "label": column.label}


def _row(columns: tuple[Column, ...], row: Row, lacks: dict[str, Any]) -> dict[str, Any]:
    return {
        "key": list(row.key),
        **_values(columns, row.values),
        "completeness": lacks,
    }


def _values(columns: tuple[Column, ...], values: tuple[Value, ...]) -> dict[str, Any]:
    return {column.name: _value(value) for column, value in zip(columns, values, strict=True)}


def _value(value: Value) -> str | int | Mapping[str, str | int] | None:
    match value:
        case Named(code=code, name=name):
            return {"code": code, "name": name}
        case Share(part=part, whole=whole):
            return {"part": part, "whole": whole}
        case date():
            return value.isoformat()
        case _:
            return value


def _brief(completeness: Completeness) -> dict[str, Any]:
    """Of a row: the problems by name; what they are in full stands with the whole."""
    return {
        "complete": completeness.complete,
        "problems": list(completeness.by_problem()),
    }


def _completeness(completeness: Completeness) -> dict[str, Any]:
    return {
        "complete": completeness.complete,
        "days": completeness.days,
        "branches": len(completeness.branches),
        "gaps": [
            {
                "problem": gap.problem,
                "branch": gap.branch,
                "date": gap.business_date.isoformat() if gap.business_date else None,
                "count": gap.count,
            }
            for gap in completeness.gaps
        ],
    }
