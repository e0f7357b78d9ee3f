"""Items as the office looks them up (查商品): by barcode, by item code, by an in-store label (rules 7 to 10).

code                         is
a barcode                    that item, in the barcode's unit
an item code                 that item, in its base unit
a label that bears a weight  its item, and as much of it as the label says
anything else                nothing known here: a label that bears an amount alone says no quantity
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields

from sqlalchemy import Connection, select

from schemas.domain.barcode import normalise
from schemas.domain.label import LabelError, LabelLayout, may_be_label, read_label
from schemas.tables.audience import level, nearest
from schemas.tables.catalogue import barcode, item, label_layout, unit

_PIECE = 1000
_LAYOUT = tuple(field.name for field in fields(LabelLayout))


@dataclass(frozen=True, slots=True)
class FoundItem:
    """An item in a unit, of which one is `factor` thousandths of `base_unit`; `quantity` is what a label said."""

    item: str
    name: str
    unit: str
    factor: int
    base_unit: str
    stocked: bool
    quantity: int | None = None


def find(connection: Connection, code: str) -> FoundItem | None:
    """The item behind a code as it was scanned or typed."""
    scanned = nearest(
        connection.execute(select(barcode).where(barcode.c.barcode == normalise(code)))
    )
    if scanned is not None:
        return in_unit(connection, scanned.item, scanned.unit)
    return in_unit(connection, code, None) or _labelled(connection, code)


def in_unit(connection: Connection, code: str, unit_code: str | None) -> FoundItem | None:
    """An item by its code, in one of its units, or in its base unit."""
    row = nearest(connection.execute(select(item).where(item.c.item == code)))
    if row is None:
        return None
    held = unit_code or row.unit
    factor = _PIECE
    if held != row.unit:
        one = nearest(
            connection.execute(select(unit).where(unit.c.item == code, unit.c.unit == held))
        )
        if one is None:
            held = row.unit
        else:
            factor = one.factor
    return FoundItem(row.item, row.name, held, factor, row.unit, row.stocked)


def names(connection: Connection, codes: Collection[str]) -> dict[str, str]:
    """The names of items; one that is not known has none here."""
    query = select(item.c.item, item.c.name).where(item.c.item.in_(codes)).order_by(level(item))
    return {row.item: row.name for row in connection.execute(query)}


def _labelled(connection: Connection, code: str) -> FoundItem | None:
    if not may_be_label(code):
        return None
    rows = connection.execute(select(label_layout)).all()
    named = {row.layout for row in rows}
    speaking = (nearest(row for row in rows if row.layout == name) for name in sorted(named))
    layouts = [
        LabelLayout(*(getattr(row, name) for name in _LAYOUT))
        for row in speaking
        if row is not None
    ]
    try:
        label = read_label(code, layouts)
    except LabelError:
        return None
    if label is None or label.weight is None:
        return None
    for written in (label.item, label.item.lstrip("0")):
        row = nearest(
            connection.execute(select(barcode).where(barcode.c.barcode == normalise(written)))
        )
        found = in_unit(connection, row.item if row else written, row.unit if row else None)
        if found is not None:
            return FoundItem(
                found.item, found.name, found.unit, found.factor, found.base_unit, found.stocked,
                label.weight,
            )  # fmt: skip
    return None
