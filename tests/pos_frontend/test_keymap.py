"""Which key does what: a lane's own keys, their mistakes, and that pages and words know every function."""

from __future__ import annotations

import re
from itertools import chain
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from pos_frontend import language
from pos_frontend.keymap import KeySettings
from pos_frontend.settings import read_settings
from replication.settings import SettingsError
from tests.pos_frontend.running import write_settings
from tests.pos_frontend.test_page import browser, served

__all__ = ["browser", "served"]  # fixtures
_STATIC = language.HOME.parent


def test_a_lane_gives_functions_keys_of_its_own(tmp_path: Path) -> None:
    more = '[keys]\nvoid_line = "F4"\noverride = "F3"\npay = ["Delete", "+"]\nreturn = "Shift+F12"'
    keys = read_settings(write_settings(tmp_path, more=more)).keys
    known = {one.name: one.keys for one in keys.functions()}
    assert known["void_line"] == ("F4",)
    assert known["override"] == ("F3",)
    assert known["pay"] == ("Delete", "+")
    assert known["return"] == ("Shift+F12",)
    assert known["member"] == ("F1",)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('void_lines = "F4"', r"'keys\.void_lines'.*did you mean 'keys\.void_line'"),
        ('void_line = "Enter"', r"keys\.void_line.*Enter: it is reserved.*take F1 to F12"),
        ('void_line = "7"', r"keys\.void_line.*7: it is reserved"),
        ('void_line = "F13"', r"keys\.void_line.*no such key; take F1"),
        ("void_line = []", r"keys\.void_line.*expected a key"),
        ("void_line = 4", r"keys\.void_line.*expected a key"),
        ('override = "F3"', r'keys\.override = "F3": void_line and override.*such as Shift\+F5'),
        ('void_line = "F4"', r'keys\.void_line = "F4": void_line and override'),
        # What is possible everywhere shares a key with nothing; what is for a basket may share one
        # with what is for none, and with nothing else.
        ('help = "F1"', r'keys\.help = "F1": member and help'),
        ('open_payments = "F7"', r'keys\.open_payments = "F7": open_payments and reprint'),
    ],
)
def test_a_mistake_names_the_function_and_the_way_out(tmp_path: Path, more: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        read_settings(write_settings(tmp_path, more=f"[keys]\n{more}"))


def test_the_page_is_told_every_function(browser: TestClient) -> None:
    assert browser.get("/keys").json() == {
        one.name: {"keys": list(one.keys), "modes": list(one.modes)}
        for one in KeySettings().functions()
    }


def test_every_function_has_its_words_and_is_done_by_a_page() -> None:
    known = language.messages("en")
    acts = "".join(
        (_STATIC / f"{name}.js").read_text("utf-8")
        for name in ("acts", "tendering", "redeeming", "promoting", "till")
    )
    for one in KeySettings().functions():
        if "devices" in one.modes:
            assert f"devices.{one.name}" in known
            continue
        assert f"key.{one.name}" in known
        assert f"help.only_{one.modes[0]}" in known
        assert re.search(rf'^ +{one.name}[:,]|name === "{one.name}"', acts, re.MULTILINE), one.name


def test_no_word_names_a_key_of_its_own() -> None:
    """A lane may have other keys, so its words take them from the map."""
    names = {one.name for one in KeySettings().functions()}
    for text in chain.from_iterable(language.messages(one).values() for one in language.LANGUAGES):
        assert re.search(r"\bF\d+\b", text) is None, text
        assert set(re.findall(r"\{key\.(\w+)\}", text)) <= names


def test_where_there_are_no_keys_a_function_is_called_by_its_name() -> None:
    said = language.text("en", "error.unknown_item", code="4711")
    assert said == "4711 is not in the catalogue: Unknown item sells it as an unknown item"
