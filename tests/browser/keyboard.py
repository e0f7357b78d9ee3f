"""A page without a mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

#: More than any page has places to stop at.
_MOST = 200


def tab_to(page: Page, selector: str) -> None:
    """Go on with the Tab key until what has the focus is what is looked for."""
    for _ in range(_MOST):
        if page.evaluate("one => document.activeElement?.matches(one)", selector):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"the Tab key does not lead to {selector}", pytrace=False)
