"""A store for each story."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.branch.shop import MakeDatabase, make_shop
from tests.scenarios.store import Store


@pytest.fixture
def store(new_database: MakeDatabase, tmp_path: Path) -> Iterator[Store]:
    """Give a store on the morning of its first day, with what it sells known and nothing there."""
    made = Store(make_shop(new_database, tmp_path))
    yield made
    made.shop.engine.dispose()
    made.shop.headquarters.engine.dispose()
