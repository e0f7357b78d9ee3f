"""A shelf's price as the words of its label, in one language."""

from __future__ import annotations

from datetime import datetime
from gettext import NullTranslations

from replication.console.formats import amount, instant
from replication.console.labels.sheet import ShelfLabel
from replication.console.languages import msgid
from schemas.domain.barcode import written
from schemas.domain.money import divide
from schemas.tables.shelf_prices import ShelfPrice

_SINCE = msgid("From %(at)s")
_BASE = 1000
#: How layouts are called, by their names in `layout.LAYOUTS`.
LAYOUT_NAMES = {
    "a4_3x8": msgid("A4, 3 × 8 labels of 70 × 37 mm"),
    "a4_2x7": msgid("A4, 2 × 7 labels of 99 × 38 mm"),
    "roll_60x40": msgid("Roll, 60 × 40 mm"),
    "roll_50x30": msgid("Roll, 50 × 30 mm"),
    "roll_38x25": msgid("Roll, 38 × 25 mm"),
    "barcodes_4x10": msgid("Barcodes on A4, 4 × 10"),
}


def label_of(
    one: ShelfPrice, currency: str, language: str, said: NullTranslations,
    since: tuple[datetime, str] | None,
) -> ShelfLabel:  # fmt: skip
    """The label; `since` is when the price begins, and the zone of the clock that says so."""
    moved = one.moved
    base = divide(moved.new * _BASE, one.factor)
    by_base = "" if one.factor == _BASE else f"{amount(base, currency, language)} / {one.base_unit}"
    begins = "" if since is None else instant(since[0], since[1], language)
    return ShelfLabel(
        moved.item, one.name, moved.unit, written(one.barcode) if one.barcode else "",
        amount(moved.new, currency, language),
        "" if moved.old is None else amount(moved.old, currency, language), by_base,
        said.gettext(_SINCE) % {"at": begins} if begins else "",
    )  # fmt: skip
