"""Items at headquarters in a real browser, by keyboard: many edited by pasting, one edited, a large file imported
without its wrong rows, a price below cost approved with a reason, and labels of exactly what changes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pypdfium2
import pytest
from sqlalchemy import select

from hq import import_runs, import_work, price_changes
from hq.web.app import application
from schemas.tables.catalogue import barcode, item
from tests.browser.axe import violations
from tests.browser.test_hq_price_change import sign_in
from tests.hq.conftest import APPROVER, BUYER, NOON, Chain
from tests.hq.conftest import chain as chain  # noqa: PLC0414 - the fixture is used here too
from tests.serving import served

if TYPE_CHECKING:
    from playwright.sync_api import Page

PASTED = (
    "1001\t红富士苹果\t01-1\tpiece\tnone\tyes\n2001\t酱油\t01\tbottle\t\t\n2002\tx\t99\tbottle\t\t"
)


@pytest.fixture
def address(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Give the address of a headquarters that knows costs and barcodes, and imports three rows at a time."""
    monkeypatch.setattr(import_work, "SLICE", 3)
    chain.load("taxes", "tax_code,rate\nnone,13.00\n")
    chain.load("units", "item,unit,factor\n1001,case,12\n")
    chain.load("barcodes", "barcode,item,unit\n6901234567892,1001,piece\n96385074,1002,piece\n")
    chain.load("costs", "item,unit,cost\n1001,case,24\n1002,piece,3\n")
    chain.load("minimum_margins", "category,margin\n01,20\n")
    document = chain.load(
        "prices", "item,unit,tier,price\n1001,piece,,3.50\n1002,piece,,4.20\n", BUYER
    )
    assert document is not None
    with chain.hq.engine.begin() as connection:
        price_changes.approve(connection, document, APPROVER, NOON)
        price_changes.publish(connection, document, APPROVER, NOON)
    with served(application(chain.hq)) as url:
        yield url


