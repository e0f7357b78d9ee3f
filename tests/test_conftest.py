"""The shared server: databases are fresh and apart, and the keeper ends after its last user."""

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page
from sqlalchemy import create_engine, inspect, text

from schemas.tables.kinds import DatabaseKind
from tests.postgres import shared_server


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_each_test_has_a_database_of_its_own(hq_database: str, turn: int) -> None:
    engine = create_engine(hq_database)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE mine (n int)"))
        assert "alembic_version" in inspect(connection).get_table_names()
    engine.dispose()


def test_databases_of_one_test_are_apart(
    hq_database: str, branch_database: str, new_database: Callable[[DatabaseKind], str]
) -> None:
    assert len({hq_database, branch_database, new_database("branch")}) == 3


def test_the_keeper_ends_after_its_last_user() -> None:
    meeting = Path(tempfile.mkdtemp(prefix="cw-meeting-"))
    for _ in range(2):  # who comes later starts another
        with shared_server(meeting) as server, shared_server(meeting) as same:
            assert same.directory == server.directory
            with same.administration() as connection:
                connection.execute("SELECT 1")
        limit = time.monotonic() + 20
        while server.directory.exists():
            assert time.monotonic() < limit
            time.sleep(0.05)
        assert not server.is_running()
    shutil.rmtree(meeting)


def test_the_browser_shows_a_page_of_the_agreed_size(page: Page) -> None:
    page.set_content("<title>收银</title><p>一</p>")
    assert page.title() == "收银"
    assert page.evaluate("[innerWidth, innerHeight]") == [1366, 768]
