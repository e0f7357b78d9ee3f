"""A branch, its back office, and what looks at a page; a test file says what its branch holds."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from branch.web.console import back_office
from tests.branch.shop import MakeDatabase, Shop, make_shop
from tests.browser.axe import violations
from tests.serving import served

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def shop(new_database: MakeDatabase, tmp_path: Path) -> Iterator[Shop]:
    """Give a branch that headquarters founded, with nothing in it yet."""
    made = make_shop(new_database, tmp_path)
    yield made
    made.engine.dispose()
    made.headquarters.engine.dispose()


@pytest.fixture
def address(shop: Shop) -> Iterator[str]:
    """Give the address of the branch's back office, served on a port of its own."""
    with served(back_office(shop.branch).application()) as url:
        yield url


@pytest.fixture
def look(page: Page, request: pytest.FixtureRequest) -> Callable[..., None]:
    """Give what holds a page against the rules of access, and takes its picture under its test's name."""
    folder = os.environ.get("CHAINWRIGHT_SCREENSHOTS")
    about = request.path.stem.removeprefix("test_")

    def at(name: str, shown: Page = page) -> None:
        if folder:
            shown.screenshot(path=str(Path(folder) / f"{about}-{name}.png"), full_page=True)
        assert violations(shown) == [], name

    return at
