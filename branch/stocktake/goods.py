"""What a code stands for where goods are counted: an item in a unit, perhaps with a weight (rules 7, 8, 10).

    the code                              stands for
    is a barcode                          its item in the barcode's unit: a pack counts by its factor
    is an item code                       the item in its own unit
    is a label that bears a weight        its item, so much of it
    is a label that bears an amount       refused: what it weighs has to be keyed
    anything else                         nothing known here; it is kept as it was read

Where feeds of several audiences speak of one key, the most specific speaks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from branch.wording import RefusalError
from replication.console.languages import msgid
from schemas.domain.barcode import normalise
from schemas.domain.label import LabelError, LabelLayout, may_be_label, read_label
from schemas.tables.catalogue import barcode, category, item, label_layout, unit

_LEVELS = {"chain": 0, "group": 1, "branch": 2, "local": 3}
_LAYOUT = tuple(field.name for field in fields(LabelLayout))


class GoodsError(RefusalError):
    """A code that cannot be counted as it is; the message says what to key instead."""


@dataclass(frozen=True, slots=True)
class Goods:
    """An item in a unit, of which one is `factor` thousandths of its base unit `base`; `weight` is what a label
    says there is, in thousandths of it.
    """

    item: str
    name: str
    category: str
    base: str
    unit: str
    factor: int
    stocked: bool
    weight: int | None = None


def find(connection: Connection, code: str) -> Goods | None:
    """What a code stands for, None if nothing is known of it. Raises GoodsError."""
    found = _plain(connection, code)
    if found is not None or not may_be_label(code):
        return found
    try:
        label = read_label(code, _layouts(connection))
    except LabelError as error:
        raise GoodsError(
            msgid("The label %(code)s does not read: scan it again"), code=code
        ) from error
    if label is None:
        return None
    of_label = _plain(connection, label.item) or _plain(connection, label.item.lstrip("0"))
    if of_label is None:
        return None
    if label.weight is None:
        raise GoodsError(
            msgid("The label %(code)s bears no weight: key it, as 1.234*%(item)s"),
            code=code, item=of_label.item,
        )  # fmt: skip
    return Goods(**{name: getattr(of_label, name) for name in _PLAIN}, weight=label.weight)


def items(connection: Connection, codes: Iterable[str]) -> dict[str, Goods]:
    """Items by their codes, each in its own unit; of one that headquarters does not know, nothing."""
    rows = _nearest(connection, select(item).where(item.c.item.in_(sorted(set(codes)))), "item")
    return {code: _goods(row, row.unit, 1000) for code, row in rows.items()}


def categories(connection: Connection) -> dict[str, tuple[str, str]]:
    """Every category with its name and the one above it."""
    rows = _nearest(connection, select(category), "category")
    return {code: (row.name, row.parent) for code, row in sorted(rows.items())}


_PLAIN = ("item", "name", "category", "base", "unit", "factor", "stocked")


def _plain(connection: Connection, code: str) -> Goods | None:
    scanned = _nearest(
        connection, select(barcode).where(barcode.c.barcode == normalise(code)), "barcode"
    )
    row = next(iter(scanned.values()), None)
    wanted = code if row is None else row.item
    held = _nearest(connection, select(item).where(item.c.item == wanted), "item").get(wanted)
    if held is None:
        return None
    in_unit = held.unit if row is None else row.unit
    query = select(unit).where(unit.c.item == wanted, unit.c.unit == in_unit)
    known = _nearest(connection, query, "unit").get(in_unit)
    return _goods(held, in_unit, 1000 if known is None else known.factor)


def _goods(row: Row[Any], in_unit: str, factor: int) -> Goods:
    return Goods(row.item, row.name, row.category, row.unit, in_unit, factor, row.stocked)


def _layouts(connection: Connection) -> Sequence[LabelLayout]:
    rows = _nearest(connection, select(label_layout), "layout").values()
    return [LabelLayout(*(getattr(row, name) for name in _LAYOUT)) for row in rows]


def _nearest(connection: Connection, query: Select[Any], key: str) -> Mapping[str, Row[Any]]:
    """The rows by a key, of each the one of the most specific feed."""
    rows = connection.execute(query).all()
    ordered = sorted(rows, key=lambda row: _LEVELS.get(row.stream.split(":")[1], 0))
    return {getattr(row, key): row for row in ordered}
