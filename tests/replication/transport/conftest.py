"""Headquarters with one branch, for the ways on which letters travel."""

from __future__ import annotations

import pytest

from tests.sites import SmallSite, Town


@pytest.fixture
def hq(town: Town) -> SmallSite:
    return town.headquarters()


@pytest.fixture
def branch(town: Town, hq: SmallSite) -> SmallSite:
    return town.branch("N001", hq)
