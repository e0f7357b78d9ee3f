"""What every test may ask for: a real database of its own, a short directory, a real browser."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ops.embedded_postgres import EmbeddedPostgres
from schemas.tables.kinds import DatabaseKind
from tests.postgres import fresh_database, shared_server, template
from tests.sites import Town

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_FLAGS = (
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


# --- databases ---


@pytest.fixture(scope="session")
def meeting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the workers of one test run meet; without workers, the run's own directory."""
    base = tmp_path_factory.getbasetemp()
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared-postgres"
    place.mkdir(exist_ok=True)
    return place


@pytest.fixture(scope="session")
def hq_database_server(meeting: Path) -> Iterator[EmbeddedPostgres]:
    """Give the run's PostgreSQL. It is shared: a test that stops or kills one starts its own."""
    with shared_server(meeting) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_template(
    hq_database_server: EmbeddedPostgres, meeting: Path
) -> Callable[[DatabaseKind], str]:
    """Give the name of a migrated database by its kind, made at the first call of the run."""
    return lambda kind: template(hq_database_server, meeting, kind)


@pytest.fixture
def new_database(
    hq_database_server: EmbeddedPostgres, postgres_template: Callable[[DatabaseKind], str]
) -> Iterator[Callable[[DatabaseKind], str]]:
    """Give the URL of one more migrated database per call; all are dropped after the test."""
    with ExitStack() as stack:

        def make(kind: DatabaseKind) -> str:
            made: AbstractContextManager[str] = fresh_database(
                hq_database_server, postgres_template(kind)
            )
            return stack.enter_context(made)

        yield make


@pytest.fixture
def hq_database(new_database: Callable[[DatabaseKind], str]) -> str:
    """Give the URL of a fresh headquarters' database."""
    return new_database("hq")


@pytest.fixture
def branch_database(new_database: Callable[[DatabaseKind], str]) -> str:
    """Give the URL of a fresh branch's database."""
    return new_database("branch")


@pytest.fixture
def site_directory() -> Iterator[Path]:
    """Give an empty directory with a short path, for a site with a database of its own.

    Not `tmp_path`: that is private to this user, and a server started by root runs as another.
    """
    directory = Path(tempfile.mkdtemp(prefix="cw-"))
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def town(new_database: Callable[[DatabaseKind], str], tmp_path: Path) -> Iterator[Town]:
    """Give a maker of small sites that know each other, on databases of their own."""
    made = Town(new_database, tmp_path)
    yield made
    made.close()


# --- browser ---


def find_browser() -> str:
    for name in (os.environ.get("CHAINWRIGHT_CHROMIUM"), *BROWSERS):
        if name and (found := shutil.which(name)):
            return found
    pytest.fail("no Chromium was found; run tests/install_browser.sh", pytrace=False)


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    """Give the system's Chromium.

    One per module, not per run: while Playwright is open, its event loop counts as running in this
    thread, and every other test that calls `asyncio.run` would fail.
    """
    from playwright.sync_api import sync_playwright

    # Chromium's sandbox does not work for root, who only tests here.
    flags = [*BROWSER_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=flags)
        yield browser
        browser.close()


@pytest.fixture
def browser_context(chromium: "Browser") -> Iterator["BrowserContext"]:
    """Give a browser session of its own, on the smallest screen that a shop has."""
    context = chromium.new_context(viewport={"width": 1366, "height": 768})
    yield context
    context.close()


@pytest.fixture
def page(browser_context: "BrowserContext") -> "Page":
    """Give an empty page in a session of its own."""
    return browser_context.new_page()
