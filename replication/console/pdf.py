"""Reports as PDF, A4, in Chinese and in English.

The font travels with the program and is embedded, because no other can be relied on: reportlab's
own Chinese fonts are only named in the file, and whoever opens it may not have them. It has one
weight, so headings stand out by size. A page turns to landscape when a table needs it.
The same content gives the same bytes: the file carries no time of its own, so that two copies of a
report can be compared; say in `footer` when it was made.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, SimpleDocTemplate, Spacer

from replication.console import pdf_receipt
from replication.console.pdf_canvas import numbered_canvas
from replication.console.pdf_table import natural_width, table_flowable
from replication.console.pdf_text import FONT, facts_flowable, paragraph
from replication.console.square_code import SquareCode

_FILE = Path(__file__).parent / "fonts" / "wqy-microhei.ttc"
_MARGIN = 15 * mm
_SQUARE = 28 * mm
# What reportlab's frame keeps free inside its margins.
_FRAME = 6
# Points; a roll is cut where the report ends.
_LONGEST_ROLL = 1_000_000.0
# reportlab keeps its fonts in one place for the whole process.
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class PdfHeading:
    """A heading between blocks; it stays with what follows."""

    text: str


@dataclass(frozen=True, slots=True)
class PdfNote:
    """A sentence, such as what the figures below lack."""

    text: str


@dataclass(frozen=True, slots=True)
class PdfFacts:
    """Labels with their values, in two columns."""

    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class PdfTable:
    """A table over as many pages as it takes; its header is repeated on each.

    `numbers` are the columns, from 0, that are aligned to the right. `totals` of the last rows are
    set apart. One `by_hand` is written on: its rows are as high as handwriting.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: frozenset[int] = frozenset()
    totals: int = 0
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class PdfSquareCode:
    """A square code (QR), with what it says below it."""

    text: str


#: A page, or the roll of a receipt printer (80 mm).
Paper = Literal["a4", "receipt"]
Block = PdfHeading | PdfNote | PdfFacts | PdfTable | PdfSquareCode


@cache
def _register_font() -> None:
    # The collection's first face has proportional Latin letters, its second is monospaced.
    pdfmetrics.registerFont(TTFont(FONT, str(_FILE), subfontIndex=0))


@contextmanager
def drawing() -> Iterator[None]:
    """Have the library and the font for oneself, to draw other things than reports."""
    with _lock:
        _register_font()
        yield


def build_pdf(
    title: str,
    subtitle: str,
    blocks: Sequence[Block],
    language: str,
    footer: str,
    paper: Paper = "a4",
) -> bytes:
    """The report as the bytes of a PDF file. `footer` stands on each page beside its number, on a receipt at
    its end.
    """
    with drawing():
        if paper == "receipt":
            return _receipt(title, subtitle, blocks, language, footer)
        tables = [block for block in blocks if isinstance(block, PdfTable)]
        widest = max((natural_width(table.header, table.rows) for table in tables), default=0.0)
        size = landscape(A4) if widest > A4[0] - 2 * _MARGIN else A4
        width = size[0] - 2 * _MARGIN
        story: list[Flowable] = [paragraph(title, "title", language)]
        if subtitle:
            story.append(paragraph(subtitle, "subtitle", language))
        story.append(Spacer(0, 4 * mm))
        for block in blocks:
            story += _flowables(block, width, language)
        return _laid_out(story, size, title, footer)


def _receipt(
    title: str, subtitle: str, blocks: Sequence[Block], language: str, footer: str
) -> bytes:
    """One page, as long as it needs to be."""
    width = pdf_receipt.WIDTH - 2 * pdf_receipt.MARGIN
    story: list[Flowable] = [paragraph(title, "title", language)]
    if subtitle:
        story.append(paragraph(subtitle, "subtitle", language))
    for block in blocks:
        story += _narrow(block, width, language)
    story.append(paragraph(footer, "note", language))
    height = sum(
        one.wrap(width, _LONGEST_ROLL)[1] + one.getSpaceBefore() + one.getSpaceAfter()
        for one in story
    )
    size = (pdf_receipt.WIDTH, height + 4 * pdf_receipt.MARGIN)
    output = io.BytesIO()
    SimpleDocTemplate(
        output, pagesize=size, leftMargin=pdf_receipt.MARGIN - _FRAME,
        rightMargin=pdf_receipt.MARGIN - _FRAME, topMargin=pdf_receipt.MARGIN,
        bottomMargin=pdf_receipt.MARGIN, title=title, author="Chainwright", creator="Chainwright",
        subject=title, invariant=1,
    ).build(story)  # fmt: skip
    return output.getvalue()


def _narrow(block: Block, width: float, language: str) -> list[Flowable]:
    if isinstance(block, PdfFacts):
        return [paragraph(f"{label}: {value}", "note", language) for label, value in block.pairs]
    if isinstance(block, PdfTable) and natural_width(block.header, block.rows) > width:
        header, rows, numbers = pdf_receipt.narrowed(block.header, block.rows, block.numbers)
        block = PdfTable(header, rows, numbers, block.totals)
    return _flowables(block, width, language)


def _laid_out(story: list[Flowable], size: tuple[float, float], title: str, footer: str) -> bytes:
    output = io.BytesIO()
    document = SimpleDocTemplate(
        output,
        pagesize=size,
        leftMargin=_MARGIN - _FRAME,
        rightMargin=_MARGIN - _FRAME,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN + 5 * mm,
        title=title,
        author="Chainwright",
        creator="Chainwright",
        subject=title,
        invariant=1,
    )
    document.build(story, canvasmaker=numbered_canvas(footer, _MARGIN))
    return output.getvalue()


def _flowables(block: Block, width: float, language: str) -> list[Flowable]:
    match block:
        case PdfHeading(text):
            return [paragraph(text, "heading", language)]
        case PdfNote(text):
            return [paragraph(text, "note", language), Spacer(0, 2 * mm)]
        case PdfFacts(pairs):
            return [facts_flowable(pairs, width, language), Spacer(0, 3 * mm)]
        case PdfSquareCode(text):
            code = SquareCode(text, _SQUARE)
            code.hAlign = "LEFT"
            return [code, paragraph(text, "heading", language), Spacer(0, 2 * mm)]
        case PdfTable():
            table = table_flowable(
                block.header,
                block.rows,
                block.numbers,
                block.totals,
                width,
                language,
                by_hand=block.by_hand,
            )
            return [table, Spacer(0, 4 * mm)]
