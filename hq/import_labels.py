"""Importing label layouts: how the chain's scales print their labels (rules 7 to 9).

A layout that could not be read by, or that contradicts another one, of this file or held already, is
refused here: at a till the same digits would mean an amount or a weight.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from hq.import_kinds import Reading, compare, held_bodies, one_of
from hq.references import References
from replication.console.csv_file import Row
from replication.console.languages import msgid
from schemas.domain.label import LabelLayout, LayoutFault, contradict, fault_of
from schemas.wire.records import LabelLayout as LabelLayoutRecord
from schemas.wire.records import RecordBody

COLUMNS = (
    "layout", "prefix", "item_digits", "value", "value_digits", "second_digits", "amount_decimals",
    "weight_decimals", "check_from", "declared",
)  # fmt: skip

_FAULTS: Mapping[LayoutFault, tuple[str, str]] = {
    "prefix": ("prefix", msgid("a prefix is two digits or more")),
    "in_store": (
        "prefix",
        msgid(
            "%(prefix)s is not left to shops (02, 20 to 29): say yes under declared if it is yours"
        ),
    ),
    "digits": ("item_digits", msgid("item and value have one digit at least")),
    "length": (
        "value_digits",
        msgid(
            "prefix, item, values and check digit are %(length)s digits together; a label has 13, or"
            " 18 with a second value"
        ),
    ),
    "decimals": (
        "amount_decimals",
        msgid("an amount has at most %(decimals)s decimals, a weight at most 3"),
    ),
}
_CONTRADICTS = msgid("%(prefix)s of %(length)s digits is read by layout %(other)s already")


def read_label_layouts(connection: Connection, rows: list[Row], known: References) -> Reading:
    """Label layouts; see the top of this module."""
    layouts = {
        key: _layout(LabelLayoutRecord.model_validate_json(body))
        for key, body in held_bodies(connection, "label_layout")
    }
    read = [(row, _record(row)) for row in rows]
    layouts |= {record.layout: _layout(record) for row, record in read if not row.problems}
    records = {row.line: record for row, record in read}
    for row, record in read:
        if not row.problems:
            _check(row, _layout(record), layouts, known.decimals)

    def make(row: Row) -> RecordBody:
        return records[row.line]

    return compare(connection, rows, make, known)


def _record(row: Row) -> LabelLayoutRecord:
    return LabelLayoutRecord(
        layout=row.code("layout"),
        prefix=row.code("prefix"),
        item_digits=row.number("item_digits", 0),
        value="weight" if one_of(row, "value", "weight", "amount") else "amount",
        value_digits=row.number("value_digits", 0),
        second_digits=row.number("second_digits", 0),
        amount_decimals=row.number("amount_decimals", 0),
        weight_decimals=row.number("weight_decimals", 0),
        check_from="left" if one_of(row, "check_from", "left", "right") else "right",
        declared=one_of(row, "declared", "yes", "no"),
    )


def _layout(record: LabelLayoutRecord) -> LabelLayout:
    return LabelLayout(**record.model_dump())


def _check(
    row: Row, layout: LabelLayout, layouts: Mapping[str, LabelLayout], decimals: int
) -> None:
    fault = fault_of(layout)
    if fault is None and layout.amount_decimals > decimals:
        fault = "decimals"
    if fault is not None:
        column, text = _FAULTS[fault]
        row.refuse(column, text, prefix=layout.prefix, length=layout.length, decimals=decimals)
        return
    for other in layouts.values():
        if other.layout != layout.layout and contradict(layout, other):
            row.refuse(
                "prefix", _CONTRADICTS, prefix=layout.prefix, length=layout.length,
                other=other.layout,
            )  # fmt: skip
            return
