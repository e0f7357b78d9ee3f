"""How sheets and rolls of labels are cut: data, in millimetres. A new one is a line here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Content = Literal["price", "barcode"]


@dataclass(frozen=True, slots=True)
class LabelLayout:
    """A page of `across` × `down` labels of `width` × `height`, the first at `left`, `top`, and so far apart.

    `content` is what a label shows: a price for the shelf, or a barcode with its name. A roll is a page of one label.
    """

    page: tuple[float, float]
    across: int
    down: int
    width: float
    height: float
    left: float = 0.0
    top: float = 0.0
    gap_across: float = 0.0
    gap_down: float = 0.0
    content: Content = "price"

    @property
    def per_page(self) -> int:
        """How many labels a page has."""
        return self.across * self.down


_A4 = (210.0, 297.0)

LAYOUTS: Mapping[str, LabelLayout] = {
    "a4_3x8": LabelLayout(_A4, 3, 8, 70.0, 37.0, top=0.5),
    "a4_2x7": LabelLayout(_A4, 2, 7, 99.1, 38.1, left=4.65, top=15.15, gap_across=2.5),
    "roll_60x40": LabelLayout((60.0, 40.0), 1, 1, 60.0, 40.0),
    "roll_50x30": LabelLayout((50.0, 30.0), 1, 1, 50.0, 30.0),
    "roll_38x25": LabelLayout((38.0, 25.0), 1, 1, 38.0, 25.0),
    "barcodes_4x10": LabelLayout(_A4, 4, 10, 48.5, 25.4, left=8.0, top=21.5, content="barcode"),
}
