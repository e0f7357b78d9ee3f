"""The file stands alone: its font is inside, its text can be found, its pages are numbered.

What a reader would extract is read here from the file itself: a page's text operators, through the
tables that reportlab writes from its font's subsets to characters.
"""

from __future__ import annotations

import base64
import re
import zlib

from replication.console.pdf import Block, PdfFacts, PdfHeading, PdfNote, PdfTable, build_pdf

_STREAM = re.compile(
    rb"(\d+) 0 obj\s*<<((?:(?!endobj).)*?)>>\s*stream\r?\n(.*?)endstream", re.DOTALL
)
_SHOWN = re.compile(rb"/(F\d+\+\d+) [\d.]+ Tf|\(((?:\\.|[^\\)])*)\) Tj", re.DOTALL)
_FONT = re.compile(rb"/Name /(F\d+\+\d+) /Subtype /TrueType\s+/ToUnicode (\d+) 0 R")
_ESCAPED = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)


def streams(pdf: bytes) -> dict[bytes, bytes]:
    """The decoded streams by the number of their object."""
    found = {}
    for number, dictionary, data in _STREAM.findall(pdf):
        content = data.strip()
        if b"ASCII85Decode" in dictionary:
            content = base64.a85decode(b"<~" + content, adobe=True)
        found[number] = zlib.decompress(content)
    return found


def characters(cmap: bytes) -> dict[int, str]:
    """What each code of a subset stands for."""
    return {
        int(code, 16): chr(int(value, 16))
        for code, value in re.findall(rb"<(\w\w)> <(\w{4})>\n", cmap)
    }


def text_of(pdf: bytes) -> str:
    """All text that the pages show, in the order of drawing."""
    decoded = streams(pdf)
    fonts = {name: characters(decoded[number]) for name, number in _FONT.findall(pdf)}
    shown = []
    for content in decoded.values():
        current: dict[int, str] = {}
        for font, text in _SHOWN.findall(content):
            if font:
                current = fonts.get(font, {})
                continue
            codes = _ESCAPED.sub(
                lambda escape: bytes([int(escape[1], 8)]) if len(escape[1]) == 3 else escape[1],
                text,
            )
            shown.append("".join(current[code] for code in codes))
    return "\n".join(shown)


def page_count(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", pdf))


def sizes(pdf: bytes) -> set[tuple[int, int]]:
    boxes = re.findall(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", pdf)
    return {(round(float(width)), round(float(height))) for width, height in boxes}


def test_chinese_and_digits_are_embedded_and_can_be_found() -> None:
    blocks: list[Block] = [
        PdfHeading("按门店"),
        PdfNote("以下数据不完整。"),
        PdfFacts([("营业日", "2026-03-05"), ("操作员", "收银员一"), ("版本", "2")]),
        PdfTable(
            ["门店", "净额"],
            [["B001 · 一店", "¥1,234.50"], ["合计", "¥1,234.50"]],
            numbers=frozenset({1}),
            totals=1,
        ),
    ]
    pdf = build_pdf("销售报表", "全部门店", blocks, "zh_CN", "2026-03-06 08:00")
    text = text_of(pdf)
    for expected in (
        "销售报表",
        "按门店",
        "收银员一",
        "¥1,234.50",
        "B001 · 一店",
        "1 / 1",
        "08:00",
    ):
        assert expected in text
    assert b"/FontFile2" in pdf
    embedded = set(re.findall(rb"/BaseFont /([^\s/]+)", pdf))
    assert embedded
    assert all(b"WenQuanYiMicroHei" in name for name in embedded)


def test_a_long_table_repeats_its_header_on_numbered_pages() -> None:
    rows = [[f"B{number:03}", f"¥{number:,}.00"] for number in range(2000)]
    table = PdfTable(["Branch", "Net sales"], rows, frozenset({1}))
    pdf = build_pdf("Sales", "", [table], "en", "made by u1")
    pages = page_count(pdf)
    text = text_of(pdf)
    assert pages > 20
    assert text.count("Net sales") == pages
    assert text.count("made by u1") == pages
    assert f"{pages} / {pages}" in text
    assert "B1999" in text


def test_a_wide_table_turns_the_page_and_a_long_text_wraps() -> None:
    narrow = PdfTable(["a", "b"], [["很长的商品名称" * 30, "1"]], frozenset({1}))
    assert sizes(build_pdf("t", "", [narrow], "zh_CN", "")) == {(595, 842)}
    header = [f"column {number}" for number in range(14)]
    wide = PdfTable(header, [["1,234,567.00"] * 14], frozenset(range(1, 14)))
    assert sizes(build_pdf("t", "", [wide], "en", "")) == {(842, 595)}


def test_text_is_never_markup_and_an_empty_report_is_a_page() -> None:
    pdf = build_pdf("<b>5 & 6</b>", "<font", [PdfNote("a < b"), PdfFacts([])], "en", "&amp;")
    assert "<b>5 & 6</b>" in text_of(pdf).replace("\n", "")
    empty = build_pdf("t", "", [PdfTable(["a"], [])], "en", "")
    assert page_count(empty) == 1


def test_the_same_content_gives_the_same_bytes() -> None:
    blocks = [PdfTable(["门店"], [["一店"]])]
    assert build_pdf("t", "", blocks, "zh_CN", "") == build_pdf("t", "", blocks, "zh_CN", "")
