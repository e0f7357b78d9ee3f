"""What others made is as they made it, and comes with its licence."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

CONSOLE = Path(__file__).parents[3] / "replication" / "console"
FOLDERS = [CONSOLE / "static" / "vendor", CONSOLE / "fonts"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_every_file_is_as_it_came(folder: Path) -> None:
    lines = (folder / "CHECKSUMS.sha256").read_text(encoding="utf-8").splitlines()
    told = {line[66:]: line[:64] for line in lines}
    found = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "CHECKSUMS.sha256"
    }
    assert found == told


def test_each_has_its_licence() -> None:
    parts = [path for path in FOLDERS[0].iterdir() if path.is_dir()]
    assert {part.name for part in parts} == {"echarts", "htmx"}
    assert all((part / "LICENSE").stat().st_size > 100 for part in parts)
    assert "Font exception" in (FOLDERS[1] / "LICENSE.wqy-microhei").read_text(encoding="utf-8")
