"""A lane on real files for every test of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pos_frontend import databases
from tests.pos_frontend.at_page import Lane, cashiers
from tests.pos_frontend.shop import Scene, make_lane


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Give the data directory of a lane that knows the little shop."""
    make_lane(tmp_path / "lane")
    return tmp_path / "lane"


@pytest.fixture
def scene(data: Path) -> Iterator[Scene]:
    """Give a till that nobody has signed in to."""
    with databases.for_till(data) as both:
        yield Scene(data, both)


@pytest.fixture
def at_work(scene: Scene) -> Iterator[Callable[[str], Lane]]:
    """Give what puts a cashier at a till below a branch at an address."""
    with cashiers(scene) as begin:
        yield begin
