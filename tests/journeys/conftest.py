"""What is looked at where the data are: see `found`. Without them `make journeys` says what to do."""

from __future__ import annotations

from tests.journeys.found import HOW, folder

collect_ignore = [] if folder() else ["test_vegetables.py"]


def pytest_report_header() -> str | None:
    """Say what is left out, and what to do."""
    return None if folder() else f"tests/journeys/test_vegetables.py is left out: {HOW}"
