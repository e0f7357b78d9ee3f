"""Items as the branch looks them up (查商品): by barcode, by item code, by an in-store label (rules 7, 8, 10).

    the code                              stands for
    is a barcode                          its item in the barcode's unit: a pack counts by its factor
    is an item code                       the item in its base unit
    is a label that bears a weight        its item, so much of it
    is a label that bears an amount       refused: what it weighs has to be keyed
    looks like a label and does not read  refused: it is scanned again
    anything else                         nothing known here

A unit that headquarters has not told of is the base unit. Where feeds of several audiences speak of one
key, the most specific speaks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import Connection, Row, select

from branch.wording import RefusalError
from replication.console.languages import msgid
from schemas.domain.barcode import normalise
from schemas.domain.label import Label, LabelError, LabelLayout, may_be_label, read_label
from schemas.tables.audience import nearest, nearest_of_each
from schemas.tables.catalogue import barcode, category, item, label_layout, unit

_PIECE = 1000
_LAYOUT = tuple(field.name for field in fields(LabelLayout))


class LabelRefusedError(RefusalError):
    """A label that cannot be counted as it is; the message says what to do instead."""


@dataclass(frozen=True, slots=True)
class FoundItem:
    """An item in a unit, of which one is `factor` thousandths of `base_unit`; `weight` is what a label says
    there is, in thousandths of the unit.
    """

    item: str
    name: str
    category: str
    unit: str
    factor: int
    base_unit: str
    stocked: bool
    weight: int | None = None


def find(connection: Connection, code: str) -> FoundItem | None:
    """What a code stands for as it was scanned or typed, None if nothing is known of it.

    Raises LabelRefusedError.
    """
    found = _plain(connection, code)
    if found is not None or not may_be_label(code):
        return found
    label = _label(connection, code)
    if label is None:
        return None
    of_label = _plain(connection, label.item) or _plain(connection, label.item.lstrip("0"))
    if of_label is None:
        return None
    if label.weight is None:
        raise LabelRefusedError(
            msgid("The label %(code)s bears no weight: key it, as 1.234*%(item)s"),
            code=code, item=of_label.item,
        )  # fmt: skip
    return replace(of_label, weight=label.weight)


def of_codes(connection: Connection, codes: Iterable[str]) -> dict[str, FoundItem]:
    """Items by their codes, each in its base unit; one that headquarters does not know is left out."""
    rows = connection.execute(select(item).where(item.c.item.in_(sorted(set(codes)))))
    return {code: _found(row) for code, row in nearest_of_each(rows, "item").items()}


def categories(connection: Connection) -> Mapping[str, tuple[str, str]]:
    """Every category with its name and the one above it."""
    rows = nearest_of_each(connection.execute(select(category)), "category")
    return {code: (row.name, row.parent) for code, row in sorted(rows.items())}


def _plain(connection: Connection, code: str) -> FoundItem | None:
    """The item behind a barcode or an item code."""
    scanned = nearest(
        connection.execute(select(barcode).where(barcode.c.barcode == normalise(code)))
    )
    wanted = code if scanned is None else scanned.item
    held = nearest(connection.execute(select(item).where(item.c.item == wanted)))
    if held is None:
        return None
    if scanned is None or scanned.unit == held.unit:
        return _found(held)
    of_unit = unit.c.item == wanted, unit.c.unit == scanned.unit
    pack = nearest(connection.execute(select(unit).where(*of_unit)))
    return (
        _found(held) if pack is None else replace(_found(held), unit=pack.unit, factor=pack.factor)
    )


def _found(row: Row[Any]) -> FoundItem:
    return FoundItem(row.item, row.name, row.category, row.unit, _PIECE, row.unit, row.stocked)


def _label(connection: Connection, code: str) -> Label | None:
    rows = nearest_of_each(connection.execute(select(label_layout)), "layout")
    layouts = [
        LabelLayout(*(getattr(row, name) for name in _LAYOUT)) for _, row in sorted(rows.items())
    ]
    try:
        return read_label(code, layouts)
    except LabelError as error:
        raise LabelRefusedError(
            msgid("The label %(code)s does not read: scan it again"), code=code
        ) from error
