"""Every text that a page shows has its Chinese, and keeps what is filled in.

It reads the consoles of all sites: of the kit, of headquarters and of the branch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[3]
KIT = ROOT / "replication" / "console"
CONSOLES = [
    place for place in (KIT, ROOT / "hq" / "web", ROOT / "branch" / "web") if place.is_dir()
]
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
# Beside gettext itself: what marks a text for later, and the labels of the menu.
KEYWORDS = dict(DEFAULT_KEYWORDS) | {"msgid": None, "NavItem": (2,)}
FILLED_IN = re.compile(r"%\((\w+)\)\w|%%")


def used(console: Path) -> Iterator[tuple[str, str]]:
    """Give each text with the place that uses it; of a plural its singular."""
    for file, line, message, _, _ in extract_from_dir(
        console, method_map=METHODS, keywords=KEYWORDS, strip_comment_tags=True
    ):
        text = message if isinstance(message, str) else message[0]
        yield text, f"{file}:{line}"


def chinese(console: Path) -> dict[str, list[str]]:
    """Give the translations of one console, empty ones and uncertain ones left out."""
    path = console / "locale" / "zh_CN" / "messages.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        catalog = read_po(file, locale="zh_CN", abort_invalid=True)
    known: dict[str, list[str]] = {}
    for message in catalog:
        forms = (
            [message.string] if isinstance(message.string, str) else list(message.string or [""])
        )
        if message.id and all(forms) and not message.fuzzy:
            known[message.id if isinstance(message.id, str) else message.id[0]] = forms
    return known


@pytest.mark.parametrize("console", CONSOLES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_text_has_its_chinese(console: Path) -> None:
    known = chinese(KIT) | chinese(console)
    missing = [f"{place}: {text}" for text, place in used(console) if text not in known]
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize("console", CONSOLES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_translation_fills_in_what_its_text_does(console: Path) -> None:
    for text, forms in chinese(console).items():
        for form in forms:
            assert set(FILLED_IN.findall(form)) == set(FILLED_IN.findall(text)), text


def test_texts_are_found_where_pages_have_them() -> None:
    texts = {text for text, _ in used(KIT)}
    assert {"Operator and password do not match.", "Sign in", "Re-closed"} <= texts
