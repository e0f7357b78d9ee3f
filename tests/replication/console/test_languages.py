"""The person's choice goes before the browser's, and that before Chinese."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from replication.console.languages import read_translations


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("", "zh-CN"),
        ("fr-FR,de;q=0.5", "zh-CN"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("fr,en;q=0.2,zh-TW;q=0.9", "zh-CN"),
        ("en;q=0,zh;q=0.1", "zh-CN"),
        ("en;q=nonsense,;;", "zh-CN"),
    ],
)
def test_the_browser_is_asked(client: TestClient, asked: str, language: str) -> None:
    response = client.get("/sign-in", headers={"Accept-Language": asked})
    assert response.headers["content-language"] == language
    assert f'<html lang="{language}">' in response.text


def test_the_switch_goes_first_and_comes_back(client: TestClient) -> None:
    form = {"language": "en", "next": "/sign-in?next=%2Freport"}
    response = client.post("/language", data=form)
    assert (response.status_code, response.headers["location"]) == (303, form["next"])
    text = client.get("/sign-in", headers={"Accept-Language": "zh"}).text
    assert "Sign in" in text
    assert "登录" not in text


def test_a_language_that_is_not_spoken_changes_nothing(client: TestClient) -> None:
    client.post("/language", data={"language": "../../etc", "next": "//evil.example"})
    assert 'lang="zh-CN"' in client.get("/sign-in").text


def test_a_sites_texts_go_before_the_kits(tmp_path: Path) -> None:
    (tmp_path / "zh_CN").mkdir()
    (tmp_path / "zh_CN" / "messages.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n'
        'msgid "Open"\nmsgstr "开"\nmsgid "%(n)s day"\nmsgid_plural "%(n)s days"\nmsgstr[0] "%(n)s 天"\n',
        encoding="utf-8",
    )
    chinese = read_translations([tmp_path])["zh_CN"]
    assert chinese.gettext("Open") == "开"
    assert chinese.gettext("Sign in") == "登录"
    assert chinese.gettext("Not translated") == "Not translated"
    assert chinese.ngettext("%(n)s day", "%(n)s days", 2) == "%(n)s 天"


def test_a_broken_catalogue_is_named(tmp_path: Path) -> None:
    (tmp_path / "zh_CN").mkdir()
    (tmp_path / "zh_CN" / "messages.po").write_text('msgid "a"\nnonsense "b"\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"messages\.po.*correct it"):
        read_translations([tmp_path])
