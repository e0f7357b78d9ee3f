"""The ways to headquarters as a settings file says them, and how mistakes in them are told."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from branch.settings import BranchSettings, read_settings
from replication.settings import SettingsError

START = 'data = "."\nparent = "http://10.8.0.1:8470"\n'
SFTP = '[link.ways.sftp]\nhost = "10.8.0.1"\nhost_key = "SHA256:' + "A" * 43 + '"\n'


def read(tmp_path: Path, text: str) -> BranchSettings:
    file = tmp_path / "branch.toml"
    file.write_text(START + text)
    return read_settings(file)


def test_without_a_word_there_is_one_way_in_real_time(tmp_path: Path) -> None:
    link = read(tmp_path, "").link
    assert [(way.called, way.schedule.mode, way.rate) for way in link.ways] == [
        ("http", "real_time", {})
    ]


def test_ways_stand_in_the_order_of_precedence(tmp_path: Path) -> None:
    text = (
        "[link]\nfall_back_minutes = 2\n"
        '[[link.ways]]\nname = "mobile"\naddress = "https://10.9.0.1"\n'
        'schedule = { mode = "interval", minutes = 30 }\nrate = { "08:00-22:00" = 4000 }\n'
        '[[link.ways]]\ntransport = "sftp"\n'
        'schedule = { mode = "nightly", at = "02:30" }\n' + SFTP
    )
    link = read(tmp_path, text).link
    assert [way.called for way in link.ways] == ["mobile", "sftp"]
    assert [way.schedule.mode for way in link.ways] == ["interval", "nightly"]
    assert link.ways[1].schedule.at == time(2, 30)
    assert (link.fall_back_minutes, link.ways[0].rate) == (2, {"08:00-22:00": 4000})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[link.ways]]\ntransport = "sftp"\n', r"say where under \[link.ways.sftp\]"),
        ("[[link.ways]]\n[[link.ways]]\n", "have the same name"),
        ('[[link.ways]]\nrate = { "8-22" = 4000 }\n', "no span of hours"),
        ('[[link.ways]]\nrate = { "08:00-22:00" = 5 }\n', "greater than or equal to 100"),
        ('[[link.ways]]\naddress = "10.8.0.1"\n', "expected the address of headquarters"),
        ('[[link.ways]]\nschedule = { mode = "weekly" }\n', "'real_time'"),
        ("[link]\nways = []\n", "at least 1 item"),
        ('[link]\ntransport = "sftp"\n', "unknown key 'link.transport'"),
    ],
)
def test_a_mistake_is_told_by_its_place(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        read(tmp_path, text)
