"""The text of a PDF report: the font's name, the styles, paragraphs, and labels with values."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Literal
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Paragraph, Table

FONT = "WenQuanYiMicroHei"
INK = HexColor("#1b2730")
QUIET = HexColor("#54636e")
LINE = HexColor("#b9c4ca")
CELL_SIZE = 8.5
CELL_LEADING = 11.5

Look = Literal["title", "subtitle", "heading", "note", "cell", "label"]

# Size, leading, space before, colour.
_LOOKS = {
    "title": (17, 22, 0, INK),
    "subtitle": (10, 14, 2, QUIET),
    "heading": (12, 16, 6, INK),
    "note": (9, 13, 0, INK),
    "cell": (CELL_SIZE, CELL_LEADING, 0, INK),
    "label": (CELL_SIZE, CELL_LEADING, 0, QUIET),
}


@cache
def _style(look: Look, language: str) -> ParagraphStyle:
    size, leading, before, colour = _LOOKS[look]
    return ParagraphStyle(
        f"{look}-{language}",
        fontName=FONT,
        fontSize=size,
        leading=leading,
        spaceBefore=before,
        spaceAfter=3 if look == "heading" else 0,
        keepWithNext=int(look == "heading"),
        textColor=colour,
        # Chinese breaks between any two characters, English between words.
        wordWrap="CJK" if language == "zh_CN" else None,
        splitLongWords=1,
    )


def paragraph(text: str, look: Look, language: str) -> Paragraph:
    """The text in that look; it is text, never markup."""
    return Paragraph(escape(text), _style(look, language))


def facts_flowable(pairs: Sequence[tuple[str, str]], width: float, language: str) -> Table:
    """Labels with values, two pairs to a row."""
    cells = [
        (paragraph(label, "label", language), paragraph(value, "cell", language))
        for label, value in pairs
    ] or [("", "")]
    if len(cells) % 2:
        cells.append(("", ""))
    rows = [(*cells[index], *cells[index + 1]) for index in range(0, len(cells), 2)]
    widths = [width * 0.18, width * 0.32] * 2
    style = [
        ("FONT", (0, 0), (-1, -1), FONT, CELL_SIZE, CELL_LEADING),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
    ]
    return Table(rows, colWidths=widths, style=style, hAlign="LEFT")
