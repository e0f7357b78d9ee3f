"""Labels as they come out of the printer: the page is rendered, its text read, and its bars decoded.

The decoder below knows nothing of what drew the bars: it reads dark and light along one line of pixels.
"""

from __future__ import annotations

import io
from itertools import groupby
from typing import Any

import pypdfium2
import pytest

from replication.console.labels.layout import LAYOUTS, LabelLayout
from replication.console.labels.sheet import ShelfLabel, build_labels
from replication.console.labels.symbol import Symbol, SymbolError, symbol_of

# Widths of light, dark, light, dark in the left half's odd digits; the even ones are these reversed.
_ODD = ("3211", "2221", "2122", "1411", "1132", "1231", "1114", "1312", "1213", "3112")
_FIRST = (
    "OOOOOO",
    "OOEOEE",
    "OOEEOE",
    "OOEEEO",
    "OEOOEE",
    "OEEOOE",
    "OEEEOO",
    "OEOEOE",
    "OEOEEO",
    "OEEOEO",
)
_SCALE = 12.0
_MM = 72 / 25.4


def page_of(data: bytes, number: int = 0) -> Any:  # noqa: ANN401 - the library is not typed
    return pypdfium2.PdfDocument(data)[number]


def widths(data: bytes, layout: LabelLayout, place: int) -> list[list[int]]:
    """Runs of dark and light, in pixels, along some lines through the lower part of a label."""
    row, column = divmod(place, layout.across)
    left = layout.left + column * (layout.width + layout.gap_across)
    top = layout.top + row * (layout.height + layout.gap_down)
    image = page_of(data).render(scale=_SCALE, grayscale=True).to_pil()
    found = []
    for share in (0.62, 0.68, 0.74, 0.8, 0.86):
        y = int((top + layout.height * share) * _MM * _SCALE)
        line = [
            image.getpixel((x, y)) < 128
            for x in range(int(left * _MM * _SCALE), int((left + layout.width) * _MM * _SCALE))
        ]
        found.append([len(list(run)) for _, run in groupby(line)])
    return found


def decoded(data: bytes, layout: LabelLayout, place: int) -> str:
    """The first EAN or UPC that any of the lines says."""
    for line in widths(data, layout, place):
        for start in range(1, len(line)):
            for bars, digits in ((59, 12), (43, 8)):
                if text := _read(line[start : start + bars], digits):
                    return text
    return ""


def _read(line: list[int], digits: int) -> str:
    half = digits // 2
    if len(line) < 11 + 4 * digits:
        return ""
    module = sum(line) / (11 + 7 * digits)
    marks = [*line[:3], *line[3 + 4 * half : 8 + 4 * half], *line[-3:]]
    if any(abs(one - module) > 0.4 * module for one in marks):
        return ""
    groups = [line[3 + 4 * place : 7 + 4 * place] for place in range(half)]
    groups += [line[8 + 4 * place : 12 + 4 * place] for place in range(half, digits)]
    said, parity = "", ""
    for group in groups:
        shape = "".join(str(round(one / module)) for one in group)
        if shape in _ODD:
            said, parity = said + str(_ODD.index(shape)), parity + "O"
        elif shape[::-1] in _ODD:
            said, parity = said + str(_ODD.index(shape[::-1])), parity + "E"
        else:
            return ""
    if digits == 8:
        return said
    return str(_FIRST.index(parity[:6])) + said if parity[:6] in _FIRST else ""


LABEL = ShelfLabel(
    "1001", "红富士苹果 特级 山东烟台", "盒", "6901234567892", "¥12.50", "¥15.80", "¥1.04 / 个",
    "自 2026-03-05 08:00:00 起",
)  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("code", ["6901234567892", "96385074", "012345678905", "2112345678900"])
def test_the_bars_say_the_code_on_every_layout(name: str, code: str) -> None:
    layout = LAYOUTS[name]
    label = ShelfLabel("1", "酱油", "瓶", code, "¥3.50", "¥4.00")
    data = build_labels("x", layout, [label] * min(layout.per_page, 5))
    for place in {0, min(layout.per_page, 5) - 1}:
        expected = code if len(code) == 8 else code.rjust(13, "0")
        assert decoded(data, layout, place) == expected


def test_a_label_says_everything_in_chinese_with_its_own_font() -> None:
    data = build_labels("价签", LAYOUTS["a4_3x8"], [LABEL])
    text = page_of(data).get_textpage().get_text_bounded()
    for said in (
        "红富士苹果 特级",
        "¥12.50",
        "¥15.80",
        "¥1.04 / 个",
        "2026-03-05 08:00:00",
        "901234",
    ):
        assert said in text
    assert b"WenQuanYi" in data
    assert b"Helvetica" not in data
    assert data == build_labels("价签", LAYOUTS["a4_3x8"], [LABEL])


def test_pages_are_filled_one_after_another() -> None:
    for name, layout in LAYOUTS.items():
        labels = [
            ShelfLabel(str(number), f"n{number:03}", "x", price="1")
            for number in range(layout.per_page + 1)
        ]
        document = pypdfium2.PdfDocument(build_labels("x", layout, labels))
        assert len(document) == 2, name
        said = [page.get_textpage().get_text_bounded() for page in document]
        assert "n000" in said[0]
        assert f"n{layout.per_page:03}" in said[1]
        assert f"n{layout.per_page:03}" not in said[0]
        right = layout.left + layout.across * layout.width + (layout.across - 1) * layout.gap_across
        below = layout.top + layout.down * layout.height + (layout.down - 1) * layout.gap_down
        assert right <= layout.page[0] + 0.01
        assert below <= layout.page[1] + 0.01


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("6901234567890", "has a wrong check digit"),
        ("96385070", "has a wrong check digit"),
        ("012345678900", "has a wrong check digit"),
        ("酱油", "characters that no label can show"),
        ("A" * 25, "too long"),
        ("", "characters"),
    ],
)
def test_what_would_be_printed_wrongly_is_refused(code: str, said: str) -> None:
    with pytest.raises(SymbolError, match=said):
        symbol_of(code)


@pytest.mark.parametrize(
    ("code", "symbol"),
    [
        ("6901234567892", Symbol("ean13", "6901234567892")),
        ("0012345678905", Symbol("upca", "012345678905")),
        ("00012345678905", Symbol("upca", "012345678905")),
        ("96385074", Symbol("ean8", "96385074")),
        ("16901234567899", Symbol("code128", "16901234567899")),
        ("1234567", Symbol("code128", "1234567")),
        ("X-1", Symbol("code128", "X-1")),
    ],
)
def test_the_symbol_of_a_code(code: str, symbol: Symbol) -> None:
    assert symbol_of(code) == symbol


def test_a_code_too_wide_for_its_bars_becomes_a_square() -> None:
    """Nothing reads bars that were squeezed; the picture has as many rows as a square code has."""
    label = ShelfLabel("1", "x", "x", "ABCDEFGHIJKLMNOPQRSTUVWX", "¥1")
    layout = LAYOUTS["roll_38x25"]
    image = (
        page_of(build_labels("x", layout, [label])).render(scale=_SCALE, grayscale=True).to_pil()
    )
    out = io.BytesIO()
    image.save(out, "PNG")
    lower = image.crop((0, image.height // 2, image.width // 2, image.height))
    rows = {bytes(lower.crop((0, y, lower.width, y + 1)).tobytes()) for y in range(lower.height)}
    assert len(rows) > 15
