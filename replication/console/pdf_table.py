"""Tables of a PDF report: columns as wide as they need, shrunk where text can wrap.

Figures never wrap and never shrink; where a table would be wider than its page, the heads above them wrap. A cell becomes a paragraph only where its text is wider than
its column: paragraphs take many times as long as plain text, and a report has thousands of cells.
"""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.lib.colors import HexColor
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import LongTable, Paragraph

from replication.console.pdf_text import (
    CELL_LEADING,
    CELL_SIZE,
    FONT,
    INK,
    LINE,
    QUIET,
    paragraph,
)

_PADDING = 4.0
_NARROWEST = 36.0
_WIDEST = 220.0
# Above the text of a row that is written on by hand: 8 mm from line to line.
_BY_HAND = 11.0
_HEAD = HexColor("#eef2f4")
_HAIR = HexColor("#e1e7ea")


def _widths(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[float]:
    columns = [[title, *(row[index] for row in rows)] for index, title in enumerate(header)]
    return [
        max(stringWidth(text, FONT, CELL_SIZE) for text in column) + 2 * _PADDING + 0.5
        for column in columns
    ]


def natural_width(header: Sequence[str], rows: Sequence[Sequence[str]]) -> float:
    """How wide the table would like to be, in points; long texts count as if already wrapped."""
    return sum(min(width, _WIDEST) for width in _widths(header, rows))


def _fitted(widths: list[float], numbers: frozenset[int], available: float) -> list[float]:
    """The columns within what is available: texts give way, and share what is left over by their widths, so
    that a name stays beside its code.
    """
    fixed = sum(width for index, width in enumerate(widths) if index in numbers)
    texts = [index for index in range(len(widths)) if index not in numbers]
    wanted = sum(widths[index] for index in texts)
    room = max(available - fixed, _NARROWEST * len(texts))
    if not texts or not wanted:
        # Nothing can give way; figures alone are spread over the page when there is room.
        return [width * max(1.0, available / fixed) for width in widths]
    fitted = list(widths)
    if wanted <= room:
        for index in texts:
            fitted[index] *= room / wanted
        return fitted
    # Narrow columns keep what they need; the wide ones share the rest.
    left, open_columns = room, sorted(texts, key=lambda index: widths[index])
    for position, index in enumerate(open_columns):
        share = left / (len(open_columns) - position)
        fitted[index] = min(widths[index], share)
        left -= fitted[index]
    return fitted


def _yielding(
    widths: Sequence[float], header: Sequence[str], rows: Sequence[Sequence[str]],
    numbers: frozenset[int], available: float,
) -> list[float]:  # fmt: skip
    """The widths, less what heads of figures can give where there is too little room, each as much of what it has."""
    kept = _widths([_longest(one) for one in header], rows)
    wanted = sum(min(width, _WIDEST) for width in widths)
    spare = sum(widths[index] - kept[index] for index in numbers)
    part = min(1.0, max(0.0, wanted - available) / spare) if spare else 0.0
    return [
        width - (width - kept[index]) * part if index in numbers else width
        for index, width in enumerate(widths)
    ]


def _longest(head: str) -> str:
    return max(head.split() or [""], key=lambda word: stringWidth(word, FONT, CELL_SIZE))


def _wrapped(head: str, width: float) -> str:
    """Its words on as many lines as it takes."""
    lines = [""]
    for word in head.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and stringWidth(longer, FONT, CELL_SIZE) + 2 * _PADDING > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)


def _cell(text: str, width: float, language: str) -> str | Paragraph:
    if stringWidth(text, FONT, CELL_SIZE) + 2 * _PADDING <= width:
        return text
    return paragraph(text, "cell", language)


def table_flowable(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    numbers: frozenset[int],
    totals: int,
    width: float,
    language: str,
    *,
    by_hand: bool = False,
) -> LongTable:
    """The table over the given width, its header repeated on every page."""
    wanted = _yielding(_widths(header, rows), header, rows, numbers, width)
    columns = _fitted(wanted, numbers, width)
    heads = [
        _wrapped(text, columns[index]) if index in numbers else text
        for index, text in enumerate(header)
    ]
    cells = [
        [
            text if index in numbers else _cell(text, columns[index], language)
            for index, text in enumerate(row)
        ]
        for row in (heads, *rows)
    ]
    style: list[tuple[object, ...]] = [
        ("FONT", (0, 0), (-1, -1), FONT, CELL_SIZE, CELL_LEADING),
        ("TEXTCOLOR", (0, 0), (-1, -1), INK),
        ("TEXTCOLOR", (0, 0), (-1, 0), QUIET),
        ("BACKGROUND", (0, 0), (-1, 0), _HEAD),
        ("LINEBELOW", (0, 0), (-1, 0), 0.6, LINE),
        ("LINEBELOW", (0, 1), (-1, -1), 0.3, _HAIR),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), _PADDING),
        ("RIGHTPADDING", (0, 0), (-1, -1), _PADDING),
        ("TOPPADDING", (0, 0), (-1, -1), 2.2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.6),
        *(("ALIGN", (index, 0), (index, -1), "RIGHT") for index in sorted(numbers)),
    ]
    if by_hand:
        style.append(("TOPPADDING", (0, 1), (-1, -1), _BY_HAND))
    if totals:
        style.append(("LINEABOVE", (0, -totals), (-1, -totals), 0.8, INK))
        style.append(("BACKGROUND", (0, -totals), (-1, -1), _HEAD))
    return LongTable(cells, colWidths=columns, repeatRows=1, style=style)
