"""Receipt layouts as data: those that are shipped, a chain's own, and what is wrong with one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from pos_frontend.cli import app
from pos_frontend.devices.layout import Receipt
from pos_frontend.devices.layout_file import (
    HOME,
    LayoutError,
    layout_for,
    read_layout,
    shipped_names,
)
from pos_frontend.devices.layout_schema import FIELDS
from pos_frontend.devices.paper import PaperError, draw
from pos_frontend.devices.samples import samples
from pos_frontend.devices.sheet import DOTS, Sheet, Style, qr_modules
from pos_frontend.devices.style import logo_bytes, style_of
from pos_frontend.language import LANGUAGES
from pos_frontend.settings import Language, read_settings
from tests.pos_frontend.running import write_settings
from tests.pos_frontend.test_receipts import RECEIPT, words

OPERATING = Path(__file__).parents[2] / "docs" / "operating.md"
STANDARD = (HOME / "standard.toml").read_text("utf-8")


def style(layout: str, width: int = 80, language: Language = "zh_CN", **values: str) -> Style:
    return Style(width, language, layout_for(layout, width, values))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [80, 58])
@pytest.mark.parametrize("layout", shipped_names())
def test_every_shipped_layout_prints_every_sample(
    layout: str, width: int, language: Language
) -> None:
    look = style(layout, width, language)
    for name, one in samples():
        data = one.lay_out(look)
        assert draw(data, width).getextrema() == (0, 255)
        text = "\n".join(words(data))
        assert ("COPY" in text) is (name == "copy")
        assert ("N001.01-000007" in text) is (name in {"sale", "copy"})
        assert ("N002.01-000017" in text) is (name == "return")


def test_invoice_data_sum_up_the_tax_by_rate() -> None:
    look = style(
        "invoice", seller="示例零售有限公司", tax_number="91310000X", invoice="https://i.example/"
    )
    (sale,) = [one for name, one in samples() if name == "sale"]
    data = sale.lay_out(look)
    text = "\n".join(words(data))
    assert "示例零售有限公司" in text
    assert "91310000X" in text
    assert "税率 9%  不含税 7.70" in text  # 8.39 less 0.69
    assert "税率 13%  不含税 30.32" in text  # 9.60 + 24.66 less 1.10 + 2.84
    assert b"https://i.example/00000000-0000-4000-8000-000000000007" in data
    assert "税号" not in "\n".join(words(sale.lay_out(style("invoice"))))


def test_the_e_receipt_is_the_qr_code() -> None:
    plain = RECEIPT.lay_out(style("standard"))
    assert b"1P0u\x1d(k" in plain  # the uuid alone
    found = RECEIPT.lay_out(style("standard", e_receipt="https://r.example/"))
    assert b"1P0https://r.example/u\x1d(k" in found


def test_a_layout_of_the_chains_own(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(
        STANDARD.replace('words = "[thanks]"', 'words = { zh_CN = "下次见", en = "See you" }'),
        "utf-8",
    )
    settings = read_settings(write_settings(tmp_path, more='[printer]\nlayout = "mine.toml"'))
    assert "下次见" in "\n".join(words(RECEIPT.lay_out(style_of(settings))))
    assert "See you" in "\n".join(words(RECEIPT.lay_out(style_of(settings, "en"))))


@pytest.mark.parametrize(
    ("wrong", "right", "says"),
    [
        ("{lines}", "{liens}", "did you mean 'lines'?"),
        ("[lines]", "[lions]", "the till has no word [lions]; did you mean"),
        ('when = "member"', 'when = "members"', "there is no field 'members' here; did you mean"),
        ('print = "rule"', 'print = "ruler"', "does not match any of the expected tags"),
        ('of = "lines"', 'of = "discounts"', "printed from the block line, not from receipt"),
        ('size = "big"', 'size = "huge"', "expected 'normal', 'tall' or 'big'"),
        ('"[thanks]"', '{ en = "Bye" }', "give both, zh_CN and en"),
        ("bold = true", "blod = true", "there is no key 'blod' here"),
        ("[values]", "paper = [60]\n[values]", "expected 58 or 80"),
    ],
)
def test_a_mistake_is_named_by_its_line(tmp_path: Path, wrong: str, right: str, says: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(STANDARD.replace(wrong, right, 1), "utf-8")
    line = STANDARD[: STANDARD.index(wrong)].count("\n") + 1
    with pytest.raises(LayoutError) as error:
        read_layout(path)
    told = str(error.value)
    assert says in told
    assert str(path) in told
    assert f"line {line} (" in told, told


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (STANDARD.replace("[copy]", "twice"), r"line 9 \(receipt\): nothing in it prints \[copy\]"),
        (STANDARD.replace("[values]", "[values"), "is not TOML"),
        (STANDARD.replace("[[tender]]", "[[tenders]]"), "'tender' is missing; add it"),
        ("receipt = 5", "receipt"),
    ],
)
def test_a_layout_of_another_form_is_refused(tmp_path: Path, source: str, says: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(source, "utf-8")
    with pytest.raises(LayoutError, match=says):
        read_layout(path)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ('layout = "fancy"', "compact, invoice, standard"),
        ('layout = "gone.toml"', "cannot be read"),
        ('values = { sellr = "x" }\nlayout = "invoice"', "did you mean 'seller'?"),
        ('logo = "gone.png"', "name a PNG file in printer.logo"),
        (f'values = {{ e_receipt = "https://{"x" * 200}/" }}', "cannot print a sale: a QR code of"),
    ],
)
def test_what_a_lane_cannot_print_is_told_at_its_start(
    tmp_path: Path, more: str, says: str
) -> None:
    settings = read_settings(write_settings(tmp_path, more=f"[printer]\n{more}"))
    with pytest.raises(LayoutError, match=says):
        style_of(settings)


def test_a_layout_for_other_paper_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "wide.toml"
    path.write_text("paper = [80]\n" + STANDARD, "utf-8")
    assert layout_for(str(path), 80, {}).paper == (80,)
    with pytest.raises(LayoutError, match=r"paper of 80 mm, and printer\.width is 58"):
        layout_for(str(path), 58, {})


def test_the_logo_stands_above_all(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    Image.new("RGBA", (100, 40), (0, 0, 0, 255)).save(logo)
    data = RECEIPT.lay_out(replace(style("standard"), logo=logo_bytes(logo, 80)))
    image = draw(data, 80)
    plain = draw(RECEIPT.lay_out(style("standard")), 80)
    assert image.height == plain.height + 40
    # In the middle of 576 dots, below the margin of 24; the paper's edge stays white.
    assert image.getpixel((24 + 288, 24 + 20)) == 0
    assert image.getpixel((24, 24 + 20)) == 255
    Image.new("L", (600, 40)).save(logo)
    with pytest.raises(LayoutError, match="600 × 40 dots; paper of 80 mm takes 576"):
        logo_bytes(logo, 80)


def test_a_qr_code_shrinks_to_the_paper() -> None:
    code = "x" * 200
    for width, modules in ((80, 5), (58, 4)):
        data = RECEIPT.lay_out(style("standard", width, e_receipt=code))
        draw(data, width)
        assert b"\x1d(k\x03\x001C%c" % modules in data
    receipt = Sheet(Style(58, "en"), 2)
    receipt.qr(code, 12)
    data = receipt.finish(opens_drawer=False)
    draw(data, 58)
    assert b"\x1d(k\x03\x001C%c" % (DOTS[58] // qr_modules(len(code))) in data
    with pytest.raises(PaperError, match="dots wide"):
        draw(b"\x1d(k\x03\x001C\x20\x1d(k\x04\x001P0x\x1d(k\x03\x001Q0", 58)


def test_words_stay_whole_where_they_can() -> None:
    receipt: Receipt = replace(RECEIPT, shop="Sample shop by the river")
    lines = words(receipt.lay_out(style("standard", 58, "en")))
    assert any(line.endswith("Sample shop by") for line in lines)
    assert "the river" in lines


def test_a_lane_draws_its_samples(tmp_path: Path) -> None:
    settings = write_settings(tmp_path, more='[printer]\nlayout = "compact"\nwidth = 58')
    into = tmp_path / "samples"
    told = CliRunner().invoke(app, ["receipts", "--settings", str(settings), "--into", str(into)])
    assert told.exit_code == 0, told.output
    names = sorted(path.name for path in into.iterdir())
    assert names == sorted(f"{n}.{lang}.png" for n, _ in samples() for lang in LANGUAGES)


def test_every_field_is_told_of() -> None:
    manual = OPERATING.read_text("utf-8")
    told = manual[manual.index("## Receipt layouts") :]
    for fields in FIELDS.values():
        for name in fields:
            assert f"`{name}`" in told, name


def test_every_field_is_filled(tmp_path: Path) -> None:
    each = {
        "receipt": ("lines", "tenders", "taxes"),
        "line": ("discounts",),
        "tender": ("details",),
    }
    pieces: list[str] = []
    for block, fields in FIELDS.items():
        all_of_it = "".join(f"{{{name}}}" for name in sorted(fields))
        pieces.append(f'[[{block}]]\nprint = "text"\nwords = "[copy]{all_of_it}"')
        pieces += [f'[[{block}]]\nprint = "each"\nof = "{of}"' for of in each.get(block, ())]
    path = tmp_path / "all.toml"
    path.write_text("\n".join(pieces), "utf-8")
    look = Style(80, "en", read_layout(path))
    for name, one in samples():
        assert ("PICKUP" in "\n".join(words(one.lay_out(look)))) is (name == "slip")
