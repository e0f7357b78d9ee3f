"""Drawing labels: name, price, the price before, the price of a base unit, bars with their digits, or a square code.

    wide label           name, from when and bars at the left, price, old price struck through, unit price
    narrow (< 65 mm)     name, old price struck through, price, unit price, bars below
    barcode              name in one line, bars

Bars are never narrower than four fifths of their usual width, below which scanners fail: where they do not fit,
a square code (QR) that says the same takes their place. What cannot be printed raises SymbolError before
anything is drawn. The same labels give the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reportlab.graphics.barcode import createBarcodeDrawing
from reportlab.graphics.shapes import String
from reportlab.lib.colors import black
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from replication.console.labels.layout import LabelLayout
from replication.console.labels.symbol import Symbol, symbol_of
from replication.console.pdf import drawing
from replication.console.pdf_text import FONT, INK, QUIET
from replication.console.square_code import draw_square

_NAMES = {"ean8": "EAN8", "upca": "UPCA", "ean13": "EAN13", "code128": "Code128"}
# Width of the narrowest bar, in points: the usual 0.33 mm first, four fifths of it last.
_BARS = tuple(width * mm / 1000 for width in (330, 315, 300, 285, 264))
_MARGIN = 2 * mm
_BELOW = 8.0
_SMALL, _NARROW = 30 * mm, 65 * mm
_ELLIPSIS = "…"
_WRITE = {
    "start": Canvas.drawString,
    "middle": Canvas.drawCentredString,
    "end": Canvas.drawRightString,
}


@dataclass(frozen=True, slots=True)
class ShelfLabel:
    """What stands on a label, already in words; empty is left out. `barcode` is as it is written."""

    item: str
    name: str
    unit: str
    barcode: str = ""
    price: str = ""
    old_price: str = ""
    unit_price: str = ""
    since: str = ""


@dataclass(frozen=True, slots=True)
class _Box:
    """Where a label lies, in points from the page's lower left corner, within its margins."""

    x: float
    y: float
    width: float
    height: float


def build_labels(title: str, layout: LabelLayout, labels: Sequence[ShelfLabel]) -> bytes:
    """A PDF with these labels in this order. Raises SymbolError."""
    symbols = [symbol_of(one.barcode) if one.barcode else None for one in labels]
    output = io.BytesIO()
    with drawing():
        size = (layout.page[0] * mm, layout.page[1] * mm)
        canvas = Canvas(output, pagesize=size, initialFontName=FONT, invariant=1)
        canvas.setTitle(title)
        canvas.setAuthor("Chainwright")
        canvas.setCreator("Chainwright")
        for number, (label, symbol) in enumerate(zip(labels, symbols, strict=True)):
            place = number % layout.per_page
            if number and not place:
                canvas.showPage()
            _draw(canvas, _box(layout, place), layout, label, symbol)
        canvas.showPage()
        canvas.save()
    return output.getvalue()


def _box(layout: LabelLayout, place: int) -> _Box:
    row, column = divmod(place, layout.across)
    left = layout.left + column * (layout.width + layout.gap_across)
    top = layout.top + row * (layout.height + layout.gap_down)
    bottom = layout.page[1] - top - layout.height
    return _Box(
        left * mm + _MARGIN, bottom * mm + _MARGIN,
        layout.width * mm - 2 * _MARGIN, layout.height * mm - 2 * _MARGIN,
    )  # fmt: skip


def _draw(
    canvas: Canvas, box: _Box, layout: LabelLayout, label: ShelfLabel, symbol: Symbol | None
) -> None:
    if layout.content == "barcode":
        top = _line(canvas, box, box.y + box.height, label.name, 8)
        _bars(canvas, _Box(box.x, box.y, box.width, top - box.y - 2), symbol, label)
        return
    small = layout.width * mm < _NARROW
    size, lines = (8, 1) if layout.height * mm <= _SMALL else (11, 2)
    top = box.y + box.height
    for line in _broken(label.name, size, box.width, lines):
        top = _line(canvas, box, top, line, size)
    if small:
        bars = _Box(box.x, box.y, box.width, 0.45 * (top - box.y))
        prices = _Box(box.x, box.y + bars.height + 2, box.width, top - box.y - bars.height - 2)
    else:
        half = 0.54 * box.width
        bars = _Box(box.x, box.y, half, min(top - box.y - 12, 14 * mm))
        prices = _Box(box.x + half, box.y, box.width - half, top - box.y)
    _bars(canvas, bars, symbol, label)
    _prices(canvas, prices, label, small=small)
    if not small and label.since:
        canvas.setFillColor(QUIET)
        canvas.setFont(FONT, 6.5)
        canvas.drawString(box.x, box.y + bars.height + 3, _cut(label.since, 6.5, box.width))


