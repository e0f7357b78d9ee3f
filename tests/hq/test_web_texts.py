"""Every text that headquarters' pages show has its Chinese."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import hq
from replication.console.languages import read_translations

HOME = Path(hq.__file__).parent
#: Names that are the same in both languages.
SAME = frozenset({"CSV", "PDF", "PIN"})


def marked() -> Iterator[str]:
    for file in HOME.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "msgid":
                yield str(ast.literal_eval(node.args[0]))
    for file in HOME.rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        yield from (found[1] for found in re.finditer(r'\b_\("((?:[^"\\]|\\.)*)"', text))


def test_every_text_is_translated() -> None:
    chinese = read_translations([HOME / "web" / "locale"])["zh_CN"]
    words = {text for text in marked() if re.search("[A-Za-z]", re.sub(r"%\(\w+\)s", "", text))}
    assert {text for text in words if chinese.gettext(text) == text} <= SAME


def test_a_translation_names_the_same_values() -> None:
    chinese = read_translations([HOME / "web" / "locale"])["zh_CN"]
    for text in marked():
        named = sorted(set(re.findall(r"%\((\w+)\)s", text)))
        assert sorted(set(re.findall(r"%\((\w+)\)s", chinese.gettext(text)))) == named, text
