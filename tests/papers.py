"""PDFs looked at in both languages, page by page: something stands on each, none of it beyond the paper's edges, and
nothing in a font that lacks it. Pictures are kept where CHAINWRIGHT_SCREENSHOTS names a folder, beside those of pages.
"""

from __future__ import annotations

import os
from pathlib import Path

import pypdfium2
from starlette.testclient import TestClient

_LANGUAGES = ("en", "zh-CN")
#: What a font shows of a character that it does not have.
_NOT_THERE = frozenset("\0\ufffd\ufffe")


def papers(client: TestClient, address: str, name: str) -> None:
    """Fetch a PDF in both languages and look at it."""
    for language in _LANGUAGES:
        answer = client.get(address, headers={"Accept-Language": language})
        assert answer.status_code == 200, address
        assert "attachment" in answer.headers["content-disposition"]
        look_at_pdf(answer.content, f"pdf-{name}-{language}")


def look_at_pdf(content: bytes, name: str) -> None:
    """Look at each page of a PDF."""
    folder = os.environ.get("CHAINWRIGHT_SCREENSHOTS")
    with pypdfium2.PdfDocument(content) as document:
        assert len(document) > 0, name
        for number, page in enumerate(document, 1):
            width, height = page.get_size()
            text = page.get_textpage()
            boxes = [text.get_charbox(place) for place in range(text.count_chars())]
            assert boxes, f"{name}: page {number} is empty"
            beyond = [
                one for one in boxes if min(one) < 0 or one[2] > width or one[3] > height
            ]  # fmt: skip
            assert beyond == [], f"{name}: page {number} is cut off"
            assert not _NOT_THERE & set(text.get_text_range()), f"{name}: page {number}"
            if folder:
                page.render(scale=1.5).to_pil().save(Path(folder) / f"{name}-{number}.png")