def _prices(canvas: Canvas, box: _Box, label: ShelfLabel, *, small: bool) -> None:
    """The price as large as it fits, at the right; the old one struck through above it, the unit price below."""
    right = box.x + box.width
    about = 6.5 if small else 8
    low = box.y
    if label.unit_price:
        canvas.setFillColor(QUIET)
        _right(canvas, right, low, _cut(label.unit_price, about, box.width), about)
        low += about + 2
    tall = box.y + box.height - low
    size = min(20.0, tall - 3) if small else min(30.0, 0.62 * tall)
    said = f" / {label.unit}"
    tail = stringWidth(said, FONT, about)
    room = box.width - (stringWidth(label.old_price, FONT, about) + 3 if small else 0)
    while size > about and stringWidth(label.price, FONT, size) + tail > room:
        size -= 0.5
    canvas.setFillColor(INK)
    _right(canvas, right, low + 1, said, about)
    _right(canvas, right - tail, low + 1, label.price, size)
    if label.old_price:
        wide = stringWidth(label.old_price, FONT, about)
        # A small label has no line to spare: the old price stands at its left.
        right, at = (box.x + wide, low + 1) if small else (right, low + size + 3)
        canvas.setFillColor(QUIET)
        _right(canvas, right, at, label.old_price, about)
        canvas.setStrokeColor(QUIET)
        canvas.setLineWidth(0.6)
        canvas.line(right - wide, at + about * 0.32, right, at + about * 0.32)


def _bars(canvas: Canvas, box: _Box, symbol: Symbol | None, label: ShelfLabel) -> None:
    if symbol is None:
        canvas.setFillColor(QUIET)
        canvas.setFont(FONT, 7)
        canvas.drawString(box.x, box.y + 1, _cut(label.item, 7, box.width))
        return
    for thin in _BARS:
        drawn = _drawing(symbol, thin, box.height)
        if drawn.width <= box.width:
            _paint(canvas, drawn.contents[0].provideNode(), box.x, box.y + _raised(symbol))
            return
    draw_square(canvas, symbol.text, box.x, box.y, min(box.width, box.height))


def _raised(symbol: Symbol) -> float:
    """Points by which bars are raised, where the library writes their characters below them."""
    return _BELOW if symbol.kind == "code128" else 0.0


def _paint(canvas: Canvas, bars: Any, x: float, y: float) -> None:  # noqa: ANN401 - the library is not typed
    """Bars and their digits; the library's own way of drawing names a font that it does not embed."""
    for shape in bars.contents:
        if shape.fillColor is None:
            continue
        canvas.setFillColor(black)
        if isinstance(shape, String):
            canvas.setFont(FONT, shape.fontSize)
            write = _WRITE[shape.textAnchor]
            write(canvas, x + shape.x, y + shape.y, shape.text)
        else:
            canvas.rect(x + shape.x, y + shape.y, shape.width, shape.height, stroke=0, fill=1)


def _drawing(symbol: Symbol, thin: float, height: float) -> Any:  # noqa: ANN401 - the library is not typed
    """The bars with their digits; `height` takes in both."""
    tall = max(height - _raised(symbol), 4 * mm)
    return createBarcodeDrawing(
        _NAMES[symbol.kind], value=symbol.text, barHeight=tall, barWidth=thin,
        humanReadable=True, fontName=FONT, fontSize=7,
    )  # fmt: skip


def _line(canvas: Canvas, box: _Box, top: float, text: str, size: float) -> float:
    canvas.setFillColor(INK)
    canvas.setFont(FONT, size)
    canvas.drawString(box.x, top - size, _cut(text, size, box.width))
    return top - size * 1.2


def _right(canvas: Canvas, right: float, y: float, text: str, size: float) -> None:
    canvas.setFont(FONT, size)
    canvas.drawRightString(right, y, text)


def _broken(text: str, size: float, width: float, most: int) -> list[str]:
    """The text in as many lines as are allowed: between words where there are some, else anywhere."""
    lines: list[str] = []
    left = text
    while left and len(lines) < most - 1 and stringWidth(left, FONT, size) > width:
        fits = len(left)
        while stringWidth(left[:fits], FONT, size) > width:
            fits -= 1
        space = left.rfind(" ", 0, fits + 1)
        cut = space if space > 0 else max(fits, 1)
        lines.append(left[:cut].rstrip())
        left = left[cut:].lstrip()
    return [*lines, left] if left else lines


def _cut(text: str, size: float, width: float) -> str:
    if stringWidth(text, FONT, size) <= width:
        return text
    while text and stringWidth(text + _ELLIPSIS, FONT, size) > width:
        text = text[:-1]
    return text.rstrip() + _ELLIPSIS
