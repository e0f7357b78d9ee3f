"""Labels in the branch's office, by keyboard: of what changes on a day, chosen, looked at and taken as PDF, in both
languages.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pypdfium2
import pytest

from schemas.tables.catalogue_store import CatalogueStore
from schemas.wire.record import Record
from schemas.wire.records import Barcode, Item, Unit
from tests.branch.shop import Shop
from tests.branch.test_shelf_labels import TOMORROW, at, change
from tests.browser.test_branch_day import sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """Give a branch where milk and tea change their prices tomorrow, and bread keeps its own."""
    goods = [
        Item(item=item, name=name, category="", unit="piece")
        for item, name in (
            ("milk", "鲜牛奶 950 ml"),
            ("tea", "Green tea, 20 bags"),
            ("bread", "吐司"),
        )
    ]
    bodies = [
        *goods, Unit(item="milk", unit="case", factor=12_000),
        Barcode(barcode="06901234567892", item="milk", unit="piece"),
        Barcode(barcode="00000096385074", item="tea", unit="piece"),
    ]  # fmt: skip
    records = [
        Record(0, one.kind, one.record_key(), one.version, one.encode(), deleted=False)
        for one in bodies
    ]
    with shop.engine.begin() as connection:
        CatalogueStore().apply(connection, "feed:chain", 1, records)
    change(shop.engine, "feed:chain", "L1", at(1, 0), {"milk": 350, "tea": 1290, "bread": 420})
    change(
        shop.engine,
        "feed:chain",
        "L2",
        at(24, 18),
        {"milk": 330, "tea": 1190, "bread": 420},
        number=2,
    )
    return shop


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_changes_tomorrow_is_printed_tonight(
    shop: Shop, page: Page, address: str, look: Callable[[str], None], language: str
) -> None:
    page.set_viewport_size({"width": 1366, "height": 768})
    sign_in(page, address, language)
    page.goto(f"{address}/labels?on=2026-11-01")
    look(f"nothing-{language}")
    page.locator("[name=on]").fill(TOMORROW.isoformat())
    page.locator("[name=layout]").focus()
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    rows = page.locator("table tbody tr")
    assert rows.count() == 2, "bread costs the same as before"
    assert "6901234567892" in rows.first.inner_text()
    look(f"list-{language}")
    with page.expect_download() as told:
        page.locator("a[download]").press("Enter")
    sheet = pypdfium2.PdfDocument(told.value.path())[0]
    if folder := os.environ.get("CHAINWRIGHT_SCREENSHOTS"):
        sheet.render(scale=2).to_pil().save(Path(folder) / f"branch_labels-{language}.pdf.png")
    text = sheet.get_textpage().get_text_bounded()
    for words in ("鲜牛奶", "Green tea", "3.30", "3.50", "11.90", "901234"):
        assert words in text, words
    assert ("自 2026-11-24" if language == "zh" else "From 24 Nov 2026") in text
