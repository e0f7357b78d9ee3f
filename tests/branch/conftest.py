"""A chain with one branch, for each test its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.branch.shop import MakeDatabase, Shop, make_shop


@pytest.fixture
def shop(new_database: MakeDatabase, tmp_path: Path) -> Iterator[Shop]:
    """Give a branch that has loaded its master data; its day is not open yet."""
    made = make_shop(new_database, tmp_path)
    yield made
    made.engine.dispose()
    made.headquarters.engine.dispose()
