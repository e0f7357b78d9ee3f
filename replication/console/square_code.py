"""A square code (QR) drawn on a page: for what no bars hold, and for screens and papers that are scanned at an angle."""

from __future__ import annotations

import segno
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from replication.console.pdf_text import INK

_QUIET_ZONE = 2


def draw_square(canvas: Canvas, text: str, x: float, y: float, side: float) -> None:
    """Draw it with its lower left corner at a place, in points."""
    rows = [list(row) for row in segno.make_qr(text, error="m").matrix_iter(border=_QUIET_ZONE)]
    step = side / len(rows)
    canvas.setFillColor(INK)
    for down, row in enumerate(rows):
        for across, dark in enumerate(row):
            if dark:
                canvas.rect(
                    x + across * step, y + side - (down + 1) * step, step, step, stroke=0, fill=1
                )


# reportlab is not typed, so that its class counts as Any.
class SquareCode(Flowable):  # type: ignore[misc]
    """The same between the blocks of a report."""

    def __init__(self, text: str, side: float) -> None:
        super().__init__()
        self.width = self.height = side
        self._text = text

    def draw(self) -> None:
        """Draw it where the report has come to."""
        draw_square(self.canv, self._text, 0, 0, self.width)
