"""Reports on a roll of 80 mm: the same blocks as on a page, narrow, and as long as they are.

A table that is too wide keeps its last figure at the margin and says the others after its texts, each
under its heading: nothing is left out.
"""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.lib.units import mm

WIDTH = 80 * mm
MARGIN = 4 * mm


def narrowed(
    header: Sequence[str], rows: Sequence[Sequence[str]], numbers: frozenset[int]
) -> tuple[list[str], list[list[str]], frozenset[int]]:
    """A table of two columns that says what a wide one says; the last column is the figure at the margin."""
    last = len(header) - 1
    cells = [
        [
            " · ".join(
                f"{header[place]} {text}" if place in numbers else text
                for place, text in enumerate(row[:last])
                if text
            ),
            row[last],
        ]
        for row in rows
    ]
    texts = [head for place, head in enumerate(header[:last]) if place not in numbers]
    return [" · ".join(texts), header[last]], cells, frozenset({1} if last in numbers else ())
