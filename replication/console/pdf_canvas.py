"""The foot of each page: the report's footer, and the page's number among all.

How many pages there are is known at the end, so each is kept until then and drawn afterwards.
"""

from __future__ import annotations

from typing import Any

from reportlab.pdfgen.canvas import Canvas

from replication.console.pdf_text import FONT, LINE, QUIET


def numbered_canvas(footer: str, margin: float) -> type[Canvas]:
    """A class of canvas with that foot, as reportlab wants it."""

    # reportlab is not typed, so that its class counts as Any.
    class NumberedCanvas(Canvas):  # type: ignore[misc]
        def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - reportlab's own
            # Each page begins with a font; the usual one would be named and not embedded.
            super().__init__(*arguments, **named | {"initialFontName": FONT})
            self._kept: list[dict[str, object]] = []

        def showPage(self) -> None:  # noqa: N802 - reportlab's name
            """Keep the page for later."""
            self._kept.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            """Draw the foot of each page, and write them all."""
            for number, page in enumerate(self._kept, start=1):
                self.__dict__.update(page)
                self._draw_foot(f"{number} / {len(self._kept)}")
                super().showPage()
            super().save()

        def _draw_foot(self, number: str) -> None:
            width = self._pagesize[0]
            self.setStrokeColor(LINE)
            self.line(margin, margin, width - margin, margin)
            self.setFont(FONT, 8)
            self.setFillColor(QUIET)
            self.drawString(margin, margin - 11, footer)
            self.drawRightString(width - margin, margin - 11, number)

    return NumberedCanvas