def seen(page: Page, name: str) -> None:
    """Look at a page as it is: by axe-core, its width, and a picture."""
    folder = os.environ.get("CHAINWRIGHT_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"items-{name}.png", full_page=True)
    assert violations(page) == [], name
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, f"{name}: {wide} pixels beyond the window"


def paste(page: Page, text: str) -> None:
    """Paste what a spreadsheet program would have copied into the cell that has the focus."""
    page.evaluate(
        """text => {
          const data = new DataTransfer();
          data.setData("text/plain", text);
          document.activeElement.dispatchEvent(
            new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }""",
        text,
    )


@pytest.mark.parametrize("language", ["English", "中文"])
def test_rows_are_pasted_looked_at_corrected_and_published(
    page: Page, address: str, chain: Chain, language: str
) -> None:
    english = language == "English"
    page.set_viewport_size({"width": 1366, "height": 768})
    sign_in(page, address, "BUY", "900001", language)
    page.goto(f"{address}/items")
    seen(page, f"list-{language}")
    page.get_by_role("link", name="Edit many" if english else "批量编辑").press("Enter")
    first = page.locator("[data-grid] tbody input").first
    assert first.input_value() == "1001"
    first.focus()
    paste(page, PASTED)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.value") == "2002"
    look = page.get_by_role("button", name="Look at it" if english else "查看")
    look.press("Enter")
    page.locator("#look").wait_for()
    seen(page, f"grid-wrong-{language}")
    assert ("there is no category 99" if english else "没有分类 99") in page.locator(
        "#look"
    ).inner_text()
    assert page.locator("#publish").count() == 0
    wrong = page.locator("[data-grid] tbody tr:nth-child(3) input").nth(2)
    wrong.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("01-1")
    assert page.locator("#look").count() == 0, "what was looked at is no longer what stands there"
    look.press("Enter")
    page.locator("#publish").wait_for()
    assert "苹果" in page.locator("#look").inner_text()
    seen(page, f"grid-right-{language}")
    page.locator("#publish button").press("Enter")
    page.locator("p.message").wait_for()
    with chain.hq.engine.connect() as connection:
        query = select(item.c.item, item.c.name).where(item.c.item.in_(("1001", "2001", "2002")))
        held = {code: name for code, name in connection.execute(query)}  # noqa: C416 - typed rows
    assert held == {"1001": "红富士苹果", "2001": "酱油", "2002": "x"}


def test_one_item_is_edited_and_what_somebody_changed_is_shown_first(
    page: Page, address: str, chain: Chain
) -> None:
    page.set_viewport_size({"width": 1366, "height": 768})
    page.on("dialog", lambda dialog: dialog.accept())
    sign_in(page, address, "BUY", "900001", "English")
    page.goto(f"{address}/items?find=6901234567892")
    page.get_by_role("link", name="1001", exact=True).press("Enter")
    page.get_by_role("heading", name="1001 苹果").wait_for()
    seen(page, "one")
    page.get_by_role("link", name="Edit", exact=True).press("Enter")
    chain.load("items", "item,name,category,unit,tax_code\n1001,青苹果,01-1,piece,none\n")
    page.locator("[name=name]").fill("红苹果")
    page.keyboard.press("Enter")
    page.get_by_text("somebody changed it since: it says 1001 · 青苹果").wait_for()
    seen(page, "edit")
    page.get_by_role("button", name="Publish").press("Enter")
    page.get_by_role("heading", name="1001 红苹果").wait_for()
    page.locator("[name=reason]").fill("misprint")
    page.keyboard.press("Enter")
    page.get_by_text("6901234567892 stands for nothing now").wait_for()
    with chain.hq.engine.connect() as connection:
        assert connection.execute(select(barcode.c.item)).scalars().all() == ["1002"]
    page.goto(f"{address}/items/barcodes?doubt=label")
    seen(page, "barcodes")
    with page.expect_download() as told:
        page.goto(f"{address}/items")
        page.get_by_role("link", name="Items XLSX").press("Enter")
    assert told.value.suggested_filename == "items.xlsx"


@pytest.mark.parametrize("language", ["English", "中文"])
def test_a_large_file_is_imported_without_its_wrong_rows(
    page: Page, address: str, chain: Chain, language: str
) -> None:
    english = language == "English"
    page.set_viewport_size({"width": 1366, "height": 768})
    sign_in(page, address, "BUY", "900001", language)
    page.goto(f"{address}/imports?kind=items")
    rows = "".join(
        f"7{number:03},n,01,piece,,{'6901234567890' if number % 5 == 0 else ''}\n"
        for number in range(30)
    )
    data = f"item,name,category,unit,tax_code,barcode\n{rows}".encode()
    page.locator("[name=file]").set_input_files(
        {"name": "items.csv", "mimeType": "text/csv", "buffer": data}
    )
    page.locator("form[action='/imports'] button").press("Enter")
    page.wait_for_url("**/imports/runs/*")
    page.locator("#problems").wait_for()
    assert "6901234567890" in page.locator("#problems").inner_text()
    seen(page, f"run-{language}")
    page.locator("[name=leave_out]").press("Space")
    page.locator("form[action$='/confirm'] button").press("Enter")
    page.locator(".banner.good").wait_for()
    with chain.hq.engine.connect() as connection:
        found = connection.execute(select(item.c.item).where(item.c.item.like("7%"))).all()
    assert len(found) == 24
    seen(page, f"run-done-{language}")
    with page.expect_download() as told:
        page.get_by_role("link", name="All of them as CSV" if english else "全部（CSV）").press(
            "Enter"
        )
    assert len(told.value.path().read_text("utf-8-sig").splitlines()) == 12


@pytest.mark.parametrize("language", ["English", "中文"])
def test_a_large_file_is_watched_while_it_is_read(
    page: Page, address: str, chain: Chain, language: str
) -> None:
    page.set_viewport_size({"width": 1366, "height": 768})
    sign_in(page, address, "BUY", "900001", language)
    with chain.hq.engine.connect() as held:
        run = import_runs.begin(held, "items", "0" * 64, "Items", BUYER, NOON)
        assert import_runs.claim(held, run), "somebody else is at it, so that it stays as it is"
        import_runs.advance(held, run, rows=12_000, line=12_001, done=12_000, problems=3)
        held.commit()
        page.goto(f"{address}/imports/runs/{run}")
        page.get_by_text("12,000").first.wait_for()
        seen(page, f"run-reading-{language}")
        page.on("dialog", lambda dialog: dialog.accept())
        page.locator("form[action$='/drop'] button").press("Enter")
        page.locator(".banner.info").wait_for()
        held.invalidate()


@pytest.mark.parametrize("language", ["English", "中文"])
def test_a_least_margin_is_set_when_its_effect_was_seen(
    page: Page, address: str, chain: Chain, language: str
) -> None:
    english = language == "English"
    chain.load("suppliers", "supplier,name\nS1,Orchard\n")
    chain.load("item_sources", "item,supplier,unit\n1001,S1,piece\n")
    page.set_viewport_size({"width": 1366, "height": 768})
    sign_in(page, address, "BUY", "900001", language)
    page.goto(f"{address}/items")
    page.get_by_role("link", name="Least margins" if english else "最低毛利率", exact=True).press(
        "Enter"
    )
    page.locator("#margins").wait_for()
    seen(page, f"margins-{language}")
    page.locator("[name=category]").select_option("01")
    page.locator("[name=margin]").fill("x")
    page.keyboard.press("Enter")
    page.locator("[role=alert]").wait_for()
    page.locator("[name=margin]").fill("40")
    page.keyboard.press("Enter")
    page.locator("#effect").wait_for()
    seen(page, f"margins-effect-{language}")
    page.locator("#effect button").press("Enter")
    page.locator("p.message").wait_for()
    assert "40.00" in page.locator("#margins").inner_text()
    page.locator("#margins a").first.press("Enter")
    page.wait_for_url("**below=1")
    assert page.locator("tbody tr").count() == 2
    seen(page, f"below-margin-{language}")
    page.locator("[name=supplier]").select_option("S1")
    page.locator("[name=find]").press("Enter")
    page.wait_for_url("**supplier=S1**")
    assert page.locator("tbody tr th").all_inner_texts() == ["1001"]


@pytest.mark.parametrize("language", ["English", "中文"])
def test_below_cost_wants_a_reason_and_labels_are_of_what_changes(
    page: Page, address: str, language: str
) -> None:
    english = language == "English"
    page.set_viewport_size({"width": 1366, "height": 768})
    sign_in(page, address, "BUY", "900001", language)
    page.goto(f"{address}/price-changes/new")
    page.locator("[name=title]").fill("Tomorrow")
    page.locator("[name=starts]").fill("2026-03-03T08:00:00")
    page.locator("[name=typed]").fill("1001,piece,,1.99\n1002,piece,,4.20\n1001,case,,40")
    page.locator("form[action='/price-changes/new'] .buttons button").press("Enter")
    page.wait_for_url("**/price-changes/P*")
    document = page.url.rpartition("/")[2]
    sign_in(page, address, "APP", "900002", language)
    page.goto(f"{address}/price-changes/{document}")
    assert ("Below cost" if english else "低于成本") in page.locator("#prices").inner_text()
    seen(page, f"below-{language}")
    page.locator("[name=reason]").first.fill("end of season")
    page.keyboard.press("Enter")
    page.get_by_text("end of season").wait_for()
    page.get_by_role("link", name="Labels" if english else "价签", exact=True).press("Enter")
    page.locator("table").wait_for()
    seen(page, f"labels-{language}")
    assert "1002" not in page.locator("table").inner_text(), "it costs the same as before"
    with page.expect_download() as told:
        page.locator("a[download]").press("Enter")
    pdf = pypdfium2.PdfDocument(told.value.path())
    text = pdf[0].get_textpage().get_text_bounded()
    for words in ("苹果", "¥1.99", "¥3.50", "¥40.00", "¥3.33 / piece", "901234"):
        assert words in text, words
    assert ("From 3 Mar 2026" if english else "自 2026-03-03") in text
    folder = os.environ.get("CHAINWRIGHT_SCREENSHOTS")
    if folder:
        pdf[0].render(scale=2).to_pil().save(Path(folder) / f"items-labels-{language}.pdf.png")
