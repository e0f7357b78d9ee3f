"""A page looked at in both languages: by axe-core, for fingers, and kept as pictures.

Rules of access hold alike in both, so axe-core looks once. Pictures are kept when CHAINWRIGHT_SCREENSHOTS names a folder.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser.axe import violations

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: Whatever can be pressed and is smaller than a fingertip, with what stands on it.
_SMALL = """() => [...document.querySelectorAll("button")]
  .map((one) => [one.textContent, one.getBoundingClientRect()])
  .filter(([, { width, height }]) => width > 0 && (width < 44 || height < 44))
  .map(([text, { width, height }]) => `${text}: ${width} x ${height}`)"""


def look(page: Page, name: str, switch: Callable[[str], None]) -> None:
    """Look at a page in both languages; `switch` makes it speak `zh-CN` or `en`."""
    folder = os.environ.get("CHAINWRIGHT_SCREENSHOTS")
    for language in ("en", "zh-CN"):
        switch(language)
        page.wait_for_selector(f'html[lang="{language}"]')
        if folder:
            page.screenshot(path=Path(folder) / f"{name}-{language}.png")
        assert page.evaluate(_SMALL) == [], name
    assert violations(page) == [], name
